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

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_shown_as_it_is_a_part_at_a_time() {
    let app = TestApp::with().start(&[]).await;
    let content = bytes("report.xlsx");
    let sent = ("report.xlsx", &*content);
    let (status, whole) = send(&app, "/v1/imports/cells", sent, &[]).await;
    assert_eq!(
        (status, &whole["sheet"]),
        (200, &json!("実績表")),
        "{whole}"
    );
    let cells = whole["cells"].as_array().unwrap();
    let title = &cells[0];
    assert_eq!((&title["cell"], &title["row"]), (&json!("A1"), &json!(1)));
    assert!(cells.iter().any(|cell| cell["columns"].as_u64() > Some(1)));
    let part = [
        ("first_row", "6"),
        ("rows", "2"),
        ("first_column", "2"),
        ("columns", "1"),
    ];
    let (_, part) = send(&app, "/v1/imports/cells", sent, &part).await;
    let rows: Vec<&Value> = part["cells"].as_array().unwrap().iter().collect();
    assert!(
        !rows.is_empty() && rows.iter().all(|cell| cell["column"] == 2),
        "{part}"
    );
    assert!(cells.contains(rows[0]), "{part}");
    for (field, detail) in [
        (("rows", "0"), "rows: expected a number from 1 to 1000"),
        (
            ("first_row", "x"),
            "first_row: expected a number from 1 to 16777216",
        ),
        (("sheet", "x"), "file: there is no sheet `x`; known: 実績表"),
    ] {
        let (status, refused) = send(&app, "/v1/imports/cells", sent, &[field]).await;
        assert_eq!(status, 422);
        let said = refused["detail"].as_str().unwrap();
        assert!(said.starts_with(detail), "{said}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn problems_are_counted_and_found_by_code_and_column() {
    let app = TestApp::with().start(&[]).await;
    let csv = "品名,数量\n机,x\n椅子,y\n棚,1.5\n".as_bytes();
    let done = import(&app, ("a.csv", csv), &[("mapping", LOG)]).await;
    let path = format!("/v1/imports/{}/problems", done["id"].as_str().unwrap());
    let (_, all) = app.get(&format!("{path}?counts=true&limit=1")).await;
    let counts = json!([
        { "code": "not_a_number", "column": "amount", "problems": 2 },
        { "code": "not_an_integer", "column": "amount", "problems": 1 },
    ]);
    assert_eq!((&all["counts"], &all["next"]), (&counts, &json!(1)));
    let (_, some) = app.get(&format!("{path}?code=not_an_integer")).await;
    assert_eq!(some["problems"].as_array().unwrap().len(), 1, "{some}");
    assert!(some.get("counts").is_none(), "{some}");
    let (_, none) = app
        .get(&format!("{path}?code=not_an_integer&column=item"))
        .await;
    assert_eq!(none["problems"], json!([]));
    app.stop().await;
}
