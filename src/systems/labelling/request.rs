//! What a caller asks for, understood and typed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use entity::JobId;
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};

use super::{AuthorConflict, ModelType, RowLabels, Written};
use crate::systems::labelling::posts::TextColumn;

/// A labelling request. What is `None` is taken from the settings or the rule set.
#[derive(Clone, Debug, Default)]
pub struct LabellingRequest {
    pub task_id: Option<JobId>,
    pub idempotency_key: Option<String>,
    pub model_type: Option<ModelType>,
    pub predict_type: Option<PredictType>,
    /// Without an offset they are meant in the time zone of the source.
    pub start_time: Option<Written>,
    pub end_time: Option<Written>,
    pub source: Option<String>,
    pub table: Option<String>,
    pub output: Option<String>,
    pub rules: RulesFrom,
    pub row_labels: Option<RowLabels>,
    pub author_conflict: Option<AuthorConflict>,
    /// Seconds between labelling and publishing.
    pub countdown_s: u32,
    pub queue: Option<String>,
}

impl LabellingRequest {
    /// Whether its body has patterns, which take long to compile.
    pub(super) fn brings_patterns(&self) -> bool {
        let is_of_patterns = self.model_type == Some(ModelType::RuleModel);
        is_of_patterns && matches!(self.rules, RulesFrom::Body { .. })
    }
}

/// Where the rules come from.
#[derive(Clone, Debug, Default)]
pub enum RulesFrom {
    /// The rule files of the settings.
    #[default]
    Files,
    /// A named rule set of the settings.
    Named(String),
    /// A file or directory, named by whoever runs the program.
    Path(PathBuf),
    /// The request itself.
    Body {
        /// What the caller calls it.
        field: &'static str,
        rules: Value,
    },
}

/// What is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum PredictType {
    #[default]
    AuthorName,
    Content,
    Title,
    SAreaId,
}

impl PredictType {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    pub(super) fn column(self) -> TextColumn {
        match self {
            Self::AuthorName => TextColumn::Author,
            Self::Content => TextColumn::Content,
            Self::Title => TextColumn::Title,
            Self::SAreaId => TextColumn::SAreaId,
        }
    }
}

impl fmt::Display for PredictType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for PredictType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut known = Self::VARIANTS.iter().copied();
        let found = known.find(|predict_type| predict_type.as_str() == text);
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::VARIANTS.iter().map(|known| known.as_str()).collect();
            let known = known.join(", ");
            format!("unknown predict type `{text}`, expected one of {known}")
        })
    }
}
