//! Rule sets in the store: versions, activations, forms, sets of the settings.

mod changing;
mod commands;
mod engines;
mod forms;
mod of_settings;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::TestApp;

/// Where a server is, and how it is asked.
struct Caller {
    http: Client,
    base: String,
}

/// What is answered.
struct Answer {
    status: u16,
    body: Value,
    tag: String,
}

impl Caller {
    fn of(app: &TestApp) -> Self {
        Self {
            http: app.http.clone(),
            base: app.url(""),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.base.trim_end_matches('/');
        self.http
            .request(method, format!("{base}/v1/rule_sets/{path}"))
    }

    async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// Stores a document in YAML.
    async fn store(&self, name: &str, text: &str, tag: Option<&str>) -> Answer {
        let request = self.request(Method::POST, &format!("{name}/versions?why=a%20test"));
        let mut request = request.header("content-type", "application/yaml");
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        answer(request.body(text.to_owned())).await
    }

    async fn activate(&self, name: &str, version: i32, tag: Option<&str>) -> Answer {
        let mut request = self.request(Method::PUT, &format!("{name}/active"));
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        answer(request.json(&json!({ "version": version, "why": "as wanted" }))).await
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let tag = answer.headers().get("etag");
    let tag = tag.map(|tag| tag.to_str().unwrap().to_owned());
    Answer {
        status: answer.status().as_u16(),
        tag: tag.unwrap_or_default(),
        body: answer.json().await.unwrap_or_default(),
    }
}

/// A set that gives `food` to texts with one of these words.
fn food(words: &[&str]) -> String {
    let rules: Vec<String> = words.iter().map(|word| format!("  - {word}\n")).collect();
    format!(
        "model_type: mixed_model\nin: [content]\nlabels:\n  food:\n{}",
        rules.concat()
    )
}
