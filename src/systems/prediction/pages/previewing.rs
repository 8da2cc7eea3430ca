//! What would be stored, and what is wrong with it.

use serde_json::{Map, Value};

use super::data::{Preview, PreviewTable, Skipped};
use super::sheet::SheetShown;
use super::shown::ProblemRow;
use crate::ui::{Frame, number};

/// Of each of these so many are shown; the call answers more.
const TABLES: usize = 20;
const ROWS: usize = 50;
const PROBLEMS: usize = 200;
const SKIPPED: usize = 100;
const UNUSED: usize = 200;

pub(super) struct PreviewShown {
    /// How many rows and problems there are, in a sentence.
    pub summary: String,
    pub tables: Vec<TableShown>,
    pub problems: Vec<ProblemRow>,
    pub more_problems: Option<String>,
    pub skipped: Vec<Skipped>,
    pub skipped_count: String,
    pub unused: Vec<String>,
    pub unused_count: String,
}

pub(super) struct TableShown {
    pub into: String,
    pub place: String,
    pub columns: Vec<String>,
    /// Values, each with whether it is a number; and the row's cell.
    pub rows: Vec<(Vec<(String, bool)>, String)>,
    pub more: Option<String>,
}

impl PreviewShown {
    pub(super) fn of(frame: &Frame, preview: &Preview, sheet: Option<&SheetShown>) -> Self {
        let counts = preview.counts;
        let problems = preview.problems.iter().take(PROBLEMS).enumerate();
        let problems = problems.map(|(no, problem)| ProblemRow {
            href: sheet.and_then(|sheet| sheet.link(&problem.cell)),
            ..ProblemRow::of(frame, no, problem)
        });
        let rows = frame.words.count("unit-rows", counts.rows);
        let count = |id: &str, count: u64| frame.words.count(id, count);
        let parts = [
            rows,
            count("imports-problem-count", counts.problems),
            count("imports-skipped-count", counts.skipped),
            count("imports-unused-count", counts.unused),
        ];
        let skipped = preview.tables.iter().flat_map(|table| &table.skipped);
        Self {
            summary: parts.join(" · "),
            tables: preview
                .tables
                .iter()
                .take(TABLES)
                .map(|table| TableShown::of(frame, table))
                .collect(),
            problems: problems.collect(),
            more_problems: more(frame, counts.problems, PROBLEMS),
            skipped: skipped.take(SKIPPED).cloned().collect(),
            skipped_count: number(counts.skipped),
            unused: preview.unused.iter().take(UNUSED).cloned().collect(),
            unused_count: number(counts.unused),
        }
    }
}

impl TableShown {
    fn of(frame: &Frame, table: &PreviewTable) -> Self {
        let place = [table.sheet.as_str(), table.range.as_str()];
        let place = place.into_iter().filter(|part| !part.is_empty());
        let place = place.collect::<Vec<_>>().join(" · ");
        Self::of_rows(frame, &table.into, &table.columns, &table.rows, "_cell").at(place)
    }

    /// Rows, each with its place in the member `place`.
    pub(super) fn of_rows(
        frame: &Frame,
        into: &str,
        columns: &[String],
        rows: &[Map<String, Value>],
        place: &str,
    ) -> Self {
        let shown = rows.iter().take(ROWS).map(|row| {
            let values = columns.iter().map(|column| match row.get(column) {
                None | Some(Value::Null) => ("–".to_owned(), false),
                Some(Value::String(text)) => (text.clone(), false),
                Some(value) => {
                    let text = value.to_string();
                    let whole = text.strip_suffix(".0").map(str::to_owned);
                    (whole.unwrap_or(text), value.is_number())
                }
            });
            let place = row.get(place).and_then(Value::as_str);
            (values.collect(), place.unwrap_or_default().to_owned())
        });
        Self {
            into: into.to_owned(),
            place: String::new(),
            columns: columns.to_vec(),
            rows: shown.collect(),
            more: more(frame, rows.len() as u64, ROWS),
        }
    }

    fn at(mut self, place: String) -> Self {
        self.place = place;
        self
    }
}

/// That only some are shown.
pub(super) fn more(frame: &Frame, count: u64, shown: usize) -> Option<String> {
    (count > shown as u64).then(|| {
        let (count, shown) = (number(count), number(shown as u64));
        let texts: [(&str, &dyn std::fmt::Display); 2] = [("shown", &shown), ("count", &count)];
        frame.words.with_all("imports-first-of", &texts)
    })
}
