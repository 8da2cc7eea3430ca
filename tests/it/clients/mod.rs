//! What programs of others make of the OpenAPI documents: linters, and generators of clients.

mod tools;

use serde_json::{Value, json};

use crate::support::Bundled;
use tools::{Tools, documents};

#[test]
fn three_linters_find_no_fault_in_any_document() {
    let tools = Tools::find();
    for (name, document) in documents(tools.folder()) {
        let spectral = tools.setting("spectral.yaml");
        let spectral = [
            "lint",
            "--fail-severity=warn",
            "--ruleset",
            &spectral,
            &document,
        ];
        tools.node("spectral", &spectral);
        let redocly = tools.setting("redocly.yaml");
        let redocly = ["lint", "--format=summary", "--config", &redocly, &document];
        let found = tools.node("redocly", &redocly);
        let mut lines = found.lines();
        assert!(
            !lines.any(|line| line.starts_with("warning ")),
            "{name}: {found}"
        );
        tools.python(&["-m", "openapi_spec_validator", &document]);
    }
}

#[test]
fn the_scripts_of_the_pages_are_typed_without_a_fault() {
    let tools = Tools::find();
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ui/assets");
    tools.node("tsc", &["--project", project]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_python_client_labels_and_dispatches() {
    let tools = Tools::find();
    for (name, document) in documents(tools.folder()) {
        let package = tools.folder().join(format!("audience_{name}"));
        let package = package.to_str().unwrap();
        let generate = [
            "-m",
            "openapi_python_client",
            "generate",
            "--meta",
            "none",
            "--path",
            &document,
            "--output-path",
            package,
        ];
        let said = tools.python(&generate);
        assert!(!said.contains("WARNING"), "{name}: {said}");
        let operations: Value =
            serde_json::from_str(&std::fs::read_to_string(&document).unwrap()).unwrap();
        let operations = operations["paths"].as_object().unwrap().values();
        let operations: usize = operations.map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(tools::functions(package), operations, "{name}: {said}");
    }
    let server = Bundled::serve().await;
    let script = tools.setting("whole_run.py");
    ran(&tools.python(&[&script, &server.base]));
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_typescript_labels_and_dispatches() {
    let tools = Tools::find();
    for (name, document) in documents(tools.folder()) {
        let types = tools.folder().join(format!("{name}.ts"));
        tools.node(
            "openapi-typescript",
            &[&document, "-o", types.to_str().unwrap()],
        );
    }
    tools.copy_to_folder("whole_run.ts");
    tools.copy_to_folder("tsconfig.json");
    tools.node("tsc", &["--project", "."]);
    let server = Bundled::serve().await;
    ran(&tools.node_script(&["whole_run.js", &server.base]));
}

/// What a whole run prints.
fn ran(printed: &str) {
    let line = printed.lines().next_back().unwrap_or_default();
    let found: Value = serde_json::from_str(line).unwrap();
    let published = &found["v1"]["published"];
    assert!(published.as_i64() > Some(0), "{found}");
    let v1 = json!({
        "state": "succeeded", "published": published, "rows": published,
        "panels": ["/female", "/male"], "sample": true,
    });
    assert_eq!(found["v1"], v1);
    assert_eq!(
        found["compat"],
        json!({ "status": "SUCCESS", "sample": true })
    );
    let dispatch = json!({ "leased": true, "held": "running", "result": { "users": 12 } });
    assert_eq!(found["dispatch"], dispatch);
}
