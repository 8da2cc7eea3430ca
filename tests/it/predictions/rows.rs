//! What becomes of rows: replaced, kept, read from imports, scored by the version that was meant.

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{
    CHURN, OF_TEXTS, PRICE, SENTIMENT, add, assert_customers, churn, downloaded, ended, leaves,
    price, program, request, run, write_customers,
};
use crate::imports::send;
use crate::support::{DatabaseKind, OwnDatabase, on_each_kind};

#[test]
fn a_row_with_an_equal_key_is_replaced() {
    on_each_kind(|database| {
        write_customers(database, 120);
        let runtime = Runtime::new().unwrap();
        let mut request = request();
        request["output"] = json!("crm");
        let (app, first) = runtime.block_on(async {
            let app = program(&[("crm", database)]).await;
            let first = run(&app, &request).await;
            assert_eq!(first["state"], "succeeded", "{first}");
            let first = first["id"].as_str().unwrap().to_owned();
            assert_customers(&downloaded(&app, &first).await, 120, 1);
            (app, first)
        });
        database.run("DELETE FROM customers WHERE id > 100");
        runtime.block_on(async {
            // With a column that the first job did not keep.
            request["keep"] = json!(["name", "fare"]);
            let second = run(&app, &request).await;
            assert_eq!(second["state"], "succeeded", "{second}");
            let second = second["id"].as_str().unwrap();
            let rows = downloaded(&app, second).await;
            assert_customers(&rows, 100, 1);
            assert_eq!(rows[6]["fare"].as_f64(), Some(7.25));
            // What the second one has not replaced is still of the first.
            let left = downloaded(&app, &first).await;
            let ids: Vec<i64> = left.iter().map(|row| row["id"].as_i64().unwrap()).collect();
            assert_eq!(ids, (101..=120).collect::<Vec<_>>());
            let (status, removed) = app.delete(&format!("/v1/jobs/{second}")).await;
            assert!(status == 200 || status == 204, "{status} {removed}");
            app.stop().await;
        });
        // The rows go with their job.
        assert_eq!(database.count("churn_scores"), 20);
    });
}

#[test]
fn the_version_is_fixed_when_the_job_is_submitted() {
    let database = OwnDatabase::new(DatabaseKind::Sqlite);
    write_customers(&database, 300);
    Runtime::new().unwrap().block_on(async {
        let app = program(&[("crm", &database)]).await;
        let mut request = request();
        let (_, accepted) = app
            .post("/v1/jobs", &json!({ "prediction": request }))
            .await;
        let file = ("m.txt", &*churn());
        assert_eq!(add(&app.http, &app.url(""), "churn", file, CHURN).await, 2);
        let first = ended(&app, accepted["id"].as_str().unwrap()).await;
        let rows = downloaded(&app, first["id"].as_str().unwrap()).await;
        assert_customers(&rows, 300, 1);
        assert_eq!(first["request"]["model_version"], 1);
        let job = run(&app, &request).await;
        assert_customers(&downloaded(&app, job["id"].as_str().unwrap()).await, 300, 2);
        request["model"] = json!("churn:1");
        let job = run(&app, &request).await;
        assert_customers(&downloaded(&app, job["id"].as_str().unwrap()).await, 300, 1);
        app.stop().await;
    });
}

