//! Admits callers: those that present a token of the settings, or all if none is set.

use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::{FromRequest, Request, RequestBody};

use super::error::Failure;
use super::sessions::Sessions;
use crate::access::{Identity, Keys, Session, digest};

/// Asks for tokens.
#[derive(Clone)]
pub(super) struct Guard {
    pub keys: Arc<Keys>,
    /// Those that stand for tokens; `None`: there are none.
    pub sessions: Option<Sessions>,
}

/// Who calls; the shell has found out before an operation is called.
#[derive(Clone)]
pub(crate) struct Who {
    pub(super) identity: Arc<Identity>,
    /// By which the caller is known; `None`: by a token, or by nothing.
    pub(super) session: Option<Session>,
}

impl Guard {
    /// Whether callers have to show a token.
    pub fn needs_token(&self) -> bool {
        self.keys.needs_token()
    }

    /// Accepts `Authorization: <token>`, `Authorization: Bearer <token>` and the cookie of a session.
    pub async fn admit(&self, request: &Request) -> Result<Who, Failure> {
        if !self.needs_token() {
            return Ok(Who::of(Arc::new(Identity::local())));
        }
        if let Some(shown) = request.headers().get(header::AUTHORIZATION) {
            let shown = shown.as_bytes();
            let digests = [digest(shown), digest(without_scheme(shown))];
            // What does not count may be there for a proxy.
            if let Some(identity) = self.keys.find(&digests) {
                return Ok(Who::of(identity));
            }
        }
        let sessions = match &self.sessions {
            Some(sessions) => sessions.shown(request).await?,
            None => Vec::new(),
        };
        let mut found = sessions.into_iter().filter_map(|session| {
            let identity = self.keys.find(&[session.token])?;
            let session = Some(session);
            Some(Who { identity, session })
        });
        found.next().ok_or_else(no_token)
    }

    /// Ends when the caller is not admitted any more.
    pub async fn revoked(&self, who: &Who) -> Failure {
        let ended = async {
            match (&self.sessions, &who.session) {
                (Some(sessions), Some(session)) => sessions.ended(session).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.keys.revoked(&who.identity) => {}
            () = ended => {}
        }
        no_token()
    }
}

impl Who {
    pub(super) fn of(identity: Arc<Identity>) -> Self {
        Self {
            identity,
            session: None,
        }
    }

    /// The name of the caller's token; `local` where none is needed.
    pub(crate) fn name(&self) -> &str {
        &self.identity.name
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

    async fn admitted(token: Option<&str>, header: Option<&str>) -> bool {
        let owners = token.map(Identity::of_main_token).into_iter().collect();
        let guard = Guard {
            keys: Arc::new(Keys::new(owners)),
            sessions: None,
        };
        let mut request = Request::builder();
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        guard.admit(&request.finish()).await.is_ok()
    }

    #[tokio::test]
    async fn a_token_is_needed_where_one_is_set() {
        for shown in ["s3cret", "Bearer s3cret", "bearer s3cret"] {
            assert!(admitted(Some("s3cret"), Some(shown)).await, "{shown}");
        }
        for shown in ["", "Bearer", "Bearer ", "s3cre", "s3crets", "Basic s3cret"] {
            assert!(!admitted(Some("s3cret"), Some(shown)).await, "{shown}");
        }
        assert!(!admitted(Some("s3cret"), None).await);
        for shown in [None, Some(""), Some("Bearer"), Some("Bearer ")] {
            assert!(!admitted(Some(""), shown).await, "{shown:?}");
        }
        assert!(admitted(None, None).await);
        assert!(admitted(None, Some("anything")).await);
    }
}
