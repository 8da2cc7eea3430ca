//! What is said, before it is written in a language for a receiver.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The same for all receivers, and each time.
    pub id: String,
    /// One of [`super::EventKind`], or a later version's.
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// The flow of the job, or the system that it is from.
    pub flow: String,
    /// What people call it.
    pub name: Option<String>,
    /// The id of the job or run, or the name of the schedule.
    pub about: String,
    /// How it ended.
    pub state: Option<String>,
    /// Why, in words that anybody may see.
    pub error: Option<String>,
    /// Numbers and words, by their names.
    #[serde(default)]
    pub figures: Map<String, Value>,
    /// The last lines of its log.
    #[serde(default)]
    pub log: Vec<String>,
    pub started_by: Option<String>,
    /// Where to look at it.
    pub link: Option<String>,
}

/// What one receiver is told at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub parts: Vec<Part>,
    /// Notifications that are counted only.
    #[serde(default)]
    pub more: u64,
}

/// Notifications that are alike, of which the newest is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub count: u64,
    pub notification: Notification,
}

/// Parts that a message shows.
const PARTS_MAX: usize = 20;

impl Message {
    pub fn of(notification: Notification) -> Self {
        let part = Part {
            count: 1,
            notification,
        };
        Self {
            parts: vec![part],
            more: 0,
        }
    }

    /// How many notifications it stands for.
    pub fn count(&self) -> u64 {
        self.parts.iter().map(|part| part.count).sum::<u64>() + self.more
    }

    /// Whether it tells of things that are not alike.
    pub fn is_digest(&self) -> bool {
        self.parts.len() > 1 || self.more > 0
    }

    /// Counts another notification that is like its only part.
    pub fn again(&mut self, notification: Notification) {
        match self.parts.first_mut() {
            Some(part) => {
                part.count += 1;
                part.notification = notification;
            }
            None => *self = Self::of(notification),
        }
    }

    /// Says what another message says, too.
    pub fn join(&mut self, other: Self) {
        self.more += other.more;
        for part in other.parts {
            match self.parts.len() < PARTS_MAX {
                true => self.parts.push(part),
                false => self.more += part.count,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notification(name: usize) -> Notification {
        Notification {
            name: Some(name.to_string()),
            ..Notification::default()
        }
    }

    #[test]
    fn what_is_alike_is_counted_and_the_newest_is_shown() {
        let mut message = Message::of(notification(0));
        (1..1_000).for_each(|no| message.again(notification(no)));
        assert_eq!((message.count(), message.is_digest()), (1_000, false));
        assert_eq!(message.parts[0].notification, notification(999));
    }

    #[test]
    fn a_digest_has_a_bounded_number_of_parts() {
        let mut message = Message::of(notification(0));
        (1..30).for_each(|no| message.join(Message::of(notification(no))));
        assert_eq!(
            (message.parts.len(), message.more, message.count()),
            (20, 10, 30)
        );
        assert!(message.is_digest());
    }
}
