//! The id of a job, which callers know as `task_id`.

use std::fmt;
use std::str::FromStr;

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};

/// 32 lower-case hexadecimal digits; ids made here are ordered by time of creation.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

/// What is wrong with a text that should have been a job id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseJobIdError {
    given: String,
}

impl JobId {
    pub const DIGITS: usize = 32;

    /// A new id, greater than those made before it by this process.
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().simple().to_string())
    }

    /// Not greater than any id that is made at this moment, in microseconds since 1970, or later.
    pub fn first_at(micros: i64) -> Self {
        const TIME_MAX: i64 = (1 << 48) - 1;
        let millis = (micros / 1_000).clamp(0, TIME_MAX);
        Self(format!("{millis:012x}{:020}", 0))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFromU64 for JobId {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("JobId"))
    }
}

impl Default for JobId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for JobId {
    type Err = ParseJobIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text.len() == Self::DIGITS
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseJobIdError {
                given: text.to_owned(),
            })
        }
    }
}

impl TryFrom<String> for JobId {
    type Error = ParseJobIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.0
    }
}

impl fmt::Display for ParseJobIdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.given.chars().count();
        if digits == JobId::DIGITS {
            write!(
                formatter,
                "expect 32 lower-case hexadecimal digits, get other characters"
            )
        } else {
            write!(formatter, "expect 32 digits get {digits} digits")
        }
    }
}

impl std::error::Error for ParseJobIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_32_lower_case_hexadecimal_digits() {
        assert!(JobId::new().as_str().parse::<JobId>().is_ok());
        for bad in [
            "",
            "0123",
            &"a".repeat(31),
            &"a".repeat(33),
            &"A".repeat(32),
            &"g".repeat(32),
        ] {
            assert!(bad.parse::<JobId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_are_made_after_the_first_of_their_time() {
        let micros = || {
            let since = std::time::UNIX_EPOCH.elapsed().unwrap();
            i64::try_from(since.as_micros()).unwrap()
        };
        let before = micros();
        let id = JobId::new();
        assert!(JobId::first_at(before) <= id);
        assert!(id < JobId::first_at(micros() + 1_000_000));
        assert_eq!(JobId::first_at(-1).as_str().len(), JobId::DIGITS);
        assert_eq!(JobId::first_at(i64::MAX).as_str().len(), JobId::DIGITS);
    }

    #[test]
    fn ids_grow_with_time() {
        assert!(JobId::new() < JobId::new());
    }
}
