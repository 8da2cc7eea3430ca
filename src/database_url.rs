//! What the URL of a database has to name, and which options it may have.
//!
//! What reads such URLs passes over what it does not know: a letter too many, and nothing is
//! encrypted although somebody asked for it. So everything that is not known is refused first.

mod known;
mod unusable;

use std::borrow::Cow;
use std::path::Path;

use url::Url;

pub use unusable::UnusableUrl;
use unusable::Why;

use crate::servers::ServerKind;
use known::{
    AUTHORITIES, MYSQL, MYSQL_MODES, NUMBERS, POSTGRES, POSTGRES_MODES, SQLITE_READ, SQLITE_WRITE,
};

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Read,
    /// A file is created if it is not there.
    Write,
}

/// Refuses options that are not known, and what names no database. What is no URL of a database at all is left to those who
/// open it.
pub fn check_url(url: &str, purpose: Use) -> Result<(), UnusableUrl> {
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    let unusable = |option: Option<&str>, why| UnusableUrl {
        scheme: scheme.to_owned(),
        option: option.filter(|name| is_word(name)).map(str::to_owned),
        why,
    };
    let unknown = |option, known| unusable(option, Why::Unknown { known });
    if scheme == "sqlite" {
        let known = match purpose {
            Use::Read => SQLITE_READ,
            Use::Write => SQLITE_WRITE,
        };
        let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
        if path.trim_start_matches('/') == ":memory:" {
            return Err(unusable(None, Why::InMemory));
        }
        let options = options.split('&').filter(|option| !option.is_empty());
        let options: Vec<&str> = options.collect();
        let is_unknown = |option: &&&str| !known.contains(*option);
        return match (options.iter().find(is_unknown), &options[..]) {
            (Some(option), _) => Err(unknown(Some(option), known)),
            (None, [option, _, ..]) => Err(unusable(Some(option), Why::GivenTwice)),
            (None, _) => Ok(()),
        };
    }
    let known = match ServerKind::of_url(url) {
        Some(ServerKind::Postgres) => POSTGRES,
        Some(ServerKind::MySql) => MYSQL,
        None => return Ok(()),
    };
    let Ok(parsed) = Url::parse(url) else {
        return Ok(());
    };
    if parsed.fragment().is_some() {
        return Err(unknown(None, known));
    }
    // Behind a `?` in a password stands the rest of it, with the host.
    let may_be_secret = parsed.query().is_some_and(|query| query.contains('@'));
    let mut given: Vec<Cow<'_, str>> = Vec::new();
    let mut is_checked = false;
    for (name, value) in parsed.query_pairs() {
        let is_known = known.contains(&&*name) && !name.ends_with(']');
        let is_of_server = scheme.starts_with("postgres") && is_of_server(&name);
        if !is_known && !is_of_server {
            return Err(unknown((!may_be_secret).then_some(&*name), known));
        }
        let name = one_spelling(name);
        if given.contains(&name) {
            return Err(unusable(Some(&name), Why::GivenTwice));
        }
        let modes = if known == POSTGRES {
            POSTGRES_MODES
        } else {
            MYSQL_MODES
        };
        if name == "sslmode" && !modes.iter().any(|mode| value.eq_ignore_ascii_case(mode)) {
            return Err(unusable(Some(&name), Why::UnknownMode { modes }));
        }
        if NUMBERS.contains(&&*name) && value.parse::<u16>().is_err() {
            return Err(unusable(Some(&name), Why::NotANumber));
        }
        let value = value.to_ascii_lowercase().replace('_', "-");
        let checks = ["verify-ca", "verify-full", "verify-identity"].contains(&&*value);
        is_checked |= name == "sslmode" && checks;
        given.push(name);
    }
    let authorities = given.iter().find(|name| AUTHORITIES.contains(&&***name));
    let names_database = parsed.path() != "/" && !parsed.path().is_empty();
    match authorities {
        _ if known == MYSQL && !names_database => Err(unusable(None, Why::NoDatabase)),
        Some(name) if !is_checked => {
            let (mode, modes) = match known == POSTGRES {
                true => ("sslmode", ["verify-ca", "verify-full"]),
                false => ("ssl-mode", ["VERIFY_CA", "VERIFY_IDENTITY"]),
            };
            Err(unusable(Some(name), Why::NotChecked { mode, modes }))
        }
        _ => Ok(()),
    }
}

