//! Where in the order of SQLite the times of a range may stand: numbers of seconds, numbers of
//! milliseconds, and texts.

use super::scan::CellKinds;
use crate::tables::read::key::{Key, KeyRange};
use crate::tables::read::moment::{FIRST_MILLISECONDS, Moment};
use crate::tables::read::range::TextRange;
use crate::tables::read::source::TableQuery;

/// What a cell counts or spells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Seconds,
    Milliseconds,
    Text,
}

/// Ranges that have no cell in common. Every row of the query lies in one of them; there may be
/// others beside.
pub(super) struct Ranges {
    /// Those worth dividing.
    pub(super) main: Vec<(Scale, KeyRange)>,
    pub(super) other_forms: Vec<KeyRange>,
}

impl Ranges {
    pub(super) fn of(query: &TableQuery, kinds: CellKinds) -> Self {
        let mut main = Vec::new();
        if kinds.takes_numbers {
            let numbers = [Scale::Seconds, Scale::Milliseconds];
            main.extend(numbers.into_iter().filter_map(|scale| {
                let range = scale.numbers(query)?;
                Some((scale, range))
            }));
        }
        let TextRange { from, until } = TextRange::of(query);
        main.push((Scale::Text, KeyRange::of_text(from, until)));
        let other_forms = TextRange::of_other_forms(query).into_iter();
        Self {
            main,
            other_forms: other_forms
                .map(|range| KeyRange::of_text(range.from, range.until))
                .collect(),
        }
    }

    pub(super) fn all(self) -> impl Iterator<Item = KeyRange> {
        let main = self.main.into_iter().map(|(_, range)| range);
        main.chain(self.other_forms)
    }
}

impl Scale {
    /// A moment as a cell, as far as this scale tells moments apart. Texts are those of a clock.
    pub(super) fn key(self, moment: Moment) -> Key {
        match self {
            Self::Seconds => Key::Integer(moment.micros().div_euclid(1_000_000)),
            Self::Milliseconds => Key::Integer(moment.micros().div_euclid(1_000)),
            Self::Text => Key::Text(moment.to_string()),
        }
    }

    /// The numbers of the range; `None` if this scale has none there.
    fn numbers(self, query: &TableQuery) -> Option<KeyRange> {
        let per_micros = match self {
            Self::Seconds => 1_000_000,
            Self::Milliseconds => 1_000,
            Self::Text => return None,
        };
        let mut from = query.start.micros().div_euclid(per_micros);
        let mut until = query.end.micros().div_euclid(per_micros) + 1;
        match self {
            Self::Seconds => until = until.min(FIRST_MILLISECONDS),
            Self::Milliseconds => from = from.max(FIRST_MILLISECONDS),
            Self::Text => {}
        }
        (from < until).then_some(KeyRange {
            from: Key::Integer(from),
            until: Key::Integer(until),
        })
    }
}
