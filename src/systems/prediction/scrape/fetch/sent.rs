//! What is sent with a request: all of it at home, and elsewhere what says nothing.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use super::error::FetchError;
use super::web::{Validators, Visit, fingerprint};

/// Headers that tell no other host anything.
const HARMLESS: [HeaderName; 2] = [header::ACCEPT, header::ACCEPT_LANGUAGE];

/// What is sent to a URL: all of the request's headers at home, and elsewhere what says nothing.
pub(super) fn headers(visit: &Visit<'_>, url: &Url) -> Result<HeaderMap, FetchError> {
    let mut headers = HeaderMap::new();
    let is_home = is_home(url, visit.home);
    for (name, value) in visit.headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        let is_harmless = HARMLESS.contains(name) && !visit.secrets.are_in(&text);
        if is_home || is_harmless {
            headers.append(name.clone(), value.clone());
        }
    }
    headers.insert(header::USER_AGENT, user_agent(visit)?);
    if let Some(validators) = validators_for(visit, url) {
        let named = [
            (header::IF_NONE_MATCH, &validators.etag),
            (header::IF_MODIFIED_SINCE, &validators.last_modified),
        ];
        for (name, value) in named {
            let value = value.as_deref().map(HeaderValue::from_str);
            if let Some(Ok(value)) = value {
                headers.insert(name, value);
            }
        }
    }
    Ok(headers)
}

pub(super) fn user_agent(visit: &Visit<'_>) -> Result<HeaderValue, FetchError> {
    let agent = HeaderValue::from_str(&visit.scrape.polite.user_agent);
    agent.map_err(|_| FetchError::Header {
        name: header::USER_AGENT.to_string(),
    })
}

pub(super) fn validators_for<'v>(visit: &Visit<'v>, url: &Url) -> Option<&'v Validators> {
    let validators = visit.validators?;
    let has_some = validators.etag.is_some() || validators.last_modified.is_some();
    let is_here = || validators.place == fingerprint(url.as_str().as_bytes());
    (has_some && is_here()).then_some(validators)
}

/// Whether a URL is on the host of the request. What came by https does not go on without it.
pub(super) fn is_home(url: &Url, home: &Url) -> bool {
    let is_same_port = url.port_or_known_default() == home.port_or_known_default();
    let is_same = url.scheme() == home.scheme() && is_same_port;
    let is_upgrade = |from: &Url, to: &Url| {
        (from.scheme(), from.port(), to.scheme(), to.port()) == ("http", None, "https", None)
    };
    url.host() == home.host() && (is_same || is_upgrade(home, url))
}
