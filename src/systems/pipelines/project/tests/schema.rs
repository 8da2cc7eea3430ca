//! The schema for editors.

use super::super::{read, schema};
use super::EXAMPLE;
use crate::systems::pipelines::project::Surroundings;
use crate::yaml::parse;

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

#[test]
fn good_files_are_valid() {
    let validator = validator();
    for text in [EXAMPLE, include_str!("every_key.yaml")] {
        let json = parse(text).unwrap().into_json().unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(faults, [""; 0]);
    }
}

#[test]
fn faults_of_shape_are_not_valid() {
    let validator = validator();
    for text in [
        "project: P\ntasks: {}",
        "tasks: {}",
        "project: p\ntaks: {}\ntasks: {}",
        "project: p\ntasks: {a: {run: x, exec: [y]}}",
        "project: p\ntasks: {a: {with: {}}}",
        "project: p\ntasks: {a: {uses: label}}",
        "project: p\ntasks: {a: {outputs: [{min_bytes: 1}]}}",
        "project: p\ntasks: {a: {outputs: [{path: x, glob: y}]}}",
        "project: p\ntasks: {__proto__: {}}",
        "project: p\ntasks: {a: {retries: -1}}",
        "project: p\ntasks: {a: {timeout: 90}}",
        "project: p\ntasks: {a: {requires: [{date: x}]}}",
        "project: p\ntriggers: {t: {run: a}}",
        "project: p\ntriggers: {t: {run: a, cron: x, settle: 1s}}",
    ] {
        let json = parse(text).unwrap().into_json().unwrap();
        assert!(!validator.is_valid(&json), "{text}");
        assert!(
            read(text.as_bytes(), Surroundings::default()).is_err(),
            "{text}"
        );
    }
}

#[test]
fn every_key_has_a_description() {
    let schema = schema();
    let mut missing = Vec::new();
    find_undescribed("", &schema, &mut missing);
    assert_eq!(missing, [""; 0]);
}

fn find_undescribed(path: &str, schema: &serde_json::Value, missing: &mut Vec<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            let path = format!("{path}.{name}");
            if property["description"].as_str().is_none_or(str::is_empty) {
                missing.push(path.clone());
            }
        }
    }
    if let Some(members) = schema.as_object() {
        for (key, member) in members {
            find_undescribed(&format!("{path}/{key}"), member, missing);
        }
    } else if let Some(elements) = schema.as_array() {
        for element in elements {
            find_undescribed(path, element, missing);
        }
    }
}
