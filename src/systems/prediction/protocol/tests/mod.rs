mod answers;
mod asking;
mod broken;
mod hostile;
mod requests;

use serde_json::{Value, json};

use super::{Fault, InferRequest, rows_of};
use crate::models::{Feature, FeatureKind, Label, Rows, Signature, Task};

fn feature(name: &str, kind: FeatureKind) -> Feature {
    Feature {
        name: name.to_owned(),
        kind,
        categories: Vec::new(),
    }
}

/// Features with these names, in order; one that begins with a capital letter is a text.
fn signature(task: Task, features: &[&str], labels: &[Label]) -> Signature {
    let features = features.iter().map(|name| {
        let kind = match name.starts_with(char::is_uppercase) && *name != "X" {
            true => FeatureKind::Text,
            false => FeatureKind::Number,
        };
        feature(name, kind)
    });
    Signature::new(task, features.collect(), labels.to_vec())
}

fn regression(features: &[&str]) -> Signature {
    signature(Task::Regression, features, &[])
}

/// The rows of a request in JSON.
fn rows(signature: &Signature, request: Value) -> Result<Rows, Fault> {
    rows_of_text(signature, &request.to_string())
}

fn rows_of_text(signature: &Signature, request: &str) -> Result<Rows, Fault> {
    let request = InferRequest::read(request.as_bytes(), None, 100)?;
    rows_of(signature, &request.inputs)
}

/// The rows of a request with binary data.
fn rows_of_binary(signature: &Signature, inputs: Value, data: &[u8]) -> Result<Rows, Fault> {
    let mut body = json!({ "inputs": inputs }).to_string().into_bytes();
    let length = body.len().to_string();
    body.extend_from_slice(data);
    let request = InferRequest::read(&body, Some(&length), 100)?;
    rows_of(signature, &request.inputs)
}

fn input(name: &str, datatype: &str, shape: Value, data: Value) -> Value {
    json!({ "name": name, "datatype": datatype, "shape": shape, "data": data })
}

fn binary_input(name: &str, datatype: &str, shape: Value, size: usize) -> Value {
    let parameters = json!({ "binary_data_size": size });
    json!({ "name": name, "datatype": datatype, "shape": shape, "parameters": parameters })
}
