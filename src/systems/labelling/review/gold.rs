//! The gold of a rule set: texts that people have judged, by which each version is measured. Pure.

use serde::Serialize;

use super::Verdict;
use crate::systems::labelling::rules::health::Figure;
use crate::systems::labelling::rules::matching::{Compiled, Outcome, Row, Verdict as Found};
use crate::systems::labelling::rules::set::{Field, RuleSet};

/// A text, and what people say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldExample {
    /// By field.
    pub texts: [Option<String>; Field::COUNT],
    /// The label that was judged; `None`: it had none.
    pub label: Option<String>,
    /// The label that it should have, where somebody says so.
    pub better: Option<String>,
    /// What most people say.
    pub verdict: Verdict,
}

/// How a version does on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Gold {
    /// Right before, and now.
    pub kept: u64,
    /// Right before, and not any more.
    pub lost: u64,
    /// Wrong before, and not any more.
    pub mended: u64,
    pub still_wrong: u64,
    /// As people say: kept and mended ÷ all.
    pub share: Option<Figure>,
}

impl Gold {
    /// Examples of which nobody is sure count for nothing.
    pub fn of(set: &RuleSet, compiled: &Compiled, examples: &[GoldExample]) -> Self {
        let (mut scratch, mut found) = (compiled.scratch(), Found::default());
        let mut gold = Self::default();
        for example in examples {
            let texts = &example.texts;
            let row = Field::ALL.into_iter().fold(Row::default(), |row, field| {
                row.with(field, texts[field.index()].as_deref())
            });
            compiled.find(row, &mut scratch, &mut found);
            let given = found.labels.iter();
            let given = given.filter(|label| label.outcome == Outcome::Given);
            let given: Vec<&str> = given
                .map(|label| set.labels[usize::from(label.reported.label)].name.as_str())
                .collect();
            let counter = match (example.verdict, example.is_met_by(&given)) {
                (Verdict::Right, true) => &mut gold.kept,
                (Verdict::Right, false) => &mut gold.lost,
                (Verdict::Wrong, true) => &mut gold.mended,
                (Verdict::Wrong, false) => &mut gold.still_wrong,
                (Verdict::Unsure, _) => continue,
            };
            *counter += 1;
        }
        let all = gold.kept + gold.lost + gold.mended + gold.still_wrong;
        gold.share = (all > 0).then(|| Figure::share(gold.kept + gold.mended, all));
        gold
    }
}

impl GoldExample {
    /// Whether a row with these labels is as people say.
    fn is_met_by(&self, given: &[&str]) -> bool {
        let has = |label: &String| given.contains(&label.as_str());
        match (self.verdict, &self.label, &self.better) {
            (Verdict::Right, Some(label), _) => has(label),
            (Verdict::Right, None, _) => given.is_empty(),
            (_, None, None) => !given.is_empty(),
            (_, label, better) => {
                !label.as_ref().is_some_and(has) && better.as_ref().is_none_or(has)
            }
        }
    }
}
