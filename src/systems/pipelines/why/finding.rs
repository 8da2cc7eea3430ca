//! What was found out about a job.

use crate::systems::pipelines::api::Because;

/// What follows the name of the instance in the sentence, and why.
pub(super) struct Finding {
    pub sentence: String,
    pub because: Vec<Because>,
}

impl Finding {
    pub fn only(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            because: Vec::new(),
        }
    }

    pub fn of(sentence: impl Into<String>, because: Because) -> Self {
        Self {
            sentence: sentence.into(),
            because: vec![because],
        }
    }
}
