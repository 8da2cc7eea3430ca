//! What the rows of a run have to be like.

use crate::systems::prediction::import::Value;
use crate::systems::prediction::scrape::plan::Plan;

/// Counts rows and values.
pub(super) struct Tally {
    rows: u64,
    /// Of each of `expect.filled`: rows of tables with the field, and those with a value.
    filled: Vec<(u64, u64)>,
    /// Of each table and each of `expect.filled`: the place of the field.
    places: Vec<Vec<Option<usize>>>,
}

impl Tally {
    pub fn new(plan: &Plan) -> Self {
        let expected = &plan.scrape.expect.filled;
        let places = plan.tables.iter();
        let places =
            places.map(|table| expected.iter().map(|(name, _)| table.index(name)).collect());
        Self {
            rows: 0,
            filled: vec![(0, 0); expected.len()],
            places: places.collect(),
        }
    }

    pub fn count(&mut self, table: usize, values: &[Value]) {
        self.rows += 1;
        let places = self.places.get(table).map_or(&[][..], Vec::as_slice);
        for ((rows, filled), place) in self.filled.iter_mut().zip(places) {
            if let Some(place) = place {
                *rows += 1;
                *filled += u64::from(!values[*place].is_null());
            }
        }
    }

    /// What was missed, in a sentence.
    pub fn missed(&self, plan: &Plan) -> Option<String> {
        let expect = &plan.scrape.expect;
        let mut missed = Vec::new();
        if self.rows < expect.min_rows {
            missed.push(format!(
                "expected at least {} rows, found {}",
                expect.min_rows, self.rows
            ));
        }
        for ((name, share), (rows, filled)) in expect.filled.iter().zip(&self.filled) {
            // No rows are not too few rows with a value.
            let is_missed = *rows > 0 && (*filled as f64) < share * (*rows as f64) - 1e-9;
            if is_missed {
                missed.push(format!(
                    "expected {name} to have a value in {} of the rows, found it in {filled} of {rows}",
                    percent(*share)
                ));
            }
        }
        (!missed.is_empty()).then(|| missed.join("; "))
    }
}

fn percent(share: f64) -> String {
    let percent = (share * 1_000.0).round() / 10.0;
    format!("{percent} %")
}
