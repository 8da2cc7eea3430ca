//! `/v1/counting`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    pub ticks: Arc<AtomicU64>,
}

/// How far can be counted.
#[derive(Object)]
struct Limits {
    most: u64,
    /// How often the service was woken by jobs.
    ticks: u64,
}

#[OpenApi(tag = "Groups::Counting")]
impl CountingApi {
    /// Look how far can be counted
    #[oai(path = "/v1/counting", method = "get", operation_id = "get_counting")]
    async fn get_counting(&self) -> Json<Limits> {
        Json(Limits {
            most: self.most,
            ticks: self.ticks.load(Ordering::Relaxed),
        })
    }
}

pub(super) fn examples() -> Value {
    json!({ "get_counting": { "200": { "usual": { "most": 10, "ticks": 3 } } } })
}
