//! Tables of all kinds of database, written to all kinds.

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{assert_customers, downloaded, program, request, run, write_customers};
use crate::support::{DatabaseKind, OwnDatabase};

const ROWS: u32 = 230;

#[test]
fn a_table_of_each_kind_is_scored_into_each_kind() {
    for kind in DatabaseKind::ALL {
        let source = OwnDatabase::new(kind);
        write_customers(&source, ROWS);
        for other in DatabaseKind::ALL {
            println!("from {kind:?} to {other:?}");
            let output = OwnDatabase::new(other);
            let rows = Runtime::new().unwrap().block_on(async {
                let app = program(&[("crm", &source), ("out", &output)]).await;
                let mut request = request();
                request["output"] = json!("out");
                let job = run(&app, &request).await;
                assert_eq!(job["state"], "succeeded", "{job}");
                let figures = &job["figures"];
                assert_eq!(
                    [&figures["scored"], &figures["failed"], &figures["left_out"]],
                    [&json!(ROWS), &json!(23), &json!(0)],
                    "{job}"
                );
                let rows = downloaded(&app, job["id"].as_str().unwrap()).await;
                app.stop().await;
                rows
            });
            assert_customers(&rows, ROWS, 1);
            assert_eq!(rows[6]["name"], "客7");
            // MySQL has no booleans.
            let paid = match kind {
                DatabaseKind::MySql => json!(0),
                _ => json!(false),
            };
            assert_eq!(rows[6]["paid"], paid);
            assert_eq!(rows[6]["since"], "2026-11-08");
            assert_eq!(output.count("churn_scores"), u64::from(ROWS));
            let columns = [
                "id",
                "name",
                "paid",
                "since",
                "prediction",
                "score",
                "scores",
                "error",
                "model",
                "model_version",
                "job_id",
                "predicted_at",
            ];
            assert_eq!(output.columns("churn_scores"), columns);
        }
    }
}

#[test]
fn keys_may_be_texts_in_any_order_and_rows_without_are_left_out() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = OwnDatabase::new(kind);
        let text = match kind {
            DatabaseKind::MySql => "VARCHAR(50) CHARACTER SET utf8mb4",
            _ => "TEXT",
        };
        database.run(&format!(
            "CREATE TABLE people (code {text}, age INTEGER, fare INTEGER);
             INSERT INTO people VALUES ('b', 40, 10), (NULL, 40, 10), ('B', 20, 10), ('あ', 40, 90),
                 ('b ', 40, 10), (NULL, 1, 1)"
        ));
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("crm", &database)]).await;
            let request = json!({
                "model": "churn", "from": { "source": "crm", "table": "people" }, "key": "code",
                "into": "scores",
            });
            let job = run(&app, &request).await;
            assert_eq!(job["state"], "succeeded", "{job}");
            assert_eq!(job["figures"]["left_out"], 2, "{job}");
            let note = "2 rows of `people` without a key or malformed are left out";
            assert_eq!(job["steps"][0]["notes"], json!([note]));
            let rows = downloaded(&app, job["id"].as_str().unwrap()).await;
            let mut shown: Vec<(&Value, &Value)> = rows
                .iter()
                .map(|row| (&row["code"], &row["prediction"]))
                .collect();
            shown.sort_by_key(|(code, _)| code.as_str());
            let wanted = [
                ("B", "stay"),
                ("b", "leave"),
                ("b ", "leave"),
                ("あ", "leave"),
            ];
            let wanted: Vec<(Value, Value)> = wanted
                .iter()
                .map(|(code, label)| (json!(code), json!(label)))
                .collect();
            assert_eq!(
                shown,
                wanted.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>()
            );
            app.stop().await;
        });
    }
}

#[test]
fn a_view_is_read_by_its_key() {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = OwnDatabase::new(kind);
        write_customers(&database, 130);
        database.run("CREATE VIEW seen AS SELECT * FROM customers WHERE id > 0");
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("crm", &database)]).await;
            let mut request = request();
            request["from"]["table"] = json!("seen");
            let job = run(&app, &request).await;
            assert_eq!(job["state"], "succeeded", "{job}");
            let rows = downloaded(&app, job["id"].as_str().unwrap()).await;
            assert_customers(&rows, 130, 1);
            app.stop().await;
        });
    }
}
