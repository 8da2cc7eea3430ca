//! A thousand rows of each kind of model: the answers of the program beside those of the library that trained it, and
//! beside those of ONNX Runtime.

use audience::models::{Model, Package, PackageLimits, prove};
use serde_json::Value;

use super::agreement::{Closeness, difference};
use super::made::{Answered, MISSING, Made, made, read_lines};
use crate::support::Place;

#[test]
fn a_thousand_rows_of_each_kind_of_model_are_answered_as_by_its_library() {
    let made = made();
    let answered = &made.index.answered;
    assert!(answered.len() > 80, "{}", answered.len());
    let problems: Vec<String> = answered
        .iter()
        .filter_map(|answered| problem(made, answered, None))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn other_graphs_are_answered_by_onnx_runtime_and_refused_without_it() {
    let runtime = std::env::var("AUDIENCE_TEST_ONNXRUNTIME").expect(MISSING);
    let made = made();
    assert!(!made.index.by_runtime.is_empty());
    for answered in &made.index.by_runtime {
        assert_eq!(problem(made, answered, Some(&runtime)), None);
        let refused = predicted(made, &answered.name, None).unwrap_err();
        assert!(
            refused.contains("is not computed here")
                && refused.contains("`prediction.onnxruntime`"),
            "{refused}"
        );
    }
}

/// What is wrong with the answers of a package.
fn problem(made: &Made, answered: &Answered, runtime: Option<&str>) -> Option<String> {
    let name = &answered.name;
    let found = match predicted(made, name, runtime) {
        Ok(found) => found,
        Err(errors) => return Some(format!("{name}: {errors}")),
    };
    let closeness = match answered.exact {
        true => Closeness::ToTheLastBit,
        false => Closeness::Tolerant,
    };
    let of_library = made.lines(name, "answers");
    assert_eq!(of_library.len(), 1000, "{name}");
    differences(name, &of_library, &found, closeness).or_else(|| {
        let has_graph = made.path(&format!("{name}.onnxruntime.jsonl")).exists();
        let of_runtime = has_graph.then(|| made.lines(name, "onnxruntime"))?;
        let name = format!("{name} beside ONNX Runtime");
        differences(&name, &of_runtime, &found, Closeness::Tolerant)
    })
}

/// `audience predict`: one answer for each row.
fn predicted(made: &Made, name: &str, runtime: Option<&str>) -> Result<Vec<Value>, String> {
    let place = Place::empty();
    let answers = place.path("answers.jsonl");
    let mut command = place.command();
    command
        .arg("predict")
        .arg(made.path(name))
        .arg("--in")
        .arg(made.path(&format!("{name}.rows.jsonl")))
        .arg("--out")
        .arg(&answers);
    if let Some(library) = runtime {
        command.env("AUDIENCE__PREDICTION__ONNXRUNTIME", library);
    }
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    match (done.status.code(), answers.exists()) {
        (Some(0 | 1), true) => Ok(read_lines(&answers)),
        _ => Err(errors),
    }
}

fn differences(
    name: &str,
    expected: &[Value],
    found: &[Value],
    closeness: Closeness,
) -> Option<String> {
    if expected.len() != found.len() {
        return Some(format!("{name}: {} answers", found.len()));
    }
    let pairs = expected.iter().zip(found).enumerate();
    let differing: Vec<(usize, String)> = pairs
        .filter_map(|(row, (expected, found))| {
            let difference = difference(expected, found, closeness);
            difference.err().map(|reason| (row, reason))
        })
        .collect();
    let (row, reason) = differing.first()?;
    Some(format!(
        "{name}: {} rows differ, first row {row}: {reason}",
        differing.len()
    ))
}

#[test]
fn each_package_is_proved_by_its_goldens() {
    let made = made();
    let limits = PackageLimits::default();
    let mut problems = Vec::new();
    for answered in made.index.answered.iter().filter(|one| one.is_proved) {
        let name = &answered.name;
        let package = Package::read_folder(&made.path(name), None, &limits).unwrap();
        let golden = package.golden.clone().unwrap();
        let model = match Model::load(&package) {
            Ok(model) => model,
            Err(refusal) => {
                problems.push(format!("{name}: {refusal}"));
                continue;
            }
        };
        if let Err(mismatch) = prove(&model, &golden) {
            let input = Value::from(golden.inputs[mismatch.row].clone());
            problems.push(format!("{name}: {mismatch:?} for {input}"));
        }
        // What is stored is what was proved.
        let stored = Package::from_bytes(&package.to_bytes()).unwrap();
        assert_eq!(stored, package, "{name}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
