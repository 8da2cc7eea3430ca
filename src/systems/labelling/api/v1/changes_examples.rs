//! Examples of what backtests have found, for the document.

use serde_json::{Value, json};

use super::examples::{UNKNOWN, UNREACHABLE};
use crate::http::document::EXAMPLE_JOB as JOB_ID;

pub(super) fn changes() -> Value {
    let row = json!({
        "id": "8231", "post_time": "2020-01-03 18:20:00", "group": "fbfans",
        "source_author": "WH_F0045_小美", "kind": "left", "from": "food", "to": null,
        "rules": ["d16c8056366e"],
    });
    json!({
        "parameters": {
            "job_id": JOB_ID, "of": "rows", "kind": "left", "label": "food", "rule": "d16c8056366e",
            "limit": 50, "after": "0.0.1.0", "format": "json",
        },
        "200": {
            "application/json": { "rows": [row], "next": "0.0.1.50" },
            "text/csv":
                "id,post_time,group,source_author,kind,from,to,rules\n\
                 8231,2020-01-03 18:20:00,fbfans,WH_F0045_小美,left,food,,d16c8056366e\n",
            "application/x-ndjson": format!("{row}\n"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "PK…",
        },
        "404": { "unknown": UNKNOWN },
        "409": {
            "not_ended": format!("job {JOB_ID} has not ended yet; it is running"),
            "another_flow": format!(
                "job {JOB_ID} is one of flow `labelling`; only backtests have changes"
            ),
        },
        "422": {
            "unknown_label": "label: the sets have no label `foods`",
            "bad_place": "after: expected the `next` value of an earlier page",
        },
        "503": { "failure": UNREACHABLE },
    })
}
