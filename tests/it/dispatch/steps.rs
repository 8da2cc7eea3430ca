//! Tasks that are a step of a larger flow.

use audience::engine::store::{CancelOutcome, NewJob};
use audience::engine::{Flow, FlowStep};
use entity::{JobId, JobState, StepState};
use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{Answering, Reader, own_topics, shared};
use crate::store::databases::each;

/// Nothing, a task for a worker of `aaa`, and nothing again.
fn around_a_task() -> NewJob {
    let step = |name: &str, kind: &str, params: Value, after: &[&str]| FlowStep {
        name: name.to_owned(),
        kind: kind.to_owned(),
        params,
        after: after.iter().map(|name| (*name).to_owned()).collect(),
        delay_s: 0,
    };
    let asked = json!({ "service": "aaa", "condition": { "n": 1 } });
    let flow = Flow {
        name: "around".to_owned(),
        steps: vec![
            step("before", "noop", json!({}), &[]),
            step("task", "dispatch", asked, &["before"]),
            step("behind", "noop", json!({}), &["task"]),
        ],
    };
    flow.into_job(JobId::new(), "around".to_owned(), json!({}), None, vec![])
        .unwrap()
}

impl Dispatching {
    async fn submit_around(&self) -> JobId {
        let job = around_a_task();
        let id = job.id.clone();
        self.app.app.runtime.submit(job).await.unwrap();
        id
    }

    async fn leased(&self) -> Value {
        let body = json!({ "wait_s": 20, "max": 1 });
        let answer = self.ok("/v1/dispatch/aaa/lease", body).await;
        answer["tasks"][0].clone()
    }

    async fn end(&self, task: &Value, status: &str) {
        let body = json!({
            "task_id": task["task_id"], "lease": task["lease"], "status": status,
            "message": "done by hand", "result": { "by": "me" },
        });
        self.ok("/v1/dispatch/aaa/complete", body).await;
    }

    async fn is_parked(&self, id: &JobId) {
        let parked =
            |job: &entity::job::Model| job.state == JobState::Parked && job.lease_owner.is_none();
        self.app.wait_until(id, parked).await;
    }

    /// The state and the output of the step in the middle.
    async fn task_step(&self, id: &JobId) -> (StepState, Option<String>) {
        let steps = self.app.app.store.steps().of(id).await.unwrap();
        (steps[1].state, steps[1].output.clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_a_worker_over_http_and_has_what_it_handed_in() {
    each(|url| async move {
        let program = Dispatching::start(With {
            database: Some(url),
            ..With::default()
        })
        .await;
        let id = program.submit_around().await;
        let task = program.leased().await;
        let message = &task["message"]["Task"];
        assert_eq!(message["condition"], json!({ "n": 1 }));
        assert_eq!(message["task_id"], task["task_id"]);
        program.is_parked(&id).await;
        program.end(&task, "finished").await;
        let ended = program.app.wait_until_ended(&id).await;
        assert_eq!(ended, JobState::Succeeded);
        let (state, output) = program.task_step(&id).await;
        assert_eq!(state, StepState::Completed);
        assert_eq!(output.as_deref(), Some(r#"{"by":"me"}"#));
        // It is listed with the tasks that are jobs of their own.
        program.create("aaa", json!({ "n": 2 })).await;
        let listed = program.ok("/api/tasks", json!({ "service": "aaa" })).await;
        let conditions = listed["data"].as_array().unwrap().iter();
        let conditions: Vec<&Value> = conditions.map(|task| &task["condition"]).collect();
        assert_eq!(conditions, [&json!({ "n": 2 }), &json!({ "n": 1 })]);
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_a_worker_over_kafka() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let id = program.submit_around().await;
    let got = Reader::of(broker.plain(), &format!("{topics}mq_aaa"))
        .next()
        .await;
    assert_eq!(got.body["Task"]["condition"], json!({ "n": 1 }));
    program.is_parked(&id).await;
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    for answer in [
        json!({ "task_id": got.key, "status": "running" }),
        json!({ "task_id": got.key, "status": "finished", "result": { "n": 2 } }),
    ] {
        answers.say(&got.key, answer.to_string().as_bytes()).await;
    }
    assert_eq!(program.app.wait_until_ended(&id).await, JobState::Succeeded);
    let (_, output) = program.task_step(&id).await;
    assert_eq!(output.as_deref(), Some(r#"{"n":2}"#));
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_task_fails_its_job_and_is_given_out_again_when_that_resumes() {
    let program = Dispatching::start(With::default()).await;
    let id = program.submit_around().await;
    let task = program.leased().await;
    program.end(&task, "failed").await;
    assert_eq!(program.app.wait_until_ended(&id).await, JobState::Failed);
    let job = program
        .app
        .app
        .store
        .jobs()
        .find(&id)
        .await
        .unwrap()
        .unwrap();
    assert!(job.error.unwrap().contains("done by hand"));
    assert!(program.app.app.runtime.resume(&id).await.unwrap());
    let again = program.leased().await;
    assert_eq!(again["task_id"], task["task_id"]);
    assert_eq!(again["attempt"], 2);
    program.end(&again, "finished").await;
    assert_eq!(program.app.wait_until_ended(&id).await, JobState::Succeeded);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_takes_its_task_back() {
    let program = Dispatching::start(With::default()).await;
    let id = program.submit_around().await;
    program.is_parked(&id).await;
    let listed = program.ok("/api/tasks", json!({ "service": "aaa" })).await;
    let task = listed["data"][0]["task_id"].as_str().unwrap().to_owned();
    assert_eq!(program.status(&task).await["status"], "waiting");
    let cancelled = program.app.app.runtime.cancel(&id).await.unwrap();
    assert_eq!(cancelled, CancelOutcome::Requested);
    assert_eq!(program.app.wait_until_ended(&id).await, JobState::Cancelled);
    program.wait_until(&task, "failed").await;
    let body = json!({ "wait_s": 0 });
    let leased = program.ok("/v1/dispatch/aaa/lease", body).await;
    assert_eq!(leased["tasks"], json!([]));
    program.app.stop().await;
}
