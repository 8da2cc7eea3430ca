//! Who calls.

use chrono::{DateTime, Utc};

use super::{Digest, Role};

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

/// What a caller sees; an empty list means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub projects: Vec<String>,
    pub queues: Vec<String>,
    /// Services of tasks for outside workers.
    pub services: Vec<String>,
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

impl Scope {
    pub fn is_limited(&self) -> bool {
        !self.queues.is_empty() || !self.services.is_empty()
    }

    pub fn has_queue(&self, queue: &str) -> bool {
        has(&self.queues, Some(queue))
    }

    /// `None`: what belongs to no service.
    pub fn has_service(&self, service: Option<&str>) -> bool {
        has(&self.services, service)
    }
}

fn has(list: &[String], name: Option<&str>) -> bool {
    list.is_empty() || name.is_some_and(|name| list.iter().any(|own| own == name))
}
