//! What a forge reports: an event of a repository.

use std::collections::BTreeSet;

use super::commit::CommitId;

/// A delivery whose sender knows the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The same when the forge sends it again.
    pub id: String,
    /// Of the whole body: whether two deliveries with the same id say the same.
    pub digest: String,
    /// The names of the event, the usual one first.
    pub events: Vec<String>,
    /// Addresses of the repository, for people: a mirror or an alias has others.
    pub repository_urls: Vec<String>,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// There is a commit to look at.
    Change(Change),
    /// An event of something else than commits.
    Other,
    /// It starts nothing, whatever a trigger says; why, as people read it.
    Nothing(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub subject: Subject,
    pub commit: CommitId,
    /// Paths that were added, modified or removed. `None`: the delivery does not say all of them.
    pub paths: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Branch(String),
    Tag(String),
    /// A pull request or a merge request into this branch, from the same repository.
    Request(String),
}

impl Delivery {
    pub(crate) fn event(&self) -> &str {
        self.events.first().map_or("", String::as_str)
    }
}
