//! The wire format that callers know.

use entity::{JobId, JobState};
use serde_json::{Value, json};

use super::compat_body;
use crate::support::{TestApp, USUAL_RULES, corpus, expected};

async fn created(app: &TestApp, body: &Value) -> JobId {
    let (status, answer) = app.post("/api/tasks/", body).await;
    assert_eq!(
        (status, &answer["error_code"]),
        (200, &json!(200)),
        "{answer}"
    );
    answer["error_message"]["task_id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_created_watched_and_sampled() {
    let posts = corpus(1_000);
    let app = TestApp::with().start(&posts).await;
    let (_, answer) = app.post("/api/tasks/", &compat_body()).await;
    let understood = &answer["error_message"];
    assert_eq!(
        understood["date_range"],
        "2020-01-01 00:00:00 - 2020-02-01 00:00:00"
    );
    assert_eq!(understood["labels"], json!(["first", "second"]));
    let id: JobId = understood["task_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);

    let (status, answer) = app.get(&format!("/api/tasks/{id}")).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({"error_code": 200, "error_message": "OK", "status": "SUCCESS",
               "prod_status": "finish", "result": "a,b,other"})
    );

    let (_, answer) = app.get("/api/tasks/").await;
    assert_eq!(answer["error_message"], "OK");
    assert_eq!(answer["content"].as_array().unwrap().len(), 1);
    let expected = expected(
        &posts,
        USUAL_RULES,
        ("2020-01-01 00:00:00", "2020-02-01 00:00:00"),
    );
    assert_eq!(
        answer["content"][0]["length_receive_table"],
        expected.received
    );
    assert_eq!(answer["content"][0]["task_id"], id.as_str());

    let (_, answer) = app.get(&format!("/api/tasks/{id}/sample/")).await;
    assert_eq!(answer["error_code"], 200);
    let rows = answer["error_message"].as_array().unwrap();
    let published = |group| {
        expected
            .published
            .iter()
            .filter(|row| row.group == group)
            .count()
    };
    let most: usize = ["a", "b", "other"]
        .map(|group| published(group).min(50))
        .iter()
        .sum();
    assert_eq!(rows.len(), most, "up to 50 a table");
    let one = "table_name=wh_panel_mapping_b&table_name=wh_panel_mapping_other";
    let (_, answer) = app.get(&format!("/api/tasks/{id}/sample/?{one}")).await;
    let rows = answer["error_message"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["field_content"] != "WH_A"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_newest_tasks_are_listed() {
    let app = TestApp::with().start(&corpus(20)).await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        let id = created(&app, &compat_body()).await;
        app.wait_until_ended(&id).await;
        ids.push(id.to_string());
    }
    let (_, answer) = app.get("/api/tasks").await;
    let rows = answer["content"].as_array().unwrap();
    let listed: Vec<&str> = rows
        .iter()
        .map(|row| row["task_id"].as_str().unwrap())
        .collect();
    let newest: Vec<&str> = ids.iter().rev().take(5).map(String::as_str).collect();
    assert_eq!(listed, newest);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_created_is_told_with_its_code() {
    let app = TestApp::with().start(&corpus(10)).await;
    let pattern = "Cannot read pattern file, probably unknown file path or file is not exist, \
                   additional error message: ";
    let failed = "failed to start a labeling task, additional error message: ";
    let output = "Cannot connect to output schema, additional error message: ";
    for (change, status, code, message) in [
        (
            json!({"start_time": "2020-02-01"}),
            200,
            400,
            "start_time must be earlier than end_time",
        ),
        (
            json!({"start_time": "2020-03-01", "end_time": "2020-01-01T00:00:00"}),
            200,
            400,
            "start_time must be earlier than end_time",
        ),
        (
            json!({"pattern": {"a": [["x", "sideways"]]}}),
            200,
            501,
            pattern,
        ),
        (
            json!({"pattern": null, "rule_set": "none"}),
            200,
            501,
            pattern,
        ),
        (json!({"pattern": null}), 200, 501, pattern),
        (json!({"output_schema": "elsewhere"}), 200, 503, output),
        (json!({"target_table": "x' OR '1'='1"}), 200, 500, failed),
        (
            json!({"target_table": "(SELECT * FROM ts_page_content)"}),
            200,
            500,
            failed,
        ),
        (json!({"target_schema": "elsewhere"}), 200, 500, failed),
        (json!({"model_type": "svm"}), 422, 422, "model_type"),
        (json!({"predict_type": "mood"}), 422, 422, "predict_type"),
        (json!({"start_time": "yesterday"}), 422, 422, "start_time"),
        (json!({"end_time": 20200101}), 422, 422, "end_time"),
        (json!({"countdown": -1}), 422, 422, "countdown"),
        (json!({"colour": "red"}), 422, 422, "colour"),
        (json!({"pattern": "x"}), 422, 422, "pattern"),
    ] {
        let mut body = compat_body();
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
                value => body[name] = value.clone(),
            }
        }
        let (got, answer) = app.post("/api/tasks/", &body).await;
        assert_eq!(
            (got, &answer["error_code"]),
            (status, &json!(code)),
            "{change}: {answer}"
        );
        let told = answer["error_message"].as_str().unwrap();
        assert!(told.starts_with(message), "{change}: {told}");
        for name in ["rules.", "rules: no", " source `", " output `"] {
            assert!(!told.contains(name), "{change}: {told}");
        }
        for secret in [
            "SELECT 1",
            "rusqlite",
            "sqlx",
            "/tmp",
            "audience.db",
            "stack",
        ] {
            assert!(!told.contains(secret), "{change}: {told}");
        }
    }
    assert_eq!(
        app.count("SELECT count(*) FROM audience_job"),
        0,
        "nothing has started"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn upper_case_names_are_understood() {
    let app = TestApp::with().start(&corpus(10)).await;
    let body = json!({"MODEL_TYPE": "keyword_model", "PATTERN": {"a": [["amy", "start"]]},
                      "COUNTDOWN": 0, "START_TIME": "2020-01-01"});
    let id = created(&app, &body).await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_none_are_told() {
    let app = TestApp::with().start(&corpus(10)).await;
    let unknown = "0123456789abcdef0123456789abcdef";
    let not_proper = "abc is not in proper format, expect 32 digits get 3 digits";
    let (_, answer) = app.get(&format!("/api/tasks/{unknown}")).await;
    assert_eq!(answer["error_code"], 400);
    let told = answer["error_message"].as_str().unwrap();
    let not_exist = "task id is not exist, plz re-check the task id. Addition error message: ";
    assert!(told.starts_with(not_exist), "{told}");
    let (_, answer) = app.get("/api/tasks/abc/sample/").await;
    assert_eq!(
        answer,
        json!({"error_code": 400, "error_message": not_proper})
    );
    let (_, answer) = app
        .get(&format!("/api/tasks/{}/sample/", &unknown[..31]))
        .await;
    assert!(
        answer["error_message"]
            .as_str()
            .unwrap()
            .ends_with("get 31 digits")
    );
    let (_, answer) = app.get(&format!("/api/tasks/{unknown}/sample/")).await;
    assert_eq!(answer["error_code"], 404);
    let (_, answer) = app.post("/api/tasks/abort/", &json!("abc")).await;
    assert_eq!(
        answer,
        json!({"error_code": 400, "error_message": not_proper})
    );
    let (_, answer) = app.post("/api/tasks/abort/", &json!(unknown)).await;
    assert_eq!(answer["error_code"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_has_not_published_has_no_sample_and_can_be_aborted() {
    let app = TestApp::with().start(&corpus(200)).await;
    let mut body = compat_body();
    body["countdown"] = json!(3_600);
    let id = created(&app, &body).await;
    app.wait_until(&id, |job| job.state == JobState::Parked)
        .await;
    let (_, answer) = app.get(&format!("/api/tasks/{id}/sample/")).await;
    assert_eq!(answer["error_code"], 404);
    assert!(
        answer["error_message"]
            .as_str()
            .unwrap()
            .contains("not published"),
        "{answer}"
    );
    let (_, answer) = app.get(&format!("/api/tasks/{id}")).await;
    assert_eq!(
        (&answer["status"], &answer["prod_status"]),
        (&json!("SUCCESS"), &json!(null))
    );

    let (_, answer) = app.post("/api/tasks/abort/", &json!(id.as_str())).await;
    let told = format!("successfully send break status to task {id} in state");
    assert_eq!(answer, json!({"error_code": 200, "error_message": told}));
    let (_, answer) = app.get(&format!("/api/tasks/{id}")).await;
    assert_eq!(answer["status"], "BREAK");
    assert_eq!(app.wait_until_ended(&id).await, JobState::Cancelled);
    let (_, answer) = app.get(&format!("/api/tasks/{id}")).await;
    assert_eq!(answer["status"], "BREAK");
    assert_eq!(app.state(&id, "stat").as_deref(), Some("BREAK"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_result_is_told() {
    let app = TestApp::with().start(&corpus(100)).await;
    let id = created(&app, &compat_body()).await;
    app.wait_until_ended(&id).await;
    let (_, answer) = app
        .get(&format!("/api/tasks/{id}/sample/?table_name=nowhere"))
        .await;
    let told = "empty result, probably wrong combination of task_id and table_name, please check \
                table state or use /api/tasks/<task_id> first";
    assert_eq!(answer, json!({"error_code": 404, "error_message": told}));
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_task_the_list_is_empty() {
    let app = TestApp::with().start(&corpus(10)).await;
    let (_, answer) = app.get("/api/tasks/").await;
    assert_eq!(
        answer,
        json!({"error_code": 200, "error_message": "OK", "content": []})
    );
}
