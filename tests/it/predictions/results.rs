//! Results as files, read back.

use std::io::{Cursor, Read};

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use zip::ZipArchive;

use super::{program, request, run, write_customers};
use crate::support::{DatabaseKind, OwnDatabase, TestApp, on_each_kind};

async fn download(app: &TestApp, job: &str, query: &str) -> (u16, Vec<u8>) {
    let url = app.url(&format!("/v1/jobs/{job}/result?{query}"));
    let answer = app.http.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.bytes().await.unwrap().to_vec())
}

#[test]
fn a_result_is_the_same_in_each_format() {
    on_each_kind(|database| {
        write_customers(database, 1_200);
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("crm", database)]).await;
            let mut request = request();
            request["output"] = json!("crm");
            let job = run(&app, &request).await;
            assert_eq!(job["state"], "succeeded", "{job}");
            let id = job["id"].as_str().unwrap();
            let (_, jsonl) = download(&app, id, "format=jsonl").await;
            let jsonl = String::from_utf8(jsonl).unwrap();
            let lines: Vec<Value> = jsonl
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            assert_eq!(lines.len(), 1_200);

            let (_, csv) = download(&app, id, "format=csv&bom=false").await;
            let mut reader = csv::Reader::from_reader(&*csv);
            let names: Vec<String> = reader
                .headers()
                .unwrap()
                .iter()
                .map(str::to_owned)
                .collect();
            assert!(lines[0].as_object().unwrap().keys().eq(&names));
            let mut count = 0;
            for (record, line) in reader.records().zip(&lines) {
                let record = record.unwrap();
                for (name, cell) in names.iter().zip(&record) {
                    match &line[name] {
                        Value::Null => assert_eq!(cell, ""),
                        Value::String(text) => assert_eq!(cell, text),
                        Value::Object(scores) => {
                            let found: Value = serde_json::from_str(cell).unwrap();
                            assert_eq!(found.as_object(), Some(scores));
                        }
                        Value::Bool(truth) => assert_eq!(cell, truth.to_string()),
                        number => {
                            let cell: f64 = cell.parse().unwrap();
                            assert_eq!(number.as_f64(), Some(cell));
                        }
                    }
                }
                count += 1;
            }
            assert_eq!(count, 1_200);

            let (_, xlsx) = download(&app, id, "format=xlsx").await;
            let mut archive = ZipArchive::new(Cursor::new(xlsx)).unwrap();
            let mut sheet = String::new();
            let mut file = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
            file.read_to_string(&mut sheet).unwrap();
            assert_eq!(sheet.matches("<row ").count(), 1_201);
            assert!(sheet.contains("<t>客7</t>"), "{}", &sheet[..2_000]);
            // MySQL has no booleans.
            let has_truths = sheet.contains("t=\"b\"");
            assert_eq!(has_truths, database.kind != DatabaseKind::MySql);
            app.stop().await;
        });
    });
}

#[test]
fn a_job_without_rows_has_none_to_download() {
    let database = OwnDatabase::new(DatabaseKind::Sqlite);
    write_customers(&database, 1);
    database.run("DELETE FROM customers");
    Runtime::new().unwrap().block_on(async {
        let app = program(&[("crm", &database)]).await;
        let job = run(&app, &request()).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        assert_eq!(job["figures"]["scored"], 0);
        let id = job["id"].as_str().unwrap();
        let (status, jsonl) = download(&app, id, "format=jsonl").await;
        assert_eq!((status, jsonl.len()), (200, 0));
        let (_, csv) = download(&app, id, "format=csv&bom=false").await;
        assert!(
            String::from_utf8(csv)
                .unwrap()
                .starts_with("id,name,paid,since,prediction,")
        );
        let (status, refused) = download(&app, id, "format=csv&group=a").await;
        assert_eq!(status, 422, "{}", String::from_utf8_lossy(&refused));
        app.stop().await;
    });
}
