//! The client of Triton, as it is installed from PyPI.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{churn_goldens, with_models};

const MISSING: &str = "the tests are run with scripts/test, which installs tritonclient";

#[tokio::test(flavor = "multi_thread")]
async fn tritonclient_asks_with_binary_data_and_with_json() {
    let app = with_models().await;
    let (mut rows, mut expected) = (Vec::new(), Vec::new());
    // numpy has no missing texts.
    for (row, output) in churn_goldens().0.into_iter().zip(churn_goldens().1) {
        if row["plan"].is_string() && row["city"].is_string() {
            rows.push(row);
            expected.push(output);
        }
    }
    assert!(rows.len() > 10 && rows.iter().any(|row| row["months"].is_null()));
    let file = app.folder.path().join("rows.json");
    fs::write(&file, json!(rows).to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inference/triton.py");
    let mut python = Command::new(std::env::var("AUDIENCE_TEST_MODELS_PYTHON").expect(MISSING));
    let server = app.url("").trim_start_matches("http://").to_owned();
    python.arg(script).args([&server, "churn"]).arg(&file);
    let ran = block_in_place(|| python.output().unwrap());
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{errors}");
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    for way in ["binary", "mixed", "json"] {
        let answered = &said[way];
        for (row, expected) in expected.iter().enumerate() {
            assert_eq!(answered["label"][row], expected["label"], "{way} {row}");
            let found = answered["scores"][row][0].as_f64().unwrap();
            let expected = expected["scores"]["leave"].as_f64().unwrap();
            assert!(
                (found - expected).abs() < 1e-5,
                "{way} {row}: {found}, {expected}"
            );
        }
    }
    for (what, is_so) in [
        ("live", true),
        ("ready", true),
        ("model_ready", true),
        ("version_ready", true),
        ("other_ready", false),
    ] {
        assert_eq!(said[what], is_so, "{what}");
    }
    assert_eq!(said["server"]["extensions"], json!(["binary_tensor_data"]));
    assert_eq!(said["metadata"]["versions"], json!(["1"]));
    assert_eq!(said["response"]["id"], "binary");
    assert_eq!(said["response"]["model_version"], "1");
    assert_eq!(said["index"][0]["name"], "churn");
    let unknown = "there is no model other; known: churn, rent";
    assert_eq!(
        said["unknown"],
        json!({ "status": "404", "message": unknown })
    );
    let missing = "inputs: `months` is missing";
    assert_eq!(
        said["missing"],
        json!({ "status": "400", "message": missing })
    );
    app.stop().await;
}
