//! A step that adds others to its job, and jobs that start over by themselves.

use std::env::{current_exe, var};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use audience::engine::seam::{
    Batch, BatchContext, JobPolicy, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    StepPolicy,
};
use audience::engine::store::{AddedSteps, NewStep, Store};
use entity::{JobId, JobState, StepState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::kinds::Ledger;
use super::{Engine, chain, new_job};
use crate::store::databases::{TestDatabase, each};
use crate::support::wait_for;
use crate::survival::program::Program;

/// Adds the steps of its parameters, and asks for a policy.
pub(super) struct Adding;

#[derive(Clone, Deserialize)]
pub(super) struct AddingParams {
    steps: Vec<Added>,
    #[serde(default)]
    job: Option<JobPolicy>,
}

#[derive(Clone, Deserialize)]
struct Added {
    name: String,
    kind: String,
    params: Value,
    after: Vec<i32>,
}

impl StepKind for Adding {
    const NAME: &'static str = "adding";
    type Params = AddingParams;

    fn prepare(&self, params: AddingParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(AddingStep(params)))
    }
}

struct AddingStep(AddingParams);

#[async_trait]
impl Step for AddingStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan {
            policy: StepPolicy {
                job: self.0.job.clone(),
                ..StepPolicy::default()
            },
            ..StepPlan::of([json!({})])
        })
    }

    async fn open(&self, _: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let steps = self.0.steps.iter().cloned().map(|added| NewStep {
            name: added.name,
            kind: added.kind,
            params: added.params,
            after: added.after,
            delay_s: 0,
        });
        Ok(Box::new(AddingBatch(steps.collect())))
    }
}

struct AddingBatch(Vec<NewStep>);

#[async_trait]
impl Batch for AddingBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        Ok(Slice::Done(Said {
            steps: AddedSteps {
                steps: self.0.clone(),
                blobs: vec![b"an input".to_vec()],
            },
            ..Said::default()
        }))
    }
}

fn added(name: &str, kind: &str, params: Value, after: &[i32]) -> Value {
    json!({ "name": name, "kind": kind, "params": params, "after": after })
}

fn adding(steps: &[Value], job: Option<JobPolicy>) -> Vec<NewStep> {
    chain([("first", "adding", json!({ "steps": steps, "job": job }))])
}

fn policy(retries: u32, timeout: Option<Duration>) -> Option<JobPolicy> {
    Some(JobPolicy {
        retries,
        retry_first: Duration::from_millis(1),
        retry_longest: Duration::from_millis(1),
        timeout,
    })
}

impl Engine {
    async fn events(&self, id: &JobId, kind: &str) -> usize {
        let events = self.store.events().after(id, 0, 1_000).await.unwrap();
        events.iter().filter(|event| event.kind == kind).count()
    }
}

const MOST: u64 = 100;
const KILLS: usize = 5;

/// Names the database of the process that is killed.
const URL: &str = "AUDIENCE_TEST_ADDING_TO_KILL";

