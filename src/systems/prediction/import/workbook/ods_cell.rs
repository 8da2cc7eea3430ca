//! A cell of an ods as its attributes say.

use quick_xml::events::BytesStart;

use super::package::attribute;

/// A cell as its attributes say.
pub(super) struct OdsCell {
    pub content: Content,
    pub has_formula: bool,
    pub repeated: u32,
    /// Rows and columns that it is merged over.
    pub rows: u32,
    pub columns: u32,
}

pub(super) enum Content {
    Nothing,
    /// The text in the cell.
    Text,
    Number(f64),
    Boolean(bool),
    /// A date as a text, which it is converted from.
    Written(String),
    Duration(f64),
    Error,
}

impl OdsCell {
    pub fn of(element: &BytesStart<'_>) -> Self {
        let get = |name| attribute(element, name);
        let number = |name| get(name).and_then(|text| text.parse::<f64>().ok());
        // The type is given once more, by an extension that knows errors.
        let is_error = element
            .attributes()
            .with_checks(false)
            .flatten()
            .any(|one| one.key.into_inner() == "calcext:value-type" && &*one.value == "error");
        let kind = get("value-type");
        let content = match kind.as_deref() {
            _ if is_error => Content::Error,
            Some("string") => match get("string-value") {
                Some(text) => Content::Written(text),
                None => Content::Text,
            },
            Some("float" | "percentage" | "currency") => {
                number("value").map_or(Content::Nothing, Content::Number)
            }
            Some("boolean") => Content::Boolean(get("boolean-value").as_deref() == Some("true")),
            Some("date") => get("date-value").map_or(Content::Nothing, Content::Written),
            Some("time") => get("time-value")
                .and_then(|time| days(&time))
                .map_or(Content::Nothing, Content::Duration),
            _ => Content::Nothing,
        };
        Self {
            content,
            has_formula: get("formula").is_some(),
            repeated: count(element, "number-columns-repeated"),
            rows: count(element, "number-rows-spanned"),
            columns: count(element, "number-columns-spanned"),
        }
    }
}

/// A number from 1; 1 if there is none.
pub(super) fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    let count = attribute(element, name).and_then(|text| text.parse().ok());
    count.unwrap_or(1).max(1)
}

/// `PT26H15M30S` in days.
fn days(duration: &str) -> Option<f64> {
    let (sign, text) = match duration.strip_prefix('-') {
        Some(text) => (-1.0, text),
        None => (1.0, duration),
    };
    let mut seconds = 0.0;
    let mut digits = String::new();
    for character in text.strip_prefix("PT")?.chars() {
        let unit = match character {
            'H' => 3600.0,
            'M' => 60.0,
            'S' => 1.0,
            character => {
                digits.push(character);
                continue;
            }
        };
        seconds += digits.parse::<f64>().ok()? * unit;
        digits.clear();
    }
    Some(sign * seconds / 86_400.0)
}

/// The error that a cell shows, such as `#REF!`, or the number of one.
pub(super) fn error_code(text: &str) -> &'static str {
    match text.trim() {
        "#DIV/0!" => "#DIV/0!",
        "#N/A" => "#N/A",
        "#NAME?" => "#NAME?",
        "#NUM!" => "#NUM!",
        "#REF!" => "#REF!",
        "#VALUE!" => "#VALUE!",
        _ => "#ERROR!",
    }
}
