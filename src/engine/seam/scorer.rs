//! How the steps of one system have texts scored by the models of another.
//!
//! Systems are built one after the other, and do not know each other: all of them are given one [`Scorers`], into
//! which the system that keeps models puts what it gives, once, when it is built.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use super::{StepError, SystemError};
use crate::engine::{CallerError, ErrorKind};

/// One version of a model of texts, ready to score. A version never changes.
pub trait TextScorer: Send + Sync {
    /// The name of the model.
    fn model(&self) -> &str;

    fn version(&self) -> i32;

    /// In the order in which scores are given.
    fn labels(&self) -> &[String];

    /// Scores texts on the thread of the caller, which may block.
    fn score(&self, texts: &[&str]) -> Result<TextScores, StepError>;
}

/// The scores of texts, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextScores {
    /// The best label of each text, by its position.
    pub best: Vec<u32>,
    /// The scores of all labels, text by text.
    pub scores: Vec<f64>,
    /// Texts without an answer, with the reason in a sentence. What else is here of them means nothing.
    pub faults: BTreeMap<usize, String>,
}

/// Finds models by their names.
#[async_trait]
pub trait TextScorers: Send + Sync {
    /// The version that `NAME`, `NAME@ALIAS` or `NAME:VERSION` means at this moment.
    async fn find(&self, model: &str) -> Result<Arc<dyn TextScorer>, SystemError>;
}

/// The place of what scores texts in this program. Clones share it.
#[derive(Clone, Default)]
pub struct Scorers(Arc<OnceLock<Arc<dyn TextScorers>>>);

#[derive(Debug, thiserror::Error)]
#[error("this program has no models of texts")]
struct NoScorers;

impl CallerError for NoScorers {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unsupported
    }
}

impl Scorers {
    /// Called once, by the system that keeps models, when it is built.
    pub fn give(&self, scorers: Arc<dyn TextScorers>) {
        if self.0.set(scorers).is_err() {
            tracing::error!("two systems keep models of texts; those of the first are used");
        }
    }

    /// The version that a name means now; fails also if no system keeps models.
    pub async fn find(&self, model: &str) -> Result<Arc<dyn TextScorer>, SystemError> {
        match self.0.get() {
            Some(scorers) => scorers.find(model).await,
            None => Err(SystemError::of(NoScorers)),
        }
    }
}

impl TextScores {
    /// The scores of the labels of a text.
    pub fn of_text(&self, text: usize) -> &[f64] {
        let labels = self.scores.len() / self.best.len().max(1);
        &self.scores[text * labels..(text + 1) * labels]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_without_models_says_so() {
        let error = Scorers::default().find("sentiment").await.err();
        let error = error.expect("nobody has given any");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.to_string(), "this program has no models of texts");
    }

    #[test]
    fn the_scores_of_a_text_are_those_of_its_labels() {
        let scores = TextScores {
            best: vec![1, 0],
            scores: vec![0.1, 0.2, 0.7, 0.8, 0.1, 0.1],
            faults: BTreeMap::new(),
        };
        assert_eq!(scores.of_text(1), [0.8, 0.1, 0.1]);
    }
}
