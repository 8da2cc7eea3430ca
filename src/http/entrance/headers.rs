//! What browsers are told about every answer.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};

/// An answer that is not a page loads and runs nothing, and is shown in no frame.
const NOT_A_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// A page of ours says itself what it loads.
const POLICY: HeaderName = header::CONTENT_SECURITY_POLICY;

pub(super) fn add(headers: &mut HeaderMap) {
    if !headers.contains_key(POLICY) {
        headers.insert(POLICY, HeaderValue::from_static(NOT_A_PAGE));
    }
    let mut says = |name, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    says(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Pages of ours are told each other; without it a form would be sent from nowhere.
    says(header::REFERRER_POLICY, "same-origin");
}
