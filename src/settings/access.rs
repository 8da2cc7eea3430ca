//! `access`: who may call, and what.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Problems;
use crate::access::{Digest, Identity, OpenPath, Origin, Role, Scope, digest};

/// Names that other callers have.
const TAKEN: [&str; 2] = ["local", "token"];

/// What a shorter token could be guessed.
const TOKEN_CHARS_MIN: usize = 16;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessSettings {
    /// By the names of their owners.
    pub tokens: BTreeMap<String, TokenSettings>,
    /// Other servers whose pages may call, such as `https://panel.example.org`.
    pub origins: Vec<String>,
    /// What may be called without a token.
    pub open: Open,
}

/// A token, of which only the digest or a variable is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// The SHA-256 of the token, in hexadecimal digits.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The variable that holds the token.
    #[serde(default)]
    pub variable: Option<String>,
    pub role: Role,
    #[serde(default)]
    pub projects: Vec<String>,
    #[serde(default)]
    pub queues: Vec<String>,
    #[serde(default)]
    pub services: Vec<String>,
    /// A date or a moment (RFC 3339) from which on it does not count.
    #[serde(default)]
    pub expires: Option<String>,
}

/// Paths that need no token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Open(pub Vec<OpenPath>);

impl Default for Open {
    fn default() -> Self {
        Self(OpenPath::ALL.to_vec())
    }
}

impl AccessSettings {
    pub fn origins(&self) -> Vec<Origin> {
        let origins = self.origins.iter();
        origins.filter_map(|text| Origin::parse(text)).collect()
    }

    /// The owners of the tokens.
    pub fn identities(&self) -> Vec<Identity> {
        let tokens = self.tokens.iter();
        let identities = tokens.filter_map(|(name, token)| token.identity(name).ok());
        identities.collect()
    }

    pub(super) fn check(&self, access: &mut Problems<'_>) {
        let mut tokens = access.within("tokens");
        let main = auth_token().ok().flatten();
        let main = main.map(|token| Identity::of_main_token(token.expose_secret()));
        let mut owners: Vec<Identity> = main.into_iter().collect();
        for (name, token) in &self.tokens {
            match token.identity(name) {
                Ok(identity) => owners.push(identity),
                Err((key, problem)) => tokens.add(&format!("{name}{key}"), problem),
            }
        }
        for (first, second) in with_one_token(&owners) {
            let problem = format!("it is the same token as that of `{first}`, expected another");
            tokens.add(second, problem);
        }
        for (place, text) in self.origins.iter().enumerate() {
            if Origin::parse(text).is_none() {
                let problem = format!(
                    "`{text}` is not an origin, expected a scheme, a host and maybe a port, such as \
                     https://panel.example.org"
                );
                access.add(&format!("origins.{place}"), problem);
            }
        }
    }
}

impl TokenSettings {
    /// Its owner, or the key that is wrong and why.
    fn identity(&self, name: &str) -> Result<Identity, (&'static str, String)> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        if name.is_empty() || !name.chars().all(is_plain) || TAKEN.contains(&name) {
            let problem = "expected a name of A-Z a-z 0-9 _ . -, and not `local` or `token`";
            return Err(("", problem.to_owned()));
        }
        Ok(Identity {
            name: name.to_owned(),
            role: self.role,
            scope: Scope::new(
                self.projects.clone(),
                self.queues.clone(),
                self.services.clone(),
            ),
            digest: Some(self.digest()?),
            expires: match &self.expires {
                None => None,
                Some(text) => Some(moment(text).ok_or_else(|| {
                    let problem = format!("`{text}` is not a date or a moment (RFC 3339)");
                    (".expires", problem)
                })?),
            },
        })
    }

    fn digest(&self) -> Result<Digest, (&'static str, String)> {
        match (&self.sha256, &self.variable) {
            (Some(digits), None) => match digest_of(digits) {
                None => {
                    let problem = "expected the 64 hexadecimal digits of a SHA-256";
                    Err((".sha256", problem.to_owned()))
                }
                Some(of_nothing) if of_nothing == digest(b"") => {
                    let problem = "it is the SHA-256 of nothing, expected that of a token";
                    Err((".sha256", problem.to_owned()))
                }
                Some(digest) => Ok(digest),
            },
            (None, Some(variable)) => {
                let token = std::env::var(variable).unwrap_or_default();
                match token_fault(&token) {
                    Some(fault) => Err((".variable", format!("the variable {variable} {fault}"))),
                    None => Ok(digest(token.as_bytes())),
                }
            }
            _ => Err(("", "expected either `sha256` or `variable`".to_owned())),
        }
    }
}

