//! A rule set as it is written, whatever its form: every form fills a draft, and one check makes the set of it.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use strum::{IntoStaticStr, VariantArray};

use crate::systems::labelling::label::rules::{AuthorConflict, Normalize, RowLabels};
use crate::systems::labelling::rules::set::{Fields, FilterAction, MatchType, Place, Variants};

/// Everything that a document says.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub options: Options,
    pub lists: Vec<DraftList>,
    pub filters: Vec<DraftFilter>,
    pub labels: Vec<DraftLabel>,
}

/// What is said of the set as a whole. What is left out has its default.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub name: Option<String>,
    pub model_type: ModelKind,
    /// Of the two model types that were there before: what their author calls it.
    pub version: Option<String>,
    pub fields: Option<Fields>,
    pub normalize: Normalize,
    pub variants: Variants,
    pub case_sensitive: bool,
    pub exclusive: Option<bool>,
    pub row_labels: RowLabels,
    pub author_conflict: AuthorConflict,
    pub gate: Option<Gate>,
}

/// What the rules of a set may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ModelKind {
    KeywordModel,
    RuleModel,
    #[default]
    MixedModel,
}

#[derive(Clone, Debug)]
pub struct DraftList {
    pub name: String,
    pub place: Place,
    pub terms: Vec<DraftRule>,
}

#[derive(Clone, Debug)]
pub struct DraftFilter {
    pub action: FilterAction,
    pub rule: DraftRule,
}

#[derive(Clone, Debug)]
pub struct DraftLabel {
    pub name: String,
    pub place: Place,
    pub rules: Vec<DraftRule>,
    pub except: Vec<DraftRule>,
}

/// A rule, an `except`, a filter or an element of a list.
#[derive(Clone, Debug)]
pub struct DraftRule {
    pub written: Written,
    pub fields: Option<Fields>,
    pub id: Option<String>,
    pub note: Option<String>,
    pub place: Place,
}

/// What it looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Keyword {
        text: String,
        match_type: MatchType,
        raw: bool,
    },
    Pattern(String),
    Expression(String),
}

/// What keeps a job from publishing, see `gate` of the document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// Figures of [`GATE_FIGURES`] and their thresholds.
    pub figures: BTreeMap<&'static str, f64>,
    pub label_members_min: Vec<(String, u64)>,
    pub precision_min: Vec<(String, f64)>,
    /// How long a job is held, such as `7d`.
    pub hold: Option<String>,
}

/// Thresholds of a gate that are one number; which of them are shares between 0 and 1.
pub const GATE_FIGURES: [(&str, bool); 8] = [
    ("coverage_min", true),
    ("coverage_max", true),
    ("overlap_max", true),
    ("conflict_max", true),
    ("drift_max", false),
    ("entered_max", false),
    ("left_max", false),
    ("gold_min", true),
];

impl ModelKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Written {
    /// The text, the pattern or the expression.
    pub fn text(&self) -> &str {
        match self {
            Self::Keyword { text, .. } | Self::Pattern(text) | Self::Expression(text) => text,
        }
    }
}

impl DraftRule {
    pub fn new(written: Written, place: Place) -> Self {
        Self {
            written,
            fields: None,
            id: None,
            note: None,
            place,
        }
    }
}

impl Gate {
    /// With its keys in the order of the specification.
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        for (name, _) in GATE_FIGURES {
            if let Some(figure) = self.figures.get(name) {
                members.insert(name.to_owned(), number(*figure));
            }
        }
        if !self.label_members_min.is_empty() {
            let labels = self.label_members_min.iter();
            let labels = labels.map(|(label, least)| (label.clone(), Value::from(*least)));
            let labels = Value::Object(labels.collect());
            members.insert("label_members_min".to_owned(), labels);
        }
        if !self.precision_min.is_empty() {
            let labels = self.precision_min.iter();
            let labels = labels.map(|(label, least)| (label.clone(), number(*least)));
            members.insert("precision_min".to_owned(), Value::Object(labels.collect()));
        }
        if let Some(hold) = &self.hold {
            members.insert("hold".to_owned(), hold.as_str().into());
        }
        Value::Object(members)
    }
}

/// Whole numbers without a point, so that `1` and `1.0` are the same.
fn number(figure: f64) -> Value {
    if figure.fract() == 0.0 && figure.abs() < 1e15 {
        return Value::from(figure as i64);
    }
    Number::from_f64(figure).map_or(Value::Null, Value::Number)
}
