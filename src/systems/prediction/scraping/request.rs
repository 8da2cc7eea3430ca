//! What is asked for where a scrape is a step of another flow, or is started by a schedule.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::seam::SystemError;

/// A run of a scrape.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScrapeRequest {
    pub scrape: String,
    #[serde(default)]
    pub day: Option<NaiveDate>,
}

pub(super) fn schema() -> Value {
    json!({
        "title": "RunScrape",
        "description": "A scrape whose pages are fetched.",
        "type": "object",
        "properties": {
            "scrape": {
                "type": "string",
                "description": "Name of a scrape, or a scrape as YAML.",
            },
            "day": {
                "type": ["string", "null"],
                "format": "date",
                "description": "What `{day}` means; without it, today in the time zone of the scrape's schedule.",
            },
        },
        "required": ["scrape"],
        "additionalProperties": false,
    })
}

pub(super) fn read(request: Value) -> Result<ScrapeRequest, SystemError> {
    serde_json::from_value(request).map_err(|error| SystemError::Misfit {
        place: String::new(),
        reason: error.to_string(),
    })
}
