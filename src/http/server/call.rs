//! One request that is being served on a connection.

use std::sync::Arc;
use std::time::Instant;

use super::Link;

/// What is being done for a request.
#[derive(Clone, Copy)]
pub(super) enum Doing {
    /// Its body comes in; the last part came then.
    Receiving(Instant),
    Working,
    /// Its answer is being sent; since when the caller has not taken the last part, if it has not.
    Answering(Option<Instant>),
}

impl Doing {
    pub fn is_receiving(self) -> bool {
        matches!(self, Self::Receiving(_))
    }

    pub fn is_answering(self) -> bool {
        matches!(self, Self::Answering(_))
    }

    /// Since when the caller has not taken what is sent.
    pub fn untaken_since(self) -> Option<Instant> {
        match self {
            Self::Answering(since) => since,
            Self::Receiving(_) | Self::Working => None,
        }
    }

    /// Since when nothing can be done without the caller.
    pub fn waits_since(self) -> Option<Instant> {
        match self {
            Self::Receiving(since) => Some(since),
            Self::Answering(since) => since,
            Self::Working => None,
        }
    }
}

/// A request that is being served, until it is dropped.
pub(super) struct Call {
    link: Arc<Link>,
    no: u64,
    has_body: bool,
}

/// What a call's body has come to.
#[derive(Clone)]
pub(in crate::http) struct BodyProgress {
    link: Arc<Link>,
    no: u64,
}

impl Call {
    pub fn new(link: Arc<Link>, no: u64, has_body: bool) -> Self {
        Self { link, no, has_body }
    }

    pub fn body_progress(&self) -> BodyProgress {
        BodyProgress {
            link: Arc::clone(&self.link),
            no: self.no,
        }
    }

    /// A part of the answer is there for the caller to take.
    pub fn offers_part(&self) {
        self.link
            .does(self.no, Doing::Answering(Some(Instant::now())));
    }

    /// The next part of the answer is not there yet.
    pub fn makes_part(&self) {
        self.link.does(self.no, Doing::Answering(None));
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.link.end(self.no, self.has_body);
    }
}

impl BodyProgress {
    pub fn has_part(&self) {
        self.link.does(self.no, Doing::Receiving(Instant::now()));
    }

    pub fn has_all(&self) {
        self.link.does(self.no, Doing::Working);
    }
}
