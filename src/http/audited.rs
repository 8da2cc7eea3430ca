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

    fn named(&self, path: &str) -> Option<String> {
        const CHARS_MAX: usize = 255;
        Some(
            named(&self.pattern, path)?
                .chars()
                .take(CHARS_MAX)
                .collect(),
        )
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

/// The id in the path, or the names in it, such as those of a project and its trigger. Of calls that are
/// recorded together it is what they share: no id behind a name.
fn named(pattern: &str, path: &str) -> Option<String> {
    let parts = |text| str::split(str::trim_matches(text, '/'), '/');
    let mut given = parts(pattern)
        .zip(parts(path))
        .filter(|(part, _)| part.starts_with('{'));
    let (_, first) = given.next()?;
    let names = given.filter(|(part, _)| !part.ends_with("_id}"));
    let names = names.map(|(_, name)| name);
    Some(
        std::iter::once(first)
            .chain(names)
            .collect::<Vec<_>>()
            .join("/"),
    )
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_call_is_about_the_names_in_its_path() {
        for (pattern, path, expected) in [
            ("/v1/jobs", "/v1/jobs", None),
            (
                "/v1/jobs/{job_id}/cancel",
                "/v1/jobs/01a2/cancel",
                Some("01a2"),
            ),
            (
                "/v1/hooks/{project}/{trigger}",
                "/v1/hooks/ad-logs/push",
                Some("ad-logs/push"),
            ),
            (
                "/v1/services/{service}/tasks/{task_id}/ack",
                "/v1/services/search/tasks/t_1/ack",
                Some("search"),
            ),
        ] {
            assert_eq!(named(pattern, path).as_deref(), expected, "{path}");
        }
    }
}
