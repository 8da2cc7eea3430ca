//! Whether a failed request is tried again, and when.

use std::time::Duration;

use http::StatusCode;

use crate::systems::prediction::scrape::definition::Retry;

/// A site that wants more patience than this is not waited for.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(86_400);

/// Whether a status is that of a site that may answer later.
pub(super) fn is_transient(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error()
}

/// How long to wait before the next of several tries: what the site asks for, else twice as long as the last
/// time. `None`: there is no next one.
pub(super) fn pause(retry: &Retry, failures: u32, asked: Option<Duration>) -> Option<Duration> {
    if failures >= retry.tries || asked.is_some_and(|asked| asked > RETRY_AFTER_MAX) {
        return None;
    }
    let doublings = failures.saturating_sub(1).min(31);
    let own = retry
        .first
        .saturating_mul(1 << doublings)
        .min(retry.longest);
    Some(asked.unwrap_or(own))
}
