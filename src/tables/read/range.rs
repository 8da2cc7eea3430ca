//! Ranges of times as text, the way an index holds them.

use super::moment::Moment;
use super::source::TableQuery;

/// Sorts after every text that starts with a digit. Not a number itself: a column that prefers
/// numbers would take it for one.
pub(super) const AFTER_ALL_TIMES: &str = ":";

/// Sorts after every text that starts with a blank and before all that start with a digit, as far
/// as these can be times.
const AFTER_BLANKS: &str = "/~";

/// Texts from `from` to before `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextRange {
    pub(super) from: String,
    pub(super) until: String,
}

impl TextRange {
    /// A range that holds every row of the query that is written `YYYY-MM-DD…`. The texts may have
    /// a `T`, which sorts after every time of its day that has none, or an offset, which moves
    /// them by up to a day.
    pub(super) fn of(query: &TableQuery) -> Self {
        let (start, end) = query.range_of_clock();
        Self {
            from: start
                .day_after(-1)
                .unwrap_or_else(|| AFTER_BLANKS.to_owned()),
            until: end
                .day_after(2)
                .unwrap_or_else(|| AFTER_ALL_TIMES.to_owned()),
        }
    }

    /// Where the other rows of the query are, which begin with a blank or are written
    /// `YYYY/MM/DD…`: none of it lies in the range above, which holds the other rows with slashes.
    pub(super) fn of_other_forms(query: &TableQuery) -> Vec<Self> {
        let Self { from, until } = Self::of(query);
        let blanks = Self {
            from: "\t".to_owned(),
            until: AFTER_BLANKS.to_owned(),
        };
        let Some(last_year) = until.get(..4) else {
            return vec![blanks];
        };
        let same_year = from.get(..4) == Some(last_year);
        let with_slashes = |text: &str| text.replace('-', "/");
        let slashes = Self {
            from: match same_year {
                true => with_slashes(&from),
                false => format!("{last_year}/"),
            },
            until: with_slashes(&until),
        };
        vec![blanks, slashes]
    }

    /// All texts that could be times.
    pub(super) fn of_all_times() -> Self {
        Self {
            from: AFTER_BLANKS.to_owned(),
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
