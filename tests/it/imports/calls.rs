//! Calls about files: drafts, judgements, and files that lie.

use serde_json::{Value, json};

use super::{LOG, bytes, import, send};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_a_mapping_that_previews_its_file() {
    let app = TestApp::with().start(&[]).await;
    let content = bytes("report.xlsx");
    let sent = ("report.xlsx", &*content);
    let (status, draft) = send(&app, "/v1/imports/suggest", sent, &[]).await;
    assert_eq!(status, 200);
    let mapping = draft["mapping"].as_str().unwrap();
    let (status, by_draft) = send(&app, "/v1/imports/preview", sent, &[("mapping", mapping)]).await;
    assert_eq!(status, 200, "{by_draft}");
    assert!(by_draft["counts"]["rows"].as_u64().unwrap() > 0);
    let (status, without) = send(&app, "/v1/imports/preview", sent, &[]).await;
    assert_eq!((status, without), (200, by_draft));
    let (status, lint) = send(&app, "/v1/imports/lint", sent, &[]).await;
    assert_eq!(status, 200);
    let rules: Vec<&Value> = lint["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["rule"])
        .collect();
    assert!(rules.contains(&&json!("1-4")), "{lint}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_imported_is_refused_with_a_sentence() {
    let app = TestApp::with().start(&[]).await;
    let csv = "品名,数量\n机,1\n".as_bytes();
    let mut cut = bytes("report.xlsx");
    cut.truncate(cut.len() / 2);
    let large = vec![b'x'; (20 << 20) + 1];
    let pdf = b"%PDF-1.7".as_slice();
    let log = ("mapping", LOG);
    type Parts<'p> = &'p [(&'p str, &'p str)];
    let table: [(&[u8], Parts<'_>, u16, &str); 8] = [
        (csv, &[], 422, "mapping: missing"),
        (
            csv,
            &[("mapping", "nowhere")],
            422,
            "there is no mapping nowhere; known: there are none",
        ),
        (
            csv,
            &[log, ("strict", "maybe")],
            422,
            "strict: expected true or false",
        ),
        (
            csv,
            &[log, ("oputput", "x")],
            422,
            "oputput: unknown part; expected file, mapping, strict, output",
        ),
        (
            csv,
            &[log, ("output", "x")],
            422,
            "unknown output `x`; known: there are none",
        ),
        (b"", &[log], 422, "file: the file is empty"),
        (
            pdf,
            &[log],
            422,
            "file: the file is a PDF document; expected a workbook (xlsx, xls, ods), CSV or TSV",
        ),
        (
            &large,
            &[log],
            413,
            "file: the file has 20971521 bytes; expected at most 20971520",
        ),
    ];
    for (content, parts, status, detail) in table {
        let (found, answer) = send(&app, "/v1/imports", ("a.csv", content), parts).await;
        assert_eq!((found, &answer["detail"]), (status, &json!(detail)));
    }
    let (status, answer) = send(&app, "/v1/imports/preview", ("a.xlsx", &cut), &[log]).await;
    assert_eq!(status, 422, "{answer}");
    let answer = app
        .http
        .post(app.url("/v1/imports/lint"))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 415);
    for path in [
        "/v1/imports/x",
        "/v1/imports/019ab3c4d5e67f8091a2b3c4d5e6f708/problems",
    ] {
        assert_eq!(app.get(path).await.0, 404);
    }
    app.stop().await;
}

/// A workbook that is damaged inside passes the first look.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_damaged_inside_fails_its_job_alone() {
    let app = TestApp::with().start(&[]).await;
    let mut lying = bytes("inspection.xls");
    lying.truncate(lying.len() / 3);
    let done = import(&app, ("a.xls", &lying), &[("mapping", LOG)]).await;
    assert_eq!(done["state"], "refused", "{done}");
    let reason = done["reason"].as_str().unwrap();
    assert!(reason.starts_with("the xls file is damaged"), "{reason}");
    let id = done["job_id"].as_str().unwrap();
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!(
        (&job["state"], &job["error"]),
        (&json!("failed"), &json!(reason))
    );
    let done = import(
        &app,
        ("b.csv", "品名,数量\n机,1\n".as_bytes()),
        &[("mapping", LOG)],
    )
    .await;
    assert_eq!(done["state"], "imported");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_imports_once() {
    let app = TestApp::with().start(&[]).await;
    let (content_type, body) = super::form(
        ("a.csv", "品名,数量\n机,1\n".as_bytes()),
        &[("mapping", LOG)],
    );
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = app.http.post(app.url("/v1/imports"));
        let request = request.header("content-type", content_type.clone());
        let request = request
            .header("idempotency-key", "november")
            .body(body.clone());
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        ids.push(answer["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    app.stop().await;
}
