//! Texts to scores.

use std::borrow::Cow;

use super::analyzer::Analyzer;
use super::classifier::Classifier;
use super::file::File;
use crate::models::answers::Answers;
use crate::models::model::Scorer;
use crate::models::refusal::Refusal;
use crate::models::rows::Rows;
use crate::text;

pub(super) struct TextLinear {
    lowercase: bool,
    analyzer: Analyzer,
    classifier: Classifier,
}

/// What is used again for the next row.
#[derive(Default)]
struct Scratch {
    text: String,
    terms: Vec<u32>,
    counts: Vec<(u32, f64)>,
}

impl TextLinear {
    pub fn new(file: File) -> Result<Self, Refusal> {
        Ok(Self {
            lowercase: file.lowercase,
            analyzer: Analyzer::new(&file)?,
            classifier: Classifier::new(file),
        })
    }

    fn score_text(&self, text: &str, scratch: &mut Scratch, scores: &mut Vec<f64>) -> u32 {
        let text = match self.lowercase {
            true => text::lowercase(text),
            false => Cow::Borrowed(text),
        };
        scratch.terms.clear();
        let Scratch {
            text: buffer,
            terms,
            counts,
        } = scratch;
        self.analyzer.terms(&text, buffer, |term| terms.push(term));
        count(terms, counts);
        self.classifier.score(counts, scores)
    }
}

/// The terms of a text in their order, each with the times that it is there.
fn count(terms: &mut [u32], counts: &mut Vec<(u32, f64)>) {
    terms.sort_unstable();
    counts.clear();
    let runs = terms.chunk_by(|one, next| one == next);
    counts.extend(runs.map(|run| (run[0], run.len() as f64)));
}

impl Scorer for TextLinear {
    fn score(&self, rows: &Rows) -> Answers {
        let classes = self.classifier.classes();
        let mut chosen = Vec::with_capacity(rows.len());
        let mut scores = Vec::with_capacity(rows.len() * classes);
        let mut missing = Vec::new();
        let mut scratch = Scratch::default();
        for row in 0..rows.len() {
            match &rows.texts(row)[0] {
                Some(text) => chosen.push(self.score_text(text, &mut scratch, &mut scores)),
                None => {
                    missing.push(row);
                    chosen.push(0);
                    scores.resize(scores.len() + classes, 0.0);
                }
            }
        }
        let mut answers = Answers::classes(chosen, scores, classes);
        let faults = missing.into_iter().map(|row| {
            let reason = "the text is missing, and the model answers only to texts";
            (row, reason.to_owned())
        });
        answers.faults.extend(faults);
        answers
    }
}
