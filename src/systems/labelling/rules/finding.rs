//! What is wrong with a rule set, and what its authors should look at.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use strum::{IntoStaticStr, VariantArray};

use super::language::FaultCode;
use super::set::Place;

/// Findings of a code that are listed; all are counted.
pub const LISTED_MAX: u64 = 1_000;

/// What a finding is about: with `E` a set cannot be stored, with `W` it can.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, VariantArray, Serialize,
)]
pub enum Code {
    /// Syntax: of the language, or of the file.
    E01,
    /// A key, a value or a match type.
    E02,
    /// Nothing is left of a text when it is folded.
    E03,
    /// A pattern: its syntax, its size, or that it matches nothing.
    E04,
    /// What is not positive, NEAR or cut of what cannot be.
    E05,
    /// A list that does not exist.
    E06,
    /// An id that is given twice.
    E07,
    /// A limit.
    E08,
    /// A rule that stands twice in a label.
    W01,
    /// A rule that a keyword of its label covers.
    W02,
    /// A rule that a keyword of an earlier label covers, so that it is never the reason.
    W03,
    /// `except` or `drop` is true whenever the rule is.
    W04,
    /// A rule that is never true.
    W05,
    /// A rule that is too broad.
    W06,
    /// A rule without a hit in a sample.
    W07,
    /// Blanks at the edges, only punctuation, invisible characters.
    W08,
    /// Full width or both scripts, which are not folded.
    W09,
    /// Different words of the set become one.
    W10,
    /// A slow pattern.
    W11,
    /// A label without rules, a list that is not used.
    W12,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Error,
    Warning,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: Code,
    pub label: Option<String>,
    /// The id of a rule.
    pub rule: Option<String>,
    pub place: Place,
    /// Of the text of the rule: characters, from 1.
    pub column: Option<u32>,
    pub message: String,
    pub advice: String,
    /// The rule that covers, contradicts or repeats it.
    pub other: Option<OtherRule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherRule {
    pub rule: String,
    pub place: Place,
}

/// All of a set: the first of each code, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    list: Vec<Finding>,
    counts: BTreeMap<Code, u64>,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The code that a fault of the language, of folding or of patterns goes by.
    pub fn of_fault(code: FaultCode) -> Self {
        match code {
            FaultCode::E01 => Self::E01,
            FaultCode::E02 => Self::E02,
            FaultCode::E03 => Self::E03,
            FaultCode::E04 => Self::E04,
            FaultCode::E05 => Self::E05,
            FaultCode::E06 => Self::E06,
            FaultCode::E07 => Self::E07,
            FaultCode::E08 => Self::E08,
        }
    }

    pub fn level(self) -> Level {
        match self {
            Self::E01
            | Self::E02
            | Self::E03
            | Self::E04
            | Self::E05
            | Self::E06
            | Self::E07
            | Self::E08 => Level::Error,
            _ => Level::Warning,
        }
    }
}

impl Finding {
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            label: None,
            rule: None,
            place,
            column: None,
            message: message.into(),
            advice: String::new(),
            other: None,
        }
    }

    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    #[must_use]
    pub fn of_label(mut self, label: &str) -> Self {
        self.label = Some(label.to_owned());
        self
    }

    #[must_use]
    pub fn of_rule(mut self, id: &str) -> Self {
        self.rule = Some(id.to_owned());
        self
    }

    #[must_use]
    pub fn beside(mut self, rule: &str, place: &Place) -> Self {
        self.other = Some(OtherRule {
            rule: rule.to_owned(),
            place: place.clone(),
        });
        self
    }
}

impl Findings {
    /// The finding is made only if it is listed.
    pub fn add(&mut self, code: Code, finding: impl FnOnce() -> Finding) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= LISTED_MAX {
            self.list.push(finding());
        }
    }

    pub fn push(&mut self, finding: Finding) {
        self.add(finding.code, || finding);
    }

    pub fn extend(&mut self, other: Self) {
        for finding in other.list {
            let listed = self.counts.get(&finding.code).copied().unwrap_or(0);
            if listed < LISTED_MAX {
                self.list.push(finding);
            }
        }
        for (code, count) in other.counts {
            *self.counts.entry(code).or_default() += count;
        }
        self.trim();
    }

    /// At most so many of a code.
    fn trim(&mut self) {
        let mut seen: BTreeMap<Code, u64> = BTreeMap::new();
        self.list.retain(|finding| {
            let seen = seen.entry(finding.code).or_default();
            *seen += 1;
            *seen <= LISTED_MAX
        });
    }

    pub fn list(&self) -> &[Finding] {
        &self.list
    }

    pub fn counts(&self) -> &BTreeMap<Code, u64> {
        &self.counts
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many there are of a level.
    pub fn count(&self, level: Level) -> u64 {
        let counts = self.counts.iter();
        counts
            .filter(|(code, _)| code.level() == level)
            .map(|(_, count)| count)
            .sum()
    }

    pub fn has_errors(&self) -> bool {
        self.count(Level::Error) > 0
    }

    /// Whether there are more than are listed.
    pub fn is_cut(&self) -> bool {
        self.counts.values().any(|count| *count > LISTED_MAX)
    }
}

/// `labels/food.tsv:31: W02: 拉麵店 partially is covered …; remove it`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}: {}", self.code.as_str(), self.message)?;
        if let Some(other) = &self.other {
            write!(f, " ({})", other.place)?;
        }
        if !self.advice.is_empty() {
            write!(f, "; {}", self.advice)?;
        }
        Ok(())
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Other<'f> {
            rule: &'f str,
            place: String,
        }
        #[derive(Serialize)]
        struct Shape<'f> {
            code: Code,
            level: Level,
            #[serde(skip_serializing_if = "Option::is_none")]
            label: Option<&'f str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            rule: Option<&'f str>,
            place: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            column: Option<u32>,
            message: &'f str,
            advice: &'f str,
            #[serde(skip_serializing_if = "Option::is_none")]
            other: Option<Other<'f>>,
        }
        let other = self.other.as_ref().map(|other| Other {
            rule: &other.rule,
            place: other.place.to_string(),
        });
        Shape {
            code: self.code,
            level: self.code.level(),
            label: self.label.as_deref(),
            rule: self.rule.as_deref(),
            place: self.place.to_string(),
            column: self.column,
            message: &self.message,
            advice: &self.advice,
            other,
        }
        .serialize(serializer)
    }
}

/// `{"findings":[…],"counts":{"W02":812},"cut":true}`
impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'f> {
            findings: &'f [Finding],
            counts: BTreeMap<&'static str, u64>,
            cut: bool,
        }
        let counts = self.counts.iter();
        Shape {
            findings: &self.list,
            counts: counts
                .map(|(code, count)| (code.as_str(), *count))
                .collect(),
            cut: self.is_cut(),
        }
        .serialize(serializer)
    }
}
