//! A mapping as it is written. Unknown keys and wrong types are found by its types.

use serde::Deserialize;

use crate::systems::prediction::import::values::{Bound, Kind, Pattern, Unit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMapping {
    pub import: String,
    pub sheet: Option<WrittenSheet>,
    pub hidden: Option<Hidden>,
    pub encoding: Option<String>,
    pub null_words: Option<Vec<String>>,
    pub output: Option<String>,
    pub tables: Vec<WrittenTable>,
}

/// Rows of a header.
pub(super) const HEADER_ROWS_MAX: u32 = 20;

/// A whole number within bounds.
pub(super) struct Within<const MIN: u32, const MAX: u32>(pub u32);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenTable {
    pub into: String,
    pub start: Option<WrittenStart>,
    pub after: Option<Pattern>,
    pub header_rows: Option<Within<1, HEADER_ROWS_MAX>>,
    pub header_above: Option<Within<0, HEADER_ROWS_MAX>>,
    pub header_fill: Option<bool>,
    pub transpose: Option<bool>,
    pub end: Option<Pattern>,
    pub blank_rows: Option<u32>,
    pub skip_rows: Option<WrittenSkip>,
    pub skip_columns: Option<Pattern>,
    #[serde(default)]
    pub fill_down: Vec<String>,
    #[serde(default)]
    pub columns: Ordered<WrittenColumn>,
    pub unpivot: Option<WrittenUnpivot>,
    pub key: Option<Vec<String>>,
    #[serde(default)]
    pub meta: Ordered<WrittenMeta>,
}

/// A part of a name, or a mapping.
pub(super) enum WrittenSheet {
    Named(String),
    Chosen(ChosenSheet),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenSheet {
    pub regex: Option<Pattern>,
    pub each: Option<bool>,
    pub index: Option<usize>,
    pub hidden: Option<Hidden>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Hidden {
    Include,
}

/// A text, or a mapping.
pub(super) struct WrittenStart {
    pub text: String,
    pub nth: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartMapping {
    pub text: String,
    pub nth: Option<u32>,
}

/// A regular expression, or one for each of some columns.
pub(super) enum WrittenSkip {
    Any(Pattern),
    Columns(Ordered<Pattern>),
}

/// Levels joined by `/`, or a list of them.
pub(super) struct WrittenPath(pub Vec<String>);

/// What all that is converted may say.
macro_rules! converted {
    ($(#[$meta:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $(pub $field: $type,)*
            #[serde(rename = "type")]
            pub kind: Option<Kind>,
            pub unit: Option<WrittenUnit>,
            pub required: Option<bool>,
            pub min: Option<WrittenBound>,
            pub max: Option<WrittenBound>,
            pub one_of: Option<Vec<String>>,
            pub like: Option<Pattern>,
            #[serde(rename = "match")]
            pub matching: Option<Pattern>,
            pub strip: Option<Pattern>,
            pub partial: Option<Partial>,
        }

        impl $name {
            pub fn converted(&self) -> WrittenConversion<'_> {
                WrittenConversion {
                    kind: self.kind.unwrap_or_default(),
                    unit: self.unit.as_ref(),
                    required: self.required.unwrap_or(false),
                    min: self.min.as_ref(),
                    max: self.max.as_ref(),
                    one_of: self.one_of.as_deref(),
                    like: self.like.as_ref(),
                    matching: self.matching.as_ref(),
                    strip: self.strip.as_ref(),
                    partial: self.partial,
                }
            }
        }
    };
}

pub(crate) use converted;

converted!(WrittenColumn { from: WrittenPath });
converted!(WrittenMeta {
    find: Option<Pattern>,
    right_of: Option<String>,
    below: Option<String>,
    cell: Option<String>,
    sheet: Option<Pattern>,
});
converted!(
    /// A level, a value or what a heading is spread into.
    WrittenValue { name: String }
);

pub(crate) struct WrittenConversion<'w> {
    pub kind: Kind,
    pub unit: Option<&'w WrittenUnit>,
    pub required: bool,
    pub min: Option<&'w WrittenBound>,
    pub max: Option<&'w WrittenBound>,
    pub one_of: Option<&'w [String]>,
    pub like: Option<&'w Pattern>,
    pub matching: Option<&'w Pattern>,
    pub strip: Option<&'w Pattern>,
    pub partial: Option<Partial>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenUnpivot {
    pub levels: Vec<WrittenLevel>,
    pub value: Option<WrittenValue>,
    pub nulls: Option<Nulls>,
}

/// A level that is a column, or whose headings are.
pub(super) enum WrittenLevel {
    Named(Box<WrittenValue>),
    Spread(Ordered<WrittenValue>),
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Nulls {
    Keep,
    Drop,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Partial {
    First,
}

pub(crate) struct WrittenUnit(pub Unit);

pub(crate) struct WrittenBound(pub Bound);

/// The entries of a mapping, in their order.
pub(crate) struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
