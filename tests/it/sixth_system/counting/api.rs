//! `/v1/counting`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi, Tags};
use serde_json::{Value, json};

#[derive(Tags)]
enum Groups {
    /// Counting.
    Counting,
}

pub(super) struct CountingApi {
    pub most: u64,
    pub runs: Arc<AtomicBool>,
}

/// How far can be counted.
#[derive(Object)]
struct Limits {
    most: u64,
    /// `runs` or `is not there yet`.
    service: String,
}

#[OpenApi(tag = "Groups::Counting")]
impl CountingApi {
    /// Look how far can be counted
    #[oai(path = "/v1/counting", method = "get", operation_id = "get_counting")]
    async fn get_counting(&self) -> Json<Limits> {
        let service = match self.runs.load(Ordering::Relaxed) {
            true => "runs",
            false => "is not there yet",
        };
        Json(Limits {
            most: self.most,
            service: service.to_owned(),
        })
    }
}

pub(super) fn examples() -> Value {
    json!({ "get_counting": { "200": { "usual": { "most": 10, "service": "runs" } } } })
}
