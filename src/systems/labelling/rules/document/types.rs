//! The types of a rule, as tables and pairs write them: `start,raw:word`, `pattern` or `expression`.

use super::draft::Written;
use super::nearest::did_you_mean;
use crate::systems::labelling::rules::set::MatchType;

/// Every name that may stand there.
const KNOWN: [&str; 8] = [
    "partially",
    "start",
    "end",
    "absolutely",
    "exactly",
    "word",
    "pattern",
    "expression",
];

/// Types of one rule: each of them makes a rule of its own.
pub const TYPES_MAX: usize = 16;

/// One of the types of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleType {
    Keyword { match_type: MatchType, raw: bool },
    Pattern,
    Expression,
}

/// What is wrong with it, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFault {
    pub problem: String,
    pub advice: String,
}

impl RuleType {
    /// Reads names with commas between them.
    pub fn read_all(names: &str) -> Result<Vec<Self>, TypeFault> {
        if names.split(',').nth(TYPES_MAX).is_some() {
            return Err(TypeFault {
                problem: format!("more than {TYPES_MAX} match types"),
                advice: "name each of them once".to_owned(),
            });
        }
        names.split(',').map(Self::read).collect()
    }

    fn read(name: &str) -> Result<Self, TypeFault> {
        let name = name.trim();
        let (raw, name) = match name.strip_prefix("raw:") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, name),
        };
        match (name, MatchType::of_name(name)) {
            (_, Some(match_type)) => Ok(Self::Keyword { match_type, raw }),
            ("pattern", None) if !raw => Ok(Self::Pattern),
            ("expression", None) if !raw => Ok(Self::Expression),
            ("pattern" | "expression", None) => Err(TypeFault {
                problem: format!("`raw:` before {name}"),
                advice: "only a keyword can be raw".to_owned(),
            }),
            ("", None) => Err(TypeFault {
                problem: "an empty match type".to_owned(),
                advice: format!("expected one of {}", KNOWN.join(", ")),
            }),
            (unknown, None) => Err(TypeFault {
                problem: format!("unknown match type `{}`", super::nearest::shown(unknown)),
                advice: did_you_mean(unknown, &KNOWN),
            }),
        }
    }

    /// What a text of this type is.
    pub fn written(self, text: &str) -> Written {
        let text = text.to_owned();
        match self {
            Self::Keyword { match_type, raw } => Written::Keyword {
                text,
                match_type,
                raw,
            },
            Self::Pattern => Written::Pattern(text),
            Self::Expression => Written::Expression(text),
        }
    }
}
