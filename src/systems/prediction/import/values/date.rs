//! Days, months and years as people write them in Japan: `2020/4/1`, `令和2年4月1日(水)`, `R2.4.1`,
//! `平成31年・令和元年`, `令和二年度`.

use chrono::{Months, NaiveDate};

use super::era::Era;
use super::fold::{is_space, nfkc, without_marks};
use super::number::with_digits;

/// A year, perhaps with month and day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrittenDate {
    pub year: i32,
    pub month: Option<u32>,
    pub day: Option<u32>,
    /// A year from April to March.
    pub is_fiscal: bool,
    /// Those that are named. More than one only if both mean the same year.
    eras: Vec<Era>,
    has_western: bool,
}

/// Years that are taken for years, and not for other numbers.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=2999;

impl WrittenDate {
    /// `None` of what is no date, and of days that no month has.
    pub fn parse(text: &str) -> Option<Self> {
        let normal = nfkc(without_marks(text));
        let text: String = normal.chars().filter(|c| !is_space(*c)).collect();
        let text = without_weekday(&text);
        let text = with_digits(&text);
        let date = Self::compact(&text).or_else(|| Self::spelled(&text))?;
        date.first()?;
        Some(date)
    }

    pub fn of_day(day: NaiveDate) -> Self {
        use chrono::Datelike;
        Self {
            year: day.year(),
            month: Some(day.month()),
            day: Some(day.day()),
            is_fiscal: false,
            eras: Vec::new(),
            has_western: true,
        }
    }

    /// Its first day; of a fiscal year the first of April. `None` if there is no such day.
    pub fn first(&self) -> Option<NaiveDate> {
        let month = self.month.unwrap_or(if self.is_fiscal { 4 } else { 1 });
        NaiveDate::from_ymd_opt(self.year, month, self.day.unwrap_or(1))
    }

    fn last(&self) -> Option<NaiveDate> {
        let months = match (self.month, self.day) {
            (_, Some(_)) => return self.first(),
            (Some(_), None) => 1,
            (None, None) => 12,
        };
        self.first()?
            .checked_add_months(Months::new(months))?
            .pred_opt()
    }

    /// Whether its year is one of an era, and not given as a western one, too.
    pub fn names_era_alone(&self) -> bool {
        !self.eras.is_empty() && !self.has_western
    }

    /// Whether eras are named, and it is in none of them.
    pub fn is_outside_era(&self) -> bool {
        let (Some(first), Some(last)) = (self.first(), self.last()) else {
            return false;
        };
        !self.eras.is_empty() && !self.eras.iter().any(|era| era.meets(first, last))
    }

