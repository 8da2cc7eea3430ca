//! The eras of the Japanese calendar.

use chrono::NaiveDate;

/// An era since the calendar is the western one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    Meiji,
    Taisho,
    Showa,
    Heisei,
    Reiwa,
}

impl Era {
    pub const ALL: [Self; 5] = [
        Self::Meiji,
        Self::Taisho,
        Self::Showa,
        Self::Heisei,
        Self::Reiwa,
    ];

    /// Its name, the first character of which is short for it, and its Latin letter.
    pub const fn names(self) -> (&'static str, char) {
        match self {
            Self::Meiji => ("明治", 'M'),
            Self::Taisho => ("大正", 'T'),
            Self::Showa => ("昭和", 'S'),
            Self::Heisei => ("平成", 'H'),
            Self::Reiwa => ("令和", 'R'),
        }
    }

    /// The era that a text begins with, and what is behind its name.
    pub fn take(text: &str) -> Option<(Self, &str)> {
        let found = Self::ALL.into_iter().find_map(|era| {
            let (name, _) = era.names();
            Some((era, text.strip_prefix(name)?))
        });
        found.or_else(|| {
            let mut characters = text.chars();
            let first = characters.next()?;
            let era = Self::ALL.into_iter().find(|era| {
                let (name, letter) = era.names();
                name.starts_with(first) || letter == first.to_ascii_uppercase()
            })?;
            Some((era, characters.as_str()))
        })
    }

    /// The western year of its year `number`, the first of which is 1.
    pub const fn western(self, number: i32) -> i32 {
        self.first_year() + number - 1
    }

    const fn first_year(self) -> i32 {
        match self {
            Self::Meiji => 1868,
            Self::Taisho => 1912,
            Self::Showa => 1926,
            Self::Heisei => 1989,
            Self::Reiwa => 2019,
        }
    }

    /// Whether one of these days is in it. A day on which one era followed another is in both, but for
    /// the last two changes, which were at midnight.
    pub fn meets(self, first: NaiveDate, last: NaiveDate) -> bool {
        let (begin, end) = self.days();
        last >= day(begin) && end.is_none_or(|end| first <= day(end))
    }

    #[expect(clippy::type_complexity, reason = "two days")]
    const fn days(self) -> ((i32, u32, u32), Option<(i32, u32, u32)>) {
        match self {
            Self::Meiji => ((1868, 1, 25), Some((1912, 7, 30))),
            Self::Taisho => ((1912, 7, 30), Some((1926, 12, 25))),
            Self::Showa => ((1926, 12, 25), Some((1989, 1, 7))),
            Self::Heisei => ((1989, 1, 8), Some((2019, 4, 30))),
            Self::Reiwa => ((2019, 5, 1), None),
        }
    }
}

fn day((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
