//! Cells of workbooks: texts that every program opens, numbers and times as such.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Longest text of a cell, in the units of UTF-16 that spreadsheets count in.
const CELL_UNITS: usize = 32_767;

/// Longest address behind a cell.
const URL_LENGTH: usize = 2_079;

/// Characters of the name of a sheet.
const NAME_MAX: usize = 31;

/// A workbook that says nothing of when it was written: the same rows make the same bytes.
pub(super) fn new_workbook() -> Result<Workbook, XlsxError> {
    let written = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let properties = DocProperties::new().set_creation_datetime(&written);
    let mut book = Workbook::new();
    book.set_properties(&properties);
    Ok(book)
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    /// Opens an address, if the sheet has room for one more.
    Link(String),
    Integer(i64),
    Number(f64),
    Percent(f64),
    /// Microseconds since 1970.
    Time(i64),
    /// `2026-11-01`.
    Day(String),
}

impl Cell {
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    pub fn link(url: Option<&str>) -> Self {
        url.map_or(Self::Empty, |url| Self::Link(url.to_owned()))
    }

    pub fn integer(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Integer)
    }
}

/// How cells look.
pub(super) struct Formats {
    pub heading: Format,
    link: Format,
    time: Format,
    day: Format,
    percent: Format,
    number: Format,
}

impl Default for Formats {
    fn default() -> Self {
        Self {
            heading: Format::new().set_bold(),
            link: Format::new().set_hyperlink(),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            percent: Format::new().set_num_format("0.0%"),
            number: Format::new().set_num_format("#,##0.00"),
        }
    }
}

impl Formats {
    /// Writes a cell. `links` is how many addresses the sheet may still hold.
    pub fn write(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        cell: &Cell,
        zone: Tz,
        links: &mut u32,
    ) -> Result<(), XlsxError> {
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => {
                sheet.write_string(row, column, storable(text))?;
            }
            Cell::Link(url) => {
                let url = storable(url);
                if *links > 0 && can_be_opened(&url) {
                    *links -= 1;
                    sheet.write_url_with_format(row, column, &*url, &self.link)?;
                } else {
                    sheet.write_string(row, column, url)?;
                }
            }
            Cell::Integer(number) => {
                sheet.write_number(row, column, *number as f64)?;
            }
            Cell::Number(number) => {
                sheet.write_number_with_format(row, column, *number, &self.number)?;
            }
            Cell::Percent(share) => {
                sheet.write_number_with_format(row, column, *share, &self.percent)?;
            }
            Cell::Time(micros) => {
                if let Some(time) = excel_time(*micros, zone) {
                    sheet.write_datetime_with_format(row, column, &time, &self.time)?;
                }
            }
            Cell::Day(day) => match ExcelDateTime::parse_from_str(day) {
                Ok(day) => {
                    sheet.write_datetime_with_format(row, column, &day, &self.day)?;
                }
                Err(_) => {
                    sheet.write_string(row, column, day)?;
                }
            },
        }
        Ok(())
    }
}

fn excel_time(micros: i64, zone: Tz) -> Option<ExcelDateTime> {
    let local = DateTime::from_timestamp_micros(micros)?.with_timezone(&zone);
    let (month, day) = (
        u8::try_from(local.month()).ok()?,
        u8::try_from(local.day()).ok()?,
    );
    let day = ExcelDateTime::from_ymd(u16::try_from(local.year()).ok()?, month, day).ok()?;
    let hour = u16::try_from(local.hour()).ok()?;
    let (minute, second) = (u8::try_from(local.minute()).ok()?, local.second());
    day.and_hms(hour, minute, f64::from(second)).ok()
}

/// Without control characters, and cut where a cell ends.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    let is_storable = |found: char| {
        let is_control = found.is_control() && !matches!(found, '\n' | '\t');
        !is_control && !matches!(found, '\u{FFFE}' | '\u{FFFF}')
    };
    let text = match text.chars().all(is_storable) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().filter(|found| is_storable(*found)).collect()),
    };
    // No text has more units than bytes.
    if text.len() <= CELL_UNITS || text.encode_utf16().count() <= CELL_UNITS {
        return text;
    }
    let mut units = 0;
    let kept = text.chars().take_while(|found| {
        units += found.len_utf16();
        units < CELL_UNITS
    });
    Cow::Owned(kept.chain(['…']).collect())
}

/// Programs refuse a whole workbook that holds other addresses. What has to be escaped in them gets three characters
/// for each byte.
fn can_be_opened(url: &str) -> bool {
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>[]^`{}%".contains(&byte);
    let length: usize = url
        .bytes()
        .map(|byte| if is_plain(byte) { 1 } else { 3 })
        .sum();
    is_web && length <= URL_LENGTH && !url.contains(char::is_whitespace)
}

/// The name of a sheet, unlike those before it.
pub(super) fn sheet_name(label: &str, taken: &[String]) -> String {
    let is_good = |found: &char| !found.is_control() && !"[]:*?/\\'".contains(*found);
    let label: String = label.chars().filter(is_good).collect();
    let label = match label.trim() {
        "" => "平台",
        label => label,
    };
    let mut number = 1;
    loop {
        let mark = match number {
            1 => String::new(),
            number => format!(" ({number})"),
        };
        let length = NAME_MAX - mark.len();
        let name: String = label.chars().take(length).chain(mark.chars()).collect();
        // Programs do not tell cases apart.
        let folded = name.to_lowercase();
        if !taken.iter().any(|taken| taken.to_lowercase() == folded) {
            return name;
        }
        number += 1;
    }
}
