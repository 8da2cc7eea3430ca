//! What is wrong with a parameter of a call, in plain words instead of poem-openapi's.

use std::borrow::Cow;

use poem_openapi::error::ParseParamError;

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
