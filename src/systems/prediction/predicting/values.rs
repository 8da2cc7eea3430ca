//! Cells of tables as a model takes them, and as a result keeps them.

use chrono::{NaiveDate, NaiveDateTime};

use crate::models::{FeatureKind, Label};
use crate::tables::{Cell, ColumnType, Value};

/// What the sentence about a wrong value shows of it, in characters.
const SHOWN: usize = 60;

/// A value of a row of the result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StoredValue {
    Null,
    Integer(i64),
    Number(f64),
    Truth(bool),
    Text(Box<str>),
}

impl StoredValue {
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::MaybeText(None),
            Self::Integer(integer) => Value::Integer(*integer),
            Self::Number(number) => Value::Number(*number),
            Self::Truth(truth) => Value::Integer(i64::from(*truth)),
            Self::Text(text) => Value::Text(text),
        }
    }

    /// The bytes that it takes besides its own size.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 0,
        }
    }

    /// A cell in a column of this type; what it cannot hold is NULL.
    pub fn kept(cell: Cell<'_>, holds: ColumnType) -> Self {
        match (holds, cell) {
            (_, Cell::Null | Cell::Bytes) => Self::Null,
            (ColumnType::Integer, cell) => integer(&cell).map_or(Self::Null, Self::Integer),
            (ColumnType::Number, cell) => number(&cell).map_or(Self::Null, Self::Number),
            (ColumnType::Truth, Cell::Truth(truth)) => Self::Truth(truth),
            (ColumnType::Truth, Cell::Integer(integer)) => Self::Truth(integer != 0),
            (ColumnType::Truth, Cell::Text(text)) => match &*text.to_ascii_lowercase() {
                "true" | "t" => Self::Truth(true),
                "false" | "f" => Self::Truth(false),
                _ => Self::Null,
            },
            (ColumnType::Truth, Cell::Number(_)) => Self::Null,
            (ColumnType::Date, Cell::Text(text)) if text.parse::<NaiveDate>().is_ok() => {
                Self::text(&text)
            }
            (ColumnType::Time, Cell::Text(text)) if is_time(&text) => Self::text(&text),
            (ColumnType::Date | ColumnType::Time, _) => Self::Null,
            (ColumnType::Text, Cell::Text(text)) => Self::text(&text),
            (ColumnType::Text, Cell::Integer(integer)) => Self::text(&integer.to_string()),
            (ColumnType::Text, Cell::Number(number)) => Self::text(&format!("{number:?}")),
            (ColumnType::Text, Cell::Truth(truth)) => Self::text(&truth.to_string()),
        }
    }

    /// The same of a key, which is never empty-handed: `None`, where the column cannot hold it.
    pub fn key(cell: Cell<'_>, holds: ColumnType) -> Option<Self> {
        Some(Self::kept(cell, holds)).filter(|key| *key != Self::Null)
    }

    /// A label in a column of this type.
    pub fn label(label: &Label, holds: ColumnType) -> Self {
        match (holds, label) {
            (ColumnType::Integer, Label::Integer(integer)) => Self::Integer(*integer),
            (ColumnType::Number, Label::Integer(integer)) => Self::Number(*integer as f64),
            (ColumnType::Number, Label::Number(number)) => Self::Number(*number),
            (ColumnType::Truth, Label::Boolean(truth)) => Self::Truth(*truth),
            (_, label) => Self::text(&label.to_string()),
        }
    }

    fn text(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// The type of a column with these labels, as they stand in the file.
pub(super) fn holds_labels(labels: &[Label]) -> ColumnType {
    let all = |is: fn(&Label) -> bool| labels.iter().all(is);
    if all(|label| matches!(label, Label::Integer(_))) {
        ColumnType::Integer
    } else if all(|label| matches!(label, Label::Integer(_) | Label::Number(_))) {
        ColumnType::Number
    } else if all(|label| matches!(label, Label::Boolean(_))) {
        ColumnType::Truth
    } else {
        ColumnType::Text
    }
}

/// What a feature may be read from.
pub(super) fn takes(kind: FeatureKind, holds: Option<ColumnType>) -> bool {
    match (kind, holds) {
        (_, None | Some(ColumnType::Date | ColumnType::Time)) => false,
        (FeatureKind::Number, Some(_)) => true,
        (FeatureKind::Text, Some(holds)) => {
            matches!(holds, ColumnType::Text | ColumnType::Integer)
        }
    }
}

/// What a column holds, for people.
pub(super) fn called(holds: Option<ColumnType>) -> &'static str {
    match holds {
        None => "bytes",
        Some(ColumnType::Text) => "texts",
        Some(ColumnType::Integer) => "integers",
        Some(ColumnType::Number) => "numbers",
        Some(ColumnType::Truth) => "booleans",
        Some(ColumnType::Date) => "dates",
        Some(ColumnType::Time) => "times",
    }
}

