//! Answers that a caller may already have: with an `ETag`, by which it says so.

use poem_openapi::ApiResponse;
use poem_openapi::payload::Json;
use poem_openapi::types::{ToJSON, Type};

use crate::engine::store::blob_digest;

/// What was asked for, unless the caller has it.
#[derive(ApiResponse)]
pub(crate) enum Tagged<T: Type + ToJSON> {
    /// As it is now.
    #[oai(status = 200)]
    Now(
        Json<T>,
        /// Changes with the answer.
        #[oai(header = "ETag")]
        String,
    ),
    /// It is still the one that the caller has.
    #[oai(status = 304)]
    NotModified(#[oai(header = "ETag")] String),
}

impl<T: Type + ToJSON> Tagged<T> {
    /// `known`: the header `If-None-Match`.
    pub(crate) fn of(value: T, known: Option<&str>) -> Self {
        let tag = tag_of(&value);
        match known.is_some_and(|known| matches(known, &tag)) {
            true => Self::NotModified(tag),
            false => Self::Now(Json(value), tag),
        }
    }
}

/// The tag of an answer.
pub(crate) fn tag_of(value: &impl ToJSON) -> String {
    format!("\"{}\"", blob_digest(value.to_json_string().as_bytes()))
}

/// Whether a list of tags has this one, or takes any.
pub(crate) fn matches(known: &str, tag: &str) -> bool {
    let mut known = known.split(',').map(str::trim);
    known.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_caller_has_is_known_by_its_tag() {
        for known in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert!(matches(known, "\"a\""), "{known}");
        }
        assert!(!matches("\"b\"", "\"a\""));
    }
}
