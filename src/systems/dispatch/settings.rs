//! `service`, `source_db` and what else concerns tasks for outside workers. The names are those that
//! operators know from before. The broker is that of [`KafkaSettings`](crate::kafka::KafkaSettings).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::kafka::check_topic;
use crate::settings::{Problems, SystemSettings};

/// A year, in seconds.
const LONGEST_S: u64 = 31_536_000;

/// Everything that can be set of dispatching.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DispatchSettings {
    /// Time zone of the times in answers; without it that of the machine.
    pub time_zone: Option<String>,
    /// The services that tasks are dispatched to.
    pub service: Vec<String>,
    pub source_db: BTreeMap<String, ServiceSettings>,
    /// Tasks that may be asked for in one `status_task`.
    pub max_status_task: u64,
}

impl Default for DispatchSettings {
    fn default() -> Self {
        Self {
            time_zone: None,
            service: Vec::new(),
            source_db: BTreeMap::new(),
            max_status_task: 10,
        }
    }
}

/// What is set of one service.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    /// Sent to workers: where they find their data.
    pub source_name: String,
    /// Where its messages go.
    pub topic_name: String,
    /// The consumer group of its workers.
    pub consumer_id: String,
    /// Where its workers answer, if they do not over HTTP.
    pub reply_topic: Option<String>,
    /// Whether a task starts when it is created.
    pub auto_start: bool,
    /// Seconds without a report after which a message that was sent has failed.
    pub waiting_timeout: Option<u64>,
    /// Seconds without a further report after which a running task has failed.
    pub running_timeout: Option<u64>,
    /// Attempts that follow a failed one by themselves.
    pub retries: u64,
    /// Seconds before the first of them; doubled for each that follows.
    pub backoff: u64,
    /// Seconds for which the last report of an attempt, if it comes again without naming its attempt,
    /// does not count for the next one.
    pub repeat_window: u64,
    /// JSON Schema that `condition` must fit.
    pub condition_schema: Option<serde_json::Value>,
    /// Tasks that are with workers at once; more wait in the outbox.
    pub concurrency: Option<u64>,
    /// Messages of services with a higher one are sent first.
    pub priority: i64,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            source_name: String::new(),
            topic_name: String::new(),
            consumer_id: String::new(),
            reply_topic: None,
            auto_start: true,
            waiting_timeout: None,
            running_timeout: None,
            retries: 0,
            backoff: 10,
            repeat_window: 60,
            condition_schema: None,
            concurrency: None,
            priority: 0,
        }
    }
}

impl SystemSettings for DispatchSettings {
    /// Where tasks were kept before.
    fn reason_to_ignore(key: &str) -> Option<&'static str> {
        let reason = "tasks are kept in the database of `database.url` instead";
        key.starts_with("MONGO_").then_some(reason)
    }

    fn check(&self, problems: &mut Problems<'_>) {
        problems.expect_between("max_status_task", self.max_status_task, 1..=1_000);
        if let Some(zone) = &self.time_zone
            && zone.parse::<chrono_tz::Tz>().is_err()
        {
            let problem = format!("`{zone}` is not a time zone, expected one such as Asia/Taipei");
            problems.add("time_zone", problem);
        }
        self.check_services(problems);
    }
}

impl DispatchSettings {
    fn check_services(&self, problems: &mut Problems<'_>) {
        if self.service.is_empty() && !self.source_db.is_empty() {
            let problem = "is missing, expected the list of services, such as [aaa, bbb]";
            problems.add("service", problem);
            return;
        }
        let mut listed = BTreeSet::new();
        for service in &self.service {
            if !listed.insert(service) {
                problems.add("service", format!("`{service}` is listed twice"));
            }
            check_name(service, problems);
            if !self.source_db.contains_key(service) {
                let problem = "is missing, expected {source_name: …, topic_name: …, \
                               consumer_id: …} for this service";
                problems.within("source_db").add(service, problem);
            }
        }
        for (name, service) in &self.source_db {
            let mut problems = problems.within("source_db");
            if !listed.contains(name) {
                let known = self.service.join(", ");
                let problem = format!("`{name}` is not in `service`, expected one of {known}");
                problems.add(name, problem);
            }
            let mut problems = problems.within(name);
            service.check(&mut problems);
            let mut others = self.source_db.iter();
            let clash =
                others.find(|(_, other)| service.reply_topic.as_ref() == Some(&other.topic_name));
            if let Some((other, _)) = clash {
                let problem =
                    format!("is the topic of the messages of `{other}`, expected another");
                problems.add("reply_topic", problem);
            }
        }
    }
}

fn check_name(service: &str, problems: &mut Problems<'_>) {
    const LONGEST: usize = 64;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if service.is_empty() || service.len() > LONGEST || !service.bytes().all(plain) {
        let problem = format!(
            "`{service}` is not the name of a service, expected 1 to {LONGEST} letters, digits, \
             `_`, `-` or `.`"
        );
        problems.add("service", problem);
    }
}

impl ServiceSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        let expected = [
            (
                "source_name",
                &self.source_name,
                "where workers find their data, such as mongo",
            ),
            (
                "topic_name",
                &self.topic_name,
                "the topic of its messages, such as mq_aaa",
            ),
            (
                "consumer_id",
                &self.consumer_id,
                "the consumer group of its workers, such as c_aaa",
            ),
        ];
        for (name, value, what) in expected {
            if value.is_empty() {
                problems.add(name, format!("is missing, expected {what}"));
            }
        }
        let topics = [
            (
                "topic_name",
                Some(&self.topic_name).filter(|name| !name.is_empty()),
            ),
            ("reply_topic", self.reply_topic.as_ref()),
        ];
        for (name, topic) in topics {
            if let Some(topic) = topic {
                check_topic(name, topic, problems);
            }
        }
        for (name, value) in [
            ("waiting_timeout", self.waiting_timeout),
            ("running_timeout", self.running_timeout),
        ] {
            if let Some(value) = value {
                problems.expect_between(name, value, 1..=LONGEST_S);
            }
        }
        problems.expect_between("retries", self.retries, 0..=1_000);
        problems.expect_between("backoff", self.backoff, 0..=86_400);
        problems.expect_between("repeat_window", self.repeat_window, 0..=86_400);
        if let Some(concurrency) = self.concurrency {
            problems.expect_between("concurrency", concurrency, 1..=1_000_000);
        }
        if !(-1_000..=1_000).contains(&self.priority) {
            let problem = format!("{} is out of range, expected -1000 to 1000", self.priority);
            problems.add("priority", problem);
        }
    }
}
