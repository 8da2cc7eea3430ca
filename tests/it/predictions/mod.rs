//! Prediction jobs: tables that are scored by models.

mod dying;
mod kinds;
mod refused;
mod results;
mod rows;
mod used;

use std::collections::BTreeMap;

use audience::systems::prediction::settings::{OutputUrl, SourceUrl};
use reqwest::Client;
use serde_json::{Value, json};

use crate::imports::form;
use crate::support::{DatabaseKind, OwnDatabase, TestApp, http_client, wait_for};

/// A tree with the leaves -1 (age up to 30, or missing), 0.5 (fare up to 50) and 2, as LightGBM writes it.
const TREE: &str = "tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=OBJECTIVE
feature_names=age fare
feature_infos=[0:100] [0:100]

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
split_gain=1 1
threshold=30 50
decision_type=10 8
left_child=-1 -2
right_child=1 -3
leaf_value=-1 0.5 2
leaf_weight=1 1 1
leaf_count=1 1 1
internal_value=0 0
internal_weight=0 0
internal_count=3 2
is_linear=0
shrinkage=1


end of trees
";

const CHURN: &str = "{format: lightgbm, task: classification, labels: [stay, leave]}";
const PRICE: &str = "{format: lightgbm, task: regression}";

/// 良 is good, 悪 is bad.
const SENTIMENT: &str = r#"{
    "format": "text-linear", "version": 1, "analyzer": "char", "ngram_range": [1, 1], "lowercase": false,
    "sublinear_tf": false, "norm": "none", "vocabulary": ["良", "悪"], "idf": null,
    "coefficients": [[2.0, -2.0]], "intercepts": [0.0], "labels": [0, 1], "link": "logistic"
}"#;
const OF_TEXTS: &str =
    "{format: text-linear, task: text, features: [{name: text, type: text}], labels: [0, 1]}";

fn churn() -> String {
    TREE.replace("OBJECTIVE", "binary sigmoid:1")
}

fn price() -> String {
    TREE.replace("OBJECTIVE", "regression")
}

/// The probability that a customer leaves.
fn leaves(age: Option<f64>, fare: f64) -> f64 {
    let sum = match age {
        Some(age) if age > 30.0 && fare <= 50.0 => 0.5,
        Some(age) if age > 30.0 => 2.0,
        _ => -1.0,
    };
    1.0 / (1.0 + f64::exp(-sum))
}

/// Adds a version and points the alias to it; returns its number.
async fn add(http: &Client, base: &str, name: &str, file: (&str, &str), yaml: &str) -> i64 {
    let (content_type, body) = form((file.0, file.1.as_bytes()), &[("model_yaml", yaml)]);
    let request = http.post(format!("{base}/v1/models/{name}/versions"));
    let request = request.header("content-type", content_type).body(body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let added: Value = answer.json().await.unwrap();
    assert_eq!(status, 201, "{added}");
    let version = added["version"].as_i64().unwrap();
    point(http, base, name, version).await;
    version
}

async fn point(http: &Client, base: &str, name: &str, version: i64) {
    let alias = http.put(format!("{base}/v1/models/{name}/aliases/champion"));
    let body = json!({ "version": version, "unproved": true });
    let answer = alias.json(&body).send().await.unwrap();
    let status = answer.status();
    assert_eq!(status, 200, "{}", answer.text().await.unwrap());
}

/// A program whose outputs are `crm` and others, and that has the model `churn`.
async fn program(databases: &[(&str, &OwnDatabase)]) -> TestApp {
    let urls: BTreeMap<String, String> = databases
        .iter()
        .map(|(name, database)| ((*name).to_owned(), database.url.clone()))
        .collect();
    let builder = TestApp::with().settings(move |settings| {
        let prediction = &mut settings.prediction;
        prediction.predict.rows_per_slice = 50;
        for (name, url) in urls {
            let source = SourceUrl {
                url: url.clone(),
                ..SourceUrl::default()
            };
            prediction.sources.insert(name.clone(), source);
            prediction
                .outputs
                .insert(name, OutputUrl { url: Some(url) });
        }
    });
    let app = builder.start(&[]).await;
    let http = http_client().build().unwrap();
    add(&http, &app.url(""), "churn", ("model.txt", &churn()), CHURN).await;
    app
}

/// Customers 1 to `rows`. Of each ten, one has no age, and the age of one is no number.
fn write_customers(database: &OwnDatabase, rows: u32) {
    let (number, text) = match database.kind {
        DatabaseKind::Sqlite => ("REAL", "TEXT"),
        DatabaseKind::Postgres => ("NUMERIC(10, 2)", "TEXT"),
        DatabaseKind::MySql => ("DECIMAL(10, 2)", "VARCHAR(50) CHARACTER SET utf8mb4"),
    };
    database.run(&format!(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name {text}, age_years {text}, fare {number}, \
         paid BOOLEAN, since DATE)"
    ));
    let lines: Vec<String> = (1..=rows).map(line).collect();
    let insert = "INSERT INTO customers (id, name, age_years, fare, paid, since) VALUES ";
    database.run(&format!("{insert}{}", lines.join(", ")));
}

