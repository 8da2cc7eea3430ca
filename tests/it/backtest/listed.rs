//! Changes as callers get them: filtered, downloaded, refused.

use serde_json::{Value, json};

use super::{body, changes, run, submit};
use crate::health::recount::{LATER, PEOPLE};
use crate::support::{TestApp, corpus};

const ROWS: u32 = 1_500;

async fn started() -> TestApp {
    TestApp::with().start(&corpus(ROWS)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_filtered_by_kind_and_label() {
    let app = started().await;
    let (id, found) = run(&app, &body(&PEOPLE.document(), &LATER.document())).await;
    for kind in ["entered", "left", "changed"] {
        let rows = changes(&app, &id, "rows", &format!("&kind={kind}")).await;
        assert_eq!(found["rows"][kind], rows.len());
        assert!(rows.iter().all(|row| row["kind"] == kind));
    }
    for (label, rows) in found["labels"].as_object().unwrap() {
        let listed = changes(&app, &id, "rows", &format!("&label={label}")).await;
        let count = |side: &str| listed.iter().filter(|row| row[side] == **label).count();
        assert_eq!(rows["entered"], count("to"), "{label}");
        assert_eq!(rows["left"], count("from"), "{label}");
        let panel = format!("/{label}");
        let members = changes(&app, &id, "members", &format!("&label={label}")).await;
        assert!(members.iter().all(|member| member["panel"] == *panel));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_has_what_the_pages_have() {
    let app = started().await;
    let (id, _) = run(&app, &body(&PEOPLE.document(), &LATER.document())).await;
    for of in ["rows", "members"] {
        let pages = changes(&app, &id, of, "").await;
        let path = app.url(&format!("/v1/jobs/{id}/changes?of={of}&format=jsonl"));
        let lines = app.http.get(path).send().await.unwrap();
        let name = lines.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            name,
            format!("attachment; filename=\"audience-{id}-changes.jsonl\"")
        );
        let lines = lines.text().await.unwrap();
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), pages.len());
        for (line, row) in lines.iter().zip(&pages) {
            for (column, value) in line.as_object().unwrap() {
                match row[column].as_array() {
                    Some(rules) => {
                        let rules: Vec<&str> = rules.iter().filter_map(Value::as_str).collect();
                        assert_eq!(value, &rules.join(" "));
                    }
                    None => assert_eq!(value, &row[column]),
                }
            }
        }
        let path = app.url(&format!("/v1/jobs/{id}/changes?of={of}&format=csv"));
        let csv = app
            .http
            .get(path)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert_eq!(csv.lines().count(), pages.len() + 1);
        let path = app.url(&format!("/v1/jobs/{id}/changes?of={of}&format=xlsx"));
        let xlsx = app
            .http
            .get(path)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        assert!(xlsx.starts_with(b"PK"));
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_listed_is_refused_with_a_reason() {
    let app = started().await;
    let (id, _) = run(&app, &body(&PEOPLE.document(), &LATER.document())).await;
    for (query, reason) in [
        ("label=nobody", "label: the sets have no label `nobody`"),
        ("rule=x", "rule: no rule `x` has changed"),
        (
            "of=members&kind=changed",
            "kind: expected entered or left for members",
        ),
        (
            "of=members&rule=x",
            "rule: members have none; expected of: rows",
        ),
        ("of=authors", "of: expected rows or members"),
        (
            "after=x",
            "after: expected the `next` value of an earlier page",
        ),
    ] {
        let (status, problem) = app.get(&format!("/v1/jobs/{id}/changes?{query}")).await;
        assert_eq!(status, 422, "{query}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{query}: {detail}");
    }
    let other = app.submit().await;
    app.wait_until_ended(&other).await;
    let (status, problem) = app.get(&format!("/v1/jobs/{other}/changes")).await;
    assert_eq!(status, 409, "{problem}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_fit_is_refused_with_the_name_of_the_member() {
    let app = started().await;
    let good = || body(&PEOPLE.document(), &LATER.document());
    let changed = |member: &str, value: Value| {
        let mut body = good();
        body[member] = value;
        body
    };
    for (backtest, reason) in [
        (
            changed("base", json!({})),
            "backtest.base: expected one of rule_set, document",
        ),
        (
            changed("base", json!({ "rule_set": "nobody" })),
            "base: there is no rule set `nobody`",
        ),
        (
            changed(
                "candidate",
                json!({ "document": { "labels": { "a": ["a b"] } } }),
            ),
            "candidate.document: ",
        ),
        (
            changed("sample", json!({ "rows": 0 })),
            "backtest.sample.rows: ",
        ),
        (
            changed("start_time", json!("2021-01-01")),
            "start_time must be earlier",
        ),
    ] {
        let (status, problem) = app.post("/v1/jobs", &json!({ "backtest": backtest })).await;
        assert_eq!(status, 422, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_without_rows_has_a_report() {
    let app = started().await;
    let mut request = body(&PEOPLE.document(), &LATER.document());
    request["start_time"] = json!("2010-01-01");
    request["end_time"] = json!("2010-02-01");
    let id = submit(&app, &request).await;
    app.wait_until_ended(&id).await;
    let found = super::figures(&app, &id).await;
    assert_eq!(
        found["rows"],
        json!({ "same": 0, "entered": 0, "left": 0, "changed": 0 })
    );
    assert_eq!(
        found["members"],
        json!({ "entered": 0, "left": 0, "kept": 0 })
    );
    assert!(changes(&app, &id, "rows", "").await.is_empty());
    app.stop().await;
}