#[test]
fn numbers_are_predicted_and_texts_are_labelled() {
    on_each_kind(|database| {
        let (text, number) = match database.kind {
            DatabaseKind::Sqlite => ("TEXT", "REAL"),
            DatabaseKind::Postgres => ("VARCHAR(20)", "REAL"),
            DatabaseKind::MySql => ("VARCHAR(20) CHARACTER SET utf8mb4", "FLOAT"),
        };
        database.run(&format!(
            "CREATE TABLE posts (id INTEGER PRIMARY KEY, body {text}, age {number}, fare SMALLINT);
             INSERT INTO posts VALUES (1, '良い', 40.5, 10), (2, '悪い', 40.5, 90), (3, NULL, NULL, 1)"
        ));
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("crm", database)]).await;
            add(&app.http, &app.url(""), "price", ("p.txt", &price()), PRICE).await;
            let job = run(
                &app,
                &json!({
                    "model": "price", "from": { "source": "crm", "table": "posts" }, "key": "id",
                    "into": "prices",
                }),
            )
            .await;
            assert_eq!(job["state"], "succeeded", "{job}");
            let rows = downloaded(&app, job["id"].as_str().unwrap()).await;
            let predictions: Vec<&Value> = rows.iter().map(|row| &row["prediction"]).collect();
            assert_eq!(predictions, [&json!(0.5), &json!(2.0), &json!(-1.0)]);
            assert!(
                rows.iter()
                    .all(|row| row["score"].is_null() && row["scores"].is_null())
            );
            add(
                &app.http,
                &app.url(""),
                "mood",
                ("m.json", SENTIMENT),
                OF_TEXTS,
            )
            .await;
            let job = run(
                &app,
                &json!({
                    "model": "mood", "from": { "source": "crm", "table": "posts" }, "key": "id",
                    "columns": { "text": "body" }, "into": "moods",
                }),
            )
            .await;
            assert_eq!(job["state"], "succeeded", "{job}");
            let rows = downloaded(&app, job["id"].as_str().unwrap()).await;
            // Numbers stay numbers, as labels and as keys they are texts.
            assert_eq!(rows[0]["prediction"], 1, "{}", rows[0]);
            assert_eq!(rows[1]["prediction"], 0);
            let good = 1.0 / (1.0 + f64::exp(-2.0));
            assert!((rows[0]["scores"]["1"].as_f64().unwrap() - good).abs() < 1e-12);
            app.stop().await;
        });
    });
}

#[test]
fn the_rows_of_an_import_are_scored() {
    const MAPPING: &str = "
import: people
tables:
  - into: people
    start: 番号
    columns: {id: {from: 番号, type: integer}, age: {from: 年齢, type: number}, fare: {from: 運賃, type: number}}
    key: [id]
";
    on_each_kind(|database| {
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("out", database)]).await;
            let import = async |name: &str, csv: &str| {
                let mapping = format!("{MAPPING}output: out\n");
                let file = (name, csv.as_bytes());
                let (_, accepted) = send(&app, "/v1/imports", file, &[("mapping", &mapping)]).await;
                let id = accepted["id"].as_str().unwrap().to_owned();
                assert_eq!(ended(&app, &id).await["state"], "succeeded");
                id
            };
            import("a.csv", "番号,年齢,運賃\n1,40,10\n2,20,10\n").await;
            let second = import("b.csv", "番号,年齢,運賃\n3,40,90\n4,,1\n").await;
            let job = run(
                &app,
                &json!({
                    "model": "churn", "from": { "import": second }, "key": "id", "into": "scores",
                    "output": "out",
                }),
            )
            .await;
            assert_eq!(job["state"], "succeeded", "{job}");
            assert_eq!(job["request"]["from"]["table"], "people");
            let rows = downloaded(&app, job["id"].as_str().unwrap()).await;
            let shown: Vec<(&Value, &Value)> = rows
                .iter()
                .map(|row| (&row["id"], &row["prediction"]))
                .collect();
            assert_eq!(
                shown,
                [(&json!(3), &json!("leave")), (&json!(4), &json!("stay"))]
            );
            let score = rows[0]["score"].as_f64().unwrap();
            assert!((score - leaves(Some(40.0), 90.0)).abs() < 1e-12);
            // The view is for those who look at tables.
            let seen = app.count(
                "SELECT count(*) FROM v_prediction WHERE model = 'churn' AND rows_scored = 2
                 AND rows_failed = 0 AND job_state = 'succeeded' AND finished_at IS NOT NULL",
            );
            assert_eq!(seen, 1);
            app.stop().await;
        });
    });
}
