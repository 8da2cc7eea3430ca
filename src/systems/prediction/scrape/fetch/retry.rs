//! Whether a failed request is tried again, and when.

use std::time::Duration;

use chrono::DateTime;
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

/// How long a site asks to wait: seconds or a date of HTTP. Nothing of what is neither.
pub(super) fn retry_after(text: &str, now_micros: i64) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What is too long for a number is too long to wait for.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    let missing = date.timestamp_micros().saturating_sub(now_micros);
    Some(Duration::from_micros(u64::try_from(missing).unwrap_or(0)))
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
