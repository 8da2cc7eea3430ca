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
    /// a `T`, which sorts after every time of its day that has none. Those with an offset differ
    /// from UTC by less than a day, and those without from the clock of the zone by as much as a
    /// clock is put back or forward.
    pub(super) fn of(query: &TableQuery) -> Self {
        let (start, end) = query.range_of_clock();
        let (start, end) = (start.min(query.start), end.max(query.end));
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

#[cfg(test)]
mod tests {
    use super::TextRange;
    use crate::tables::read::moment::{Moment, Written, Zone};
    use crate::tables::read::source::{Nullable, TableQuery, WantedColumn};

    #[test]
    fn every_text_of_the_range_lies_in_it_whatever_its_offset_and_the_zone() {
        let offsets = ["-23:59", "-12:00", "Z", "+14:00", "+23:59", ""];
        for name in [
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
            "UTC",
            "Asia/Taipei",
        ] {
            let zone: Zone = name.parse().unwrap();
            let at = |text: &str| Written::parse(text).unwrap().in_zone(zone).unwrap();
            let query = TableQuery {
                table: String::new(),
                time: String::new(),
                columns: Vec::<WantedColumn>::new(),
                nullable: Nullable::default(),
                start: at("2020-01-01 00:00:00"),
                end: at("2020-01-31 23:30:00"),
                zone,
            };
            let range = TextRange::of(&query);
            let first = at("2019-12-25").micros();
            for half_hour in 0..2 * 24 * 45 {
                let clock = Moment::from_micros(first + half_hour * 1_800_000_000).unwrap();
                for offset in offsets {
                    let text = clock.to_string().replace(' ', "T") + offset;
                    let moment = Written::parse(&text).unwrap().in_zone(zone).unwrap();
                    let is_wanted = query.start <= moment && moment <= query.end;
                    let is_read = range.from <= text && text < range.until;
                    assert!(is_read || !is_wanted, "{text} in {name}: {range:?}");
                }
            }
        }
    }
}