/// The value of a feature that is a number, where NaN is a missing one; an error is a sentence.
pub(super) fn number_of(cell: &Cell<'_>) -> Result<f64, String> {
    match cell {
        Cell::Null => Ok(f64::NAN),
        // A database may have such numbers, and a model says what it takes.
        Cell::Number(number) => Ok(*number),
        cell => number(cell).ok_or_else(|| wrong("a number", cell)),
    }
}

/// The same of one that is a text, where `None` is a missing one.
pub(super) fn text_of(cell: Cell<'_>) -> Result<Option<Box<str>>, String> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Text(text) => Ok(Some(text.into())),
        Cell::Integer(integer) => Ok(Some(integer.to_string().into())),
        cell => Err(wrong("a text", &cell)),
    }
}

fn number(cell: &Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Integer(integer) => Some(*integer as f64),
        Cell::Number(number) => Some(*number).filter(|number| number.is_finite()),
        Cell::Truth(truth) => Some(f64::from(u8::from(*truth))),
        // `NaN` and `inf` would be read as numbers, too.
        Cell::Text(text) => {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|number| number.is_finite())
        }
        Cell::Null | Cell::Bytes => None,
    }
}

fn integer(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Integer(integer) => Some(*integer),
        Cell::Truth(truth) => Some(i64::from(*truth)),
        Cell::Text(text) => text.trim().parse().ok(),
        Cell::Null | Cell::Number(_) | Cell::Bytes => None,
    }
}

fn is_time(text: &str) -> bool {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").is_ok()
}

