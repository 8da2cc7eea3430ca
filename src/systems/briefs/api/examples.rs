//! A brief, an article, an account and a progress, for the documents of both surfaces.

use serde_json::{Value, json};

/// The brief that all examples name.
pub(super) const EXAMPLE_BRIEF: &str = "019ac3d2e4f5708192a3b4c5d6e7f809";

pub(super) fn request() -> Value {
    json!({
        "job_name": "防晒 2026", "platforms": ["douyin", "mweibo"],
        "keywords": ["防晒霜", "防晒 敏感肌|油皮 -广告"], "start_time": "2026-11-01 00:00:00",
        "end_time": "2026-11-30 00:00:00", "max_pages": 20, "deadline_s": 300, "match": "text",
    })
}

pub(super) fn view() -> Value {
    json!({
        "job_id": EXAMPLE_BRIEF, "job_name": "防晒 2026", "status": "finished",
        "platforms": ["douyin", "mweibo"], "keywords": ["防晒霜", "防晒 敏感肌|油皮 -广告"],
        "start_time": "2026-11-01 00:00:00", "end_time": "2026-11-30 00:00:00", "max_pages": 20,
        "deadline_s": 300, "match": "text", "create_time": "2026-11-30 10:00:00",
        "finish_time": "2026-11-30 10:00:21", "stage": 1,
        "zip": format!("1_{EXAMPLE_BRIEF}.zip"),
        "download_url": format!("/v1/briefs/{EXAMPLE_BRIEF}/export?stage=1"),
        "article_count": 1204, "account_count": 987, "coverage": 1.0, "message": null,
    })
}

pub(super) fn article() -> Value {
    json!({
        "platform": "douyin", "keyword": "防晒霜", "url": "https://www.douyin.com/video/7301",
        "title": null, "content": "油皮夏天用的防晒霜", "post_time": "2026-11-20 08:00:00", "like": 1200,
        "read": null, "share": 30, "comment": 41, "collect": 88, "play": 54000, "danmu": null,
        "download": null, "interraction": 1359, "user_name": "小鱼", "user_fans": 120000,
        "user_fans_level": "腰部",
    })
}

pub(super) fn account() -> Value {
    json!({
        "platform": "douyin", "user_name": "小鱼", "user_fans": 120000, "user_fans_level": "腰部",
        "article_count": 3, "like": 2400, "read": null, "share": 41, "comment": 90, "collect": 120,
        "play": 81000, "danmu": null, "download": null, "interraction": 2651,
    })
}

pub(super) fn progress() -> Value {
    json!({
        "job_id": EXAMPLE_BRIEF, "status": "running", "progress": 0.75, "coverage": 1.0, "planned": 40, "done": 30,
        "failed": 0, "open": 10, "received": 600, "stored": 512, "duplicate": 40, "filtered": 31,
        "out_of_range": 15, "rejected": 2, "eta_s": 1.5, "deadline_time": "2026-11-30 10:05:01",
        "platforms": [{
            "platform": "douyin", "status": "running", "planned": 40, "done": 30, "failed": 0, "open": 10,
            "stored": 512, "calls": 33, "retries": 2, "hedges": 1, "breaker": "closed", "paused_until": null,
            "message": null,
        }],
    })
}
