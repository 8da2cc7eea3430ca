//! `/dts-auto-brief/job/…`: the calls in the form that their callers know.

mod calls;
mod examples;
mod lists;
mod models;
mod queries;

use serde_json::{Value, json};

use crate::http::{About, Surface};

pub(super) use calls::BriefCallsApi;
pub(super) use queries::BriefQueriesApi;

/// What the document says of itself.
pub(super) fn about() -> About {
    About {
        name: "briefs",
        label: "briefs (compat)",
        help: "The one of the calls under /dts-auto-brief",
        title: "Audience briefs",
        description: "From keywords to one zip: articles of several platforms, collected, stored, analysed and \
            exported. Every answer is `{\"code\",\"msg\",\"data\"}`, whose `code` is the HTTP status, too; `data` is \
            null unless it is 200. Times are `YYYY-MM-DD HH:MM:SS` in the time zone of the setting \
            `briefs.time_zone`, and null until they happen. The calls that only read are there by GET, too, with a \
            query. The same jobs are shown below `/v1/jobs` and `/v1/briefs`.",
        surface: Surface::Messages,
        spelled: str::to_owned,
        guarded: "/dts-auto-brief/",
        examples: examples::examples(),
    }
}

/// An answer.
fn success(data: Value) -> Value {
    json!({ "code": 200, "msg": "success", "data": data })
}