/// The names of owners that have the same token: of the two, a call would be one of either.
fn with_one_token(owners: &[Identity]) -> Vec<(&str, &str)> {
    let pairs = owners.iter().enumerate().filter_map(|(no, owner)| {
        let mut before = owners[..no].iter();
        let first = before.find(|first| first.digest == owner.digest)?;
        Some((first.name.as_str(), owner.name.as_str()))
    });
    pairs.collect()
}

/// A date begins with its first moment, in UTC.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let date = || {
        let date = text.parse::<NaiveDate>().ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    };
    text.parse().ok().or_else(date)
}

fn digest_of(digits: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    if digits.len() != 2 * digest.len() || !digits.is_ascii() {
        return None;
    }
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(digest)
}

/// The token in `AUTH_TOKEN`, whose owner is an admin; or what is wrong with it.
pub fn auth_token() -> Result<Option<SecretString>, TokenFault> {
    token_in(AUTH_TOKEN)
}

const AUTH_TOKEN: &str = "AUTH_TOKEN";

/// Variables in which commands that ask a server find their token, the first that is set.
pub const CALLER_VARIABLES: [&str; 2] = ["AUDIENCE_TOKEN", AUTH_TOKEN];

/// The token with which a server is asked, and the variable that holds it.
pub struct CallerToken {
    pub variable: &'static str,
    pub secret: SecretString,
}

pub fn caller_token() -> Result<Option<CallerToken>, TokenFault> {
    for variable in CALLER_VARIABLES {
        if let Some(secret) = token_in(variable)? {
            return Ok(Some(CallerToken { variable, secret }));
        }
    }
    Ok(None)
}

fn token_in(variable: &'static str) -> Result<Option<SecretString>, TokenFault> {
    let token = std::env::var(variable).unwrap_or_default();
    if token.trim().is_empty() {
        return Ok(None);
    }
    let token = SecretString::from(token);
    match token_fault(token.expose_secret()) {
        None => Ok(Some(token)),
        Some(fault) => Err(TokenFault { variable, fault }),
    }
}

/// A token that is not taken.
#[derive(Debug, thiserror::Error)]
#[error("the variable {variable} {fault}")]
pub struct TokenFault {
    variable: &'static str,
    fault: &'static str,
}

/// Never says anything of the token itself.
fn token_fault(token: &str) -> Option<&'static str> {
    if token.is_empty() {
        Some("is not set, expected a token")
    } else if token.contains(['\r', '\n']) {
        Some("contains a line break, which no header can carry: expected one line without its end")
    } else if token.chars().count() < TOKEN_CHARS_MIN {
        Some("is too short: expected at least 16 characters that nobody can guess")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_one_line() {
        for fine in ["0123456789abcdef", "a token with spaces"] {
            assert_eq!(token_fault(fine), None);
        }
        for wrong in [
            "",
            "0123456789abcde",
            "0123456789abcdef\n",
            "0123456789\rabcdef",
        ] {
            assert!(token_fault(wrong).is_some(), "{wrong:?}");
        }
    }

    #[test]
    fn a_digest_is_read_from_its_digits() {
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_of(digits), Some(digest(b"abc")));
        assert_eq!(digest_of(&digits.to_uppercase()), Some(digest(b"abc")));
        for wrong in ["", "ab", &digits[1..], &digits.replace('b', "g")] {
            assert_eq!(digest_of(wrong), None, "{wrong}");
        }
    }

    fn problems(tokens: &[(&str, &str)]) -> Vec<(String, String)> {
        let tokens = tokens.iter().map(|(name, digits)| {
            let token = TokenSettings {
                sha256: Some((*digits).to_owned()),
                variable: None,
                role: Role::Viewer,
                projects: Vec::new(),
                queues: Vec::new(),
                services: Vec::new(),
                expires: None,
            };
            ((*name).to_owned(), token)
        });
        let access = AccessSettings {
            tokens: tokens.collect(),
            ..AccessSettings::default()
        };
        let mut found = Vec::new();
        access.check(&mut Problems::new(&mut found));
        found
    }

    #[test]
    fn the_digest_of_nothing_is_refused() {
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let found = problems(&[("a", nothing)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "tokens.a.sha256");
    }

    #[test]
    fn two_owners_of_one_token_are_refused_by_name() {
        let (one, other) = ("ab".repeat(32), "cd".repeat(32));
        let found = problems(&[
            ("first", &one),
            ("other", &other),
            ("second", &one.to_uppercase()),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "tokens.second");
        assert!(found[0].1.contains("`first`"), "{found:?}");
    }

    #[test]
    fn a_token_expires_at_a_date_or_a_moment() {
        let expected = "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().ok();
        for text in [
            "2027-01-01",
            "2027-01-01T00:00:00Z",
            "2027-01-01T01:00:00+01:00",
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
        assert_eq!(moment("tomorrow"), None);
    }
}