#[tokio::test(flavor = "multi_thread")]
async fn added_steps_are_there_once_however_often_their_process_is_killed() {
    for kind in ["sqlite", "postgres", "mysql"] {
        eprintln!("on {kind}");
        let database = TestDatabase::of(kind).await;
        let store = Store::open(&database.url).await.unwrap();
        let steps = [
            added("numbers", "growing", json!({ "most": MOST }), &[]),
            added("sum", "sum", json!({ "of": "numbers" }), &[0]),
        ];
        let job = new_job(adding(&steps, None));
        let id = job.id.clone();
        store.jobs().submit(job, 10).await.unwrap();
        for _ in 0..KILLS {
            let done = async || {
                let steps = store.steps().of(&id).await.unwrap();
                steps.iter().map(|step| step.batches_done).sum::<i32>()
            };
            let before = done().await;
            let mut program = Program::start(
                Command::new(current_exe().unwrap())
                    .args(["--exact", "engine_seam::adding::is_killed", "--ignored"])
                    .env(URL, &database.url)
                    .stdout(Stdio::null()),
            );
            wait_for("some batches are done", async || {
                (done().await > before).then_some(())
            })
            .await;
            program.kill();
        }
        store.close().await;

        let engine = Engine::start(&database.url, &Ledger::default()).await;
        engine.wait_until(&id, JobState::Succeeded).await;
        let steps = engine.steps(&id).await;
        let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["first", "numbers", "sum"]);
        let after: Vec<&str> = steps.iter().map(|step| step.after.as_str()).collect();
        assert_eq!(after, ["[]", "[0]", "[1,0]"]);
        let sum = MOST * (MOST + 1) / 2;
        assert_eq!(
            engine.output(&id, 2).await,
            json!({ "count": MOST, "sum": sum, "failed": 0 })
        );
        assert_eq!(engine.events(&id, "step.steps_added").await, 1);
        engine.stop().await;
        database.drop_it().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs until another test kills it"]
async fn is_killed() {
    let Ok(url) = var(URL) else { return };
    let _engine = Engine::start(&url, &Ledger::default()).await;
    std::future::pending::<Value>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_starts_over_as_often_as_it_may() {
    each(|url| async move {
        let ledger = Ledger::default();
        let engine = Engine::start(&url, &ledger).await;
        let bad = added(
            "numbers",
            "many",
            json!({ "batches": 2, "failing": [1] }),
            &[],
        );
        let id = engine.submit(adding(&[bad], policy(2, None))).await;
        let job = engine.wait_for_failure(&id).await;
        assert_eq!(
            job.error.as_deref(),
            Some("batch 2 of step `numbers` failed: number 1 is bad, attempt 3 of 3")
        );
        assert_eq!((job.generation, ledger.opened(1)), (2, 3));
        assert_eq!(engine.events(&id, "job.retried").await, 2);
        let steps = engine.steps(&id).await;
        let states: Vec<StepState> = steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [StepState::Completed, StepState::Failed]);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_has_no_steps_that_were_added_before() {
    let database = TestDatabase::of("sqlite").await;
    let engine = Engine::start(&database.url, &Ledger::default()).await;
    let good = added("numbers", "many", json!({ "batches": 2 }), &[]);
    let id = engine.submit(adding(&[good], None)).await;
    engine.wait_until(&id, JobState::Succeeded).await;
    assert!(engine.runtime.rerun(&id).await.unwrap());
    engine.wait_until(&id, JobState::Succeeded).await;
    assert_eq!(engine.steps(&id).await.len(), 2);
    engine.stop().await;
    database.drop_it().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_for_longer_than_it_may_fails() {
    let database = TestDatabase::of("sqlite").await;
    let engine = Engine::start(&database.url, &Ledger::default()).await;
    let waits = added("signal", "parking", json!({ "signals": 1 }), &[]);
    let limit = Duration::from_millis(300);
    let id = engine
        .submit(adding(&[waits], policy(1, Some(limit))))
        .await;
    let job = engine.wait_for_failure(&id).await;
    assert_eq!(
        job.error.as_deref(),
        Some("timed out after 0.3 s, attempt 2 of 2")
    );
    engine.stop().await;
    database.drop_it().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn added_steps_that_need_other_settings_leave_the_job_to_others() {
    let database = TestDatabase::of("sqlite").await;
    let ledger = Ledger::default();
    let engine = Engine::start(&database.url, &ledger).await;
    let far = added("numbers", "many", json!({ "unknown": "far" }), &[]);
    let id = engine.submit(adding(&[far], None)).await;
    let waits = wait_for("the job is left to others", async || {
        engine.job(&id).await.waiting
    })
    .await;
    assert!(waits.contains("source `far` is unknown"), "{waits}");
    engine.stop().await;
    ledger.know_all();
    let engine = Engine::start(&database.url, &ledger).await;
    engine.wait_until(&id, JobState::Succeeded).await;
    engine.stop().await;
    database.drop_it().await;
}

impl Engine {
    async fn wait_for_failure(&self, id: &JobId) -> entity::job::Model {
        wait_for("the job has failed", async || {
            let job = self.job(id).await;
            assert_ne!(job.state, JobState::Succeeded);
            (job.state == JobState::Failed).then_some(job)
        })
        .await
    }
}
