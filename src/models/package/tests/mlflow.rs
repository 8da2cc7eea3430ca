use std::fs;

use super::{MODEL, assert_survives, handed, read_zip};
use crate::models::package::{Format, Package, PackageLimits};
use crate::models::{Feature, FeatureKind};

fn number(name: &str) -> Feature {
    Feature {
        name: name.to_owned(),
        kind: FeatureKind::Number,
        categories: Vec::new(),
    }
}

fn folder(name: &str) -> Result<Package, String> {
    let path = handed(&format!("mlflow/{name}"));
    let package = Package::read_folder(&path, None, &PackageLimits::default());
    package.map_err(|refusal| refusal.message)
}

#[test]
fn models_of_mlflow_are_read_with_their_signatures() {
    for (name, file, format) in [
        ("lightgbm", "model.lgb", Format::LightGbm),
        ("xgboost", "model.ubj", Format::XgBoost),
    ] {
        let package = folder(name).unwrap();
        assert_eq!((package.format, package.file_name.as_str()), (format, file));
        let features = vec![number("mean_radius"), number("age")];
        assert_eq!(package.description.features, Some(features));
        assert_survives(&package);
    }
}

#[test]
fn a_zip_may_have_the_directory_or_what_is_in_it() {
    let file = |name: &str| fs::read(handed(&format!("mlflow/lightgbm/{name}"))).unwrap();
    for top in ["", "artifacts/"] {
        let (about, model) = (format!("{top}MLmodel"), format!("{top}model.lgb"));
        let parts = [
            (about.as_str(), &file("MLmodel")[..]),
            (model.as_str(), &file("model.lgb")[..]),
        ];
        assert_eq!(read_zip(&parts).unwrap(), folder("lightgbm").unwrap());
    }
}

#[test]
fn python_objects_are_refused_with_what_to_save_instead() {
    for (name, expected) in [
        ("sklearn", "was saved by scikit-learn as a Python object"),
        ("python", "is Python code, which is never run"),
    ] {
        let refused = folder(name).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
        assert!(
            refused.contains("save an ONNX model with `mlflow.onnx.log_model`"),
            "{refused}"
        );
    }
    let about = b"flavors: {lightgbm: {data: model.pkl}}";
    let refused = read_zip(&[("MLmodel", about), ("model.pkl", b"\x80\x05x")]).unwrap_err();
    assert!(
        refused.contains("save its Booster with `mlflow.lightgbm.log_model(model.booster_"),
        "{refused}"
    );
    let skops = super::zipped(&[("schema.json", b"{}")]);
    let about = b"flavors: {lightgbm: {data: model.skops}}";
    let refused = read_zip(&[("MLmodel", about), ("model.skops", &skops)]).unwrap_err();
    assert!(
        refused.contains("`model.skops` is itself a zip") && refused.contains("model.booster_"),
        "{refused}"
    );
}

#[test]
fn faults_of_mlmodel_are_named() {
    for (about, expected) in [
        ("a: [", "MLmodel:"),
        ("x: 1", "MLmodel: flavors: expected a mapping"),
        (
            "flavors: {keras: {}, python_function: {}}",
            "has only the flavors keras, python_function",
        ),
        (
            "flavors: {onnx: {}}",
            "MLmodel: flavors.onnx.data: is missing",
        ),
        (
            "flavors: {onnx: {data: ../x}}",
            "the package has no file `../x`",
        ),
        (
            "flavors: {onnx: {data: m.json}}\nsignature: {inputs: '{}'}",
            "MLmodel: signature.inputs: expected a list",
        ),
        (
            "flavors: {onnx: {data: m.json}}\nsignature: {inputs: '[{\"type\": \"datetime\", \"name\": \"at\"}]'}",
            "the column \"at\" is of the type `datetime`",
        ),
        (
            "flavors: {onnx: {data: m.json}}",
            "`m.json` is written as text-linear, not as onnx, which the package says that it is",
        ),
    ] {
        let parts = [("MLmodel", about.as_bytes()), ("m.json", MODEL.as_bytes())];
        let refused = read_zip(&parts).unwrap_err();
        assert!(refused.contains(expected), "{about}: {refused}");
    }
}

#[test]
fn a_signature_of_tensors_names_no_features() {
    let about = "flavors: {xgboost: {data: m.json}}\nsignature: {inputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"float32\", \"shape\": [-1, 4]}}]'}";
    let model = br#"{"learner": {}, "version": [3, 2, 0]}"#;
    let package = read_zip(&[("MLmodel", about.as_bytes()), ("m.json", model)]).unwrap();
    assert_eq!(package.description.features, None);
}
