//! The forms that start jobs, and what they are made of.

use serde_json::{Value, json};

use super::page_browser::Browser;
use super::roles::with_tokens;
use crate::support::{TestApp, corpus, usual_pattern, wait_for};

/// The usual rules as a field of a form.
fn rules() -> String {
    let rules = usual_pattern().to_string();
    rules.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn jobs(app: &TestApp) -> Vec<Value> {
    let (_, list) = app.get("/v1/jobs").await;
    list["jobs"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_of_a_request_has_what_the_server_has_to_choose_from() {
    let app = TestApp::with().start(&corpus(10)).await;
    let (status, flows) = app.get("/v1/schemas").await;
    assert_eq!(status, 200);
    let mut flows = flows["flows"].as_array().unwrap().iter();
    let labelling = flows.find(|flow| flow["name"] == "labelling").unwrap();
    assert_eq!(labelling["member"], "labelling");
    let (_, schema) = app.get("/v1/schemas/labelling").await;
    let (_, sources) = app.get("/v1/sources").await;
    let source = &schema["properties"]["source"];
    assert_eq!(source["enum"][0], sources["sources"][0]["name"]);
    assert_eq!(
        source["enum"].as_array().unwrap().last(),
        Some(&Value::Null)
    );
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["$schema"].as_str().unwrap().contains("2020-12"));
    let (status, unknown) = app.get("/v1/schemas/label").await;
    assert_eq!(status, 404);
    assert!(
        unknown["detail"]
            .as_str()
            .unwrap()
            .contains("known are: labelling")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_would_be_done_and_does_nothing() {
    let app = TestApp::with().start(&corpus(200)).await;
    let body = json!({ "labelling": { "rules": usual_pattern(), "end_time": "2021-01-01" } });
    let (status, checked) = app.post("/v1/jobs/check", &body).await;
    assert_eq!(status, 200, "{checked}");
    assert_eq!(checked["found"]["rows_are_exact"], true);
    assert_eq!(checked["queue"], "queue1");
    assert_eq!(checked["request"]["task_id"], Value::Null);
    assert!(
        checked["warnings"][0]
            .as_str()
            .unwrap()
            .contains("2021-01-01 00:00:00")
    );
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    let body = json!({ "labelling": {
        "rules": usual_pattern(), "start_time": job["request"]["start_time"],
        "end_time": job["request"]["end_time"],
    } });
    let (_, checked) = app.post("/v1/jobs/check", &body).await;
    assert_eq!(checked["found"]["rows"], job["figures"]["rows_received"]);
    assert_eq!(checked["found"]["rules"], job["request"]["rules"]);
    let wrong = json!({ "labelling": { "start_time": "soon" } });
    let (status, refused) = app.post("/v1/jobs/check", &wrong).await;
    assert_eq!(status, 422);
    let (_, submitted) = app.post("/v1/jobs", &wrong).await;
    assert_eq!(refused["detail"], submitted["detail"]);
    assert_eq!(jobs(&app).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_started_from_a_form() {
    let app = TestApp::with().start(&corpus(20)).await;
    let browser = Browser::of(&app);
    let choices = browser.get("/new").await;
    assert!(choices.html.contains("href=\"/new/labelling\""));
    let form = browser
        .get("/new/labelling?end_time=2021-01-01&queue=mine")
        .await;
    assert_eq!(form.status, 200);
    for part in [
        "<option>author_name",
        "value=\"2021-01-01\"",
        "name=\"queue\" value=\"mine\"",
        "One of the source’s tables",
        "curl -s -H",
        "audience submit labelling end_time=2021-01-01 --queue mine --server http://",
    ] {
        assert!(form.html.contains(part), "{part}");
    }
    let given = format!("rules={}&queue=mine&predict_type=author_name", rules());
    let checked = browser
        .get(&format!("/new/labelling?{given}&do=check"))
        .await;
    assert_eq!(checked.status, 200);
    assert!(
        checked.html.contains("Rows in the range"),
        "{}",
        checked.html
    );
    assert!(jobs(&app).await.is_empty());
    let started = browser.post("/new/labelling", &given).await;
    assert_eq!(started.status, 303);
    let id: entity::JobId = started.location["/jobs/".len()..].parse().unwrap();
    app.wait_until_ended(&id).await;
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(
        (&job["state"], &job["queue"]),
        (&"succeeded".into(), &"mine".into())
    );
    let page = browser.get(&started.location).await;
    assert!(page.html.contains(&format!("/new/labelling?again={id}")));
    let again = browser.get(&format!("/new/labelling?again={id}")).await;
    assert_eq!(again.status, 200);
    assert!(again.html.contains("<option selected>author_name"));
    // The rules came with its request.
    assert!(again.html.contains("cannot be chosen here"));
    assert_eq!(browser.get("/new/nothing").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_stand_beside_their_fields() {
    let app = TestApp::with().start(&corpus(10)).await;
    let browser = Browser::of(&app);
    let foreign = format!("source=%3Cb%3Enone&rules={}", rules());
    let backwards = format!(
        "start_time=2021-01-01&end_time=2020-01-01&rules={}",
        rules()
    );
    for (given, field, words) in [
        ("start_time=soon", "start_time", "`soon` is not a time"),
        (
            foreign.as_str(),
            "source",
            "&#60;b&#62;none` is not in the settings",
        ),
        ("rules=%7B&rule_set=a", "rules", "expected an object"),
        (
            backwards.as_str(),
            "start_time",
            "must be earlier than end_time",
        ),
        ("countdown_s=x", "countdown_s", "expected"),
    ] {
        for page in [
            browser.post("/new/labelling", given).await,
            browser
                .get(&format!("/new/labelling?{given}&do=check"))
                .await,
        ] {
            assert_eq!(page.status, 422, "{given}");
            assert!(
                page.html.contains(&format!("href=\"#{field}\"")),
                "{given}: {}",
                page.html
            );
            assert!(page.html.contains(&format!("id=\"{field}-f\"")), "{given}");
            assert!(page.html.contains(words), "{given}: {}", page.html);
            assert!(!page.html.contains("<b>none"));
        }
    }
    assert!(jobs(&app).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_see_forms_and_start_nothing() {
    let app = TestApp::with()
        .settings(with_tokens)
        .start(&corpus(10))
        .await;
    let viewer = Browser::signed_in(&app, "viewer").await;
    let form = viewer.get("/new/labelling").await;
    assert_eq!(form.status, 200);
    assert!(!form.html.contains("formmethod") && form.html.contains("operator"));
    let refused = viewer
        .post("/new/labelling", &format!("rules={}", rules()))
        .await;
    assert_eq!(refused.status, 403);
    let operator = Browser::signed_in(&app, "operator").await;
    assert!(
        operator
            .get("/new/labelling")
            .await
            .html
            .contains("formmethod=\"get\"")
    );
    wait_for("the refusal in the audit", async || {
        let admin = Browser::signed_in(&app, "admin").await;
        let audit = admin.get("/v1/audit?operation=submit_job").await.html;
        audit.contains("\"refused\"").then_some(())
    })
    .await;
}
