//! What is asked for where an import is a step of another flow, or is started by a schedule.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::seam::SystemError;

/// An import of a file of the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRequest {
    pub file: String,
    pub mapping: String,
    #[serde(default)]
    pub output: Option<String>,
    #[serde(default)]
    pub strict: bool,
}

pub(super) fn schema() -> Value {
    json!({
        "title": "ImportFile",
        "description": "A file whose rows are imported.",
        "type": "object",
        "properties": {
            "file": {
                "type": "string",
                "description": "Path of a workbook or CSV, as the server finds it.",
            },
            "mapping": {
                "type": "string",
                "description": "Name of a mapping, or a mapping as YAML.",
            },
            "output": {
                "type": ["string", "null"],
                "description": "Where the rows go, by its name in the settings; without it, where the mapping says.",
            },
            "strict": {
                "type": "boolean",
                "description": "Whether any problem keeps all rows from being written.",
            },
        },
        "required": ["file", "mapping"],
        "additionalProperties": false,
    })
}

pub(super) fn read(request: Value) -> Result<ImportRequest, SystemError> {
    serde_json::from_value(request).map_err(|error| SystemError::Misfit {
        place: String::new(),
        reason: error.to_string(),
    })
}
