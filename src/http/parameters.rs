//! What is wrong with a parameter of a call, in plain words instead of poem-openapi's.

use std::borrow::Cow;

use poem::http::StatusCode;
use poem_openapi::error::ParseParamError;
use url::form_urlencoded;

use super::error::Failure;

/// Refuses a query with parameters that the operation does not have: they were meant to say
/// something.
pub(super) fn only_known(query: Option<&str>, known: &[String]) -> Result<(), Failure> {
    let given = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut unknown: Vec<String> = Vec::new();
    for (name, _) in given {
        let name = format!("`{name}`");
        if !known.iter().any(|known| name == format!("`{known}`")) && !unknown.contains(&name) {
            unknown.push(name);
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    let known = match known {
        [] => "this call has none".to_owned(),
        known => format!("known are {}", known.join(", ")),
    };
    let detail = format!("unknown query parameter {}; {known}", unknown.join(", "));
    Err(Failure::new(StatusCode::BAD_REQUEST, detail))
}

/// The parameter and what was expected of it.
pub(super) fn detail(error: &ParseParamError) -> String {
    format!("{}: {}", error.name, plain(&error.reason))
}

fn plain(reason: &str) -> Cow<'_, str> {
    // What follows names the types that the text was parsed for.
    let reason = reason.split(" (occurred").next().unwrap_or_default();
    if let Some(validator) = reason.strip_prefix("verification failed. ") {
        return expected(validator).unwrap_or(reason.into());
    }
    let parsing = reason.strip_prefix("failed to parse \"");
    let Some((type_name, cause)) = parsing.and_then(|rest| rest.split_once("\": ")) else {
        return reason.into();
    };
    match type_name {
        "boolean" => "expected true or false".into(),
        name if name.starts_with("integer") => "expected a whole number".into(),
        _ => cause.into(),
    }
}

/// Reads how poem-openapi writes a validator, e.g. `maximum(200, exclusive: false)`.
fn expected(validator: &str) -> Option<Cow<'static, str>> {
    let (name, arguments) = validator.split_once('(')?;
    let limit = arguments.split([',', ')']).next()?;
    Some(match name {
        "minimum" => format!("expected at least {limit}").into(),
        "maximum" => format!("expected at most {limit}").into(),
        "minLength" => format!("expected at least {limit} characters").into(),
        "maxLength" => format!("expected at most {limit} characters").into(),
        "pattern" => {
            let pattern = arguments.strip_prefix('"')?.strip_suffix("\")")?;
            format!("expected a text that matches {pattern}").into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_parameters_are_named_with_the_known_ones() {
        let known = ["state".to_owned(), "limit".to_owned()];
        for query in [None, Some(""), Some("&"), Some("state=a&state=b&limit=1")] {
            assert_eq!(only_known(query, &known), Ok(()));
        }
        for (query, known, detail) in [
            (
                "staus=a&limit=1&staus=b&Limit=2",
                &known[..],
                "unknown query parameter `staus`, `Limit`; known are state, limit",
            ),
            (
                "a%20b",
                &[],
                "unknown query parameter `a b`; this call has none",
            ),
            ("=1", &[], "unknown query parameter ``; this call has none"),
        ] {
            let failure = only_known(Some(query), known).unwrap_err();
            assert_eq!((failure.status.as_u16(), &*failure.detail), (400, detail));
        }
    }

    #[test]
    fn callers_read_plain_words() {
        for (reason, expected) in [
            (
                "verification failed. maximum(200, exclusive: false)",
                "expected at most 200",
            ),
            (
                "verification failed. minimum(1, exclusive: false)",
                "expected at least 1",
            ),
            (
                "verification failed. maxLength(255)",
                "expected at most 255 characters",
            ),
            (
                "verification failed. pattern(\"^[a-z]{2}$\")",
                "expected a text that matches ^[a-z]{2}$",
            ),
            (
                "failed to parse \"integer_int64\": invalid digit found in string (occurred while \
                 parsing \"optional_integer_int64\")",
                "expected a whole number",
            ),
            (
                "failed to parse \"boolean\": provided string was not `true` or `false`",
                "expected true or false",
            ),
            (
                "failed to parse \"LogLevel\": expected error or warn, found `loud`",
                "expected error or warn, found `loud`",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(plain(reason), expected);
        }
    }
}
