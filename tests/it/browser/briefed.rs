//! What a crawler has pushed to the brief that examples name.

use serde_json::{Value, json};

/// The brief that examples name.
pub(super) const BRIEF: &str = "019ac3d2e4f5708192a3b4c5d6e7f809";

/// A brief over bundled articles and those that are pushed.
pub(super) fn request() -> Value {
    json!({ "brief": {
        "job_name": "防晒", "platforms": ["crawler", "douyin"], "keywords": ["防晒霜"],
        "start_time": "2026-11-01 00:00:00", "end_time": "2026-11-30 00:00:00",
    } })
}

pub(super) fn article() -> Value {
    json!([{ "id": "7301", "content": "油皮夏天用的防晒霜", "post_time": "2026-11-20 08:00:00" }])
}
