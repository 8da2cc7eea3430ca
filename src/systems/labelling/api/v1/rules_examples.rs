//! Examples of previews and explanations, for the document.

use serde_json::{Value, json};

use super::examples::UNKNOWN;
use crate::http::document::EXAMPLE_JOB as JOB_ID;

const FAULTY: &str = "rules.document: /labels/food/0: E01: two terms stand side by side; put AND, OR or NEAR \
                      between them, or quote them";

pub(super) fn preview() -> Value {
    json!({
        "request": {
            "draft": {
                "rules": { "document": draft() },
                "source": "sample", "table": "ts_page_content",
                "start_time": "2020-01-01", "end_time": "2020-02-01",
                "sample": { "rows": 100, "seed": 1 }, "examples": 1,
            },
        },
        "200": { "sample": {
            "rows": 100, "received": 100, "partial": false,
            "sample": { "rows": 100, "seed": 1, "windows": 1000 },
            "read_ms": 2, "match_ms": 1,
            "health": {
                "received": 100, "dropped": 0, "covered": 6, "coverage": 0.06, "overlap": 0.0, "conflict": 0.0,
                "labels": { "journeys": { "matched": 6, "given": 6, "excepted": 0, "members": 6 } },
                "pairs": {},
                "groups": {
                    "fbfans": { "received": 45, "covered": 2 },
                    "Ptt": { "received": 13, "covered": 1 },
                    "Dcard": { "received": 17, "covered": 0 },
                    "Instagram": { "received": 13, "covered": 1 },
                    "blog": { "received": 7, "covered": 1 },
                    "forum": { "received": 5, "covered": 1 },
                    "other": { "received": 0, "covered": 0 },
                },
                "dead": 0, "dominant": [],
            },
            "lint": { "findings": [], "counts": {}, "cut": false },
            "examples": { "journeys": [{
                "id": "30", "post_time": "2020-01-03 22:13:04",
                "fields": { "title": "請益", "content": "Three days in Oslo, rain every day, still a lovely trip 🌶️" },
                "hits": [{
                    "label": "journeys", "rule": "736e87ff952c", "field": "content", "span": [51, 55],
                    "parts": [["content", 51, 55]],
                }],
            }] },
            "none": [{
                "id": "208", "post_time": "2020-01-23 19:17:17",
                "fields": { "title": "", "content": "讀完一本很厚的小說，有點捨不得" }, "hits": [],
            }],
            "slowest": [{ "rule": "736e87ff952c", "label": "journeys", "ns_per_row": 120 }],
        } },
        "404": { "rule_set": "there is no rule set `foods`" },
        "413": { "large": too_large(
            "rules.document: expected at most 8388608 bytes, found 8388609") },
        "422": { "faulty": FAULTY,
            "sample": "sample.rows: expected at least 1, found 0" },
        "429": { "busy": "4 previews run already, which are as many as may; try again" },
        "503": { "source": "the source has not answered in time" },
    })
}

pub(super) fn explain() -> Value {
    json!({
        "request": {
            "row": { "rules": { "document": draft() }, "row": { "content": "今年的旅行" } },
        },
        "200": { "row": {
            "set": { "name": "draft" }, "dropped": null,
            "folded": { "content": "今年的旅行" },
            "labels": [{
                "label": "journeys", "outcome": "given", "hit": hit(), "rules": [hit()],
                "why": "reported: the only rule that is true",
            }],
            "given": ["journeys"], "misses": [],
        }, "person": {
            "source_author": "WH_F0002_失眠騎車日記", "panel": "noodles", "outcome": "tie",
            "votes": { "noodles": 1, "tea": 1 }, "rows": [], "set": { "name": "food", "version": 3 },
            "from": "source", "cut": false,
        } },
        "404": {
            "unknown": UNKNOWN, "row": "the job has published no row 17 in panel /noodles",
            "rule_set": "there is no rule set `foods`",
        },
        "413": { "large": too_large(
            "row: expected texts of at most 1048576 bytes together, found 1048577") },
        "422": { "faulty": FAULTY, "nothing": "row: is missing" },
        "429": { "busy": "4 explanations are made already, which are as many as may; try again" },
        "503": { "source": format!("failed to read job {JOB_ID}") },
    })
}

fn draft() -> Value {
    json!({
        "model_type": "mixed_model", "in": ["title", "content"],
        "labels": { "journeys": ["旅 OR trip"] },
    })
}

fn hit() -> Value {
    json!({
        "label": "journeys", "rule": "736e87ff952c", "field": "content", "span": [9, 12],
        "parts": [["content", 9, 12]],
    })
}

pub(super) fn too_large(detail: &str) -> Value {
    json!({
        "type": "about:blank", "title": "Payload Too Large", "status": 413, "detail": detail,
    })
}
