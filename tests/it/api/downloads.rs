//! What a job published, as files for spreadsheets and programs.

use std::io::{Cursor, Read};

use entity::JobId;
use serde_json::Value;
use zip::ZipArchive;

use super::v1_body;
use crate::support::{TestApp, corpus, post};

/// A program that has published rows, one of them by an author who writes formulas.
async fn published() -> (TestApp, JobId) {
    let mut posts = corpus(300);
    let mut formula = post("f1", "WH_B", "amy", "2020-01-05 00:00:00");
    formula.s_id = Some("=WH".to_owned());
    formula.author = Some("amy=1+1".to_owned());
    posts.push(formula);
    let app = TestApp::with().start(&posts).await;
    let (_, job) = app.post("/v1/jobs", &v1_body()).await;
    let id: JobId = job["id"].as_str().unwrap().parse().unwrap();
    app.wait_until_ended(&id).await;
    (app, id)
}

async fn download(app: &TestApp, id: &JobId, query: &str) -> (String, Vec<u8>) {
    let url = app.url(&format!("/v1/jobs/{id}/result?{query}"));
    let answer = app.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{query}");
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let kind = format!(
        "{} {}",
        header("content-type"),
        header("content-disposition")
    );
    (kind, answer.bytes().await.unwrap().to_vec())
}

async fn rows(app: &TestApp, id: &JobId, query: &str) -> Vec<Value> {
    let (_, bytes) = download(app, id, &format!("format=jsonl&{query}")).await;
    let text = String::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn records(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).from_reader(bytes).into_records();
    reader
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// The texts in the cells of a row, none of which is empty here.
fn texts(row: &str) -> Vec<String> {
    let text_of = |cell: &str| {
        let (_, text) = cell.split_once("<is><t").unwrap();
        let (_, text) = text.split_once('>').unwrap();
        let (text, _) = text.split_once("</t>").unwrap();
        let text = text.replace("&lt;", "<").replace("&gt;", ">");
        text.replace("&amp;", "&")
    };
    row.split("<c ").skip(1).map(text_of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_formats_hold_the_same_rows_and_their_groups() {
    let (app, id) = published().await;
    let rows = rows(&app, &id, "").await;
    assert!(rows.iter().any(|row| row["source_author"] == "=WH_amy=1+1"));

    let (kind, csv) = download(&app, &id, "").await;
    assert_eq!(
        kind,
        format!("text/csv; charset=utf-8 attachment; filename=\"audience-{id}.csv\"")
    );
    let csv = csv.strip_prefix("\u{FEFF}".as_bytes()).unwrap();
    let (kind, bare) = download(&app, &id, "format=csv&bom=false").await;
    assert!(kind.starts_with("text/csv; charset=utf-8 "), "{kind}");
    assert_eq!(bare, csv);
    let csv = records(csv);
    let cell = |value: &Value| match value.as_str().unwrap() {
        formula if formula.starts_with('=') => format!("'{formula}"),
        text => text.to_owned(),
    };
    let cells_of = |row: &Value, cell: &dyn Fn(&Value) -> String| -> Vec<String> {
        row.as_object().unwrap().values().map(cell).collect()
    };
    let expected: Vec<_> = rows.iter().map(|row| cells_of(row, &cell)).collect();
    assert_eq!(csv[1..], expected);
    let names: Vec<_> = rows[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(csv[0], names);

    let (kind, bytes) = download(&app, &id, "format=xlsx").await;
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(
        kind,
        format!("{xlsx} attachment; filename=\"audience-{id}.xlsx\"")
    );
    let mut sheet = String::new();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut file = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
    file.read_to_string(&mut sheet).unwrap();
    let sheet: Vec<Vec<String>> = sheet.split("<row ").skip(1).map(texts).collect();
    let as_is = |value: &Value| value.as_str().unwrap().to_owned();
    let expected: Vec<_> = rows.iter().map(|row| cells_of(row, &as_is)).collect();
    assert_eq!(sheet[1..], expected);
    assert_eq!(sheet[0], names);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_panels_can_be_chosen() {
    let (app, id) = published().await;
    let all = rows(&app, &id, "").await;
    let of = |member: &str, values: &[&str]| -> Vec<Value> {
        let is_wanted = |row: &&Value| values.contains(&row[member].as_str().unwrap());
        all.iter().filter(is_wanted).cloned().collect()
    };
    let groups: Vec<&str> = all.iter().filter_map(|row| row["group"].as_str()).collect();
    let first = groups[0];
    let others: Vec<&str> = groups.into_iter().filter(|group| *group != first).collect();
    assert!(!others.is_empty());
    let panel = all[0]["panel"].as_str().unwrap();
    let label = panel.trim_start_matches('/');
    for (query, expected) in [
        (format!("group={first}"), of("group", &[first])),
        (
            format!("group=wh_panel_mapping_{first}"),
            of("group", &[first]),
        ),
        (
            format!("group={first}&group={}", others[0]),
            of("group", &[first, others[0]]),
        ),
        (format!("panel={panel}"), of("panel", &[panel])),
        (format!("panel={label}"), of("panel", &[panel])),
    ] {
        let found = rows(&app, &id, &query).await;
        assert!(!found.is_empty() && found == expected, "{query}");
    }
    for (query, named) in [
        ("group=nobody", first),
        ("group=", first),
        ("panel=nobody", panel),
    ] {
        for format in ["csv", "jsonl", "xlsx"] {
            let path = format!("/v1/jobs/{id}/result?format={format}&{query}");
            let (status, problem) = app.get(&path).await;
            assert_eq!(status, 422, "{query}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(named), "{detail}");
        }
    }
    app.stop().await;
}
