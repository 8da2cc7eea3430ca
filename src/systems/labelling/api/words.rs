//! The closed sets of words that callers write.

use strum::VariantArray;

use crate::http::body::Vocabulary;
use crate::systems::labelling::{AuthorConflict, Incremental, ModelType, PredictType, RowLabels};

pub(crate) struct ModelTypes;

impl Vocabulary for ModelTypes {
    type Item = ModelType;
    const NAME: &'static str = "ModelType";
    const DESCRIPTION: &'static str = "What labels: keywords, regular expressions, rules of both over several fields, or a model of \
         texts.";
    const ITEMS: &'static [ModelType] = ModelType::VARIANTS;
}

pub(crate) struct PredictTypes;

impl Vocabulary for PredictTypes {
    type Item = PredictType;
    const NAME: &'static str = "PredictType";
    const DESCRIPTION: &'static str = "What is matched.";
    const ITEMS: &'static [PredictType] = PredictType::VARIANTS;
}

pub(crate) struct RowLabelChoices;

impl Vocabulary for RowLabelChoices {
    type Item = RowLabels;
    const NAME: &'static str = "RowLabels";
    const DESCRIPTION: &'static str = "Which of the matching labels a row gets.";
    const ITEMS: &'static [RowLabels] = RowLabels::VARIANTS;
}

pub(crate) struct AuthorConflicts;

impl Vocabulary for AuthorConflicts {
    type Item = AuthorConflict;
    const NAME: &'static str = "AuthorConflict";
    const DESCRIPTION: &'static str =
        "Which label an author keeps in a set whose labels exclude each other.";
    const ITEMS: &'static [AuthorConflict] = AuthorConflict::VARIANTS;
}

pub(crate) struct IncrementalChoices;

impl Vocabulary for IncrementalChoices {
    type Item = Incremental;
    const NAME: &'static str = "Incremental";
    const DESCRIPTION: &'static str = "Whether only rows are labelled that changed rules touch.";
    const ITEMS: &'static [Incremental] = Incremental::VARIANTS;
}
