use super::{GOLDEN, MODEL, assert_survives, read_named};
use crate::models::package::{Format, Package, PackageLimits, Upload};

/// An ONNX model with nothing in its graph: `ir_version` and `graph`.
const ONNX: &[u8] = &[0x08, 0x09, 0x3A, 0x03, 0x12, 0x01, b'g'];

#[test]
fn the_format_of_a_bare_file_is_that_of_its_content() {
    for (bytes, expected) in [
        (ONNX, Format::Onnx),
        (b"tree\nversion=v4\n", Format::LightGbm),
        (b"tree\r\nversion=v4\r\n", Format::LightGbm),
        (
            br#"{"learner": {"a": [1, 2]}, "version": [3, 2, 0]}"#,
            Format::XgBoost,
        ),
        (b"{L\0\0\0\0\0\0\0\x07learner{}", Format::XgBoost),
        (MODEL.as_bytes(), Format::TextLinear),
        (
            br#" {"url": "http://h:8000", "model": "m", "version": "1"}"#,
            Format::Remote,
        ),
        (
            "\u{feff}{\"url\": \"http://h\", \"format\": 5}".as_bytes(),
            Format::Remote,
        ),
    ] {
        let package = read_named("whatever.bin", bytes).unwrap();
        assert_eq!(package.format, expected);
        assert_eq!(package.file_name, "whatever.bin");
        assert_survives(&package);
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_what_would_help() {
    for (bytes, expected) in [
        (&b""[..], "the file is empty"),
        (b"\x80\x04\x95\x00", "the file is a pickle"),
        (b"ccopy_reg\n_reconstructor\n", "the file is a pickle"),
        (b"\x78\x9c\x00", "as files of joblib"),
        (b"\x1f\x8b\x08", "unpack it first"),
        (b"binf\0\0", "XGBoost's old binary format"),
        (b"CBM1\0", "CatBoost"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"\x08\0\0\0ORTM", "ONNX Runtime's own format"),
        (b"<PMML>", "PMML"),
        (b"[{\"nodeid\": 0}]", "`dump_model` writes for people"),
        (b"{\"tree_info\": []}", "LightGBM's `dump_model`"),
        (b"{\"a\": 1,}", "damaged JSON"),
        (
            b"{\"a\": 1}",
            "`x.json` is in none of the formats that can be read",
        ),
        (b"hello", "is in none of the formats"),
        (b"\x3A\x7F\x01", "is in none of the formats"),
    ] {
        let refused = read_named("x.json", bytes).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn names_of_bare_files_are_made_harmless() {
    for (name, expected) in [
        ("/home/u/model.json", "model.json"),
        ("C:\\models\\model.json", "model.json"),
        ("../..", "model"),
        (".hidden", "hidden"),
        ("golden.json", "model-golden.json"),
        ("a:b\n.json", "a_b_.json"),
        ("感情.json", "感情.json"),
        ("", "model"),
    ] {
        let package = read_named(name, MODEL.as_bytes()).unwrap();
        assert_eq!(package.file_name, expected);
        assert_survives(&package);
    }
}

#[test]
fn a_golden_and_a_description_may_be_given_beside_the_file() {
    let upload = |golden, model_yaml| Upload {
        file_name: "m.json",
        bytes: MODEL.as_bytes().into(),
        golden,
        model_yaml,
        limits: &PackageLimits {
            bytes: 1 << 20,
            files: 10,
        },
    };
    let read =
        |golden, yaml| Package::read(upload(golden, yaml)).map_err(|refused| refused.message);
    let yaml = "task: text\nfeatures: [{name: review, type: text}]";
    let package = read(Some(GOLDEN.as_bytes()), Some(yaml.as_bytes())).unwrap();
    assert_eq!(package.golden.as_ref().unwrap().outputs.len(), 1);
    assert_eq!(
        package.description.features.as_ref().unwrap()[0].name,
        "review"
    );
    assert_survives(&package);
    let refused = read(None, Some(b"format: onnx")).unwrap_err();
    assert_eq!(
        refused,
        "`m.json` is written as text-linear, not as onnx, which the package says that it is"
    );
    assert!(
        read(Some(b"{}"), None)
            .unwrap_err()
            .starts_with("golden.json: inputs: is missing")
    );
}
