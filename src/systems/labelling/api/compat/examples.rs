//! Examples of every operation, for the document.

use serde_json::{Value, json};

use crate::http::document::EXAMPLE_JOB as TASK_ID;

pub(crate) fn examples() -> Value {
    json!({
        "create_task": create_task(),
        "task_list": {
            "200": {
                "listed": { "error_code": 200, "error_message": "OK", "content": [state()] },
                "no_state_table": code(500, "cannot connect to state table"),
            },
        },
        "check_status": {
            "parameters": { "task_id": TASK_ID },
            "200": {
                "finished": {
                    "error_code": 200, "error_message": "OK", "status": "SUCCESS",
                    "prod_status": "finish", "result": "fbfans,Ptt",
                },
                "running": {
                    "error_code": 200, "error_message": "OK", "status": "STARTED",
                    "prod_status": null, "result": null,
                },
                "unknown": code(400, &format!(
                    "task id is not exist, plz re-check the task id. Addition error message: \
                     there is no task {TASK_ID}"
                )),
            },
        },
        "sample_result": sample_result(),
        "abort": {
            "request": { "object": { "task_id": TASK_ID }, "id_alone": TASK_ID },
            "200": {
                "stopping": code(200, &format!(
                    "successfully send break status to task {TASK_ID} in state"
                )),
                "malformed": malformed(),
                "ended": code(400, &format!(
                    "task {TASK_ID} has already ended with status SUCCESS"
                )),
                "unknown": code(404, &format!("there is no task {TASK_ID}")),
            },
            "422": { "failure": "task_id: is missing" },
        },
    })
}

fn create_task() -> Value {
    json!({
        "request": {
            "rule_files": {
                "model_type": "keyword_model", "predict_type": "author_name",
                "start_time": "2020-01-01 00:00:00", "end_time": "2021-01-01 00:00:00",
                "target_schema": "sample", "target_table": "ts_page_content",
                "output_schema": "audience_result", "countdown": 0, "queue": "queue1",
            },
            "keywords_in_the_body": {
                "start_time": "2020-01-01", "end_time": "2020-07-01",
                "pattern": {
                    "female": [["美玲", "partially"], ["淑芬", "partially"]],
                    "male": [["志明", "partially"], ["家豪", "partially"]],
                },
            },
            "patterns_in_the_body": {
                "model_type": "rule_model", "predict_type": "content",
                "pattern": { "asks_price": ["多少錢|怎麼賣"] },
            },
            "a_mixed_model_in_the_body": {
                "model_type": "mixed_model",
                "pattern": {
                    "name": "prices", "in": ["title", "content"],
                    "labels": { "asks_price": ["多少錢 OR 怎麼賣", { "pattern": "價格.{0,5}[?？]" }] },
                },
            },
            "a_model": {
                "model_type": "text_model", "model": "sentiment", "min_score": 0.6, "predict_type": "content",
                "start_time": "2020-01-01", "end_time": "2020-07-01",
            },
            "defaults": {},
        },
        "200": {
            "accepted": { "error_code": 200, "error_message": understood() },
            "empty_range": code(400, "start_time must be earlier than end_time"),
            "rules_unreadable": code(501,
                "Cannot read pattern file, probably unknown file path or file is not exist, \
                 additional error message: keyword_model/女性/author_name.txt:3: unknown match \
                 type `ends`, expected one of partially, start, end, absolutely, exactly"),
            "output_unreachable": code(503,
                "Cannot connect to output schema, additional error message: output schema \
                 `results` is not in the settings; known are: audience_result"),
            "not_started": code(500,
                "failed to start a labeling task, additional error message: target schema \
                 `forums` is not in the settings; known are: sample"),
        },
        "422": {
            "unknown_field": "colour: unknown field; known are model_type, predict_type, \
                start_time, end_time, target_schema, target_table, output_schema, countdown, \
                queue, pattern, rule_set, model, min_score, row_labels",
            "wrong_type": "queue: expected a string, found 1",
        },
        "429": { "queue_full": "too many jobs are waiting: 1000 is the limit" },
    })
}

fn sample_result() -> Value {
    json!({
        "parameters": { "task_id": TASK_ID, "table_name": ["wh_panel_mapping_fbfans"] },
        "200": {
            "rows": { "error_code": 200, "error_message": [{
                "id": "1", "task_id": TASK_ID, "source_author": "WH_F0045_小明哥哥",
                "panel": "/男性", "create_time": "2020-05-17 08:15:00",
                "field_content": "WH_F0045", "match_content": "小明哥哥",
                "match_meta": "{\"rule\":\"哥哥\",\"match_type\":\"end\",\"span\":[6,12]}",
            }] },
            "malformed": malformed(),
            "not_published": code(404, &format!(
                "task {TASK_ID} has not published yet, its status is STARTED"
            )),
            "empty": code(404,
                "empty result, probably wrong combination of task_id and table_name, please \
                 check table state or use /api/tasks/<task_id> first"),
            "unreadable": code(500,
                "Cannot scrape data from result tables. Additional error message: the output \
                 database cannot be opened: it is locked by another process"),
        },
    })
}

fn understood() -> Value {
    json!({
        "model_type": "keyword_model", "predict_type": "author_name",
        "start_time": "2020-01-01 00:00:00", "end_time": "2021-01-01 00:00:00",
        "target_schema": "sample", "target_table": "ts_page_content",
        "output_schema": "audience_result", "countdown": 5, "queue": "queue1",
        "rule_set": "keyword_model", "rule_set_version": "1", "labels": ["男性", "女性"],
        "row_labels": "first", "exclusive": true, "author_conflict": "majority_drop_ties",
        "rules": 3, "date_range": "2020-01-01 00:00:00 - 2021-01-01 00:00:00",
        "task_id": TASK_ID,
    })
}

fn state() -> Value {
    json!({
        "task_id": TASK_ID, "stat": "SUCCESS", "prod_stat": "finish",
        "model_type": "keyword_model", "predict_type": "author_name",
        "date_range": "2020-01-01 00:00:00 - 2021-01-01 00:00:00", "target_table": "sample",
        "create_time": "2026-11-22 10:00:00", "peak_memory": 61.5,
        "length_receive_table": 2376186, "length_output_table": 40211,
        "length_prod_table": "467,3", "result": "fbfans,Ptt", "uniq_source_author": "4000,8",
        "rate_of_label": "11.68,37.5", "run_time": 0.31,
        "check_point": "2021-01-01 00:00:00", "error_message": null,
    })
}

fn malformed() -> Value {
    code(
        400,
        "0123 is not in proper format, expect 32 digits get 4 digits",
    )
}

fn code(code: u16, message: &str) -> Value {
    json!({ "error_code": code, "error_message": message })
}
