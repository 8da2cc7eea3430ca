//! What a scalar means, by the core schema of YAML 1.2.

use super::node::{Scalar, Style};

/// A scalar whose type nobody has asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// The text of the scalar.
    Text,
}

impl Scalar {
    pub(super) fn is_null(&self) -> bool {
        let null = matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL");
        self.style == Style::Plain && null
    }

    pub(super) fn resolve(&self) -> Resolved {
        if self.style == Style::Quoted {
            return Resolved::Text;
        }
        if self.is_null() {
            return Resolved::Null;
        }
        if let Some(value) = plain_bool(&self.text) {
            return Resolved::Bool(value);
        }
        number(&self.text).unwrap_or(Resolved::Text)
    }

    /// As a boolean, where one is asked for. Environment variables have always been read more
    /// generously than files.
    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.style {
            Style::Quoted => None,
            Style::Plain => plain_bool(&self.text),
            Style::Untyped => match self.text.to_ascii_lowercase().as_str() {
                "true" | "on" | "yes" | "1" => Some(true),
                "false" | "off" | "no" | "0" => Some(false),
                _ => None,
            },
        }
    }
}

fn plain_bool(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<Resolved> {
    let first = text.bytes().next()?;
    // Most scalars are words.
    if !(first.is_ascii_digit() || b"+-.".contains(&first)) {
        return None;
    }
    let (sign, digits) = match first {
        b'+' | b'-' => text.split_at(1),
        _ => ("", text),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        // With zeros in front it is the number of a telephone, or an id.
        Some(zeros) if zeros.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) => {
            return None;
        }
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    if let Ok(value) = u64::from_str_radix(digits, radix) {
        if sign != "-" {
            return Some(Resolved::Unsigned(value));
        }
        if let Some(value) = 0_i64.checked_sub_unsigned(value) {
            return Some(Resolved::Signed(value));
        }
    }
    if radix == 10 { float(text) } else { None }
}

fn float(text: &str) -> Option<Resolved> {
    let without_plus = text.strip_prefix('+').unwrap_or(text);
    let value = match without_plus {
        ".inf" | ".Inf" | ".INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        // The parser of Rust also knows words for them.
        _ => without_plus
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())?,
    };
    Some(Resolved::Float(value))
}
