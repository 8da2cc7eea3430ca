//! Requests for predictions.

use serde_json::{Value, json};

use super::{
    Answered, JSON_LENGTH, churn_goldens, input, rent_request, sent, sent_binary, sent_json,
    with_models,
};

fn output<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let outputs = answer["outputs"].as_array().unwrap();
    let mut outputs = outputs.iter();
    outputs.find(|output| output["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tensors_of_json_are_answered_as_json() {
    let app = with_models().await;
    let answered = sent_json(&app, "/v2/models/rent/infer", &rent_request()).await;
    assert_eq!(
        (answered.status, answered.content_type.as_str()),
        (200, "application/json")
    );
    assert_eq!(
        answered.json(),
        json!({
            "model_name": "rent", "model_version": "2", "id": "42",
            "outputs": [{ "name": "value", "datatype": "FP64", "shape": [2], "data": [10.0, 20.0] }],
        })
    );
    // By the number of a version; the id is answered only if there was one.
    let mut request = rent_request();
    request.as_object_mut().unwrap().shift_remove("id");
    let answered = sent_json(&app, "/v2/models/rent/versions/1/infer", &request)
        .await
        .json();
    assert_eq!(answered["model_version"], "1");
    assert_eq!(answered["outputs"][0]["data"], json!([1.0, 2.0]));
    assert!(answered.get("id").is_none());
    // `curl -d` says that it is a form.
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = rent_request().to_string().into_bytes();
    let answered = sent(&app, "/v2/models/rent/infer", &form, body).await;
    assert_eq!(answered.status, 200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matrix_of_binary_data_is_answered_as_binary_data() {
    let app = with_models().await;
    let rows = [30.0, f64::NAN, 60.0, 1.0, 50.0, 2.0];
    let data: Vec<u8> = rows
        .iter()
        .flat_map(|value: &f64| value.to_le_bytes())
        .collect();
    let request = json!({
        "inputs": [{
            "name": "X", "datatype": "FP64", "shape": [3, 2],
            "parameters": { "binary_data_size": data.len() },
        }],
        "parameters": { "binary_data_output": true },
    });
    let answered = sent_binary(&app, "/v2/models/rent/infer", &request, &data).await;
    assert_eq!(answered.content_type, "application/octet-stream");
    let json = answered.json();
    assert_eq!(json["outputs"][0]["parameters"]["binary_data_size"], 24);
    let (values, _) = answered.body[answered.json_length.unwrap()..].as_chunks::<8>();
    let values: Vec<f64> = values
        .iter()
        .map(|value| f64::from_le_bytes(*value))
        .collect();
    assert_eq!(values, [10.0, 20.0, 10.0]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classification_answers_as_its_library_does() {
    let app = with_models().await;
    let (inputs, outputs) = churn_goldens();
    let count = inputs.len();
    let column = |name: &str, datatype: &str| {
        let values: Vec<&Value> = inputs.iter().map(|row| &row[name]).collect();
        input(name, datatype, json!([count, 1]), json!(values))
    };
    let request = json!({ "inputs": [
        column("city", "BYTES"), column("plan", "BYTES"), column("months", "FP64"),
        column("monthly_yen", "FP64"), column("support_calls", "FP32"),
    ] });
    let answered = sent_json(&app, "/v2/models/churn/infer", &request).await;
    let answer = answered.json();
    assert_eq!(answered.status, 200, "{answer}");
    let (label, scores) = (output(&answer, "label"), output(&answer, "scores"));
    assert_eq!(scores["shape"], json!([count, 2]));
    assert_eq!(scores["parameters"]["labels"], json!(["leave", "stay"]));
    for (row, expected) in outputs.iter().enumerate() {
        assert_eq!(label["data"][row], expected["label"], "row {row}");
        let found = scores["data"][row * 2].as_f64().unwrap();
        let expected = expected["scores"]["leave"].as_f64().unwrap();
        assert!(
            (found - expected).abs() < 1e-5,
            "row {row}: {found}, {expected}"
        );
    }
    let only = json!({ "inputs": request["inputs"], "outputs": [{ "name": "label" }] });
    let answer = sent_json(&app, "/v2/models/churn/infer", &only)
        .await
        .json();
    assert_eq!(answer["outputs"].as_array().unwrap().len(), 1);
    app.stop().await;
}

fn error_of(answered: &Answered) -> (u16, String) {
    (answered.status, answered.error())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_request_is_said_in_the_form_of_the_protocol() {
    let app = with_models().await;
    let path = "/v2/models/rent/infer";
    let with =
        |age: Value| json!({ "inputs": [age, input("fare", "FP64", json!([1]), json!([1]))] });
    for (request, error) in [
        (
            with(input("age", "UINT8", json!([1]), json!([256]))),
            "inputs[0].data[0]: expected a whole number from 0 to 255 or null, found 256",
        ),
        (
            with(input("age", "BYTES", json!([1]), json!(["30"]))),
            "inputs[0].datatype: expected a number type for `age`, found BYTES",
        ),
        (
            with(input("old", "FP64", json!([1]), json!([1]))),
            "inputs[0].name: unknown input; expected age, fare",
        ),
        (json!({ "inputs": [] }), "inputs: `age` is missing"),
        (json!({}), "inputs: is missing"),
        (
            json!({ "inputs": rent_request()["inputs"], "outputs": [{ "name": "label" }] }),
            "outputs[0].name: unknown output; expected value",
        ),
    ] {
        let answered = sent_json(&app, path, &request).await;
        assert_eq!(error_of(&answered), (400, error.to_owned()));
        assert!(answered.content_type.starts_with("application/json"));
    }
    let answered = sent_json(&app, "/v2/models/other/infer", &rent_request()).await;
    assert_eq!(
        error_of(&answered),
        (
            404,
            "there is no model other; known: churn, rent".to_owned()
        )
    );
    let body = || rent_request().to_string().into_bytes();
    let packed = [("content-encoding", "gzip")];
    let answered = sent(&app, path, &packed, body()).await;
    assert_eq!(
        error_of(&answered),
        (
            415,
            "body: expected no Content-Encoding, found gzip".to_owned()
        )
    );
    let xml = [("content-type", "application/xml")];
    assert_eq!(sent(&app, path, &xml, body()).await.status, 415);
    let lying = [(JSON_LENGTH, "1000000")];
    let (status, error) = error_of(&sent(&app, path, &lying, body()).await);
    assert_eq!(status, 400);
    assert!(
        error.starts_with("Inference-Header-Content-Length: expected"),
        "{error}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_as_many_rows_as_it_may() {
    let app = with_models().await;
    let matrix = |rows: usize| {
        let data = vec![0u8; rows * 16];
        let request = json!({ "inputs": [{
            "name": "X", "datatype": "FP64", "shape": [rows, 2],
            "parameters": { "binary_data_size": data.len() },
        }] });
        (request, data)
    };
    let path = "/v2/models/rent/infer";
    let (request, data) = matrix(10_000);
    let answered = sent_binary(&app, path, &request, &data).await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.json()["outputs"][0]["shape"], json!([10_000]));
    let (request, data) = matrix(10_001);
    let answered = sent_binary(&app, path, &request, &data).await;
    assert_eq!(
        error_of(&answered),
        (413, "rows: expected at most 10000, found 10001".to_owned())
    );
    // More than other calls may have, and more than any may.
    let answered = sent(&app, path, &[], vec![b' '; 5 << 20]).await;
    assert_eq!(answered.status, 400);
    let answered = sent(&app, path, &[], vec![b' '; (64 << 20) + 1]).await;
    assert_eq!(
        error_of(&answered),
        (413, "the body is longer than 67108864 bytes".to_owned())
    );
    app.stop().await;
}
