//! What the ledger of a job says of a person.

use entity::JobId;

use crate::systems::labelling::panels::BesideKind;
use crate::systems::labelling::posts::without_mark;
use crate::systems::labelling::results::on_thread;
use crate::systems::labelling::rules::ledger::{LedgerFault, OutcomeKind, read};
use crate::systems::labelling::{Labelling, LabellingError};

/// Rows of a person on which a rule was true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerOf {
    /// In the order in which they were read.
    pub rows: Vec<PersonEntry>,
    /// There are more.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonEntry {
    pub id: String,
    pub post_time: String,
    /// The labels that the row was given.
    pub labels: Vec<String>,
}

impl Labelling {
    /// Up to so many rows of an author of a source; `None`: the job has no ledger any more.
    pub async fn ledger_rows(
        &self,
        id: &JobId,
        (s_id, author): (&str, &str),
        most: usize,
    ) -> Result<Option<LedgerOf>, LabellingError> {
        let params = self.params(id).await?;
        let (sink, task_id) = (self.sinks.get(&params.output)?, id.to_string());
        let (s_id, author) = (s_id.to_owned(), author.trim().to_owned());
        let output = params.output.clone();
        let found = on_thread(move || {
            let (mut found, mut has_ledger) = (LedgerOf::default(), false);
            let mut result = Ok(());
            sink.beside(&task_id, BesideKind::Ledger, &mut |body: &[u8]| {
                has_ledger = true;
                let person = (s_id.as_str(), author.as_str());
                result = of_body(body, person, most, &params.labels, &mut found);
                result.is_ok() && !found.cut
            })?;
            result.map_err(|fault: LedgerFault| LabellingError::Unstorable {
                reason: fault.to_string(),
            })?;
            Ok(has_ledger.then_some(found))
        });
        found.await.map_err(|error| error.naming_output(&output))
    }
}

fn of_body(
    body: &[u8],
    person: (&str, &str),
    most: usize,
    names: &[String],
    found: &mut LedgerOf,
) -> Result<(), LedgerFault> {
    let mut result = Ok(());
    read(body, &mut |entry| {
        let Some((row, outcome)) = entry.kept else {
            return true;
        };
        if (row.s_id, row.author) != person {
            return true;
        }
        if found.rows.len() == most {
            found.cut = true;
            return false;
        }
        match outcome.read() {
            Ok(outcome) => {
                let labels = outcome.labels.iter();
                let given = labels.filter(|label| matches!(label.kind, OutcomeKind::Given(_)));
                let names = given.filter_map(|label| names.get(usize::from(label.label)));
                found.rows.push(PersonEntry {
                    id: row.id.to_owned(),
                    post_time: without_mark(row.post_time).to_owned(),
                    labels: names.cloned().collect(),
                });
                true
            }
            Err(fault) => {
                result = Err(fault);
                false
            }
        }
    })?;
    result
}
