mod bare;
mod described;
mod mlflow;
mod zips;

use std::io::{Cursor, Write};
use std::path::PathBuf;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Package, PackageLimits, Upload};

/// A text-linear model that knows one word.
const MODEL: &str = r#"{"format": "text-linear", "version": 1, "analyzer": "word", "token_pattern": null, "ngram_range": [1, 1],
    "lowercase": true, "sublinear_tf": false, "norm": "l2", "vocabulary": ["good"], "idf": [1.0],
    "coefficients": [[2.0]], "intercepts": [-1.0], "labels": ["bad", "good"], "link": "logistic"}"#;

const DESCRIPTION: &str = "format: text-linear\nfile: model.json\ntask: text\n";

const GOLDEN: &str = r#"{"inputs": [{"text": "good"}], "outputs": [{"label": "good", "score": 0.7310585786300049}]}"#;

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read_named(file_name: &str, bytes: &[u8]) -> Result<Package, String> {
    read_within(&PackageLimits::default(), file_name, bytes)
}

fn read_within(limits: &PackageLimits, file_name: &str, bytes: &[u8]) -> Result<Package, String> {
    let upload = Upload {
        file_name,
        bytes: bytes.into(),
        golden: None,
        model_yaml: None,
        limits,
    };
    Package::read(upload).map_err(|refusal| refusal.message)
}

fn read_zip(parts: &[(&str, &[u8])]) -> Result<Package, String> {
    read_named("model.zip", &zipped(parts))
}

/// A path below `tests/models`.
fn handed(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/models")
        .join(path)
}

/// What is stored is what was read.
fn assert_survives(package: &Package) {
    let bytes = package.to_bytes();
    assert_eq!(Package::from_bytes(&bytes).unwrap(), *package);
    assert_eq!(package.to_bytes(), bytes);
}
