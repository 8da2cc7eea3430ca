//! Sessions of browsers: what a cookie says, sealed so that only we can write and read one.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::Digest;

/// A browser that has signed in with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Of its token.
    pub token: Digest,
    /// It ends with all sessions of this generation.
    pub generation: i64,
    pub expires: DateTime<Utc>,
}

/// The token, the generation and the end.
const SAID_BYTES: usize = 32 + 8 + 8;

/// What is sealed is one of these and nothing else.
const PURPOSE: &[u8] = b"audience_session 1";

/// Seals sessions. Nonces are drawn: a key is good for 2^32 of them, one a second for 136 years.
pub struct SealingKey(LessSafeKey);

impl SealingKey {
    /// A new one, as it is kept.
    pub fn generate() -> Result<String, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// `None`: `kept` is not a key.
    pub fn parse(kept: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(kept).ok()?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// The value of a cookie.
    pub fn seal(&self, session: &Session) -> Result<String, getrandom::Error> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce)?;
        let mut said = Vec::with_capacity(SAID_BYTES);
        said.extend(session.token);
        said.extend(session.generation.to_be_bytes());
        said.extend(session.expires.timestamp_micros().to_be_bytes());
        let sealing = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(sealing, Aad::from(PURPOSE), &mut said)
            .expect("it is far shorter than what can be sealed");
        let sealed = [&nonce[..], &said].concat();
        Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// `None`: it was not sealed with this key, or was changed.
    pub fn open(&self, cookie: &str) -> Option<Session> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let said = self.0.open_in_place(nonce, Aad::from(PURPOSE), &mut sealed);
        let said: &[u8; SAID_BYTES] = (&*said.ok()?).try_into().ok()?;
        let (token, rest) = said.split_first_chunk()?;
        let (generation, expires) = rest.split_first_chunk()?;
        let expires = i64::from_be_bytes(expires.try_into().ok()?);
        Some(Session {
            token: *token,
            generation: i64::from_be_bytes(*generation),
            expires: DateTime::from_timestamp_micros(expires)?,
        })
    }
}

/// Never shows the key.
impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealingKey {
        SealingKey::parse(&SealingKey::generate().expect("a key")).expect("it is one")
    }

    #[test]
    fn only_what_the_key_has_sealed_is_opened() {
        let session = Session {
            token: super::super::digest(b"token"),
            generation: 3,
            expires: "2027-01-01T00:00:00Z".parse().expect("a moment"),
        };
        let key = key();
        let cookie = key.seal(&session).expect("a cookie");
        assert_eq!(key.open(&cookie), Some(session.clone()));
        assert_ne!(key.seal(&session).expect("another"), cookie);
        assert_eq!(super::tests::key().open(&cookie), None);
        for at in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(key.open(&changed), None, "{at}");
            assert_eq!(key.open(&cookie[..at]), None, "{at}");
        }
        assert_eq!(SealingKey::parse("short").map(drop), None);
    }
}
