//! One pass over the pages of a run, fetched now or kept: rows with their keys, counts, what was expected.

use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::expect::Tally;
use super::report::{Outcome, Report};
use super::sink::{RunSink, ScrapedRow};
use crate::systems::prediction::import::{Code, Keys, Problem, Value};
use crate::systems::prediction::scrape::extract::{Extracted, ExtractedRow};
use crate::systems::prediction::scrape::fetch::RunSecrets;
use crate::systems::prediction::scrape::plan::Plan;

pub(super) struct Pass<'p> {
    plan: &'p Plan,
    day: NaiveDate,
    secrets: &'p RunSecrets,
    keys: Keys,
    tally: Tally,
    /// Of each field of HTML or JSON, whether any row had it.
    is_found: Vec<bool>,
    pub report: Report,
}

/// Where the rows of a page come from.
pub(super) struct Origin {
    /// Secrets in it are hidden.
    pub url: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// Secrets that are shorter stay in what sites send: their letters stand for other things, too.
const HIDDEN_FROM: usize = 6;

impl<'p> Pass<'p> {
    pub fn new(plan: &'p Plan, day: NaiveDate, secrets: &'p RunSecrets) -> Self {
        Self {
            plan,
            day,
            secrets,
            keys: Keys::default(),
            tally: Tally::new(plan),
            is_found: vec![false; plan.field_names().count()],
            report: Report {
                outcome: Outcome::Succeeded,
                ended: None,
                pages: 0,
                unchanged_pages: 0,
                bytes: 0,
                rows: 0,
                left_out: 0,
                problems: 0,
                remembered: Vec::new(),
            },
        }
    }

    /// Hands on the rows and problems of a page. `Break`: the sink wants no more.
    pub fn take(
        &mut self,
        origin: &Origin,
        extracted: Extracted,
        sink: &mut impl RunSink,
    ) -> ControlFlow<()> {
        let whole = extracted.rows.len() as u64;
        self.report.left_out += extracted.count.saturating_sub(whole);
        for (all, here) in self.is_found.iter_mut().zip(&extracted.is_found) {
            *all |= here;
        }
        for problem in extracted.problems {
            self.problem(problem, sink)?;
        }
        let every = [
            Value::Date(self.day),
            Value::Datetime(moment(origin.at)),
            Value::Text(origin.url.clone()),
        ];
        for row in extracted.rows {
            self.row(row, &every, sink)?;
        }
        ControlFlow::Continue(())
    }

    fn row(
        &mut self,
        row: ExtractedRow,
        every: &[Value],
        sink: &mut impl RunSink,
    ) -> ControlFlow<()> {
        let Some(table) = self.plan.tables.get(row.table) else {
            return ControlFlow::Continue(());
        };
        let mut values = row.values;
        self.hide(&mut values);
        values.extend_from_slice(every);
        let empty = table.key.iter().find(|index| values[**index].is_null());
        let mut is_new = || {
            let key = table.key.iter().map(|index| &values[*index]);
            self.keys.is_new(&table.into, key)
        };
        let fault = match empty {
            Some(index) => {
                let name = &table.columns[*index].name;
                let message = format!("the key column {name} has no value here");
                Some((Some(name.clone()), Code::Required, message))
            }
            None if !is_new() => {
                let message = "an earlier row has the same key; that one stays".to_owned();
                Some((None, Code::DuplicateKey, message))
            }
            None => None,
        };
        if let Some((column, code, message)) = fault {
            self.report.left_out += 1;
            let problem = Problem {
                cell: row.place,
                table: table.into.clone(),
                column,
                code,
                text: String::new(),
                message,
            };
            return self.problem(problem, sink);
        }
        self.report.rows += 1;
        self.tally.count(row.table, &values);
        sink.row(&ScrapedRow {
            table: row.table,
            values: &values,
            place: &row.place,
        })
    }

    fn problem(&mut self, problem: Problem, sink: &mut impl RunSink) -> ControlFlow<()> {
        self.report.problems += 1;
        sink.problem(Problem {
            text: self.secrets.hidden_from(&problem.text, HIDDEN_FROM),
            message: self.secrets.hidden_from(&problem.message, HIDDEN_FROM),
            ..problem
        })
    }

    /// A site may write the secret that it got into its pages.
    fn hide(&self, values: &mut [Value]) {
        if self.secrets.is_empty() {
            return;
        }
        for value in values {
            if let Value::Text(text) = value {
                *text = self.secrets.hidden_from(text, HIDDEN_FROM);
            }
        }
    }

    /// Bytes of a page as they may be kept.
    pub fn kept(&self, body: &Arc<[u8]>) -> Arc<[u8]> {
        self.secrets.hidden_in(body, HIDDEN_FROM)
    }

    /// Reports what no page had, and whether the rows are as they were expected to be.
    pub fn end(&mut self, sink: &mut impl RunSink) -> ControlFlow<()> {
        let has_rows = self.report.rows + self.report.left_out > 0;
        let missing = self.plan.field_names().zip(&self.is_found).enumerate();
        let missing = missing.filter(|(index, (_, is_found))| {
            // That of one that its rows need was reported with its page.
            has_rows && !**is_found && !self.plan.is_needed(*index)
        });
        let plan = self.plan;
        let missing: Vec<Problem> = missing
            .map(|(_, (name, _))| plan.missing_field(name, "all pages"))
            .collect();
        for problem in missing {
            self.problem(problem, sink)?;
        }
        if let Some(why) = self.tally.missed(self.plan) {
            self.report.outcome = Outcome::Failed {
                why,
                is_transient: false,
            };
        }
        ControlFlow::Continue(())
    }
}

fn moment(micros: i64) -> NaiveDateTime {
    let moment = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    moment.naive_utc()
}
