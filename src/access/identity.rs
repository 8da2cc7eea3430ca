//! Who calls.

use chrono::{DateTime, Utc};

use super::{Digest, Role, Scope};

/// The owner of a token, or a caller of a server without tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub role: Role,
    pub scope: Scope,
    /// Of its token.
    pub digest: Option<Digest>,
    /// From then on its token does not count.
    pub expires: Option<DateTime<Utc>>,
}

impl Identity {
    /// A caller on the server's own machine.
    pub fn local() -> Self {
        Self {
            name: "local".to_owned(),
            role: Role::Admin,
            scope: Scope::default(),
            digest: None,
            expires: None,
        }
    }

    /// The owner of the token in `AUTH_TOKEN`.
    pub fn of_main_token(token: &str) -> Self {
        Self {
            name: "token".to_owned(),
            digest: Some(super::digest(token.as_bytes())),
            ..Self::local()
        }
    }

    pub(super) fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}
