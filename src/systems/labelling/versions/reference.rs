//! How a version of a rule set is named: `interests`, `interests@8`, `interests@newest`.

use std::fmt;
use std::str::FromStr;

/// A version of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub name: String,
    pub which: Which,
}

/// Which of its versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    #[default]
    Active,
    Newest,
    Number(i32),
}

/// What stands behind the `@` is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 1, `active` or `newest`, found `{found}`")]
pub struct NoVersionName {
    found: String,
}

impl FromStr for Which {
    type Err = NoVersionName;

    fn from_str(text: &str) -> Result<Self, NoVersionName> {
        let number = text.parse::<i32>().ok().filter(|number| *number > 0);
        match (text, number) {
            ("active", _) => Ok(Self::Active),
            ("newest", _) => Ok(Self::Newest),
            (_, Some(number)) => Ok(Self::Number(number)),
            (_, None) => Err(NoVersionName {
                found: text.chars().take(80).collect(),
            }),
        }
    }
}

impl FromStr for Reference {
    type Err = NoVersionName;

    fn from_str(text: &str) -> Result<Self, NoVersionName> {
        let (name, which) = match text.split_once('@') {
            None => (text, Which::Active),
            Some((name, which)) => (name, which.parse()?),
        };
        Ok(Self {
            name: name.to_owned(),
            which,
        })
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("active"),
            Self::Newest => f.write_str("newest"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_by_its_number_or_a_word() {
        for (text, name, which) in [
            ("interests", "interests", Which::Active),
            ("interests@active", "interests", Which::Active),
            ("interests@newest", "interests", Which::Newest),
            ("interests@8", "interests", Which::Number(8)),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!((reference.name.as_str(), reference.which), (name, which));
        }
        for text in ["a@", "a@0", "a@-1", "a@x", "a@1@2", "a@99999999999"] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