    /// 20200401, 202004 and R020401.
    fn compact(text: &str) -> Option<Self> {
        let (era, digits) = match Era::take(text) {
            Some((era, digits)) => (Some(era), digits),
            None => (None, text),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (year, month, day) = match (era, digits.len()) {
            (None, 8) => (&digits[..4], &digits[4..6], Some(&digits[6..])),
            (None, 6) => (&digits[..4], &digits[4..], None),
            (Some(_), 6) => (&digits[..2], &digits[2..4], Some(&digits[4..])),
            _ => return None,
        };
        let year = year.parse().ok()?;
        let year = match era {
            Some(era) => era.western(year),
            None => year,
        };
        let month: u32 = month.parse().ok()?;
        YEARS.contains(&year).then_some(())?;
        Some(Self {
            year,
            month: Some(month),
            day: day.and_then(|day| day.parse().ok()),
            is_fiscal: false,
            eras: era.into_iter().collect(),
            has_western: era.is_none(),
        })
    }

    fn spelled(text: &str) -> Option<Self> {
        let (first, rest) = Year::take(text)?;
        let mut date = Self {
            year: first.number,
            month: None,
            day: None,
            is_fiscal: first.is_fiscal,
            eras: first.era.into_iter().collect(),
            has_western: first.era.is_none(),
        };
        let mut has_mark = first.has_mark;
        let mut rest = rest;
        if let Some((second, after)) = second_year(rest) {
            if second.number != first.number {
                return None;
            }
            date.eras.extend(second.era);
            date.has_western |= second.era.is_none();
            date.is_fiscal |= second.is_fiscal;
            has_mark |= second.has_mark;
            rest = after;
        }
        if rest.is_empty() {
            return (has_mark || YEARS.contains(&date.year)).then_some(date);
        }
        if date.is_fiscal {
            return None;
        }
        let (month, rest) = number(separated(rest, has_mark)?, 2)?;
        date.month = Some(month);
        let (has_mark, rest) = match rest.strip_prefix('月') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        if rest.is_empty() {
            return Some(date);
        }
        let (day, rest) = number(separated(rest, has_mark)?, 2)?;
        date.day = Some(day);
        let rest = rest.strip_prefix('日').unwrap_or(rest);
        rest.is_empty().then_some(date)
    }
}

struct Year {
    number: i32,
    era: Option<Era>,
    is_fiscal: bool,
    /// Whether 年 stands behind it.
    has_mark: bool,
}

impl Year {
    /// 令和2年, R2, 元年 of an era, 2020年度, 2020.
    fn take(text: &str) -> Option<(Self, &str)> {
        let (era, rest) = match Era::take(text) {
            Some((era, rest)) => (Some(era), rest),
            None => (None, text.strip_prefix("西暦").unwrap_or(text)),
        };
        // 大正.2 is no year, but some people write H.15.
        let rest = match era {
            Some(_) => rest.strip_prefix('.').unwrap_or(rest),
            None => rest,
        };
        let (year, rest) = match (era, rest.strip_prefix('元')) {
            (Some(_), Some(rest)) => (1, rest),
            (Some(_), None) => year_of_era(rest)?,
            (None, _) => {
                let (year, after) = number(rest, 4)?;
                (rest.len() - after.len() == 4).then_some((year, after))?
            }
        };
        let year = i32::try_from(year).ok().filter(|year| *year > 0)?;
        let number = era.map_or(year, |era| era.western(year));
        let (has_mark, rest) = match rest.strip_prefix('年') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (is_fiscal, rest) = match rest.strip_prefix('度') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let year = Self {
            number,
            era,
            is_fiscal,
            has_mark,
        };
        Some((year, rest))
    }
}

/// 昭和100年 is counted on by some; without 年 three digits are a code, such as H100.
fn year_of_era(text: &str) -> Option<(u32, &str)> {
    let long = number(text, 3).filter(|(_, rest)| rest.starts_with('年'));
    long.or_else(|| number(text, 2))
}

/// The same year once more: ・令和元年, (2019年), /2019.
fn second_year(text: &str) -> Option<(Year, &str)> {
    if let Some(inner) = text.strip_prefix(['(', '[', '〔']) {
        let (mut year, rest) = Year::take(inner)?;
        let mut rest = rest.strip_prefix([')', ']', '〕'])?;
        if let Some(after) = rest.strip_prefix('年') {
            year.has_mark = true;
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('度') {
            year.is_fiscal = true;
            rest = after;
        }
        return Some((year, rest));
    }
    Year::take(text.strip_prefix(['・', '/', '、', ',', '=', '･'])?)
}

/// What follows a separator, of which there is none behind 年 and 月.
fn separated(text: &str, has_mark: bool) -> Option<&str> {
    if has_mark {
        return Some(text);
    }
    text.strip_prefix(['/', '.', '-', '−', '‐', '・'])
}

fn number(text: &str, digits_max: usize) -> Option<(u32, &str)> {
    let length = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if length > digits_max {
        return None;
    }
    let number = text[..length].parse().ok()?;
    Some((number, &text[length..]))
}

/// Without (火), (火曜日), (火・祝) and 火曜日 at the end.
fn without_weekday(text: &str) -> String {
    const DAYS: [char; 8] = ['月', '火', '水', '木', '金', '土', '日', '祝'];
    if let Some((before, after)) = text.split_once(['(', '['])
        && let Some((inner, after)) = after.split_once([')', ']'])
    {
        let inner = inner
            .strip_suffix("曜日")
            .or_else(|| inner.strip_suffix('曜'))
            .unwrap_or(inner);
        let is_weekday = inner.chars().all(|c| DAYS.contains(&c) || c == '・');
        if is_weekday && !inner.is_empty() {
            return format!("{before}{after}");
        }
    }
    let bare = text
        .strip_suffix("曜日")
        .and_then(|text| text.strip_suffix(DAYS));
    bare.unwrap_or(text).to_owned()
}
