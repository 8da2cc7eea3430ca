//! Examples of the calls below `/v1`, for the document.

use serde_json::{Value, json};

use crate::systems::briefs::api::examples::{self, EXAMPLE_BRIEF};

const NO_BRIEF: &str = "job not found";
const AWAY: &str = "failed to look for a brief and its job";
const NEXT: &str = "eyJrIjpbImRvdXlpbiIsIjczMDEiXX0";
const ETAG: &str = "\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"";

pub(crate) fn examples() -> Value {
    let read = |parameters: Value, answer: Value, fault: &str| {
        json!({
            "parameters": parameters,
            "200": { "one": answer },
            "404": { "unknown": NO_BRIEF },
            "422": { "does_not_fit": fault },
            "503": { "database_away": AWAY },
        })
    };
    let order = "order_by: expected one of interraction, like, read, share, comment, collect, play, danmu, \
        download, post_time, user_fans";
    let job = json!({ "job_id": EXAMPLE_BRIEF });
    let of_list = json!({ "job_id": EXAMPLE_BRIEF, "platform": "douyin", "order_by": "like", "order": "desc" });
    let mut pushed = examples::article();
    if let Some(members) = pushed.as_object_mut() {
        for name in ["platform", "keyword", "interraction", "user_fans_level"] {
            members.shift_remove(name);
        }
        members.insert("id".to_owned(), "7301".into());
    }
    json!({
        "list_brief_platforms": {
            "200": { "two": { "platforms": [
                { "platform": "douyin", "label": "抖音", "kind": "http", "on": true, "reason": null,
                  "breaker": "closed", "paused_until": null },
                { "platform": "weixin", "label": "微信", "kind": "http", "on": false,
                  "reason": "the secret WEIXIN_KEY is not set", "breaker": null, "paused_until": null },
            ], "time_zone": "Asia/Shanghai" } },
        },
        "list_briefs": {
            "parameters": { "name": "防晒", "status": "finished" },
            "200": { "one": { "briefs": [examples::view()], "next": null } },
            "422": { "does_not_fit": "status: expected one of waiting, running, exporting, finished, partial, failed, \
                canceled" },
            "503": { "database_away": "failed to list briefs" },
        },
        "get_brief": {
            "parameters": job,
            "200": { "one": examples::view() },
            "404": { "unknown": NO_BRIEF },
            "503": { "database_away": AWAY },
        },
        "change_brief": {
            "parameters": job,
            "request": { "more_pages": { "max_pages": 50 } },
            "200": { "changed": examples::view() },
            "404": { "unknown": NO_BRIEF },
            "409": { "exporting": "the job is being exported; it can be changed once that has ended" },
            "422": { "does_not_fit": "max_pages: expected a whole number from 1 to 1000" },
            "503": { "database_away": AWAY },
        },
        "get_brief_progress": {
            "parameters": job,
            "200": { "one": examples::progress() },
            "404": { "unknown": NO_BRIEF },
            "503": { "database_away": AWAY },
        },
        "list_brief_articles": read(
            of_list.clone(),
            json!({ "articles": [examples::article()], "next": NEXT }),
            order,
        ),
        "list_brief_accounts": read(
            of_list,
            json!({ "accounts": [examples::account()], "next": null }),
            order,
        ),
        "get_brief_export": {
            "parameters": { "job_id": EXAMPLE_BRIEF, "stage": 1, "If-None-Match": ETAG },
            "200": { "zip": "(the file)" },
            "206": { "part": "(its bytes)" },
            "404": { "unknown": NO_BRIEF, "no_stage": "the job has no export of stage 7" },
            "409": { "not_ready": "the job has no export yet" },
            "416": { "behind_the_end": "Range: the file has 18423 bytes" },
            "422": { "does_not_fit": "stage: expected at least 1" },
            "503": { "database_away": AWAY },
        },
        "push_brief_articles": {
            "parameters": { "job_id": EXAMPLE_BRIEF, "platform": "crawler", "batch": "page-1" },
            "request": { "one_article": [pushed] },
            "200": { "stored": {
                "batch": "page-1", "known": false, "received": 1, "stored": 1, "filtered": 0, "out_of_range": 0,
                "rejected": 0, "first_rejected": null,
            } },
            "404": { "unknown": NO_BRIEF },
            "409": { "ended": "the brief takes no articles of this platform any more" },
            "422": { "platform": "platform: expected one of crawler" },
            "503": { "database_away": AWAY },
        },
    })
}
