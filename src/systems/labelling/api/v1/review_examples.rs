//! Examples of reviews, for the document.

use serde_json::{Value, json};

use super::examples::{UNKNOWN, UNREACHABLE};
use crate::http::document::EXAMPLE_JOB as JOB_ID;

const REVIEW: &str = "019ab3c9e5f67f8091a2b3c4d5e6f709";
const NO_REVIEW: &str = "there is no review 019ab3c9e5f67f8091a2b3c4d5e6f709";

pub(super) fn make() -> Value {
    json!({
        "request": {
            "usual": { "job": JOB_ID },
            "months": {
                "job": JOB_ID, "of": "published", "by": ["label", "month"], "per_stratum": 20, "seed": 7,
            },
        },
        "201": { "review": review(0) },
        "404": { "unknown": UNKNOWN },
        "409": { "not_published": format!("job {JOB_ID} has not published anything yet") },
        "422": {
            "bad_stratum": "by: expected label, group, month or rule, found `panel`",
            "missing": "job: missing",
        },
        "503": { "failure": UNREACHABLE },
    })
}

pub(super) fn list() -> Value {
    json!({
        "parameters": { "rule_set": "interests" },
        "200": { "reviews": { "reviews": [summary()] } },
        "503": { "failure": "failed to look for reviews" },
    })
}

pub(super) fn get() -> Value {
    json!({
        "parameters": { "review": REVIEW },
        "200": { "review": review(50) },
        "404": { "unknown": NO_REVIEW },
        "503": { "failure": "failed to look for reviews" },
    })
}

pub(super) fn items() -> Value {
    json!({
        "parameters": { "review": REVIEW, "limit": 50, "after": 0 },
        "200": { "items": { "items": [item()], "next": 50 } },
        "404": { "unknown": NO_REVIEW },
        "422": { "bad_limit": "limit: expected at most 500" },
        "503": { "failure": "failed to look for reviews" },
    })
}

pub(super) fn judge() -> Value {
    json!({
        "parameters": { "review": REVIEW, "n": 1 },
        "request": {
            "right": { "verdict": "right" },
            "wrong": { "verdict": "wrong", "label": "tea", "note": "the name of a shop" },
        },
        "200": { "item": item() },
        "404": { "unknown": format!("review {REVIEW} has no item 1") },
        "422": { "bad_verdict": "verdict: expected right, wrong or unsure, found `good`" },
        "503": { "failure": "failed to store what a person says of a row" },
    })
}

pub(super) fn gold() -> Value {
    json!({
        "parameters": { "name": "noodles", "version": "newest" },
        "200": { "gold": {
            "rule_set": "noodles", "version": 1, "kept": 41, "lost": 1, "mended": 6, "still_wrong": 2,
            "share": 0.94,
        } },
        "404": { "unknown": "there is no rule set `noodle`; known: interests, noodles" },
        "503": { "failure": "failed to look for reviews" },
    })
}

fn summary() -> Value {
    json!({
        "id": REVIEW, "job": JOB_ID, "rule_set": "interests", "version": 8, "of": "published",
        "by": ["label"], "per_stratum": 50, "seed": 1, "items": 100,
        "created_at": "2026-11-22T11:00:00.000Z", "created_by": "anna",
    })
}

fn review(judged: u64) -> Value {
    let mut review = summary();
    let precision = json!({
        "precision": 0.88, "lower": 0.761943, "upper": 0.943794, "not_judged": 0.37,
    });
    review["judged"] = judged.into();
    review["precision"] = match judged {
        0 => Value::Null,
        _ => precision.clone(),
    };
    review["labels"] = match judged {
        0 => json!({}),
        _ => json!({ "food": precision }),
    };
    review["strata"] = match judged {
        0 => json!([]),
        _ => json!([{
            "values": ["food"], "rows": 630, "right": 44, "wrong": 6, "unsure": 0,
        }]),
    };
    review
}

fn item() -> Value {
    json!({
        "n": 1, "id": "1", "group": "fbfans", "post_time": "2020-05-17 08:15:00", "label": "food",
        "fields": { "content": "想吃拉麵" },
        "hits": [{
            "label": "food", "rule": "d16c8056366e", "field": "content", "span": [6, 12],
            "parts": [["content", 6, 12]],
        }],
        "said": { "verdict": "wrong", "label": "tea", "note": "the name of a shop" },
    })
}
