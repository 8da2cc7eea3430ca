//! What a caller asks for, understood and typed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use entity::JobId;
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};

use super::{AuthorConflict, Incremental, RowLabels, RuleKind, Written};
use crate::systems::labelling::posts::TextColumn;

/// A labelling request. What is `None` is taken from the settings or the rule set.
#[derive(Clone, Debug, Default)]
pub struct LabellingRequest {
    pub task_id: Option<JobId>,
    pub idempotency_key: Option<String>,
    /// What the rules are.
    pub rule_kind: Option<RuleKind>,
    /// They are those of a mixed model.
    pub is_mixed: bool,
    pub predict_type: Option<PredictType>,
    /// Without an offset they are meant in the time zone of the source.
    pub start_time: Option<Written>,
    pub end_time: Option<Written>,
    pub source: Option<String>,
    pub table: Option<String>,
    pub output: Option<String>,
    pub rules: RulesFrom,
    /// What labels instead of the rules.
    pub model: Option<AskedModel>,
    pub row_labels: Option<RowLabels>,
    pub author_conflict: Option<AuthorConflict>,
    /// Whether what rules find is kept for incremental runs. `None`: that of named sets.
    pub ledger: Option<bool>,
    pub incremental: Incremental,
    /// Seconds between labelling and publishing.
    pub countdown_s: u32,
    pub queue: Option<String>,
}

impl LabellingRequest {
    /// Whether its body has patterns, which take long to compile.
    pub(super) fn brings_patterns(&self) -> bool {
        let is_of_patterns = self.is_mixed || self.rule_kind == Some(RuleKind::RuleModel);
        is_of_patterns && self.model.is_none() && matches!(self.rules, RulesFrom::Body { .. })
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

/// A model that is to label, as its caller names it.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedModel {
    /// `NAME`, `NAME@ALIAS` or `NAME:VERSION`.
    pub name: String,
    /// `None`: any score is enough.
    pub min_score: Option<f64>,
}

/// What is wrong with a member of a request: its name, and a sentence.
pub type MemberFault = (&'static str, String);

impl AskedModel {
    /// What these members of a request say together. `None`: rules are to label.
    pub fn read(
        model_type: Option<ModelType>,
        name: Option<String>,
        min_score: Option<f64>,
    ) -> Result<Option<Self>, MemberFault> {
        match (model_type, name, min_score) {
            (_, _, Some(score)) if !score.is_finite() => {
                Err(("min_score", "expected a number".to_owned()))
            }
            (None | Some(ModelType::TextModel), Some(name), min_score) => {
                Ok(Some(Self { name, min_score }))
            }
            (Some(ModelType::TextModel), None, _) => {
                let reason =
                    "is missing; expected NAME, NAME@ALIAS or NAME:VERSION of a model of texts";
                Err(("model", reason.to_owned()))
            }
            (Some(other), Some(_), _) => {
                let reason = format!(
                    "cannot be given together with model_type {}",
                    other.as_str()
                );
                Err(("model", reason))
            }
            (_, None, Some(_)) => Err(("min_score", "cannot be given without a model".to_owned())),
            (_, None, None) => Ok(None),
        }
    }
}

/// What labels rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ModelType {
    KeywordModel,
    RuleModel,
    /// Keywords, patterns and expressions over several fields.
    MixedModel,
    /// A model of texts that was uploaded.
    TextModel,
}

impl ModelType {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What rules of one kind have to be.
    pub fn of_rules(self) -> Option<RuleKind> {
        match self {
            Self::KeywordModel => Some(RuleKind::KeywordModel),
            Self::RuleModel => Some(RuleKind::RuleModel),
            Self::MixedModel | Self::TextModel => None,
        }
    }
}

impl From<RuleKind> for ModelType {
    fn from(kind: RuleKind) -> Self {
        match kind {
            RuleKind::KeywordModel => Self::KeywordModel,
            RuleKind::RuleModel => Self::RuleModel,
        }
    }
}

impl FromStr for ModelType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        word("model type", text, Self::as_str)
    }
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

    pub(super) fn of_column(column: TextColumn) -> Self {
        match column {
            TextColumn::Author => Self::AuthorName,
            TextColumn::Content => Self::Content,
            TextColumn::Title => Self::Title,
            TextColumn::SAreaId => Self::SAreaId,
        }
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
        word("predict type", text, Self::as_str)
    }
}

/// A word of a closed set.
fn word<T: VariantArray + Copy>(
    what: &str,
    text: &str,
    as_str: fn(T) -> &'static str,
) -> Result<T, String> {
    let mut known = T::VARIANTS.iter().copied();
    let found = known.find(|known| as_str(*known) == text);
    found.ok_or_else(|| {
        let known: Vec<&str> = T::VARIANTS.iter().map(|known| as_str(*known)).collect();
        let known = known.join(", ");
        format!("unknown {what} `{text}`, expected one of {known}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_where_no_rules_are_to_label() {
        let name = || Some("sentiment@b".to_owned());
        let text_model = Some(ModelType::TextModel);
        for (model_type, min_score) in [(text_model, Some(0.5)), (None, None)] {
            let asked = AskedModel::read(model_type, name(), min_score);
            let expected = AskedModel {
                name: "sentiment@b".to_owned(),
                min_score,
            };
            assert_eq!(asked, Ok(Some(expected)));
        }
        assert_eq!(AskedModel::read(None, None, None), Ok(None));
        let keywords = Some(ModelType::KeywordModel);
        assert_eq!(AskedModel::read(keywords, None, None), Ok(None));
    }

    #[test]
    fn members_that_do_not_go_together_are_named() {
        let name = || Some("sentiment".to_owned());
        let keywords = Some(ModelType::KeywordModel);
        for (model_type, name, min_score, member, part) in [
            (
                Some(ModelType::TextModel),
                None,
                None,
                "model",
                "is missing",
            ),
            (keywords, name(), None, "model", "model_type keyword_model"),
            (None, None, Some(0.5), "min_score", "without a model"),
            (None, name(), Some(f64::NAN), "min_score", "a number"),
        ] {
            let (found, reason) = AskedModel::read(model_type, name, min_score).unwrap_err();
            assert_eq!(found, member);
            assert!(reason.contains(part), "{reason}");
        }
    }

    #[test]
    fn a_model_type_is_a_word_of_four() {
        assert_eq!("text_model".parse(), Ok(ModelType::TextModel));
        let unknown = "model".parse::<ModelType>().unwrap_err();
        assert_eq!(
            unknown,
            "unknown model type `model`, expected one of keyword_model, rule_model, mixed_model, \
             text_model"
        );
    }
}
