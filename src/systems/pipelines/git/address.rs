//! The address of a repository: https, ssh, or a directory of this machine.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

/// Checked: git takes it for an address and for nothing else. What is shown of it holds no password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    written: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Https,
    Ssh,
    File,
}

impl Address {
    /// An error says what was expected.
    pub(crate) fn parse(written: &str) -> Result<Self, &'static str> {
        let is_blank = |letter: char| letter.is_whitespace() || letter.is_control();
        if written.starts_with('-') || written.contains("::") {
            return Err("expected an address, not an option or a helper of git");
        }
        if written.chars().any(is_blank) {
            return Err("expected an address without blanks");
        }
        let kind = if written.starts_with("file:///") {
            Kind::File
        } else if written.starts_with("file:") || written.starts_with(['/', '.']) {
            return Err("directories are file: addresses, and need `pipelines.git_file`");
        } else {
            remote(written).ok_or("expected an address that begins with https:// or ssh://")?
        };
        let written = written.to_owned();
        Ok(Self { written, kind })
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.kind == Kind::File
    }

    /// As git is given it: in its own arguments, which other users can see, it would repeat a password.
    pub(super) fn without_user(&self) -> String {
        match self.user() {
            Some(user) => self.written.replacen(&format!("{user}@"), "", 1),
            None => self.written.clone(),
        }
    }

    /// For which addresses the header that admits the user is meant, and this header.
    pub(super) fn authorization(&self) -> Option<(String, String)> {
        let user = self.user()?;
        let bytes: Vec<u8> = percent_decode_str(user).collect();
        let bytes = match bytes.contains(&b':') {
            true => bytes,
            false => [bytes.as_slice(), b":"].concat(),
        };
        let address = self.without_user();
        let host = address.strip_prefix("https://")?.split('/').next()?;
        let header = format!("Authorization: Basic {}", STANDARD.encode(bytes));
        Some((format!("https://{host}/"), header))
    }

    /// What stands before the host of https.
    fn user(&self) -> Option<&str> {
        let rest = self.written.strip_prefix("https://")?;
        let (user, _) = rest.split('/').next()?.rsplit_once('@')?;
        Some(user).filter(|user| !user.is_empty())
    }

    /// A name for its directory: two addresses that differ in a password share nothing.
    pub(super) fn digest(&self) -> String {
        let digest = Sha256::digest(&self.written);
        digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Replaces what is secret in a text by `***`.
    pub(super) fn masked(&self, text: &str) -> String {
        match self.secret() {
            Some(secret) => text.replace(secret, "***"),
            None => text.to_owned(),
        }
    }

    /// What stands before the host of https, and the password of ssh.
    fn secret(&self) -> Option<&str> {
        if let Some(user) = self.user() {
            return Some(user);
        }
        let rest = self.written.strip_prefix("ssh://")?;
        let (user, _) = rest.split('/').next()?.rsplit_once('@')?;
        let (_, secret) = user.split_once(':')?;
        Some(secret).filter(|secret| !secret.is_empty())
    }
}

/// `https://host/…`, `ssh://host/…`, `user@host:path`.
fn remote(written: &str) -> Option<Kind> {
    let is_host = |rest: &str| !rest.is_empty() && !rest.starts_with(['/', '-']);
    for (scheme, kind) in [("https://", Kind::Https), ("ssh://", Kind::Ssh)] {
        if let Some(rest) = written.strip_prefix(scheme) {
            let authority = rest.split('/').next().unwrap_or_default();
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            let user = !authority.starts_with('-');
            return (is_host(host) && user).then_some(kind);
        }
    }
    let (user, rest) = written.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let is_short = !written.contains("://") && !user.contains(['/', ':']);
    (is_short && is_host(host) && !host.contains('/') && !path.is_empty() && !path.starts_with('-'))
        .then_some(Kind::Ssh)
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked(&self.written))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (written, shown) in [
            ("https://example.com/a/b.git", "https://example.com/a/b.git"),
            (
                "https://user:t0ken@example.com/a.git",
                "https://***@example.com/a.git",
            ),
            (
                "https://t0ken@example.com/a.git",
                "https://***@example.com/a.git",
            ),
            (
                "ssh://git@example.com:2222/a.git",
                "ssh://git@example.com:2222/a.git",
            ),
            (
                "ssh://git:t0ken@example.com/a.git",
                "ssh://git:***@example.com/a.git",
            ),
            ("git@example.com:a/b.git", "git@example.com:a/b.git"),
            ("file:///srv/a.git", "file:///srv/a.git"),
        ] {
            let address = Address::parse(written).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), format!("Address({shown})"));
            let message = format!("fatal: unable to access '{written}': t0ken");
            let masked = address.masked(&message);
            assert!(!masked.contains(":t0ken@"), "{masked}");
        }
    }

    #[test]
    fn what_git_would_take_for_something_else_is_refused() {
        for bad in [
            "",
            "-uhttps://x",
            "--upload-pack=touch /tmp/x",
            "ext::sh -c id",
            "ext::sh",
            "fd::17",
            "/srv/a.git",
            "./a.git",
            "../a.git",
            "a.git",
            "file://host/a.git",
            "file:a",
            "http://example.com/a.git",
            "git://example.com/a.git",
            "ftp://example.com/a.git",
            "https://",
            "https:///a",
            "https://-oProxyCommand=id/a",
            "ssh://-oProxyCommand=id/a",
            "ssh://x@-oProxyCommand=id/a",
            "ssh://-x@host/a",
            "git@-oProxyCommand=id:a",
            "git@host:-a",
            "git@host:",
            "git@host",
            "https://example.com/a b",
            "https://example.com/a\nb",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn git_is_given_a_user_in_a_header_of_the_host() {
        for (written, address, host, user) in [
            (
                "https://u:p%40x@h.example:81/a.git",
                "https://h.example:81/a.git",
                "https://h.example:81/",
                "u:p@x",
            ),
            (
                "https://t0ken@h.example/a@b.git",
                "https://h.example/a@b.git",
                "https://h.example/",
                "t0ken:",
            ),
        ] {
            let parsed = Address::parse(written).unwrap();
            assert_eq!(parsed.without_user(), address);
            let (scope, header) = parsed.authorization().unwrap();
            assert_eq!(scope, host);
            assert_eq!(
                header,
                format!("Authorization: Basic {}", STANDARD.encode(user))
            );
        }
        for written in [
            "https://h.example/a.git",
            "git@h.example:a",
            "ssh://git@h.example/a",
        ] {
            let parsed = Address::parse(written).unwrap();
            assert_eq!(parsed.without_user(), written);
            assert_eq!(parsed.authorization(), None);
        }
    }

    #[test]
    fn each_address_has_a_directory_of_its_own() {
        let [one, other] = ["https://a:1@x/y", "https://a:2@x/y"]
            .map(|written| Address::parse(written).unwrap().digest());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
    }
}
