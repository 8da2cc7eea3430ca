//! Whose pages may call.
//!
//! A browser sends requests of any page to any server, with its own cookies and from its own machine;
//! it only says from where they come. So what changes something and comes from a page has to come from
//! one of ours, whatever its body claims to be.

use poem::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::Callers;
use crate::access::Origin;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Of a request that a page has sent.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, \
                       Range, Traceparent";
/// What a page of another origin may read besides the body.
const EXPOSED: &str = "Content-Disposition, ETag, Location, Retry-After, Traceparent";

/// Whether a request may change something.
pub(super) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether it comes from a page at all.
pub(super) fn is_from_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key(FETCH_SITE)
}

/// Why a request from a page may not change anything; `None`: it may.
pub(super) fn refusal(
    headers: &HeaderMap,
    own: Option<&Origin>,
    callers: &Callers,
) -> Option<String> {
    let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
    if origins.peek().is_none() {
        // The browser itself compares where it does not name the origin.
        let mut sites = headers.get_all(FETCH_SITE).iter();
        let is_ours = sites.all(|site| site == "same-origin" || site == "none");
        return (!is_ours).then(|| sentence("another origin"));
    }
    let foreign = origins.find(|value| match parsed(value) {
        Some(origin) => Some(&origin) != own && !callers.is_known(&origin),
        None => true,
    })?;
    let foreign = foreign.to_str().ok().and_then(Origin::parse);
    let shown = foreign.map(|origin| format!("`{origin}`"));
    Some(sentence(shown.as_deref().unwrap_or("an unknown origin")))
}

fn sentence(origin: &str) -> String {
    format!(
        "a page of {origin} may not change anything here; the settings `server.public_url` and \
         `access.origins` say whose pages may"
    )
}

fn parsed(value: &HeaderValue) -> Option<Origin> {
    Origin::parse(value.to_str().ok()?)
}

impl Callers {
    fn is_known(&self, origin: &Origin) -> bool {
        let public = self.public_url.as_ref();
        public.is_some_and(|public| public.origin == *origin) || self.origins.get().contains(origin)
    }

    /// The origin of a page of another server that may call.
    pub(super) fn other_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let value = headers.get(header::ORIGIN)?;
        let origins = self.origins.get();
        let origin = parsed(value).filter(|_| !origins.is_empty())?;
        origins.contains(&origin).then(|| value.clone())
    }
}

/// Whether a browser asks what a page may send.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Adds to the answer that the page may read it.
pub(super) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let mut says = |name, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    says(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    says(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// The same for the answer to a preflight.
pub(super) fn allow_sending(headers: &mut HeaderMap) {
    let mut says = |name, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    says(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    says(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    says(header::ACCESS_CONTROL_MAX_AGE, "600");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Changeable;

    fn callers() -> Callers {
        let origins = vec![Origin::parse("https://panel.example.org").expect("an origin")];
        Callers {
            origins: Changeable::new(origins),
            ..Callers::default()
        }
    }

    fn is_refused(sent: &[(&'static str, &'static str)]) -> bool {
        let own = Origin::parse("http://localhost:8080");
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_static(value));
        }
        refusal(&headers, own.as_ref(), &callers()).is_some()
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        for taken in [
            &[][..],
            &[("origin", "http://localhost:8080")],
            &[("origin", "https://panel.example.org")],
            &[
                ("origin", "https://panel.example.org"),
                ("sec-fetch-site", "cross-site"),
            ],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!is_refused(taken), "{taken:?}");
        }
        for refused in [
            &[("origin", "http://localhost:8081")][..],
            &[("origin", "https://localhost:8080")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "https://panel.example.org.evil.example")],
            &[
                ("origin", "http://localhost:8080"),
                ("origin", "https://evil.example"),
            ],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
        ] {
            assert!(is_refused(refused), "{refused:?}");
        }
    }
}
