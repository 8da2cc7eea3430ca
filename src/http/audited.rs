//! How calls are recorded in the audit.

use std::sync::Arc;

use poem::Request;

use super::auth::Who;
use super::entrance::Client;
use super::error::Failure;
use super::surface::Operation;
use crate::engine::audit::{AuditLog, AuditedCall, CallKey, Recording};

/// An operation whose calls are recorded.
#[derive(Clone)]
pub(super) struct Audited {
    log: AuditLog,
    recording: Recording,
    operation: String,
    pattern: String,
}

/// One such call, as it has come.
pub(super) struct AuditedRequest {
    audited: Audited,
    key: CallKey,
}

impl Audited {
    /// `None`: they are not recorded.
    pub fn of(operation: &Operation, log: &AuditLog) -> Option<Self> {
        Some(Self {
            log: log.clone(),
            recording: operation.recording?,
            operation: operation.id.clone(),
            pattern: operation.pattern.clone(),
        })
    }

    pub fn request(self, request: &Request) -> AuditedRequest {
        let client = request.extensions().get::<Client>();
        let address = client.and_then(|client| client.address);
        let key = CallKey {
            who: None,
            operation: self.operation.clone(),
            what: self.named(request.uri().path()),
            address: address.map(|address| address.to_string()),
        };
        AuditedRequest { audited: self, key }
    }

    /// Records that a call was not admitted.
    pub fn refused(request: Option<&AuditedRequest>, who: Option<&Who>, failure: &Failure) {
        if let Some(request) = request {
            let key = request.key(who);
            request.audited.log.refused(key, failure.status.as_u16());
        }
    }

    /// The id or the name in the path. Of calls that are recorded together it is what they share.
    fn named(&self, path: &str) -> Option<String> {
        const CHARS_MAX: usize = 255;
        let parts = |text| str::split(str::trim_matches(text, '/'), '/');
        let named = parts(&self.pattern).zip(parts(path));
        let mut named = named.filter(|(part, _)| part.starts_with('{'));
        let (_, name) = named.next()?;
        Some(name.chars().take(CHARS_MAX).collect())
    }
}

impl AuditedRequest {
    fn key(&self, who: Option<&Who>) -> CallKey {
        CallKey {
            who: who.map(|who| who.identity.name.clone()),
            ..self.key.clone()
        }
    }

    /// The call of somebody who is admitted.
    pub fn call(&self, who: Option<&Who>) -> Arc<AuditedCall> {
        self.audited.log.call(self.key(who), self.audited.recording)
    }
}
