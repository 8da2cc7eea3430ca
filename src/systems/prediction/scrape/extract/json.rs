//! Rows of a page of JSON, by JSONPath.

use std::borrow::Cow;

use serde_json::Value as Json;
use serde_json_path::JsonPath;

use super::error::ExtractError;
use super::fields::{Converter, Wanted};
use super::page::{Budget, Found, Rows};
use crate::systems::prediction::import::{Cell, Kind};
use crate::systems::prediction::scrape::definition::Field;

pub(super) fn parse(text: &str) -> Result<Json, ExtractError> {
    serde_json::from_str(text).map_err(|error| match error.to_string() {
        // It is what the library says of its limit of 128.
        message if message.starts_with("recursion limit") => ExtractError::TooDeep,
        _ => ExtractError::NotJson {
            line: error.line(),
            column: error.column(),
        },
    })
}

/// The rows of a page; `is_needed` says of a field whether its row needs it.
pub(super) fn rows(
    page: &Json,
    rows: &JsonPath,
    fields: &[Field<JsonPath>],
    is_needed: &dyn Fn(usize) -> bool,
    converter: &mut Converter<'_>,
    budget: &Budget,
) -> Result<Rows, ExtractError> {
    let mut read = Rows::new(fields.len());
    for item in rows.query(page).all() {
        read.count += 1;
        budget.check(read.count)?;
        let mut values = Vec::with_capacity(fields.len());
        let mut is_whole = true;
        for (index, field) in fields.iter().enumerate() {
            let found = field.path.query(item).all();
            read.is_found[index] |= !found.is_empty();
            let wanted = Wanted {
                row: read.count,
                name: &field.name,
                conversion: &field.conversion,
                is_needed: is_needed(index),
            };
            let text = text(&found, field.conversion.kind);
            let cell = cell(&found, text.as_deref());
            match converter.value(&wanted, cell) {
                Some(value) => values.push(value),
                None => is_whole = false,
            }
        }
        if is_whole {
            let row = read.count;
            read.found.push(Found { row, values });
        }
    }
    Ok(read)
}

/// What the page names as the next one. `null`, `false` and an empty text name none.
pub(super) fn next(page: &Json, path: &JsonPath) -> Option<String> {
    match path.query(page).first()? {
        Json::String(text) if text.trim().is_empty() => None,
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The text of what is not read as a number or a truth value: of strings themselves, of lists and objects as they
/// are written.
fn text<'j>(found: &[&'j Json], kind: Kind) -> Option<Cow<'j, str>> {
    match found {
        [] | [Json::Null | Json::Bool(_)] => None,
        [Json::String(text)] => Some(Cow::Borrowed(text)),
        // Digits that a double does not keep, and texts such as 1.10.
        [Json::Number(number)] => {
            let is_exact = number.as_f64().is_some_and(|double| double.abs() < EXACT);
            let is_kept = kind.is_number() && is_exact;
            (!is_kept).then(|| Cow::Owned(number.to_string()))
        }
        [other] => Some(Cow::Owned(other.to_string())),
        several => serde_json::to_string(several).ok().map(Cow::Owned),
    }
}

/// All whole numbers below it are doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn cell<'c>(found: &[&Json], text: Option<&'c str>) -> Cell<'c> {
    match (text, found) {
        (Some(text), _) => Cell::Text(text),
        (None, [Json::Bool(is_true)]) => Cell::Boolean(*is_true),
        (None, [Json::Number(number)]) => number.as_f64().map_or(Cell::Empty, Cell::Number),
        (None, _) => Cell::Empty,
    }
}
