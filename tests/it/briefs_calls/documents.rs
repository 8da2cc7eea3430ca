//! What the calls are documented to be.

use serde_json::Value;

use super::{Server, With};

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_are_documented_with_their_own_form_of_errors() {
    let server = Server::start(With::default()).await;
    let (status, document) = server.get("/openapi-briefs.json").await;
    assert_eq!(status, 200);
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 8);
    for (path, operations) in paths {
        assert!(path.starts_with("/dts-auto-brief/job/"), "{path}");
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{name}");
            assert_eq!(operation["tags"][0], "Briefs", "{name}");
            let refused = &operation["responses"]["422"]["content"]["application/json"];
            let schema = refused["schema"]["$ref"].as_str();
            assert_eq!(
                schema,
                Some("#/components/schemas/FailureMessage"),
                "{name}"
            );
            assert!(operation["x-required-role"].is_string(), "{name}");
        }
    }
    let (_, v1) = server.get("/openapi.json").await;
    let briefs = v1["paths"].as_object().unwrap().keys();
    let briefs: Vec<&String> = briefs.filter(|path| path.contains("brief")).collect();
    assert_eq!(briefs.len(), 7, "{briefs:?}");
    let body = &v1["components"]["schemas"]["NewBrief"];
    assert_ne!(body, &Value::Null);
}