/// `ssl-mode` and `sslmode` are one option.
fn one_spelling(name: Cow<'_, str>) -> Cow<'_, str> {
    match name.strip_prefix("ssl-") {
        Some(rest) => Cow::Owned(format!("ssl{}", rest.replace('-', ""))),
        None => name,
    }
}

/// A URL without what may be secret: the path of a file, or the server and the name of the database.
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once(':') else {
        // The name of a file without its scheme, which people have to see. All else may be a secret.
        let is_file = !url.contains('@') && Path::new(url).extension().is_some();
        return String::from(if is_file { url } else { "…" });
    };
    let hidden = || format!("{scheme}:…");
    if ServerKind::of_url(url).is_none() {
        // Whatever else stands there may be a server, too, and a password.
        let is_file = ["sqlite", "csv"].contains(&scheme) && !rest.contains('@');
        let path = rest.split_once('?').map_or(rest, |(path, _)| path);
        return if is_file {
            format!("{scheme}:{path}")
        } else {
            hidden()
        };
    }
    let Ok(parsed) = Url::parse(url) else {
        return hidden();
    };
    if parsed.query().is_some_and(|query| query.contains('@')) || parsed.fragment().is_some() {
        return hidden();
    }
    let socket = parsed
        .query_pairs()
        .find(|(name, value)| ["host", "socket"].contains(&&**name) && value.starts_with('/'));
    let port = parsed.port().map(|port| format!(":{port}"));
    let host = match socket {
        Some((_, socket)) => socket.into_owned(),
        None => parsed.host_str().unwrap_or_default().to_owned(),
    };
    let (port, path) = (port.unwrap_or_default(), parsed.path());
    format!("{scheme}://{host}{port}{path}")
}

/// Whether PostgreSQL would take the name of the user for that of the database.
pub fn leaves_open(url: &str) -> bool {
    let parsed = Url::parse(url).ok();
    let parsed = parsed.filter(|_| ServerKind::of_url(url) == Some(ServerKind::Postgres));
    parsed.is_some_and(|parsed| {
        let is_option = parsed.query_pairs().any(|(name, _)| name == "dbname");
        !is_option && ["", "/"].contains(&parsed.path())
    })
}

/// An option of the server, `options[NAME]`.
fn is_of_server(name: &str) -> bool {
    let inside = name.strip_prefix("options[");
    inside
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|name| !name.is_empty())
}

