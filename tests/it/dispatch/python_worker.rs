//! How the worker in Python leaves, is replaced, and what it does with tasks that go wrong.

use std::fs;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use tokio::time::timeout;

use super::workers::command;
use super::{Dispatching, With};
use crate::broker::{Answering, Listeners, OwnBroker, own_topics, shared};
use crate::support::{Place, wait_for};
use crate::survival::program::Program;

/// A worker that was killed is replaced within this time.
const REPLACED: Duration = Duration::from_secs(12);

/// One that is asked to end has left so long after its task.
const LEAVES: Duration = Duration::from_secs(5);

/// A program and workers, which note what they do.
struct Working {
    program: Dispatching,
    place: Place,
    arguments: Vec<String>,
}

impl Working {
    async fn over_http() -> Self {
        let program = Dispatching::start(With::default()).await;
        let arguments = vec!["--server".to_owned(), program.app.url("")];
        Self {
            program,
            place: Place::empty(),
            arguments,
        }
    }

    /// With reports on the reply topic; also the beginning of the names of the topics.
    async fn over_kafka(broker: &Listeners) -> (Self, String) {
        let (mut working, topics) = Self::from_topic(broker).await;
        let replies = format!("{topics}replies");
        working
            .arguments
            .extend(["--reply-topic".to_owned(), replies]);
        (working, topics)
    }

    /// With reports over HTTP.
    async fn over_both(broker: &Listeners) -> Self {
        let (mut working, _) = Self::from_topic(broker).await;
        let server = working.program.app.url("");
        working.arguments.extend(["--server".to_owned(), server]);
        working
    }

    async fn from_topic(broker: &Listeners) -> (Self, String) {
        let topics = own_topics(broker).await;
        let program = Dispatching::start(With {
            broker: Some(broker.unsecured()),
            topics: topics.clone(),
            ..With::default()
        })
        .await;
        let arguments = [
            ("--kafka", broker.plain().to_owned()),
            ("--topic", format!("{topics}mq_aaa")),
            ("--group", format!("{topics}c_aaa")),
        ];
        let arguments = arguments.into_iter();
        let arguments = arguments.flat_map(|(name, value)| [name.to_owned(), value]);
        let working = Self {
            program,
            place: Place::empty(),
            arguments: arguments.collect(),
        };
        (working, topics)
    }

    fn worker(&self) -> Program {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut command = command("tests/it/dispatch/work.py", &arguments);
        command
            .env("PLACE", self.place.path(""))
            .env("AUDIENCE_WORKER_HEARTBEAT_S", "0.5");
        Program::start(&mut command)
    }

    async fn create(&self, name: &str, mut condition: Value) -> String {
        condition["name"] = json!(name);
        self.program.create("aaa", condition).await
    }

    /// Waits for the line, and returns the number of the process that wrote it. `not_by`: another
    /// process.
    async fn noted(&self, what: &str, name: &str, not_by: Option<u32>) -> u32 {
        let line = format!("{what} {name} ");
        wait_for(&line, async || {
            let ledger = fs::read_to_string(self.place.path("ledger")).unwrap_or_default();
            let found = ledger.lines().filter_map(|found| found.strip_prefix(&line));
            found
                .map(|process| process.parse().unwrap())
                .find(|process| Some(*process) != not_by)
        })
        .await
    }

    /// Lets the tasks that wait for this file end.
    fn release(&self, file: &str) {
        fs::write(self.place.path(file), "").unwrap();
    }
}

/// Waits until so many workers are in the group, and it knows who does what.
async fn are_in_group(broker: &Listeners, group: &str, count: usize) {
    let client: BaseConsumer = broker.client().create().unwrap();
    wait_for("the workers are in the group", async || {
        let found = block_in_place(|| client.fetch_group_list(Some(group), LEAVES));
        let found = found.ok()?;
        let found = found.groups().iter().find(|found| found.name() == group)?;
        (found.state() == "Stable" && found.members().len() == count).then_some(())
    })
    .await;
}

