//! Which deliveries a trigger counts.

use super::commit::CommitId;
use super::delivery::{Change, Content, Delivery, Subject};
use super::pattern::Pattern;

/// Patterns of a trigger. A list without entries lets everything through, but tags: they count only
/// where `tags` says which, and where only `tags` is given, branches do not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) events: Vec<Pattern>,
    pub(crate) branches: Vec<Pattern>,
    pub(crate) tags: Vec<Pattern>,
    pub(crate) paths: Vec<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// `None`: the event is about something else than a commit.
    Counts(Option<CommitId>),
    /// Why it does not count, as people read it.
    Ignored(String),
}

impl Filter {
    pub(crate) fn decide(&self, delivery: &Delivery) -> Decision {
        match self.objection(delivery) {
            Some(reason) => Decision::Ignored(reason),
            None => Decision::Counts(match &delivery.content {
                Content::Change(change) => Some(change.commit.clone()),
                Content::Other | Content::Nothing(_) => None,
            }),
        }
    }

    /// Why a delivery does not count.
    fn objection(&self, delivery: &Delivery) -> Option<String> {
        if let Content::Nothing(reason) = &delivery.content {
            return Some(reason.clone());
        }
        let is_meant = delivery
            .events
            .iter()
            .any(|event| is_among(&self.events, event));
        let event = delivery.event();
        match &delivery.content {
            _ if !self.events.is_empty() && !is_meant => {
                Some(format!("the trigger does not count the event {event}"))
            }
            Content::Other if self.events.is_empty() => Some(format!(
                "the event {event} names no commit; it counts where `events` names it"
            )),
            Content::Change(change) => self.objection_to(change),
            Content::Other | Content::Nothing(_) => None,
        }
    }

    fn objection_to(&self, change: &Change) -> Option<String> {
        let (what, name, is_meant) = match &change.subject {
            Subject::Branch(name) => {
                let is_any = self.branches.is_empty() && self.tags.is_empty();
                ("branch", name, is_any || is_among(&self.branches, name))
            }
            Subject::Request(name) => {
                let is_any = self.branches.is_empty();
                ("branch", name, is_any || is_among(&self.branches, name))
            }
            Subject::Tag(name) => ("tag", name, is_among(&self.tags, name)),
        };
        if !is_meant {
            return Some(format!("the trigger does not count {what} {name}"));
        }
        // What changed with a tag is not said; what is not known may be meant.
        let paths = change.paths.as_ref().filter(|_| what == "branch")?;
        let is_touched = paths.iter().any(|path| is_among(&self.paths, path));
        (!self.paths.is_empty() && !is_touched)
            .then(|| "the trigger counts none of the changed paths".to_owned())
    }
}

fn is_among(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(text))
}
