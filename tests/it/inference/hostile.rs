//! Bodies that lie: each is answered with a sentence, and the server goes on.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{JSON_LENGTH, input, rent_request, sent, sent_binary, sent_json, with_models};

#[tokio::test(flavor = "multi_thread")]
async fn no_body_brings_the_server_down() {
    let app = with_models().await;
    let path = "/v2/models/rent/infer";
    let begun = Instant::now();
    for shape in [
        json!([u64::MAX, u64::MAX]),
        json!([u64::MAX]),
        json!([1u64 << 40, 2]),
        json!([-1, 2]),
        json!([]),
        json!([1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ] {
        for name in ["X", "age"] {
            let request = json!({ "inputs": [input(name, "FP64", shape.clone(), json!([1, 2]))] });
            let answered = sent_json(&app, path, &request).await;
            assert!(
                matches!(answered.status, 400 | 413),
                "{shape}: {}",
                answered.status
            );
            assert!(!answered.error().is_empty());
        }
    }
    for size in [
        json!(0),
        json!(15),
        json!(17),
        json!(u64::MAX),
        json!(-1),
        json!("16"),
        json!(null),
    ] {
        let request = json!({ "inputs": [{
            "name": "X", "datatype": "FP64", "shape": [1, 2], "parameters": { "binary_data_size": size },
        }] });
        let answered = sent_binary(&app, path, &request, &[0; 16]).await;
        assert_eq!(answered.status, 400, "{size}");
        assert!(answered.error().contains("inputs[0]") || answered.error().starts_with("body"));
    }
    for length in ["-1", "0", "99999999999999999999", "x", "1.5"] {
        let headers = [(JSON_LENGTH, length)];
        let answered = sent(
            &app,
            path,
            &headers,
            rent_request().to_string().into_bytes(),
        )
        .await;
        assert_eq!(answered.status, 400, "{length}");
    }
    let deep = format!(
        "{{\"inputs\":{}{}}}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert_eq!(sent(&app, path, &[], deep.into_bytes()).await.status, 400);
    let many = format!("{{\"inputs\":[{}]}}", vec!["{}"; 500_000].join(","));
    assert_eq!(sent(&app, path, &[], many.into_bytes()).await.status, 400);
    let members: Vec<String> = (0..300_000).map(|no| format!("\"{no}\":0")).collect();
    let members = format!("{{{}}}", members.join(","));
    assert_eq!(
        sent(&app, path, &[], members.into_bytes()).await.status,
        400
    );
    let bytes = (0..=255u8).collect::<Vec<u8>>();
    assert_eq!(sent(&app, path, &[], bytes).await.status, 400);
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    let answered = sent_json(&app, path, &rent_request()).await;
    assert_eq!(answered.status, 200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_beginning_of_a_request_has_an_answer() {
    let app = with_models().await;
    let path = "/v2/models/rent/infer";
    let json = json!({ "inputs": [
        input("age", "INT8", json!([1]), json!([3])),
        { "name": "fare", "datatype": "FP64", "shape": [1], "parameters": { "binary_data_size": 8 } },
    ] });
    let mut body = json.to_string().into_bytes();
    let length = body.len();
    body.extend_from_slice(&1.5f64.to_le_bytes());
    for end in 0..body.len() {
        let header = length.min(end).to_string();
        let headers = [(JSON_LENGTH, header.as_str())];
        let answered = sent(&app, path, &headers, body[..end].to_vec()).await;
        assert_eq!(answered.status, 400, "{end}");
    }
    let header = length.to_string();
    let answered = sent(&app, path, &[(JSON_LENGTH, &header)], body).await;
    assert_eq!(answered.status, 200);
    app.stop().await;
}
