//! Models with their versions and aliases: uploaded, proved, swapped while people predict, asked.

mod aliases;
mod calls;
mod dying;
mod pages;
mod predicting;
mod shadow;
mod two;
mod uploads;

use serde_json::{Value, json};

use crate::support::{TestApp, http_client};
use crate::telemetry::server::Server;

/// Calls a program about models.
#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    base: String,
}

/// A regression in the format of LightGBM: `low` where the age is at most 50, and else `high`.
pub(crate) fn regression(low: f64, high: f64) -> Vec<u8> {
    boosted("regression", low, high)
}

/// A classification with the labels 0 and 1, by a sum.
fn classification(low: f64, high: f64) -> Vec<u8> {
    boosted("binary sigmoid:1", low, high)
}

fn boosted(objective: &str, low: f64, high: f64) -> Vec<u8> {
    format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n\
         max_feature_idx=1\nobjective={objective}\nfeature_names=age fare\n\
         feature_infos=[0:100] [0:500]\n\n\
         Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nsplit_gain=1\nthreshold=50\n\
         decision_type=2\nleft_child=-1\nright_child=-2\nleaf_value={low} {high}\n\
         leaf_weight=1 1\nleaf_count=1 1\ninternal_value=0\ninternal_weight=0\ninternal_count=2\n\
         is_linear=0\nshrinkage=1\n\n\nend of trees\n"
    )
    .into_bytes()
}

/// Goldens of a regression.
pub(crate) fn golden(low: f64, high: f64) -> String {
    json!({
        "inputs": [row(30.0), row(60.0)],
        "outputs": [{ "value": low }, { "value": high }],
    })
    .to_string()
}

fn row(age: f64) -> Value {
    json!({ "age": age, "fare": null })
}

/// A body of `multipart/form-data`.
fn form(file: (&str, &[u8]), parts: &[(&str, &str)]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "3f1c9c2a5e7b";
    let (name, content) = file;
    let mut body = Vec::new();
    let mut part = |name: &str, file: Option<&str>, content: &[u8]| {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(content);
        body.extend(b"\r\n");
    };
    for (name, text) in parts {
        // As curl sends a file.
        part(name, Some("part"), text.as_bytes());
    }
    part("file", Some(name), content);
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

impl Caller {
    pub(crate) fn of(app: &TestApp) -> Self {
        Self {
            http: app.http.clone(),
            base: app.url(""),
        }
    }

    pub(crate) fn at(server: &Server) -> Self {
        Self {
            http: http_client().build().unwrap(),
            base: server.base.clone(),
        }
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = method.parse().unwrap();
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = match body.is_null() {
            true => request,
            false => request.json(body),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Sends a file as the next version.
    pub(crate) async fn add(
        &self,
        model: &str,
        file: (&str, &[u8]),
        parts: &[(&str, &str)],
    ) -> (u16, Value) {
        let (content_type, body) = form(file, parts);
        let request = self
            .http
            .post(format!("{}/v1/models/{model}/versions", self.base));
        let request = request.header("content-type", content_type).body(body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Adds a regression that is proved; returns the number of its version.
    pub(crate) async fn add_regression(&self, model: &str, low: f64, high: f64) -> i64 {
        let content = regression(low, high);
        let golden = golden(low, high);
        let parts = [("golden", golden.as_str())];
        let (status, answer) = self.add(model, ("model.txt", &content), &parts).await;
        assert_eq!(status, 201, "{answer}");
        assert_eq!(answer["state"], "proved", "{answer}");
        answer["version"].as_i64().unwrap()
    }

    async fn set(&self, model: &str, alias: &str, body: &Value) -> (u16, Value) {
        let path = format!("/v1/models/{model}/aliases/{alias}");
        self.call("PUT", &path, body).await
    }

    /// Points the champion to a version.
    pub(crate) async fn point(&self, model: &str, version: i64) {
        let (status, answer) = self
            .set(model, "champion", &json!({ "version": version }))
            .await;
        assert_eq!(
            (status, &answer["version"]),
            (200, &json!(version)),
            "{answer}"
        );
    }

    async fn predict(&self, model: &str, query: &str, rows: &Value) -> (u16, Value) {
        let path = format!("/v1/models/{model}/predict{query}");
        self.call("POST", &path, &json!({ "rows": rows })).await
    }

    /// The value of one row, with the version that answered.
    async fn value(&self, model: &str, query: &str, age: f64) -> (i64, f64) {
        let (status, answer) = self.predict(model, query, &json!([row(age)])).await;
        assert_eq!(status, 200, "{answer}");
        let value = answer["predictions"][0]["value"].as_f64().unwrap();
        (answer["version"].as_i64().unwrap(), value)
    }
}
