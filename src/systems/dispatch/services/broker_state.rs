//! What is wrong with the broker: for operators, in `/readyz` and `/v1`, and for the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{info, warn};

use crate::kafka::{Connection, Unusable};

/// A topic that the settings name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTopic {
    pub topic: String,
    /// Which setting names it.
    pub setting: String,
    /// The service that it belongs to.
    pub service: Option<String>,
}

/// Something that an operator has to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The service whose tasks wait for it; `None`: those of all services.
    pub service: Option<String>,
    /// A sentence.
    pub text: String,
}

/// Clones are about the same broker.
#[derive(Clone, Debug)]
pub struct BrokerState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connection: Connection,
    topics: Vec<NamedTopic>,
    group: String,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    unusable: BTreeMap<String, Unusable>,
    /// Topics that the producer is not let write to, although they can be seen.
    not_writable: BTreeSet<String>,
    group_is_forbidden: bool,
    /// Sentences of the last look, and those that have been logged.
    seen: BTreeSet<String>,
    logged: BTreeSet<String>,
}

impl BrokerState {
    pub fn new(connection: Connection, topics: Vec<NamedTopic>, group: String) -> Self {
        Self(Arc::new(Shared {
            connection,
            topics,
            group,
            found: Mutex::default(),
        }))
    }

    /// Whether messages can be sent at this moment.
    pub(super) fn is_open(&self) -> bool {
        self.0.connection.is_open()
    }

    /// Names of all topics, each once.
    pub(super) fn topics(&self) -> BTreeSet<String> {
        let topics = self.0.topics.iter();
        topics.map(|named| named.topic.clone()).collect()
    }

    pub(super) fn topic_is(&self, topic: &str, unusable: Option<Unusable>) {
        let mut found = self.found();
        match unusable {
            Some(unusable) => found.unusable.insert(topic.to_owned(), unusable),
            None => found.unusable.remove(topic),
        };
    }

    pub(super) fn topic_is_writable(&self, topic: &str, writable: bool) {
        let mut found = self.found();
        match writable {
            true => found.not_writable.remove(topic),
            false => found.not_writable.insert(topic.to_owned()),
        };
    }

    pub(super) fn group_is_forbidden(&self, forbidden: bool) {
        self.found().group_is_forbidden = forbidden;
    }

    /// Everything that is wrong.
    pub fn troubles(&self) -> Vec<Trouble> {
        let of_all = |text: String| Trouble {
            service: None,
            text,
        };
        // What is known of topics may be old then.
        if let Some(reason) = self.0.connection.trouble() {
            return vec![of_all(reason)];
        }
        let found = self.found();
        let mut troubles = Vec::new();
        for named in &self.0.topics {
            let NamedTopic { topic, setting, .. } = named;
            let what = match found.unusable.get(topic) {
                Some(Unusable::Missing) => "does not have the topic",
                Some(Unusable::Forbidden) => "does not let us use the topic",
                None if found.not_writable.contains(topic) => "does not let us write to the topic",
                None => continue,
            };
            troubles.push(Trouble {
                service: named.service.clone(),
                text: format!("the broker {what} {topic} ({setting})"),
            });
        }
        if found.group_is_forbidden {
            let group = &self.0.group;
            troubles.push(of_all(format!(
                "the broker does not let us use the consumer group {group} (mq_conf.reply_group)"
            )));
        }
        troubles
    }

    /// Logs what is new since the last time and what is over. A trouble is logged when it is still
    /// there at the second look: a topic may be made because it was asked for.
    pub(super) fn log(&self) {
        let troubles = self.troubles().into_iter();
        let now: BTreeSet<String> = troubles.map(|trouble| trouble.text).collect();
        let mut found = self.found();
        for text in &now {
            if found.seen.contains(text) && found.logged.insert(text.clone()) {
                warn!(
                    reason = text,
                    "the broker cannot be used as the settings say; trying again"
                );
            }
        }
        found.logged.retain(|text| {
            let is_there = now.contains(text);
            if !is_there {
                info!(reason = text, "a trouble with the broker is over");
            }
            is_there
        });
        found.seen = now;
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_names_the_setting_and_the_service() {
        let named = |topic: &str, setting: &str, service: Option<&str>| NamedTopic {
            topic: topic.to_owned(),
            setting: setting.to_owned(),
            service: service.map(str::to_owned),
        };
        let topics = vec![
            named("mq_a", "source_db.a.topic_name", Some("a")),
            named("dead", "mq_conf.dead_letter_topic", None),
        ];
        let state = BrokerState::new(Connection::default(), topics, "g".to_owned());
        assert_eq!(state.troubles(), []);
        state.topic_is("mq_a", Some(Unusable::Missing));
        state.topic_is_writable("dead", false);
        let troubles = state.troubles();
        assert_eq!(troubles[0].service.as_deref(), Some("a"));
        assert_eq!(
            troubles[0].text,
            "the broker does not have the topic mq_a (source_db.a.topic_name)"
        );
        assert_eq!(
            troubles[1].text,
            "the broker does not let us write to the topic dead (mq_conf.dead_letter_topic)"
        );
        state.topic_is("mq_a", None);
        state.topic_is_writable("dead", true);
        assert_eq!(state.troubles(), []);
    }
}
