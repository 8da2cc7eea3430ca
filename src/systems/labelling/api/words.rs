//! The closed sets of words that callers write.

use crate::http::body::Vocabulary;
use crate::systems::labelling::{AuthorConflict, ModelType, PredictType, RowLabels};

pub(crate) struct ModelTypes;

impl Vocabulary for ModelTypes {
    type Item = ModelType;
    const NAME: &'static str = "ModelType";
    const DESCRIPTION: &'static str = "What rules are.";
    const ITEMS: &'static [ModelType] = &[ModelType::KeywordModel, ModelType::RuleModel];

    fn text(model_type: ModelType) -> &'static str {
        model_type.as_str()
    }
}

pub(crate) struct PredictTypes;

impl Vocabulary for PredictTypes {
    type Item = PredictType;
    const NAME: &'static str = "PredictType";
    const DESCRIPTION: &'static str = "What is matched.";
    const ITEMS: &'static [PredictType] = &PredictType::ALL;

    fn text(predict_type: PredictType) -> &'static str {
        predict_type.as_str()
    }
}

pub(crate) struct RowLabelChoices;

impl Vocabulary for RowLabelChoices {
    type Item = RowLabels;
    const NAME: &'static str = "RowLabels";
    const DESCRIPTION: &'static str = "Which of the matching labels a row gets.";
    const ITEMS: &'static [RowLabels] = &[RowLabels::First, RowLabels::All];

    fn text(row_labels: RowLabels) -> &'static str {
        match row_labels {
            RowLabels::First => "first",
            RowLabels::All => "all",
        }
    }
}

pub(crate) struct AuthorConflicts;

impl Vocabulary for AuthorConflicts {
    type Item = AuthorConflict;
    const NAME: &'static str = "AuthorConflict";
    const DESCRIPTION: &'static str =
        "Which label an author keeps in a set whose labels exclude each other.";
    const ITEMS: &'static [AuthorConflict] = &[
        AuthorConflict::MajorityDropTies,
        AuthorConflict::MajorityFirst,
        AuthorConflict::KeepAll,
    ];

    fn text(conflict: AuthorConflict) -> &'static str {
        match conflict {
            AuthorConflict::MajorityDropTies => "majority_drop_ties",
            AuthorConflict::MajorityFirst => "majority_first",
            AuthorConflict::KeepAll => "keep_all",
        }
    }
}
