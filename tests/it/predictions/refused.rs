//! Requests that are refused before they become jobs: each names what is wrong, and what is known.

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{program, request, run, write_customers};
use crate::support::{OwnDatabase, TestApp, on_each_kind};

async fn refusal(app: &TestApp, request: Value) -> String {
    let (status, answer) = app
        .post("/v1/jobs", &json!({ "prediction": request }))
        .await;
    assert_eq!(status, 422, "{answer}");
    answer["detail"].as_str().unwrap().to_owned()
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut changed = request();
    for (member, value) in changes {
        changed[*member] = value.clone();
    }
    changed
}

#[test]
fn what_a_request_names_must_be_there() {
    on_each_kind(|database: &OwnDatabase| {
        write_customers(database, 1);
        database.run("CREATE TABLE others (id INTEGER)");
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("crm", database)]).await;
            let columns = "known: id, name, age_years, fare, paid, since";
            for (changes, refused) in [
                (
                    vec![("model", json!("chrun"))],
                    "model: there is no model chrun; known: churn".to_owned(),
                ),
                (
                    vec![("model", json!("churn@best"))],
                    "model: model churn has no alias best; known: champion".to_owned(),
                ),
                (
                    vec![("model", json!("churn:9"))],
                    "model: model churn has no version 9; known: 1".to_owned(),
                ),
                (
                    vec![("from", json!({ "source": "erp", "table": "x" }))],
                    "from.source: there is no source erp; known: crm".to_owned(),
                ),
                (
                    vec![("from", json!({ "import": "x" }))],
                    "from.import: there is no import x".to_owned(),
                ),
                (
                    vec![("key", json!("code"))],
                    format!("key: table `customers` has no column `code`; {columns}"),
                ),
                (
                    vec![("key", json!("fare"))],
                    "key: column `fare` holds numbers; expected integers, texts, dates or times".to_owned(),
                ),
                (
                    vec![("columns", json!({}))],
                    format!("columns.age: table `customers` has no column `age`; {columns}"),
                ),
                (
                    vec![("columns", json!({ "age": "age_years", "size": "fare" }))],
                    "columns.size: the model has no such feature; known: age, fare".to_owned(),
                ),
                (
                    vec![("keep", json!(["name", "mail"]))],
                    format!("keep[1]: table `customers` has no column `mail`; {columns}"),
                ),
                (
                    vec![("keep", json!(["name", "NAME"]))],
                    "keep: the result has a column `name` already; expected other columns".to_owned(),
                ),
                (
                    vec![("into", json!("audience_job"))],
                    "into: `audience_job` is a name of the program's own; expected another one in `into`"
                        .to_owned(),
                ),
                (
                    vec![("output", json!("lake"))],
                    "output: there is no output lake; known: crm".to_owned(),
                ),
                (
                    vec![("into", json!("customers")), ("output", json!("crm"))],
                    "into: table `customers` is the one that is read; expected another one".to_owned(),
                ),
                (
                    vec![("into", json!("others")), ("output", json!("crm"))],
                    "into: table `others` exists and was not made by a prediction job: it lacks the column \
                     `prediction`; expected another name in `into`"
                        .to_owned(),
                ),
            ] {
                let found = refusal(&app, with(&changes)).await;
                assert_eq!(found, refused);
            }
            for table in ["audience_secret", "AUDIENCE_AUDIT", "v_job"] {
                let own = with(&[("from", json!({ "table": table }))]);
                let refused =
                    format!("from.table: `{table}` is a table of the program; expected another one");
                assert_eq!(refusal(&app, own).await, refused);
            }
            let missing = with(&[("from", json!({ "source": "crm", "table": "clients" }))]);
            let found = refusal(&app, missing).await;
            let begins = "from.table: there is no table `clients`; known: ";
            assert!(found.starts_with(begins), "{found}");
            assert!(found.contains("customers"), "{found}");
            app.stop().await;
        });
    });
}

#[test]
fn a_result_table_keeps_its_key_and_its_types() {
    on_each_kind(|database: &OwnDatabase| {
        write_customers(database, 3);
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("crm", database)]).await;
            let output = ("output", json!("crm"));
            let job = run(&app, &with(std::slice::from_ref(&output))).await;
            assert_eq!(job["state"], "succeeded", "{job}");
            let by_name = with(&[output.clone(), ("key", json!("name")), ("keep", json!([]))]);
            assert_eq!(
                refusal(&app, by_name).await,
                "into: table `churn_scores` exists and `name` is not its primary key; expected its key, or \
                 another name in `into`"
            );
            super::add(&app.http, &app.url(""), "price", ("p.txt", &super::price()), super::PRICE).await;
            assert_eq!(
                refusal(&app, with(&[output, ("model", json!("price"))])).await,
                "into: column `prediction` of table `churn_scores` is of the type text already, and the rows \
                 have number; expected the same type, or another name of the column or the table"
            );
            app.stop().await;
        });
    });
}

#[test]
fn a_check_says_what_the_job_would_do() {
    on_each_kind(|database: &OwnDatabase| {
        write_customers(database, 7);
        Runtime::new().unwrap().block_on(async {
            let app = program(&[("crm", database)]).await;
            let body = json!({ "prediction": request() });
            let (status, found) = app.post("/v1/jobs/check", &body).await;
            assert_eq!(status, 200, "{found}");
            assert_eq!(found["queue"], "predictions", "{found}");
            assert_eq!(found["request"]["model_version"], 1, "{found}");
            let expected = json!({ "rows": 7, "without_key": 0, "into_is_there": false });
            assert_eq!(found["found"], expected, "{found}");
            app.stop().await;
        });
    });
}