fn is_word(name: &str) -> bool {
    const LONGEST: usize = 40;
    let of_words = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]=".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST && name.bytes().all(of_words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_not_known_are_refused_by_name() {
        for (url, option) in [
            ("mysql://h/d?ssl_mode=VERIFY_IDENTITY", "ssl_mode"),
            ("mysql://h/d?useSSL=true", "useSSL"),
            (
                "mariadb://h/d?ssl-mode=REQUIRED&sslMode=REQUIRED",
                "sslMode",
            ),
            ("mysql://h/d?options[a]=b", "options[a]"),
            ("postgres://h/d?sslMode=verify-full", "sslMode"),
            ("postgresql:///d?host=/run&ssl=true", "ssl"),
            ("postgres://h/d?options[]=1", "options[]"),
            ("postgres://h/d?options[NAME=1", "options[NAME"),
            ("sqlite://a.db?immutable=1", "immutable=1"),
            ("sqlite:a.db?mode=rwc&cache=shared", "cache=shared"),
            ("sqlite:a.db?mode=memory", "mode=memory"),
        ] {
            for purpose in [Use::Read, Use::Write] {
                let error = check_url(url, purpose).unwrap_err();
                assert_eq!(error.option.as_deref(), Some(option), "{url}");
                let said = error.to_string();
                assert!(
                    said.contains(&format!("no option `{option}`; known are ")),
                    "{said}"
                );
            }
        }
    }

    #[test]
    fn known_options_pass() {
        for url in [
            "mysql://u:p@h:3306/d?ssl-mode=VERIFY_IDENTITY&ssl-ca=/a.pem",
            "mariadb://u@h/d?socket=/run/mysqld/mysqld.sock",
            "postgres:///d?host=/run/postgresql",
            "postgres://h/d?sslmode=verify-full&sslrootcert=a&options[search_path]=x",
            "postgres://h/d?options=-c%20a%3Db",
            "sqlite://a.db",
            "sqlite://a.db?mode=rwc",
            "sqlite://a.db?",
            "csv://posts.csv",
            "oracle://h/d?x=1",
            "nonsense",
        ] {
            assert_eq!(check_url(url, Use::Write), Ok(()), "{url}");
        }
        assert_eq!(check_url("sqlite://a.db?mode=ro", Use::Read), Ok(()));
        // It would be written all the same.
        assert!(check_url("sqlite://a.db?mode=ro", Use::Write).is_err());
    }

    #[test]
    fn what_would_only_seem_to_protect_is_refused() {
        let twice = "is given twice";
        let unchecked = "otherwise no certificate is checked";
        for (url, expected) in [
            ("postgres://h/d?sslmode=require&sslmode=disable", twice),
            ("postgres://h/d?sslmode=verify-full&ssl-mode=disable", twice),
            ("mysql://h/d?ssl-mode=REQUIRED&sslmode=DISABLED", twice),
            ("sqlite://a.db?mode=rwc&mode=rwc", twice),
            ("postgres://h/d?sslrootcert=/a.pem", unchecked),
            ("postgres://h/d?sslmode=require&ssl-root-cert=/a", unchecked),
            ("mysql://h/d?ssl-ca=/a.pem&ssl-mode=REQUIRED", unchecked),
            ("mysql://h/d?timezone=x", "no option `timezone`"),
        ] {
            let said = check_url(url, Use::Write).unwrap_err().to_string();
            assert!(said.contains(expected), "{url}: {said}");
        }
    }

    #[test]
    fn an_option_with_a_set_of_values_lists_them() {
        let postgres = "expected one of disable, allow, prefer, require, verify-ca, verify-full";
        let mysql = "expected one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY";
        for (url, expected) in [
            ("postgres://h/d?sslmode=secret", postgres),
            ("postgres://h/d?ssl-mode=verify_full", postgres),
            ("mysql://h/d?ssl-mode=secret", mysql),
            ("mariadb://h/d?sslmode=verify-identity", mysql),
            ("postgres://h/d?port=secret", "expected a number"),
            ("mysql://h/d?statement-cache-capacity=", "expected a number"),
        ] {
            for purpose in [Use::Read, Use::Write] {
                let said = check_url(url, purpose).unwrap_err().to_string();
                assert!(said.contains(expected), "{url}: {said}");
                assert!(!said.contains("secret"), "{said}");
            }
        }
        for url in [
            "postgres://h/d?sslmode=PREFER",
            "mysql://h/d?ssl-mode=verify_ca",
        ] {
            assert_eq!(check_url(url, Use::Write), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_url_names_a_database_that_stays() {
        for url in [
            "mysql://root@127.0.0.1:3306",
            "mysql://root@127.0.0.1:3306/",
            "mariadb://u:secret@h?ssl-mode=REQUIRED",
            "mysql://root@localhost/?socket=/run/mysqld/mysqld.sock",
            "sqlite::memory:",
            "sqlite://:memory:",
        ] {
            for purpose in [Use::Read, Use::Write] {
                let said = check_url(url, purpose).unwrap_err().to_string();
                assert!(said.contains("expected"), "{url}: {said}");
                assert!(!said.contains("secret"), "{said}");
            }
        }
        let open = [
            "postgres://h",
            "postgres://u@h:5432/",
            "postgres:///?host=/run",
        ];
        let named = ["postgres://h/d", "postgres://h?dbname=d", "mysql://h", "x"];
        assert!(open.iter().all(|url| leaves_open(url)));
        assert!(!named.iter().any(|url| leaves_open(url)));
    }

    #[test]
    fn a_password_is_not_shown() {
        for url in [
            "mysql://u:p/?secret=1@h/d",
            "mysql://u@h/d?a b secret=1",
            "postgres://h/d#secret",
            "mysql://u@h/?secret@h=1",
        ] {
            let said = check_url(url, Use::Read)
                .err()
                .map(|error| error.to_string());
            assert!(!said.unwrap_or_default().contains("secret"), "{url}");
        }
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        for (url, expected) in [
            ("sqlite:///data/a.db?mode=rwc", "sqlite:///data/a.db"),
            ("csv://posts.csv", "csv://posts.csv"),
            (
                "postgres://u:secret@h:5433/d?password=secret",
                "postgres://h:5433/d",
            ),
            ("mysql://u:secret@h/d", "mysql://h/d"),
            (
                "mysql://root@localhost/d?socket=/run/s.sock",
                "mysql:///run/s.sock/d",
            ),
            (
                "postgres:///d?host=/run/postgresql",
                "postgres:///run/postgresql/d",
            ),
            ("postgres://u:secret@h:x/d", "postgres:…"),
            ("mysql://u:p/?secret@h/d", "mysql:…"),
            ("sqlite://u:secret@h/d", "sqlite:…"),
            ("oracle://u:secret@h/d", "oracle:…"),
            ("secret", "…"),
            ("data/panels.db", "data/panels.db"),
            ("user@host/x.db", "…"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_known_is_read_by_sqlx() {
        use sqlx::mysql::MySqlConnectOptions;
        use sqlx::postgres::PgConnectOptions;

        // A value of which something is made, and the default otherwise.
        let value = |name: &str| match name {
            name if name.ends_with("mode") => "DISABLE",
            "hostaddr" => "10.0.0.1",
            "port" | "statement-cache-capacity" => "77",
            _ => "/x",
        };
        let bare: PgConnectOptions = "postgres://h/d".parse().unwrap();
        for name in POSTGRES {
            let url = format!("postgres://h/d?{name}={}", value(name));
            let read: PgConnectOptions = url.parse().unwrap();
            assert_ne!(format!("{read:?}"), format!("{bare:?}"), "{name}");
        }
        let bare: MySqlConnectOptions = "mysql://h/d".parse().unwrap();
        for name in MYSQL {
            let value = value(name).replace("DISABLE", "DISABLED");
            let read: MySqlConnectOptions = format!("mysql://h/d?{name}={value}").parse().unwrap();
            assert_ne!(format!("{read:?}"), format!("{bare:?}"), "{name}");
        }
    }
}
