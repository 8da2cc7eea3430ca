//! Ranges of times as text, the way an index holds them.

use super::moment::Moment;
use super::source::TableQuery;

/// Sorts after every text that starts with a digit.
const AFTER_ALL_TIMES: &str = ":";

/// Texts from `from` to before `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextRange {
    pub(super) from: String,
    pub(super) until: String,
}

impl TextRange {
    /// A range that holds every row of the query. The texts may have a `T`, which sorts after
    /// every time of its day that has none, or an offset, which moves them by up to a day.
    pub(super) fn of(query: &TableQuery) -> Self {
        Self {
            from: query.start.day_after(-1).unwrap_or_default(),
            until: query
                .end
                .day_after(2)
                .unwrap_or_else(|| AFTER_ALL_TIMES.to_owned()),
        }
    }

    /// All texts that could be times.
    pub(super) fn of_all_times() -> Self {
        Self {
            from: "0".to_owned(),
            until: AFTER_ALL_TIMES.to_owned(),
        }
    }

    /// The part of it between two cuts.
    pub(super) fn between(self, from: Option<&str>, until: Option<&str>) -> Self {
        Self {
            from: from.map_or(self.from, str::to_owned),
            until: until.map_or(self.until, str::to_owned),
        }
    }
}

/// Cuts the time from `first` to `last` at whole seconds into at most so many spans of equal
/// length, and returns the cuts in between.
pub(super) fn cuts(first: Moment, last: Moment, spans: u32) -> Vec<Moment> {
    let length = last.micros() - first.micros();
    let mut cuts: Vec<Moment> = (1..i64::from(spans))
        .filter_map(|cut| {
            // Divided first: the product of a span of millennia would overflow.
            let spans = i64::from(spans);
            let offset = length / spans * cut + length % spans * cut / spans;
            Moment::from_micros(first.micros() + offset)
        })
        .map(Moment::whole_second)
        .filter(|&cut| first < cut)
        .collect();
    cuts.dedup();
    cuts
}