async fn has_left(worker: &mut Program) {
    let left = wait_for("the worker has left", async || {
        worker.has_ended().then_some(())
    });
    timeout(LEAVES, left).await.expect("it leaves in time");
    assert!(worker.0.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_killed_is_replaced_and_others_leave_meanwhile() {
    let broker = shared();
    let (working, topics) = Working::over_kafka(&broker).await;
    let group = format!("{topics}c_aaa");
    let first = working.create("first", json!({ "waits_for": "a" })).await;
    let mut killed = working.worker();
    let by = working.noted("begins", "first", None).await;
    assert_eq!(by, killed.0.id());
    let mut other = working.worker();
    are_in_group(&broker, &group, 2).await;
    killed.kill();
    let again = working.noted("begins", "first", Some(by));
    let again = timeout(REPLACED, again).await.expect("it is replaced");
    assert_eq!(again, other.0.id());

    // The next one joins while the group misses the one that was killed.
    let mut third = working.worker();
    working.release("a");
    working.program.wait_until(&first, "finished").await;
    let second = working.create("second", json!({ "waits_for": "b" })).await;
    let by = working.noted("begins", "second", None).await;
    let (leaving, staying) = if by == other.0.id() {
        (&mut other, &mut third)
    } else {
        (&mut third, &mut other)
    };
    staying.kill();
    let mut fourth = working.worker();
    let queued = working.create("third", json!({})).await;
    leaving.terminate();
    working.release("b");
    working.noted("ends", "second", None).await;
    has_left(leaving).await;
    working.program.wait_until(&second, "finished").await;
    working.program.wait_until(&queued, "finished").await;
    let by = working.noted("ends", "third", None).await;
    assert_eq!(by, fourth.0.id(), "a worker that leaves begins nothing");
    fourth.terminate();
    has_left(&mut fourth).await;
    working.program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_waits_for_the_broker_and_the_worker_for_its_report() {
    let broker = OwnBroker::start().await;
    let (working, _) = Working::over_kafka(&broker.listeners).await;
    let mut worker = working.worker();
    let task = working.create("first", json!({ "waits_for": "a" })).await;
    working.noted("begins", "first", None).await;
    broker.stop();
    working.release("a");
    working.noted("ends", "first", None).await;
    worker.terminate();
    broker.start_again();
    working.program.wait_until(&task, "finished").await;
    has_left(&mut worker).await;
    working.program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_no_tasks_are_skipped() {
    let broker = shared();
    let (working, topics) = Working::over_kafka(&broker).await;
    let messages = Answering::on(broker.plain(), &format!("{topics}mq_aaa"));
    let poison: [&[u8]; 7] = [
        b"",
        b"no JSON",
        b"[]",
        b"{\"Task\": 1}",
        b"{\"Task\": {\"task_id\": \"\\ud800\", \"condition\": {}}}",
        b"{\"Task\": {\"task_id\": \"t\", \"condition\": []}}",
        &[0xff, 0xfe],
    ];
    for message in poison {
        messages.say("key", message).await;
    }
    let _worker = working.worker();
    let task = working.create("good", json!({})).await;
    working.program.wait_until(&task, "finished").await;
    working.program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_no_object_fails_the_task_and_says_so() {
    let working = Working::over_http().await;
    let _worker = working.worker();
    for (result, found) in [
        (json!([1]), "a list"),
        (json!(null), "None"),
        (json!("x"), "a str"),
    ] {
        let task = working.create("odd", json!({ "result": result })).await;
        let failed = working.program.wait_until(&task, "failed").await;
        let said = format!("the work function returned {found}; expected a dict, a JSON object");
        assert_eq!(failed["message"], said);
    }
    working.program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_reported_and_a_cancelled_task_is_stopped() {
    for working in [
        Working::over_http().await,
        Working::over_both(&shared()).await,
    ] {
        stops_what_is_cancelled(&working).await;
        working.program.app.stop().await;
    }
}

async fn stops_what_is_cancelled(working: &Working) {
    let _worker = working.worker();
    let task = working.create("long", json!({ "waits_for": "ever" })).await;
    wait_for("its progress is known", async || {
        let status = working.program.status(&task).await;
        (status["progress"] == 0.5 && status["message"] == "half").then_some(())
    })
    .await;
    let job = task.rsplit_once('_').unwrap().1;
    let cancel = format!("/v1/jobs/{job}/cancel");
    assert_eq!(working.program.post(&cancel, json!({})).await.0, 202);
    working.noted("cancelled", "long", None).await;
    let next = working.create("next", json!({})).await;
    working.program.wait_until(&next, "finished").await;
    assert_eq!(working.program.status(&task).await["status"], "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_over_http_completes_its_task_and_leaves() {
    let working = Working::over_http().await;
    let mut worker = working.worker();
    let task = working.create("first", json!({ "waits_for": "a" })).await;
    working.noted("begins", "first", None).await;
    let next = working.create("next", json!({})).await;
    worker.terminate();
    working.release("a");
    working.noted("ends", "first", None).await;
    has_left(&mut worker).await;
    assert_eq!(working.program.status(&task).await["status"], "finished");
    assert_eq!(working.program.status(&next).await["status"], "waiting");

    let mut idle = working.worker();
    working.program.wait_until(&next, "finished").await;
    idle.terminate();
    has_left(&mut idle).await;
    working.program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_hands_the_task_back() {
    let working = Working::over_http().await;
    let mut worker = working.worker();
    let task = working.create("long", json!({ "waits_for": "a" })).await;
    let by = working.noted("begins", "long", None).await;
    worker.terminate();
    let second = wait_for("the worker has left", async || {
        // Signals that come at once are one.
        if !worker.has_ended() {
            worker.terminate();
        }
        worker.has_ended().then_some(())
    });
    timeout(LEAVES, second).await.expect("it leaves at once");
    let _other = working.worker();
    working.noted("begins", "long", Some(by)).await;
    working.release("a");
    working.program.wait_until(&task, "finished").await;
    working.program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_says_in_a_line_each_what_it_does_and_nothing_of_the_data() {
    for level in ["info", "off"] {
        let working = Working::over_http().await;
        let log = working.place.path("log");
        let arguments: Vec<&str> = working.arguments.iter().map(String::as_str).collect();
        let mut command = command("tests/it/dispatch/work.py", &arguments);
        command
            .env("PLACE", working.place.path(""))
            .env("AUDIENCE_WORKER_LOG_LEVEL", level)
            .stderr(fs::File::create(&log).unwrap());
        let mut worker = Program::start(&mut command);
        let condition = json!({ "result": { "secret": "of the result" }, "data": "secret" });
        let task = working.create("first", condition).await;
        working.program.wait_until(&task, "finished").await;
        // A result that is none fails the attempt.
        let failing = working.create("second", json!({ "result": 7 })).await;
        working.program.wait_until(&failing, "failed").await;
        worker.terminate();
        has_left(&mut worker).await;
        let log = fs::read_to_string(&log).unwrap();
        if level == "off" {
            assert_eq!(log, "");
        } else {
            for (said, times) in [
                (
                    "INFO the worker of aaa starts: http://127.0.0.1:".to_owned(),
                    1,
                ),
                (format!("INFO {task} begins, attempt 1"), 1),
                (format!("INFO {task} has finished after "), 1),
                (format!("INFO {failing} begins, attempt 1"), 1),
                (format!("WARNING {failing} has failed"), 1),
                ("INFO the worker of aaa has stopped".to_owned(), 1),
            ] {
                assert_eq!(log.matches(&said).count(), times, "{said}: {log}");
            }
            assert!(!log.contains("secret"), "{log}");
        }
        working.program.app.stop().await;
    }
}
