//! Admits callers: those that present a token of the settings, or all if none is set.

use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::{FromRequest, Request, RequestBody};

use super::error::Failure;
use crate::access::{Identity, Keys, digest};

/// Asks for tokens.
#[derive(Clone)]
pub(super) struct Guard(pub Arc<Keys>);

/// Who calls; the shell has found out before an operation is called.
#[derive(Clone)]
pub(crate) struct Who(pub Arc<Identity>);

impl Guard {
    /// Whether callers have to show a token.
    pub fn needs_token(&self) -> bool {
        self.0.needs_token()
    }

    /// Accepts `Authorization: <token>` and `Authorization: Bearer <token>`.
    pub fn admit(&self, request: &Request) -> Result<Who, Failure> {
        if !self.needs_token() {
            return Ok(Who(Arc::new(Identity::local())));
        }
        let shown = request.headers().get(header::AUTHORIZATION);
        let shown = shown.map(|value| value.as_bytes()).unwrap_or_default();
        let digests = [digest(shown), digest(without_scheme(shown))];
        self.0.find(&digests).map(Who).ok_or_else(no_token)
    }

    /// Ends when the caller is not admitted any more.
    pub async fn revoked(&self, who: &Who) -> Failure {
        self.0.revoked(&who.0).await;
        no_token()
    }
}

fn no_token() -> Failure {
    let detail = "the call needs the header `Authorization: Bearer <token>` with a valid token";
    Failure::new(StatusCode::UNAUTHORIZED, detail)
}

impl<'a> FromRequest<'a> for Who {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let who = request.extensions().get::<Self>().cloned();
        who.ok_or_else(|| Failure::internal().into())
    }
}

fn without_scheme(value: &[u8]) -> &[u8] {
    const SCHEME: &[u8] = b"bearer ";
    match value.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest.trim_ascii(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(token: Option<&str>, header: Option<&str>) -> bool {
        let owners = token.map(Identity::of_main_token).into_iter().collect();
        let guard = Guard(Arc::new(Keys::new(owners)));
        let mut request = Request::builder();
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        guard.admit(&request.finish()).is_ok()
    }

    #[test]
    fn a_token_is_needed_where_one_is_set() {
        for shown in ["s3cret", "Bearer s3cret", "bearer s3cret"] {
            assert!(admitted(Some("s3cret"), Some(shown)), "{shown}");
        }
        for shown in ["", "Bearer", "Bearer ", "s3cre", "s3crets", "Basic s3cret"] {
            assert!(!admitted(Some("s3cret"), Some(shown)), "{shown}");
        }
        assert!(!admitted(Some("s3cret"), None));
        assert!(admitted(None, None));
        assert!(admitted(None, Some("anything")));
    }
}
