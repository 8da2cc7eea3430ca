//! A batch of a bulk action, killed between any two slices.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::*;
use crate::engine::bulk::{Behalf, BulkAction, Choice};

/// Jobs by their ids, with how often each was acted on.
#[derive(Default)]
struct World {
    jobs: Mutex<BTreeMap<JobId, (SeenJob, u32)>>,
    /// Acts that are left before one fails.
    fails_after: Mutex<Option<u32>>,
}

impl World {
    fn with(count: usize) -> Arc<Self> {
        let world = Self::default();
        for _ in 0..count {
            let id = JobId::new();
            let seen = SeenJob {
                id: id.clone(),
                generation: 0,
                ended_at: Some(1),
            };
            world.jobs.lock().unwrap().insert(id, (seen, 0));
        }
        Arc::new(world)
    }

    fn counts(&self) -> Vec<u32> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.values().map(|(_, count)| *count).collect()
    }
}

#[async_trait]
impl ActOnJobs for World {
    async fn choose(
        &self,
        _: &BulkParams,
        before: Option<&JobId>,
        most: usize,
    ) -> Result<Chosen, StepError> {
        let jobs = self.jobs.lock().unwrap();
        let older = jobs.values().rev().map(|(seen, _)| seen);
        let older = older.filter(|seen| before.is_none_or(|before| seen.id < *before));
        let jobs: Vec<SeenJob> = older.take(most).cloned().collect();
        let last = jobs.last().map(|seen| seen.id.clone());
        let before = last.filter(|_| jobs.len() == most);
        Ok(Chosen { jobs, before })
    }

    async fn act(&self, _: &BulkParams, seen: &SeenJob, again: bool) -> Result<Outcome, StepError> {
        if let Some(left) = &mut *self.fails_after.lock().unwrap() {
            if *left == 0 {
                return Err(StepError::retry("it was killed"));
            }
            *left -= 1;
        }
        let mut jobs = self.jobs.lock().unwrap();
        let (job, count) = jobs.get_mut(&seen.id).unwrap();
        if job.generation != seen.generation {
            return Ok(match again {
                true => Outcome::Done,
                false => Outcome::Refused(format!("job {} was started again", seen.id)),
            });
        }
        job.generation += 1;
        *count += 1;
        Ok(Outcome::Done)
    }
}

fn batch(world: &Arc<World>, checkpoint: Option<&Value>) -> BulkBatch {
    let acts: Arc<dyn ActOnJobs> = Arc::<World>::clone(world);
    BulkBatch {
        params: Arc::new(BulkParams {
            action: BulkAction::Rerun,
            behalf: Behalf::default(),
            choice: Choice::Jobs(Vec::new()),
            matched: 250,
        }),
        acts,
        reached: checkpoint
            .map(|reached| Reached::deserialize(reached).unwrap())
            .unwrap_or_default(),
        again: checkpoint.is_some(),
    }
}

#[tokio::test]
async fn all_jobs_are_acted_on_once() {
    let world = World::with(250);
    let mut batch = batch(&world, None);
    let mut seen = Vec::new();
    let done = loop {
        match batch.next_slice().await.unwrap() {
            Slice::More(said) => seen.push(said.progress.done),
            Slice::Done(said) => break said,
            Slice::Park(..) => unreachable!("it waits for nothing"),
        }
    };
    assert_eq!(seen, [0, 100, 200]);
    assert_eq!(done.output, Some(json!({ "done": 250, "refused": [] })));
    assert_eq!((done.progress.done, done.progress.total), (250, Some(250)));
    assert_eq!(world.counts(), [1; 250]);
}

#[tokio::test]
async fn what_was_done_before_a_crash_is_not_done_again() {
    for fails_after in [0, 1, 57, 99, 100, 101, 230] {
        let world = World::with(250);
        *world.fails_after.lock().unwrap() = Some(fails_after);
        let (mut checkpoint, mut failures) = (None, 0);
        let mut batch = batch(&world, None);
        let output = loop {
            match batch.next_slice().await {
                Ok(Slice::More(said)) => checkpoint = said.checkpoint,
                Ok(Slice::Done(said)) => break said.output.unwrap(),
                Ok(Slice::Park(..)) => unreachable!("it waits for nothing"),
                Err(_) => {
                    failures += 1;
                    *world.fails_after.lock().unwrap() = None;
                    batch = self::batch(&world, checkpoint.as_ref());
                }
            }
        };
        assert_eq!(failures, 1, "{fails_after}");
        assert_eq!(output, json!({ "done": 250, "refused": [] }));
        assert_eq!(world.counts(), [1; 250], "{fails_after}");
    }
}

#[tokio::test]
async fn a_job_that_has_changed_since_it_was_chosen_is_left() {
    let world = World::with(3);
    let mut batch = batch(&world, None);
    batch.next_slice().await.unwrap();
    let first = world.jobs.lock().unwrap().keys().next().unwrap().clone();
    world
        .jobs
        .lock()
        .unwrap()
        .get_mut(&first)
        .unwrap()
        .0
        .generation = 1;
    let Slice::Done(said) = batch.next_slice().await.unwrap() else {
        panic!("three jobs are one slice");
    };
    let output = said.output.unwrap();
    assert_eq!(output["done"], 2);
    assert_eq!(output["refused"][0]["reason"], "the job was started again");
    assert_eq!(output["refused"][0]["example"], json!(first));
    assert_eq!(world.counts(), [0, 1, 1]);
}
