//! Admits callers: those that present the token of the settings, or all if none is set.

use poem::Request;
use poem::http::{StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::error::Failure;

/// Knows the token by its digest only: comparing digests shows neither length nor beginning.
#[derive(Clone)]
pub(super) struct Guard(Option<[u8; 32]>);

impl Guard {
    pub fn new(token: Option<&SecretString>) -> Self {
        Self(token.map(|token| digest(token.expose_secret().as_bytes())))
    }

    /// Admits all callers.
    pub fn open() -> Self {
        Self(None)
    }

    /// Whether callers have to show a token.
    pub fn needs_token(&self) -> bool {
        self.0.is_some()
    }

    /// Accepts `Authorization: <token>` and `Authorization: Bearer <token>`.
    pub fn admit(&self, request: &Request) -> Result<(), Failure> {
        let Some(expected) = &self.0 else {
            return Ok(());
        };
        let shown = request.headers().get(header::AUTHORIZATION);
        let shown = shown.map(|value| value.as_bytes()).unwrap_or_default();
        let plain = digest(shown).ct_eq(expected);
        let bearer = digest(without_scheme(shown)).ct_eq(expected);
        if bool::from(plain | bearer) {
            Ok(())
        } else {
            let detail = "the call needs the header `Authorization: Bearer <token>` with a valid \
                          token";
            Err(Failure::new(StatusCode::UNAUTHORIZED, detail))
        }
    }
}

fn without_scheme(value: &[u8]) -> &[u8] {
    const SCHEME: &[u8] = b"bearer ";
    match value.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest.trim_ascii(),
        _ => value,
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(token: Option<&str>, header: Option<&str>) -> bool {
        let guard = Guard::new(token.map(SecretString::from).as_ref());
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
