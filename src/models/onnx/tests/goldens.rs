use std::path::PathBuf;

use crate::models::{Model, Package, PackageLimits, prove};

/// Made by `make_models.py` of the specification: answers of scikit-learn, not of a converted model.
#[test]
fn the_handed_models_answer_as_scikit_learn() {
    for name in [
        "boosted",
        "forest",
        "histogram",
        "logistic",
        "network",
        "pipeline",
    ] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/models/handed")
            .join(name);
        let package = Package::read_folder(&folder, None, &PackageLimits::default()).unwrap();
        let model = Model::load(&package).unwrap();
        prove(&model, package.golden.as_ref().unwrap())
            .unwrap_or_else(|mismatch| panic!("{name}: {mismatch:?}"));
    }
}
