//! What is asked for: `prediction` in the body of `POST /v1/jobs`, or `with` where a step uses the flow.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::seam::SystemError;

/// A table that is to be scored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PredictionRequest {
    /// `churn`, `churn@alias` or `churn:3`.
    pub model: String,
    pub from: Origin,
    pub key: String,
    /// Columns of features that are called otherwise.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    #[serde(default)]
    pub keep: Vec<String>,
    pub into: String,
    #[serde(default)]
    pub output: Option<String>,
}

/// Where the rows are: `{source, table}`, `{import}` with a table if it has several, or `{table}` of the output.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Origin {
    #[serde(default)]
    pub source: Option<String>,
    #[serde(default)]
    pub import: Option<String>,
    #[serde(default)]
    pub table: Option<String>,
}

pub(super) fn schema() -> Value {
    json!({
        "title": "PredictionJob",
        "description": "A table whose rows are scored by a model.",
        "type": "object",
        "properties": {
            "model": {
                "type": "string",
                "description": "Name of a model, whose `champion` is taken, or `NAME@ALIAS`, `NAME:VERSION`. The \
                    version is fixed when the job is submitted.",
            },
            "from": {
                "title": "PredictionOrigin",
                "type": "object",
                "description": "Where the rows are: `{source, table}` of the settings, `{import}` with the id of an \
                    import (and `table`, if it has written several), or `{table}` of the output.",
                "properties": {
                    "source": {
                        "type": ["string", "null"],
                        "description": "Name of a source in the settings.",
                    },
                    "import": {
                        "type": ["string", "null"],
                        "description": "Id of an import, whose rows are read.",
                    },
                    "table": {
                        "type": ["string", "null"],
                        "description": "Name of a table or view.",
                    },
                },
                "additionalProperties": false,
            },
            "key": {
                "type": "string",
                "description": "Column that tells rows apart: integers, texts or times. Rows without are left out.",
            },
            "columns": {
                "type": "object",
                "description": "Columns of features, where they have other names than these.",
                "additionalProperties": { "type": "string" },
            },
            "keep": {
                "type": "array",
                "items": { "type": "string" },
                "description": "Further columns that the result is to have.",
            },
            "into": {
                "type": "string",
                "description": "Table that the predictions are written to; it is made if it is not there. A row with \
                    an equal key is replaced.",
            },
            "output": {
                "type": ["string", "null"],
                "description": "Where that table is, by its name in the settings; without it, in the engine's database.",
            },
        },
        "required": ["model", "from", "key", "into"],
        "additionalProperties": false,
    })
}

pub(super) fn read(request: Value) -> Result<PredictionRequest, SystemError> {
    let misfit = |place: &str, reason: String| SystemError::Misfit {
        place: place.to_owned(),
        reason,
    };
    let request: PredictionRequest =
        serde_json::from_value(request).map_err(|error| misfit("", error.to_string()))?;
    let Origin {
        source,
        import,
        table,
    } = &request.from;
    if !matches!(
        (source, import, table),
        (Some(_), None, Some(_)) | (None, Some(_), _) | (None, None, Some(_))
    ) {
        let expected = "expected {source, table}, {import} or {table}";
        return Err(misfit("from", expected.to_owned()));
    }
    for (place, text) in [
        ("model", &request.model),
        ("key", &request.key),
        ("into", &request.into),
    ] {
        if text.trim().is_empty() {
            return Err(misfit(place, "expected a name".to_owned()));
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(from: Value) -> Value {
        json!({ "model": "churn", "from": from, "key": "id", "into": "scores" })
    }

    #[test]
    fn rows_come_from_one_place() {
        for from in [
            json!({ "source": "crm", "table": "customers" }),
            json!({ "import": "a1" }),
            json!({ "import": "a1", "table": "sales" }),
            json!({ "table": "customers" }),
        ] {
            assert!(read(with(from.clone())).is_ok(), "{from}");
        }
        for from in [
            json!({}),
            json!({ "source": "crm" }),
            json!({ "source": "crm", "import": "a1", "table": "x" }),
        ] {
            let error = read(with(from)).unwrap_err();
            let expected = "from: expected {source, table}, {import} or {table}";
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn what_is_unknown_or_missing_is_named() {
        let mut request = with(json!({ "table": "x" }));
        request["colums"] = json!({});
        let error = read(request).unwrap_err().to_string();
        assert!(error.contains("unknown field `colums`"), "{error}");
        let error = read(json!({ "model": "churn" })).unwrap_err().to_string();
        assert!(error.contains("missing field `from`"), "{error}");
        let mut request = with(json!({ "table": "x" }));
        request["key"] = json!(" ");
        assert_eq!(
            read(request).unwrap_err().to_string(),
            "key: expected a name"
        );
    }
}
