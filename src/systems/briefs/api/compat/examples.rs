//! Examples of every call, for the document.

use serde_json::{Value, json};

use super::success;
use crate::systems::briefs::api::examples::{self, EXAMPLE_BRIEF};

const NO_JOB: &str = "job not found";
const FULL: &str = "1000 jobs wait, as many as may: try again later";
const AWAY: &str = "failed to begin a transaction";
const NO_JSON: &str = "body: expected JSON: EOF while parsing a value at line 1 column 0";
const UNKNOWN: &str = "job_name: unknown field; expected one of job_id";

pub(super) fn examples() -> Value {
    let job = json!({ "job_id": EXAMPLE_BRIEF });
    let page =
        |list: Value| success(json!({ "total": 1, "page": 1, "page_size": 10, "list": list }));
    let order = "order_by: expected one of interraction, like, read, share, comment, collect, play, danmu, \
        download, post_time, user_fans";
    let read = |answer: Value, fault: &str| {
        json!({
            "200": { "one": answer },
            "404": { "unknown": NO_JOB },
            "422": { "does_not_fit": fault },
            "503": { "database_away": AWAY },
        })
    };
    let posted = |mut examples: Value, request: Value| {
        examples["request"] = json!({ "one": request });
        examples["400"] = json!({ "no_json": NO_JSON });
        examples
    };
    let got = |mut examples: Value, parameters: &Value| {
        examples["parameters"] = parameters.clone();
        examples
    };
    let view = read(success(examples::view()), UNKNOWN);
    let mut search = read(
        page(json!([examples::view()])),
        "page_size: expected a whole number from 1 to 200",
    );
    search.as_object_mut().map(|all| all.shift_remove("404"));
    let articles = read(page(json!([examples::article()])), order);
    let accounts = read(page(json!([examples::account()])), order);
    let progress = read(success(examples::progress()), UNKNOWN);
    let asked = json!({ "job_name": "防晒", "status": "finished", "page": 1, "page_size": 10 });
    let of_list = json!({ "job_id": EXAMPLE_BRIEF, "platform": "douyin", "order_by": "like" });
    json!({
        "brief_submit": {
            "request": {
                "shortest": { "keywords": ["防晒霜"] },
                "all": examples::request(),
            },
            "200": { "submitted": success(json!({
                "job_id": EXAMPLE_BRIEF, "job_name": "防晒霜", "status": "waiting",
                "create_time": "2026-11-30 10:00:00",
            })) },
            "400": { "no_json": NO_JSON },
            "422": {
                "keyword": "keywords[1]: column 4: expected a `\"` that ends the term",
                "platform": "platforms[0]: the platform `weixin` is off: the secret WEIXIN_KEY is not set",
            },
            "429": { "full": FULL },
            "503": { "database_away": AWAY },
        },
        "brief_view": posted(view.clone(), job.clone()),
        "brief_view_by_get": got(view, &job),
        "brief_search": posted(search.clone(), asked.clone()),
        "brief_search_by_get": got(search, &json!({
            "job_name": "防晒", "status": "finished", "page": "1", "page_size": "10",
        })),
        "brief_view_article_list": posted(articles.clone(), of_list.clone()),
        "brief_view_article_list_by_get": got(articles, &of_list),
        "brief_view_account_list": posted(accounts.clone(), of_list.clone()),
        "brief_view_account_list_by_get": got(accounts, &of_list),
        "brief_spider_progress": posted(progress.clone(), job.clone()),
        "brief_spider_progress_by_get": got(progress, &job),
        "brief_cancel": {
            "request": { "one": job },
            "200": { "canceled": success(json!({ "job_id": EXAMPLE_BRIEF, "status": "canceled" })) },
            "400": { "no_json": NO_JSON },
            "404": { "unknown": NO_JOB },
            "409": { "ended": "the job has ended: it is finished" },
            "422": { "does_not_fit": "job_id: is missing" },
            "503": { "database_away": AWAY },
        },
        "brief_change": {
            "request": { "more_pages": { "job_id": EXAMPLE_BRIEF, "max_pages": 50 } },
            "200": { "changed": success(examples::view()) },
            "400": { "no_json": NO_JSON },
            "404": { "unknown": NO_JOB },
            "409": { "exporting": "the job is being exported; it can be changed once that has ended" },
            "422": { "does_not_fit": "max_pages: expected a whole number from 1 to 1000" },
            "503": { "database_away": AWAY },
        },
    })
}
