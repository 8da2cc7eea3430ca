//! The rule set as data: what is stored with a task and compiled from there.
//!
//! Fields are written in the order in which they are declared, and none is left out, so equal sets
//! give equal bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// Ordered labels, their rules, and how the rules are applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    pub name: String,
    pub version: String,
    pub model_type: RuleKind,
    /// An author keeps one label only, which `author_conflict` chooses.
    #[serde(default = "yes")]
    pub exclusive: bool,
    #[serde(default)]
    pub author_conflict: AuthorConflict,
    #[serde(default)]
    pub row_labels: RowLabels,
    #[serde(default)]
    pub case_sensitive: bool,
    #[serde(default)]
    pub normalize: Normalize,
    pub labels: Vec<LabelRules>,
}

/// A label and its rules, in the order they were given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelRules {
    pub name: String,
    pub rules: Vec<Rule>,
}

/// `["text", "partially"]` of a keyword model, or `"pattern"` of a rule model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    Keyword(String, MatchType),
    Pattern(String),
}

/// What the rules of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RuleKind {
    KeywordModel,
    RuleModel,
}

/// Where in a text a keyword has to occur.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MatchType {
    Partially,
    Start,
    End,
    /// `exactly` is another spelling; it is always written `absolutely`.
    #[serde(alias = "exactly")]
    Absolutely,
}

/// Which of the matching labels a row gets.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RowLabels {
    /// The first one of the set.
    #[default]
    First,
    All,
}

/// Which label an author keeps in an exclusive set.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AuthorConflict {
    /// The label with the most rows; on a tie, none.
    #[default]
    MajorityDropTies,
    /// The label with the most rows; on a tie, the first one of the set.
    MajorityFirst,
    KeepAll,
}

/// The Unicode form to which texts and rules are converted before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalize {
    #[default]
    None,
    Nfkc,
}

/// A name that is not one of a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{name}`, expected one of {known}")]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: String,
}

impl UnknownName {
    fn new<T: VariantArray + Copy + Into<&'static str>>(what: &'static str, name: &str) -> Self {
        let known: Vec<&str> = T::VARIANTS.iter().map(|known| (*known).into()).collect();
        Self {
            what,
            name: name.to_owned(),
            known: known.join(", "),
        }
    }
}

impl RuleSet {
    /// A set without labels in which every option has its default.
    pub(super) fn empty(name: &str, model_type: RuleKind) -> Self {
        Self {
            name: name.to_owned(),
            version: DEFAULT_VERSION.to_owned(),
            model_type,
            exclusive: true,
            author_conflict: AuthorConflict::default(),
            row_labels: RowLabels::default(),
            case_sensitive: false,
            normalize: Normalize::default(),
            labels: Vec::new(),
        }
    }
}

/// The version of a set whose form cannot hold one.
pub(super) const DEFAULT_VERSION: &str = "1";

impl Rule {
    /// The text or the pattern, as it was given.
    pub fn text(&self) -> &str {
        match self {
            Self::Keyword(text, _) | Self::Pattern(text) => text,
        }
    }

    /// The match type of a keyword, `None` for a pattern.
    pub fn match_type(&self) -> Option<MatchType> {
        match self {
            Self::Keyword(_, match_type) => Some(*match_type),
            Self::Pattern(_) => None,
        }
    }
}

impl RuleKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl MatchType {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for MatchType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MatchType {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        if name == ALIAS_OF_ABSOLUTELY {
            return Ok(Self::Absolutely);
        }
        let mut known = Self::VARIANTS.iter().copied();
        let found = known.find(|match_type| match_type.as_str() == name);
        found.ok_or_else(|| {
            let mut unknown = UnknownName::new::<Self>("match type", name);
            unknown.known += ", ";
            unknown.known += ALIAS_OF_ABSOLUTELY;
            unknown
        })
    }
}

const ALIAS_OF_ABSOLUTELY: &str = "exactly";

fn yes() -> bool {
    true
}
