//! Tasks for outside workers.

mod beside;
mod callers;
mod calls;
mod channels;
mod console;
mod dead_clients;
mod deadlines;
mod frozen;
mod kafka;
mod killed;
mod late_reports;
mod letters;
mod members;
mod mismatches;
mod mixed_answers;
mod numbers;
mod outages;
mod pages;
mod priority;
mod pulling;
mod python_worker;
mod secured;
mod settings;
mod sizes;
mod steps;
mod topics;
mod unusable;
mod waiting;
pub(crate) mod workers;

use std::time::Duration;

use audience::kafka::BrokerSettings;
use audience::systems::dispatch::settings::ServiceSettings;
use serde_json::{Value, json};

use crate::support::{TestApp, TestSettings};

/// A test that waits longer than this for its condition has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program with the services `aaa` and `bbb`, whose tasks wait to be started.
struct Dispatching {
    app: TestApp,
}

/// What a test program differs in.
#[derive(Default)]
struct With {
    /// The engine's database; `None`: a file of the program's own.
    database: Option<String>,
    /// The names of its reply group and its dead letters begin with `topics`.
    broker: Option<BrokerSettings>,
    /// In front of the names of its topics.
    topics: String,
    change: Option<fn(&mut ServiceSettings)>,
    token: Option<&'static str>,
}

impl Dispatching {
    async fn start(with: With) -> Self {
        let With {
            database,
            broker,
            topics,
            change,
            token,
        } = with;
        let mut builder = TestApp::with().settings(move |settings| {
            if let Some(url) = database {
                settings.database.url = url;
            }
            services(settings, &topics, change);
            settings.mq_conf = broker.map(|broker| BrokerSettings {
                reply_group: format!("{topics}audience"),
                dead_letter_topic: format!("{topics}dead"),
                ..broker
            });
        });
        if let Some(token) = token {
            builder = builder.token(token);
        }
        Self {
            app: builder.start(&[]).await,
        }
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.app.post(path, &body).await
    }

    /// The answer to a call that has to succeed.
    async fn ok(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn create(&self, service: &str, condition: Value) -> String {
        let body = json!({ "data": { "service": service, "condition": condition } });
        let answer = self.ok("/api/create_task", body).await;
        answer["task_id"].as_str().unwrap().to_owned()
    }

    /// Where a task is.
    async fn status(&self, task_id: &str) -> Value {
        let body = json!({ "data": [{ "task_id": task_id }] });
        self.ok("/api/status_task", body).await["status"][0].take()
    }

    async fn report(&self, task_id: &str, status: &str) -> (u16, Value) {
        let data = json!({ "task_id": task_id, "status": status });
        self.post("/api/update_status_task", json!({ "data": data }))
            .await
    }

    async fn wait_until(&self, task_id: &str, status: &str) -> Value {
        let look = async {
            loop {
                let found = self.status(task_id).await;
                if found["status"] == status {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(found) => found,
            Err(_) => panic!(
                "waited {} s for the status {status}: {}",
                PATIENCE.as_secs(),
                self.status(task_id).await
            ),
        }
    }

    /// Kinds of what has happened to a task, in order.
    async fn history(&self, task_id: &str) -> Vec<String> {
        let job = task_id.rsplit_once('_').unwrap().1.parse().unwrap();
        let events = self.app.app.store.events().after(&job, 0, 1_000).await;
        events
            .unwrap()
            .into_iter()
            .map(|event| event.kind)
            .collect()
    }
}

fn services(settings: &mut TestSettings, topics: &str, change: Option<fn(&mut ServiceSettings)>) {
    let service = |name: &str| ServiceSettings {
        source_name: "mongo".to_owned(),
        topic_name: format!("{topics}mq_{name}"),
        consumer_id: format!("{topics}c_{name}"),
        reply_topic: Some(format!("{topics}replies")),
        ..ServiceSettings::default()
    };
    let mut aaa = service("aaa");
    if let Some(change) = change {
        change(&mut aaa);
    }
    let bbb = ServiceSettings {
        auto_start: false,
        ..service("bbb")
    };
    settings.dispatch.service = vec!["aaa".to_owned(), "bbb".to_owned()];
    settings.dispatch.source_db = [("aaa".to_owned(), aaa), ("bbb".to_owned(), bbb)].into();
    settings.dispatch.time_zone = Some("Asia/Taipei".to_owned());
}
