//! The Open Inference Protocol: models asked as clients of other servers ask, and models of other servers asked.

mod calls;
mod clients;
mod hostile;
mod infer;
mod remote;
mod shapes;
mod tokens;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::model_registry::Caller;
use crate::support::TestApp;

const JSON_LENGTH: &str = "inference-header-content-length";

/// A file of the example with numbers and texts.
fn churn(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/prediction/churn");
    PathBuf::from(folder).join(name)
}

/// Its goldens: rows, and what the library answers.
fn churn_goldens() -> (Vec<Value>, Vec<Value>) {
    let golden: Value = serde_json::from_slice(&fs::read(churn("golden.json")).unwrap()).unwrap();
    let list = |name: &str| golden[name].as_array().unwrap().clone();
    (list("inputs"), list("outputs"))
}

/// A program with the models `rent`, a regression of two numbers, and `churn`, a classification of numbers and texts.
async fn with_models() -> TestApp {
    let app = TestApp::with().start(&[]).await;
    add_models(&app).await;
    app
}

async fn add_models(app: &TestApp) {
    let caller = Caller::of(app);
    for (low, high) in [(1.0, 2.0), (10.0, 20.0)] {
        caller.add_regression("rent", low, high).await;
    }
    caller.point("rent", 2).await;
    let content = fs::read(churn("model.onnx")).unwrap();
    let golden = fs::read_to_string(churn("golden.json")).unwrap();
    let description = fs::read_to_string(churn("model.yaml")).unwrap();
    let parts = [
        ("golden", golden.as_str()),
        ("model_yaml", description.as_str()),
    ];
    let (status, answer) = caller.add("churn", ("model.onnx", &content), &parts).await;
    assert_eq!(
        (status, &answer["state"]),
        (201, &json!("proved")),
        "{answer}"
    );
    caller.point("churn", 1).await;
}

/// What was answered: status, content type, length of the JSON, body.
#[derive(Debug)]
struct Answered {
    status: u16,
    content_type: String,
    json_length: Option<usize>,
    body: Vec<u8>,
}

impl Answered {
    /// The JSON of it, up to binary data.
    fn json(&self) -> Value {
        let end = self.json_length.unwrap_or(self.body.len());
        serde_json::from_slice(&self.body[..end]).unwrap()
    }

    fn error(&self) -> String {
        let body = self.json();
        let error = body["error"].as_str();
        error.unwrap_or_else(|| panic!("{body}")).to_owned()
    }
}

/// Sends a body as it is.
async fn sent(app: &TestApp, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answered {
    let mut request = app.http.post(app.url(path)).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let header = |name: &str| {
        let value = answer.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Answered {
        status: answer.status().as_u16(),
        content_type: header("content-type").unwrap_or_default(),
        json_length: header(JSON_LENGTH).map(|length| length.parse().unwrap()),
        body: answer.bytes().await.unwrap().to_vec(),
    }
}

async fn sent_json(app: &TestApp, path: &str, body: &Value) -> Answered {
    let headers = [("content-type", "application/json")];
    sent(app, path, &headers, body.to_string().into_bytes()).await
}

/// Sends JSON with binary data behind it.
async fn sent_binary(app: &TestApp, path: &str, json: &Value, data: &[u8]) -> Answered {
    let mut body = json.to_string().into_bytes();
    let length = body.len().to_string();
    body.extend_from_slice(data);
    sent(app, path, &[(JSON_LENGTH, &length)], body).await
}

fn input(name: &str, datatype: &str, shape: Value, data: Value) -> Value {
    json!({ "name": name, "datatype": datatype, "shape": shape, "data": data })
}

/// Two rows for `rent`.
fn rent_request() -> Value {
    json!({ "id": "42", "inputs": [
        input("age", "INT32", json!([2]), json!([30, 60])),
        input("fare", "FP32", json!([2, 1]), json!([[null], [7.5]])),
    ] })
}
