//! What finds the labels of rows: the compiled rules of a task, or a model at a version.

use std::sync::Arc;

use serde::Serialize;

use super::StepError;
use super::mixed::MixedMatcher;
use super::params::{LabelModel, LabelParams};
use super::rules::{Matcher, RowLabels};
use crate::engine::seam::{Scorers, SystemError, TextScorer, TextScores};
use crate::engine::{CallerError, ErrorKind};

/// Shared by all threads of a task.
#[derive(Clone)]
pub(super) enum RowMatcher {
    Rules(Arc<Matcher>),
    Mixed(Arc<MixedMatcher>),
    Model(Arc<TextModel>),
}

/// A model, and which of its labels a row gets.
pub(super) struct TextModel {
    scorer: Arc<dyn TextScorer>,
    row_labels: RowLabels,
    min_score: Option<f64>,
}

/// What is recorded of a label.
#[derive(Serialize)]
struct Meta<'m> {
    model: &'m str,
    version: i32,
    score: f64,
}

impl TextModel {
    /// The version that was fixed when the task was submitted.
    pub(super) async fn find(
        model: &LabelModel,
        params: &LabelParams,
        scorers: &Scorers,
    ) -> Result<Self, StepError> {
        let scorer = scorers.find(&model.reference()).await.map_err(not_found)?;
        if scorer.labels() != params.labels {
            return Err(StepError::refused(format!(
                "version {} of model {} has other labels than when the task was submitted",
                model.version, model.name
            )));
        }
        Ok(Self {
            scorer,
            row_labels: model.row_labels,
            min_score: model.min_score,
        })
    }

    pub(super) fn label_count(&self) -> usize {
        self.scorer.labels().len()
    }

    pub(super) fn score(&self, texts: &[&str]) -> Result<TextScores, StepError> {
        self.scorer.score(texts)
    }

    /// Replaces `metas` by the labels that a text gets, each with what is recorded of it.
    pub(super) fn find_labels(
        &self,
        scores: &TextScores,
        text: usize,
        metas: &mut Vec<(u16, String)>,
    ) {
        metas.clear();
        let of_labels = scores.of_text(text);
        match self.row_labels {
            RowLabels::First => {
                let best = scores.best[text] as usize;
                self.add_label(best, of_labels[best], metas);
            }
            RowLabels::All => {
                for (label, score) in of_labels.iter().enumerate() {
                    self.add_label(label, *score, metas);
                }
            }
        }
    }

    fn add_label(&self, label: usize, score: f64, metas: &mut Vec<(u16, String)>) {
        if self.min_score.is_some_and(|least| score < least) {
            return;
        }
        let meta = Meta {
            model: self.scorer.model(),
            version: self.scorer.version(),
            score,
        };
        let meta = serde_json::to_string(&meta).expect("texts and numbers can always be written");
        // There are no more labels than 16 bits can number: see `LabelSet`.
        metas.push((label as u16, meta));
    }
}

/// A version that cannot be asked at the moment is waited for.
fn not_found(error: SystemError) -> StepError {
    let message = error.public_message();
    let converted = match error.kind() {
        ErrorKind::Unavailable | ErrorKind::TooMany => StepError::outage("the model", message),
        ErrorKind::Unsupported => StepError::not_here(message),
        ErrorKind::Invalid
        | ErrorKind::TooLarge
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Internal => StepError::refused(message),
    };
    converted.caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Feelings(Vec<String>);

    impl TextScorer for Feelings {
        fn model(&self) -> &str {
            "feelings"
        }

        fn version(&self) -> i32 {
            3
        }

        fn labels(&self) -> &[String] {
            &self.0
        }

        fn score(&self, _: &[&str]) -> Result<TextScores, StepError> {
            Ok(TextScores {
                best: vec![1],
                scores: vec![0.25, 0.5, 0.25],
                faults: BTreeMap::new(),
            })
        }
    }

    #[test]
    fn a_row_gets_the_best_label_or_all_with_enough_score() {
        for (row_labels, min_score, expected) in [
            (RowLabels::First, None, &[1][..]),
            (RowLabels::First, Some(0.5), &[1]),
            (RowLabels::First, Some(0.51), &[]),
            (RowLabels::All, Some(0.3), &[1]),
            (RowLabels::All, Some(0.25), &[0, 1, 2]),
            (RowLabels::All, None, &[0, 1, 2]),
        ] {
            let model = TextModel {
                scorer: Arc::new(Feelings(Vec::new())),
                row_labels,
                min_score,
            };
            let scores = model.score(&["joy"]).unwrap();
            let mut metas = vec![(7, String::new())];
            model.find_labels(&scores, 0, &mut metas);
            let labels: Vec<u16> = metas.iter().map(|(label, _)| *label).collect();
            assert_eq!(labels, expected, "{row_labels:?} {min_score:?}");
            if let Some((_, meta)) = metas.iter().find(|(label, _)| *label == 1) {
                assert_eq!(meta, r#"{"model":"feelings","version":3,"score":0.5}"#);
            }
        }
    }
}
