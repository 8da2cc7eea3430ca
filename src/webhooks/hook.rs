//! What a trigger expects of deliveries, and what it receives.

use http::HeaderMap;

use super::commit::CommitId;
use super::filter::{Decision, Filter};
use super::forge::Forge;
use super::refused::Refused;
use super::verify::verify;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Hook<'h> {
    pub forge: Forge,
    /// `None`: this server does not have it.
    pub secret: Option<&'h str>,
    pub filter: &'h Filter,
}

/// A delivery that was signed with the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Counts {
        /// The same when the forge sends it again.
        id: String,
        /// `None`: the event is about something else.
        commit: Option<CommitId>,
    },
    /// Why it does not count, as people read it.
    Ignored(String),
}

impl Hook<'_> {
    pub(crate) fn receive(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now_s: i64,
    ) -> Result<Received, Refused> {
        let secret = self.secret;
        let secret = secret.ok_or(Refused::Secret("has no value on this server"))?;
        let delivery = verify(self.forge, secret, headers, body, now_s)?;
        Ok(match self.filter.decide(&delivery) {
            Decision::Ignored(reason) => Received::Ignored(reason),
            Decision::Counts(commit) => Received::Counts {
                id: delivery.id,
                commit,
            },
        })
    }
}
