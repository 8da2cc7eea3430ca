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
                "received": 100, "dropped": 0, "covered": 12, "coverage": 0.12, "overlap": 0.0, "conflict": 0.0,
                "labels": { "noodles": { "matched": 12, "given": 12, "excepted": 1, "members": 11 } },
                "pairs": {}, "groups": { "fbfans": { "received": 100, "covered": 12 } },
                "dead": 0, "dominant": [],
            },
            "lint": { "findings": [], "counts": {}, "cut": false },
            "examples": { "noodles": [{
                "id": "1", "post_time": "2020-01-01 00:00:00",
                "fields": { "title": "", "content": "零點整，新年快樂，先吃一碗乾拌麵好吃 🎉" },
                "hits": [{
                    "label": "noodles", "rule": "0b1f5c9b2a77", "field": "content", "span": [42, 45],
                    "parts": [["content", 42, 45]],
                }],
            }] },
            "none": [],
            "slowest": [{ "rule": "0b1f5c9b2a77", "label": "noodles", "ns_per_row": 120 }],
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
            "row": { "rules": { "document": draft() }, "row": { "content": "好吃的拉麵" } },
        },
        "200": { "row": {
            "set": { "name": "draft" }, "dropped": null,
            "folded": { "content": "好吃的拉麵" },
            "labels": [{
                "label": "noodles", "outcome": "given", "hit": hit(), "rules": [hit()],
                "why": "reported: the only rule that is true",
            }],
            "given": ["noodles"], "misses": [],
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
        "labels": { "noodles": ["麵 AND NOT 徵才"] },
    })
}

fn hit() -> Value {
    json!({
        "label": "noodles", "rule": "0b1f5c9b2a77", "field": "content", "span": [12, 15],
        "parts": [["content", 12, 15]],
    })
}

fn too_large(detail: &str) -> Value {
    json!({
        "type": "about:blank", "title": "Payload Too Large", "status": 413, "detail": detail,
    })
}
