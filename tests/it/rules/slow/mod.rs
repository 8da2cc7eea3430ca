//! The slow twin of the mixed model: an evaluator of rule sets that is plain instead of fast.
//!
//! It is written from the specification alone and shares no code with `labelling::rules`: what
//! both say about a row is compared.

mod canonical;
mod evaluation;
mod folding;
mod hits;
mod language;
mod printing;
mod properties;
mod tests;
mod tokens;
pub mod verdict;

pub use canonical::{canonical, rule_id};
pub use folding::Text;
pub use language::{can_be_rule, parse};
pub use printing::print;
pub use verdict::{faults, verdict};

/// Names of the columns that rules look at, in the order in which hits are compared.
pub const FIELDS: [&str; 4] = ["author", "title", "content", "s_area_id"];

/// Numbers of fields, ascending.
pub type Fields = Vec<usize>;

/// What a row holds, by the number of its field.
pub type Row = [Option<String>; 4];

#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    pub fields: Fields,
    pub folding: Folding,
    pub lists: Vec<(String, Vec<Tree>)>,
    pub filters: Vec<Filter>,
    pub labels: Vec<Label>,
    /// `row_labels: all`.
    pub all_labels: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Folding {
    pub nfkc: bool,
    pub han: bool,
    pub case_sensitive: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub name: String,
    pub rules: Vec<Rule>,
    pub except: Vec<Rule>,
}

/// An expression and where it looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub tree: Tree,
    pub fields: Option<Fields>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// `cut`, otherwise `drop`.
    pub cut: bool,
    pub rule: Rule,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub kind: Kind,
    pub fields: Option<Fields>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Keyword {
        text: String,
        edges: Edges,
        raw: bool,
    },
    Pattern(String),
    List(String),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    AtLeast(usize, Vec<Tree>),
    Near {
        left: Box<Tree>,
        right: Box<Tree>,
        distance: usize,
        characters: bool,
        ordered: bool,
    },
    /// A bracket with a field.
    Group(Box<Tree>),
}

/// Where a keyword has to stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edges {
    Partially,
    Start,
    End,
    Absolutely,
    Word,
}

impl Edges {
    pub const ALL: [(&'static str, Self); 5] = [
        ("partially", Self::Partially),
        ("start", Self::Start),
        ("end", Self::End),
        ("absolutely", Self::Absolutely),
        ("word", Self::Word),
    ];

    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, edges)| *edges == self);
        found.expect("all are listed").0
    }
}

impl Tree {
    pub fn new(kind: Kind) -> Self {
        Self { kind, fields: None }
    }
}
