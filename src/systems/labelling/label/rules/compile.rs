//! Compiles a rule set, once per task, and finds the labels of texts with it.

use serde::Serialize;

use super::allowance::Allowance;
use super::draft::MAX_LABELS;
use super::finding::RuleSetError;
use super::keyword::{Keywords, Marks};
use super::pattern::{Expressions, Searchers};
use super::set::{LabelRules, RuleKind, RuleSet};

/// Finds the labels of texts; shared by all threads of a task.
pub struct Matcher {
    labels: Vec<LabelRules>,
    engine: Engine,
}

/// Buffers that one thread reuses from row to row. They belong to the matcher that made them.
pub struct Scratch(State);

/// A label that matches, and the leftmost occurrence that made it match.
///
/// Of keywords that begin at the same place the longest is reported, of equal ones the first rule;
/// of patterns that begin at the same place, the first one. `start` and `end` are bytes of the
/// original text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Counted in the order of the set.
    pub label: u16,
    /// Counted in the order of the label.
    pub rule: u32,
    pub start: usize,
    pub end: usize,
}

enum Engine {
    Keywords(Keywords),
    Expressions(Expressions),
}

enum State {
    Keywords(Marks),
    Expressions(Searchers),
}

#[derive(Serialize)]
struct Meta<'m> {
    rule: &'m str,
    match_type: &'m str,
    span: [usize; 2],
}

impl Matcher {
    pub fn compile(set: &RuleSet, allowance: &Allowance) -> Result<Self, RuleSetError> {
        if set.labels.len() > MAX_LABELS {
            let reason = format!("{} labels are too many", set.labels.len());
            return Err(RuleSetError::Stored { reason });
        }
        let engine = match set.model_type {
            RuleKind::KeywordModel => Engine::Keywords(Keywords::compile(set, allowance)?),
            RuleKind::RuleModel => Engine::Expressions(Expressions::compile(set, allowance)?),
        };
        Ok(Self {
            labels: set.labels.clone(),
            engine,
        })
    }

    pub fn scratch(&self) -> Scratch {
        Scratch(match &self.engine {
            Engine::Keywords(keywords) => State::Keywords(keywords.marks()),
            Engine::Expressions(expressions) => State::Expressions(expressions.searchers()),
        })
    }

    /// Replaces `hits` by one hit for each label of `text`, in the order of the set; by the first
    /// only, if rows get one label.
    ///
    /// # Panics
    ///
    /// May panic if `scratch` was made by another matcher.
    pub fn find(&self, text: &str, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        hits.clear();
        match (&self.engine, &mut scratch.0) {
            (Engine::Keywords(keywords), State::Keywords(marks)) => {
                keywords.find(text, marks, hits);
            }
            (Engine::Expressions(expressions), State::Expressions(searchers)) => {
                expressions.find(text, searchers, hits);
            }
            (Engine::Keywords(_), State::Expressions(_))
            | (Engine::Expressions(_), State::Keywords(_)) => {
                panic!("the scratch was made by another matcher")
            }
        }
    }

    /// How many rules each label has, in the order of the set.
    pub fn rules_of_labels(&self) -> impl Iterator<Item = usize> {
        self.labels.iter().map(|label| label.rules.len())
    }

    /// The name of the label that was hit.
    pub fn label(&self, hit: &Hit) -> &str {
        &self.labels[usize::from(hit.label)].name
    }

    /// What matched, as JSON: `{"rule":"美儀","match_type":"partially","span":[0,6]}`.
    pub fn meta(&self, hit: &Hit) -> String {
        let rule = &self.labels[usize::from(hit.label)].rules[hit.rule as usize];
        let meta = Meta {
            rule: rule.text(),
            match_type: rule.match_type().map_or("pattern", |kind| kind.as_str()),
            span: [hit.start, hit.end],
        };
        serde_json::to_string(&meta).expect("strings and numbers can always be written")
    }
}