fn wrong(expected: &str, cell: &Cell<'_>) -> String {
    let found = match cell {
        Cell::Null => "null".to_owned(),
        Cell::Integer(integer) => integer.to_string(),
        Cell::Number(number) => format!("{number:?}"),
        Cell::Truth(truth) => truth.to_string(),
        Cell::Bytes => "bytes".to_owned(),
        Cell::Text(text) => {
            let shown: String = text.chars().take(SHOWN).collect();
            let more = if shown.len() < text.len() { "…" } else { "" };
            format!("\"{shown}{more}\"")
        }
    };
    format!("expected {expected} or null, found {found}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(text.into())
    }

    #[test]
    fn numbers_are_read_from_numbers_and_from_texts_of_them() {
        for (cell, number) in [
            (Cell::Integer(-3), -3.0),
            (Cell::Number(0.5), 0.5),
            (Cell::Truth(true), 1.0),
            (text(" 1e3 "), 1000.0),
            (text("-.5"), -0.5),
        ] {
            assert_eq!(number_of(&cell), Ok(number), "{cell:?}");
        }
        assert!(number_of(&Cell::Null).unwrap().is_nan());
        for (cell, found) in [
            (text("x"), "\"x\""),
            (text(""), "\"\""),
            (text("NaN"), "\"NaN\""),
            (text("inf"), "\"inf\""),
            (text("1e999"), "\"1e999\""),
            (text("1,000"), "\"1,000\""),
            (Cell::Bytes, "bytes"),
        ] {
            let expected = format!("expected a number or null, found {found}");
            assert_eq!(number_of(&cell), Err(expected));
        }
        let long = number_of(&text(&"愛".repeat(61))).unwrap_err();
        assert!(long.ends_with("愛…\""), "{long}");
    }

    #[test]
    fn texts_are_read_from_texts_and_codes() {
        assert_eq!(text_of(text("東京")), Ok(Some("東京".into())));
        assert_eq!(text_of(Cell::Integer(13)), Ok(Some("13".into())));
        assert_eq!(text_of(Cell::Null), Ok(None));
        assert_eq!(
            text_of(Cell::Number(1.0)),
            Err("expected a text or null, found 1.0".to_owned())
        );
    }

    #[test]
    fn a_kept_value_is_what_its_column_holds() {
        let held = |text: &str| StoredValue::Text(text.into());
        for (cell, holds, kept) in [
            (
                Cell::Integer(1),
                ColumnType::Integer,
                StoredValue::Integer(1),
            ),
            (text("12"), ColumnType::Integer, StoredValue::Integer(12)),
            (text("x"), ColumnType::Integer, StoredValue::Null),
            (
                Cell::Integer(1),
                ColumnType::Number,
                StoredValue::Number(1.0),
            ),
            (
                Cell::Number(f64::NAN),
                ColumnType::Number,
                StoredValue::Null,
            ),
            (
                Cell::Integer(0),
                ColumnType::Truth,
                StoredValue::Truth(false),
            ),
            (text("t"), ColumnType::Truth, StoredValue::Truth(true)),
            (text("2026-11-30"), ColumnType::Date, held("2026-11-30")),
            (text("0000-00-00"), ColumnType::Date, StoredValue::Null),
            (
                text("2026-11-30 09:00:00.5"),
                ColumnType::Time,
                held("2026-11-30 09:00:00.5"),
            ),
            (text("infinity"), ColumnType::Time, StoredValue::Null),
            (Cell::Number(0.1), ColumnType::Text, held("0.1")),
            (Cell::Bytes, ColumnType::Text, StoredValue::Null),
        ] {
            let name = format!("{cell:?} {holds:?}");
            assert_eq!(StoredValue::kept(cell, holds), kept, "{name}");
        }
    }

    #[test]
    fn labels_have_the_type_that_all_of_them_have() {
        let (integer, number) = (Label::Integer(1), Label::Number(0.5));
        let (truth, word) = (Label::Boolean(true), Label::Text("stay".to_owned()));
        for (labels, holds) in [
            (vec![integer.clone()], ColumnType::Integer),
            (vec![integer.clone(), number.clone()], ColumnType::Number),
            (vec![truth.clone()], ColumnType::Truth),
            (vec![word.clone(), integer.clone()], ColumnType::Text),
            (vec![truth, number], ColumnType::Text),
        ] {
            assert_eq!(holds_labels(&labels), holds, "{labels:?}");
        }
        assert_eq!(
            StoredValue::label(&word, ColumnType::Text),
            StoredValue::Text("stay".into())
        );
        assert_eq!(
            StoredValue::label(&integer, ColumnType::Number),
            StoredValue::Number(1.0)
        );
    }

    #[test]
    fn a_feature_is_read_from_columns_that_can_hold_it() {
        for (kind, holds, is_taken) in [
            (FeatureKind::Number, Some(ColumnType::Text), true),
            (FeatureKind::Number, Some(ColumnType::Date), false),
            (FeatureKind::Text, Some(ColumnType::Integer), true),
            (FeatureKind::Text, Some(ColumnType::Number), false),
            (FeatureKind::Text, None, false),
        ] {
            assert_eq!(takes(kind, holds), is_taken, "{kind:?} {holds:?}");
        }
    }
}
