//! Which version of a model is meant.

use std::fmt::{self, Display, Formatter};

use super::error::ServeError;

/// The alias that callers get who name none.
pub(crate) const CHAMPION: &str = "champion";

/// The alias whose version scores the same rows and never answers.
pub(crate) const SHADOW: &str = "shadow";

/// An alias, or a version by its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Which {
    Alias(String),
    Version(i32),
}

impl Which {
    /// What callers get who do not say.
    pub(crate) fn champion() -> Self {
        Self::Alias(CHAMPION.to_owned())
    }

    /// Of parameters that a call may have.
    pub(crate) fn of(alias: Option<String>, version: Option<i32>) -> Result<Self, ServeError> {
        match (alias, version) {
            (Some(_), Some(_)) => Err(ServeError::Both),
            (Some(alias), None) => Ok(Self::Alias(alias)),
            (None, Some(version)) => Ok(Self::Version(version)),
            (None, None) => Ok(Self::champion()),
        }
    }

    /// Reads `sentiment`, `sentiment@alias` or `sentiment:3`; the name of the model comes first.
    pub(crate) fn read(text: &str) -> Result<(String, Self), ServeError> {
        let unreadable = || ServeError::Unreadable(text.to_owned());
        let (name, which) = match (text.split_once('@'), text.split_once(':')) {
            (Some((name, alias)), _) => (name, Self::Alias(alias.to_owned())),
            (None, Some((name, version))) => {
                let version = version.parse().ok().filter(|version| *version > 0);
                (name, Self::Version(version.ok_or_else(unreadable)?))
            }
            (None, None) => (text, Self::champion()),
        };
        let is_empty = name.is_empty() || matches!(&which, Self::Alias(alias) if alias.is_empty());
        match is_empty {
            true => Err(unreadable()),
            false => Ok((name.to_owned(), which)),
        }
    }
}

/// As it stands behind the name of a model.
impl Display for Which {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias(alias) => write!(formatter, "@{alias}"),
            Self::Version(version) => write!(formatter, ":{version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_alone_or_with_an_alias_or_a_version() {
        let alias = |alias: &str| Which::Alias(alias.to_owned());
        for (text, name, which) in [
            ("sentiment", "sentiment", Which::champion()),
            ("sentiment@shadow", "sentiment", alias("shadow")),
            ("sentiment:3", "sentiment", Which::Version(3)),
            ("感情@本番", "感情", alias("本番")),
        ] {
            let read = Which::read(text).unwrap();
            assert_eq!(read, (name.to_owned(), which.clone()), "{text}");
            assert_eq!(Which::read(&format!("{name}{which}")).unwrap(), read);
        }
        for text in [
            "",
            "@champion",
            ":3",
            "a@",
            "a:",
            "a:b",
            "a:0",
            "a:-1",
            "a:1.5",
        ] {
            let error = Which::read(text).unwrap_err().to_string();
            assert!(
                error.starts_with("expected NAME, NAME@ALIAS or NAME:VERSION"),
                "{error}"
            );
        }
    }
}
