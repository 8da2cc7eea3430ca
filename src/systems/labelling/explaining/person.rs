//! Why a person is, or is not, in a panel; blocks its thread.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Map;

use super::error::ExplainError;
use super::rows_read::NamedSource;
use super::shape::{Outcome, PersonAnswer, PersonRow, Published, SetName};
use super::votes::{leading, outcome};
use crate::systems::labelling::asked_rules::{ReadyRules, RulesError};
use crate::systems::labelling::incremental::LedgerOf;
use crate::systems::labelling::panels::ResultRow;
use crate::systems::labelling::posts::{ReadSpec, without_mark};
use crate::systems::labelling::rules::explain::{ExplainedRow, Explainer};
use crate::systems::labelling::rules::matching::{Compiled, Outcome as LabelOutcome, Verdict};
use crate::systems::labelling::rules::preview::{PreviewRow, Votes};
use crate::systems::labelling::rules::set::RuleSet;

/// How long rows are explained.
const TIME: Duration = Duration::from_secs(5);

/// What is known of a person before its rows are read.
pub(super) struct Person {
    pub s_id: String,
    /// Without blanks around it.
    pub author: String,
    /// The label that is asked about, by its number.
    pub label: Option<u16>,
    /// Whether the job has published.
    pub has_result: bool,
    /// The person's rows among what was published.
    pub published: Vec<ResultRow>,
}

/// The set with nothing but one label, to find out what was nearly true of that one.
struct Alone {
    set: RuleSet,
    compiled: Compiled,
}

impl Person {
    pub fn source_author(&self) -> String {
        format!("{}_{}", self.s_id, self.author)
    }

    /// By what the ledger of the job says, if it has one, else by what its rows in the source say.
    pub fn explain(
        self,
        rules: &ReadyRules,
        source: &NamedSource,
        spec: &ReadSpec,
        ledger: Option<LedgerOf>,
    ) -> Result<PersonAnswer, ExplainError> {
        let ledger = ledger.filter(|ledger| self.is_told_by(rules, ledger));
        let from = match ledger {
            Some(_) => "ledger",
            None => "source",
        };
        let (rows, votes, mut is_cut) = match ledger {
            Some(ledger) => {
                let votes = noted_votes(&rules.set, &ledger);
                let found = source.noted_rows(spec, ledger)?;
                (found.rows, votes, found.is_cut)
            }
            None => {
                let found = source.rows_of(spec, (&self.s_id, &self.author))?;
                let votes = votes(rules, &found.rows);
                (found.rows, votes, found.is_cut)
            }
        };
        let mut rows = rows;
        let time = |row: &PreviewRow| without_mark(row.post_time()).to_owned();
        rows.sort_by_cached_key(|row| std::cmp::Reverse((time(row), row.id().to_owned())));
        let label = self.label.or_else(|| leading(&rules.set, &votes));
        let alone = match self.label {
            Some(label) => Some(Alone::new(&rules.set, label)?),
            None => None,
        };
        let until = Instant::now() + TIME;
        let mut explained = Vec::new();
        for row in &rows {
            if Instant::now() >= until {
                is_cut = true;
                break;
            }
            explained.push(PersonRow {
                id: row.id().to_owned(),
                post_time: without_mark(row.post_time()).to_owned(),
                row: explained_row(rules, row, label, alone.as_ref())?,
            });
        }
        let name = |label: u16| rules.set.labels[usize::from(label)].name.clone();
        let counted = votes.iter().map(|(label, rows)| (name(label), rows.into()));
        let published = self.published_in(label.map(name));
        Ok(PersonAnswer {
            source_author: self.source_author(),
            outcome: self.outcome(&rules.set, &votes, label, published.is_some()),
            panel: label.map(name),
            votes: counted.collect::<Map<_, _>>(),
            rows: explained,
            published,
            set: SetName {
                name: rules.name.clone(),
                version: rules.version,
            },
            from,
            cut: is_cut,
        })
    }

    /// Whether a ledger knows enough: it has no rows on which nothing is true, which alone show what was nearly
    /// true.
    fn is_told_by(&self, rules: &ReadyRules, ledger: &LedgerOf) -> bool {
        match self.label {
            None => !ledger.rows.is_empty(),
            Some(label) => {
                let votes = noted_votes(&rules.set, ledger);
                votes.iter().any(|(voted, _)| voted == label)
            }
        }
    }

    fn published_in(&self, label: Option<String>) -> Option<Published> {
        let panel = format!("/{}", label?);
        let row = self.published.iter().find(|row| row.panel == panel)?;
        Some(Published {
            id: row.id.clone(),
            panel: row.panel.clone(),
            create_time: row.create_time.clone(),
        })
    }

    /// What was published takes precedence over what the source says now.
    fn outcome(
        &self,
        set: &RuleSet,
        votes: &Votes,
        label: Option<u16>,
        is_published: bool,
    ) -> Outcome {
        if is_published {
            return Outcome::Published;
        }
        match label.map(|label| outcome(set, votes, label)) {
            None => Outcome::None,
            // Rows were added or changed after the job had read them.
            Some(Outcome::Published) if self.has_result => Outcome::Lost,
            Some(outcome) => outcome,
        }
    }
}

/// By the labels that a ledger notes.
fn noted_votes(set: &RuleSet, ledger: &LedgerOf) -> Votes {
    let numbers: HashMap<&str, u16> = set
        .labels
        .iter()
        .map(|label| label.name.as_str())
        .zip(0..)
        .collect();
    let mut votes = Votes::default();
    for label in ledger.rows.iter().flat_map(|row| &row.labels) {
        if let Some(number) = numbers.get(label.as_str()) {
            votes.add(*number, 1);
        }
    }
    votes
}

fn votes(rules: &ReadyRules, rows: &[Arc<PreviewRow>]) -> Votes {
    let (mut scratch, mut verdict) = (rules.compiled.scratch(), Verdict::default());
    let mut votes = Votes::default();
    for row in rows {
        rules
            .compiled
            .find(row.fields(), &mut scratch, &mut verdict);
        let given = verdict.labels.iter();
        let given = given.filter(|label| label.outcome == LabelOutcome::Given);
        given.for_each(|label| votes.add(label.reported.label, 1));
    }
    votes
}

/// Without labels that have nothing to do with the row, unless it is the one that is asked about.
fn explained_row(
    rules: &ReadyRules,
    row: &PreviewRow,
    label: Option<u16>,
    alone: Option<&Alone>,
) -> Result<ExplainedRow, ExplainError> {
    let explainer = Explainer::new(&rules.set, &rules.compiled);
    let mut explained = match alone {
        Some(_) => explainer.explain_labels(row.fields()),
        None => explainer.explain(row.fields()).map_err(RulesError::from)?,
    };
    if let Some(alone) = alone {
        explained.misses = alone.explain(row)?.misses;
    }
    let asked = label.map(|label| rules.set.labels[usize::from(label)].name.as_str());
    explained
        .labels
        .retain(|label| label.outcome != "no" || Some(label.label.as_str()) == asked);
    Ok(explained)
}

impl Alone {
    fn new(set: &RuleSet, label: u16) -> Result<Self, ExplainError> {
        let mut set = set.clone();
        let label = set.labels.swap_remove(label.into());
        set.labels = vec![label];
        let compiled = Compiled::of(&set).map_err(RulesError::from)?;
        Ok(Self { set, compiled })
    }

    fn explain(&self, row: &PreviewRow) -> Result<ExplainedRow, ExplainError> {
        let explainer = Explainer::new(&self.set, &self.compiled);
        Ok(explainer.explain(row.fields()).map_err(RulesError::from)?)
    }
}