fn line(id: u32) -> String {
    let age = match id % 10 {
        0 => "NULL".to_owned(),
        5 => "'unknown'".to_owned(),
        _ => format!("'{}'", 20 + id % 30),
    };
    let paid = if id.is_multiple_of(2) {
        "TRUE"
    } else {
        "FALSE"
    };
    format!(
        "({id}, '客{id}', {age}, {}.25, {paid}, '2026-11-0{}')",
        id % 100,
        1 + id % 9
    )
}

/// What the job must say of a customer: the prediction and its score, or an error.
fn expected(id: u32) -> Result<(&'static str, f64), String> {
    let age = match id % 10 {
        0 => None,
        5 => {
            return Err("age: expected a number or null, found \"unknown\"".to_owned());
        }
        _ => Some(f64::from(20 + id % 30)),
    };
    let leaves = leaves(age, f64::from(id % 100) + 0.25);
    Ok(match leaves > 0.5 {
        true => ("leave", leaves),
        false => ("stay", 1.0 - leaves),
    })
}

/// A request for all customers of `crm`.
fn request() -> Value {
    json!({
        "model": "churn", "from": { "source": "crm", "table": "customers" }, "key": "id",
        "columns": { "age": "age_years" }, "keep": ["name", "paid", "since"], "into": "churn_scores",
    })
}

/// Submits a job and waits for its end; returns the job.
async fn run(app: &TestApp, request: &Value) -> Value {
    let (status, accepted) = app
        .post("/v1/jobs", &json!({ "prediction": request }))
        .await;
    assert_eq!(status, 202, "{accepted}");
    ended(app, accepted["id"].as_str().unwrap()).await
}

async fn ended(app: &TestApp, id: &str) -> Value {
    wait_for("the job ends", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        let state = job["state"].as_str().unwrap_or_default().to_owned();
        matches!(&*state, "succeeded" | "failed" | "cancelled").then_some(job)
    })
    .await
}

/// The rows of a job, as they are downloaded.
async fn downloaded(app: &TestApp, job: &str) -> Vec<Value> {
    let url = app.url(&format!("/v1/jobs/{job}/result?format=jsonl"));
    let answer = app.http.get(url).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    let rows = text.lines().map(serde_json::from_str);
    let mut rows: Vec<Value> = rows.collect::<Result<_, _>>().unwrap();
    rows.sort_by_key(|row| row["id"].as_i64());
    rows
}

/// Whether rows are those of customers 1 to `count`, each once.
fn assert_customers(rows: &[Value], count: u32, version: i64) {
    let ids: Vec<i64> = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    let wanted: Vec<i64> = (1..=i64::from(count)).collect();
    let differ = ids.iter().zip(&wanted).find(|(id, wanted)| id != wanted);
    assert_eq!((ids.len(), differ), (wanted.len(), None));
    for (row, id) in rows.iter().zip(1..) {
        assert_eq!(row["model"], "churn");
        assert_eq!(row["model_version"], version);
        match expected(id) {
            Ok((prediction, score)) => {
                assert_eq!(row["prediction"], prediction, "{row}");
                let found = row["score"].as_f64().unwrap();
                assert!((found - score).abs() < 1e-12, "{row}: {score}");
                assert_eq!(row["scores"][prediction], row["score"], "{row}");
                assert_eq!(row["error"], Value::Null);
            }
            Err(error) => {
                assert_eq!(row["error"], error, "{row}");
                let others = ["prediction", "score", "scores"].map(|name| &row[name]);
                assert_eq!(others, [&Value::Null; 3]);
            }
        }
    }
}
