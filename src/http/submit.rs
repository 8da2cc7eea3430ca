//! What a job was submitted with, as callers see it.

use entity::job;
use serde_json::Value;

use super::error::Failure;

/// The member of a job's request in which earlier versions kept the digest of the body.
const EARLIER_BODY_DIGEST: &str = "body_digest";

const KEY_CHARS_MAX: usize = 255;

/// The header `Idempotency-Key`.
pub(crate) fn checked_key(key: String) -> Result<String, Failure> {
    if (1..=KEY_CHARS_MAX).contains(&key.chars().count()) {
        Ok(key)
    } else {
        Err(Failure::invalid(
            "Idempotency-Key: expected 1 to 255 characters",
        ))
    }
}

/// Whether a job was submitted with a body of this digest.
pub(crate) fn has_body(job: &job::Model, digest: &str) -> bool {
    match &job.body_digest {
        Some(own) => own == digest,
        None => parsed(&job.request)[EARLIER_BODY_DIGEST] == digest,
    }
}

/// The request of a job as callers see it.
pub(crate) fn shown_request(job: &job::Model) -> Value {
    let mut request = parsed(&job.request);
    if let Value::Object(members) = &mut request {
        members.shift_remove(EARLIER_BODY_DIGEST);
    }
    request
}

/// What is stored was JSON when it was stored.
fn parsed(request: &str) -> Value {
    serde_json::from_str(request).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::store::example_job;

    fn job(request: &str, body_digest: Option<&str>) -> job::Model {
        job::Model {
            request: request.to_owned(),
            body_digest: body_digest.map(str::to_owned),
            ..example_job()
        }
    }

    #[test]
    fn the_digest_of_the_body_is_found_where_it_was_stored_and_not_shown() {
        let jobs = [
            job(r#"{"a":1}"#, Some("x")),
            job(r#"{"a":1,"body_digest":"x"}"#, None),
        ];
        for job in jobs {
            assert!(has_body(&job, "x"));
            assert!(!has_body(&job, "y"));
            assert_eq!(shown_request(&job), json!({ "a": 1 }));
        }
    }
}
