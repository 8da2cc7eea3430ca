use std::sync::Arc;

use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::*;

struct Idle;

#[ractor::async_trait]
impl Actor for Idle {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

async fn idle() -> ActorCell {
    let (actor, _) = Actor::spawn(None, Idle, ()).await.unwrap();
    actor.get_cell()
}

struct Grown {
    tree: Arc<Tree>,
    jobs: ActorCell,
    task: ActorCell,
    job: JobId,
}

/// A supervisor with a task that has begun the first of four batches.
async fn grown() -> Grown {
    let tree = Arc::new(Tree::default());
    let (jobs, task, job) = (idle().await, idle().await, JobId::new());
    tree.add(jobs.clone(), None, ActorKind::JobSupervisor, "jobs");
    tree.add_task(task.clone(), jobs.get_id(), &job, "copying");
    tree.begins(task.get_id(), "label", 4, 0);
    Grown {
        tree,
        jobs,
        task,
        job,
    }
}

impl Grown {
    async fn batch(&self, no: i32) -> ActorCell {
        let (batch, key) = (idle().await, BatchKey { step_no: 0, no });
        self.tree
            .add_batch(batch.clone(), self.task.get_id(), &self.job, "label", key);
        batch
    }

    fn at(&self, batch: &ActorCell, no: i32, fraction: f64) {
        let progress = Progress {
            ..Progress::rows(0, 10.0, fraction)
        };
        let (batch, task) = (batch.get_id(), self.task.get_id());
        self.tree.slice(batch, task, no, Some(&progress));
    }

    fn moving(&self) -> (f64, f64) {
        let moving = self.tree.moving();
        (moving[0].fraction, moving[0].rows_per_s)
    }
}

#[tokio::test]
async fn removing_an_actor_removes_what_is_below_it() {
    let grown = grown().await;
    grown.batch(0).await;
    assert_eq!(grown.tree.view().len(), 3);
    grown.tree.died(grown.jobs.get_id(), "a reason");
    assert!(grown.tree.view().is_empty());
    assert!(grown.tree.moving().is_empty());
    // Its place is free again, and its successor is known to be the second.
    let jobs = idle().await;
    grown
        .tree
        .add(jobs.clone(), None, ActorKind::JobSupervisor, "jobs");
    let task = idle().await;
    grown
        .tree
        .add_task(task.clone(), jobs.get_id(), &grown.job, "copying");
    grown.tree.begins(task.get_id(), "label", 1, 0);
    assert_eq!(grown.tree.moving()[0].slot, 0);
    let view = grown.tree.view();
    let jobs = view
        .iter()
        .find(|actor| actor.kind == ActorKind::JobSupervisor);
    let jobs = jobs.unwrap();
    assert_eq!(jobs.restarts, 1);
    assert_eq!(jobs.last_failure.as_ref().unwrap().reason, "a reason");
}

#[tokio::test]
async fn each_batch_counts_once() {
    let grown = grown().await;
    let first = grown.batch(0).await;
    grown.at(&first, 0, 0.5);
    assert_eq!(grown.moving(), (0.125, 10.0));
    grown.at(&first, 0, 1.0);
    grown.tree.remove(first.get_id());
    assert_eq!(grown.moving(), (0.25, 0.0));
    grown.tree.begins(grown.task.get_id(), "label", 4, 1);
    assert_eq!(grown.moving(), (0.25, 0.0));
    let (second, third) = (grown.batch(1).await, grown.batch(2).await);
    grown.at(&second, 1, 0.5);
    grown.at(&third, 2, 0.5);
    assert_eq!(grown.moving(), (0.5, 20.0));
    // One that failed begins anew.
    grown.tree.died(third.get_id(), "a reason");
    assert_eq!(grown.moving(), (0.375, 10.0));
}
