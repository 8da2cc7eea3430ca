//! One header of a delivery: there once, and of characters that can be seen.

use http::HeaderMap;

use super::refused::Refused;

/// Characters of an id or the name of an event.
const TEXT_MAX: usize = 200;

/// `None`: it is missing. One that is given twice is refused: two readers could choose different ones.
pub(super) fn optional<'h>(
    headers: &'h HeaderMap,
    name: &'static str,
) -> Result<Option<&'h str>, Refused> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refused::Twice(name));
    }
    let text = first.to_str().map_err(|_| Refused::Malformed {
        name,
        expected: "printable ASCII",
    })?;
    Ok(Some(text))
}

pub(super) fn required<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Refused> {
    optional(headers, name)?.ok_or(Refused::Missing(name))
}

/// An id or the name of an event, which is stored and shown.
pub(super) fn optional_text<'h>(
    headers: &'h HeaderMap,
    name: &'static str,
) -> Result<Option<&'h str>, Refused> {
    let found = optional(headers, name)?;
    let is_odd = |text: &str| text.is_empty() || text.len() > TEXT_MAX;
    match found {
        Some(text) if is_odd(text) => Err(Refused::Malformed {
            name,
            expected: "1 to 200 characters",
        }),
        found => Ok(found),
    }
}
