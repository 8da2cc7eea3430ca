//! The rule set of a mixed model as data: what its document says, checked, and what is compiled.
//!
//! Labels, rules and lists stand in the order in which they are written: the order decides. As JSON, without
//! places, it is what is stored with a task.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::systems::labelling::label::rules::{AuthorConflict, Normalize, RowLabels};

/// Labels with their rules, what is done to texts before, and how rows get their labels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleSet {
    pub name: String,
    /// What rules look at that name no fields.
    pub fields: Fields,
    pub normalize: Normalize,
    pub variants: Variants,
    pub case_sensitive: bool,
    /// Their elements are keywords, patterns and other lists.
    pub lists: Vec<(String, Vec<Node>)>,
    pub filters: Vec<Filter>,
    pub labels: Vec<Label>,
    pub row_labels: RowLabels,
    pub exclusive: bool,
    pub author_conflict: AuthorConflict,
    /// As it was written; checked when the document was read.
    pub gate: Option<serde_json::Value>,
}

/// Which Chinese characters are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Variants {
    #[default]
    None,
    /// Traditional and Simplified.
    Han,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Label {
    pub name: String,
    pub rules: Vec<Rule>,
    /// Each takes the label away from a row on which it is true.
    pub except: Vec<Expression>,
}

/// One reason for a label.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// The one given, or [`rule_id`](super::language::rule_id).
    pub id: String,
    pub tree: Node,
    /// `None`: those of the set.
    pub fields: Option<Fields>,
    pub note: Option<String>,
    #[serde(skip)]
    pub place: Place,
    /// As it was written: a keyword, a pattern or an expression.
    pub text: String,
}

/// What is no reason for a label: an `except`, or what a filter looks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Expression {
    pub tree: Node,
    pub fields: Option<Fields>,
    #[serde(skip)]
    pub place: Place,
    pub text: String,
    pub note: Option<String>,
}

/// What happens to texts before rules see them, in the order in which filters are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Filter {
    pub action: FilterAction,
    pub expression: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterAction {
    /// Each hit of a term becomes a line feed.
    Cut,
    /// A row on which it is true gets no label.
    Drop,
}

/// A part of an expression, and the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub kind: NodeKind,
    /// Written before it: replaces those that apply around it. Only terms and groups have one.
    pub fields: Option<Fields>,
    /// Where it stands in the text: characters, from 1.
    #[serde(skip)]
    pub column: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    Keyword(Keyword),
    Pattern(String),
    /// By name.
    List(String),
    /// At least two.
    And(Vec<Node>),
    /// At least two.
    Or(Vec<Node>),
    Not(Box<Node>),
    AtLeast {
        count: u32,
        operands: Vec<Node>,
    },
    Near(Box<Near>),
    /// A bracket with a field.
    Group(Box<Node>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyword {
    pub text: String,
    pub match_type: MatchType,
    /// Texts have to hold it exactly as it is written.
    pub raw: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    pub left: Node,
    pub right: Node,
    pub distance: u32,
    pub unit: Unit,
    /// The right one stands behind the left one.
    pub ordered: bool,
}

/// What the distance between two hits is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Words,
    Characters,
}

/// Where a keyword has to stand.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
    #[default]
    Partially,
    Start,
    End,
    /// `exactly` is another spelling; it is always written `absolutely`.
    Absolutely,
    Word,
}

/// A column of a row that rules look at; the order is the one in which hits are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    Author,
    Title,
    Content,
    SAreaId,
}

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fields(u8);

/// Where something is written, as people look for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: made by a program.
    #[default]
    Unknown,
    /// Lines and characters, from 1; column 0 is the whole line.
    Line {
        file: Arc<str>,
        line: u32,
        column: u32,
    },
    /// A cell of a sheet, from 1.
    Cell {
        sheet: Arc<str>,
        row: u32,
        column: u32,
    },
    /// A JSON pointer, such as `/labels/0/rules/3`.
    Pointer(Box<str>),
}

impl Field {
    pub const COUNT: usize = 4;

    /// In their order.
    pub const ALL: [Self; Self::COUNT] = [Self::Author, Self::Title, Self::Content, Self::SAreaId];

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub fn of_name(name: &str) -> Option<Self> {
        let mut known = Self::VARIANTS.iter().copied();
        known.find(|field| field.as_str() == name)
    }

    /// Its number in the order of fields.
    pub fn index(self) -> usize {
        self as usize
    }
}

impl Fields {
    pub const fn one(field: Field) -> Self {
        Self(1 << field as u8)
    }

    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | 1 << field as u8)
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    /// Whether all of `other` are among these.
    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// In the order of fields.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        let fields = Field::VARIANTS.iter().copied();
        fields.filter(move |field| self.contains(*field))
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        fields.into_iter().fold(Self::default(), Self::with)
    }
}

impl MatchType {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Also of `exactly`.
    pub fn of_name(name: &str) -> Option<Self> {
        if name == "exactly" {
            return Some(Self::Absolutely);
        }
        let mut known = Self::VARIANTS.iter().copied();
        known.find(|match_type| match_type.as_str() == name)
    }
}

impl Node {
    /// A part without a field of its own.
    pub fn new(kind: NodeKind, column: u32) -> Self {
        Self {
            kind,
            fields: None,
            column,
        }
    }

    /// What a rule is that is nothing but a keyword.
    pub fn keyword(text: String, match_type: MatchType, raw: bool) -> Self {
        let keyword = Keyword {
            text,
            match_type,
            raw,
        };
        Self::new(NodeKind::Keyword(keyword), 1)
    }

    /// What a rule is that is nothing but a pattern.
    pub fn pattern(pattern: String) -> Self {
        Self::new(NodeKind::Pattern(pattern), 1)
    }

    /// What `match_meta` and forms call a rule with this tree.
    pub fn match_type(&self) -> &'static str {
        match &self.kind {
            NodeKind::Keyword(keyword) if self.fields.is_none() => keyword.match_type.as_str(),
            NodeKind::Pattern(_) if self.fields.is_none() => "pattern",
            _ => "expression",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("rules"),
            Self::Line {
                file,
                line,
                column: 0,
            } => write!(f, "{file}:{line}"),
            Self::Line { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Cell { sheet, row, column } => {
                write!(f, "{sheet}!{}{row}", column_letters(*column))
            }
            Self::Pointer(pointer) => f.write_str(pointer),
        }
    }
}

/// 1 is `A`, 27 is `AA`.
fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters
        .iter()
        .rev()
        .map(|letter| char::from(*letter))
        .collect()
}
