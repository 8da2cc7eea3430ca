use std::fs;

use super::{
    DESCRIPTION, GOLDEN, MODEL, assert_survives, handed, read_named, read_within, read_zip, zipped,
};
use crate::models::package::{Format, Package, PackageLimits};

#[test]
fn packages_as_they_are_handed_in_are_read() {
    for name in ["text_char", "text_word"] {
        let zip = fs::read(handed(&format!("handed/{name}.zip"))).unwrap();
        let package = read_named("x.zip", &zip).unwrap();
        assert_eq!(package.format, Format::TextLinear);
        assert_eq!(package.golden.as_ref().unwrap().inputs.len(), 30);
        assert_survives(&package);
        let limits = PackageLimits::default();
        let folder = Package::read_folder(&handed(&format!("handed/{name}")), None, &limits);
        assert_eq!(folder.unwrap(), package);
    }
}

#[test]
fn a_package_may_be_inside_one_folder_and_beside_what_desktops_add() {
    let parts: [(&str, &[u8]); 5] = [
        ("sentiment/model.yaml", DESCRIPTION.as_bytes()),
        ("sentiment/model.json", MODEL.as_bytes()),
        ("sentiment/golden.json", GOLDEN.as_bytes()),
        ("sentiment/.DS_Store", b"x"),
        ("__MACOSX/sentiment/._model.json", b"x"),
    ];
    let package = read_zip(&parts).unwrap();
    assert_eq!(package.file_name, "model.json");
    assert_eq!(package.golden.as_ref().unwrap().inputs.len(), 1);
    assert_survives(&package);
}

#[test]
fn a_zip_without_a_description_has_one_model() {
    let package = read_zip(&[("m.json", MODEL.as_bytes()), ("README.md", b"#")]).unwrap();
    assert_eq!(
        (package.file_name.as_str(), package.format),
        ("m.json", Format::TextLinear)
    );
    for (parts, expected) in [
        (
            vec![("a.json", MODEL), ("b.json", MODEL)],
            "which is one of `a.json`, `b.json`",
        ),
        (
            vec![("golden.json", GOLDEN)],
            "the package has no model in it, only `golden.json`",
        ),
        (
            vec![("archive/data.pkl", "x"), ("archive/version", "3")],
            "it is a model of PyTorch",
        ),
        (
            vec![("schema.json", "{}"), ("1.npy", "x")],
            "it is a model saved with skops",
        ),
        (
            vec![("model.weights.h5", "x"), ("config.json", "{}")],
            "it is a model of Keras",
        ),
        (
            vec![("model.yaml", "file: other.json"), ("m.json", MODEL)],
            "the package has no file `other.json`",
        ),
        (
            vec![("model.yaml", "file: model.yaml"), ("m.json", MODEL)],
            "model.yaml: file: expected the name of the model",
        ),
    ] {
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, c)| (*n, c.as_bytes())).collect();
        let refused = read_zip(&parts).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
    assert_eq!(read_zip(&[]).unwrap_err(), "the package is empty");
}

#[test]
fn paths_that_lead_out_of_a_zip_are_refused() {
    for name in [
        "../model.json",
        "a/../../b",
        "/etc/passwd",
        "C:/x",
        "..\\x",
        "C:\\x",
    ] {
        let refused = read_zip(&[(name, b"x"), ("model.json", MODEL.as_bytes())]).unwrap_err();
        assert!(
            refused.contains("whose path leads out of it"),
            "{name}: {refused}"
        );
    }
}

#[test]
fn names_that_are_there_twice_are_refused() {
    let zip = zipped(&[("aaaa.json", MODEL.as_bytes()), ("bbbb.json", b"{}")]);
    let refused = read_named("x.zip", &replaced(&zip, b"bbbb.json", b"aaaa.json")).unwrap_err();
    assert_eq!(refused, "the zip has two entries with the same name");
    let zip = zipped(&[("a/b.json", MODEL.as_bytes()), ("a\\b.json", b"{}")]);
    let refused = read_named("x.zip", &zip).unwrap_err();
    assert_eq!(refused, "the zip has the entry \"a/b.json\" twice");
}

#[test]
fn what_cannot_be_unpacked_is_named() {
    // The flags and the method of an entry, in its own header and in the directory.
    let patched = |offset: usize, value: u8| {
        let mut zip = zipped(&[("model.json", MODEL.as_bytes())]);
        zip[6 + offset] = value;
        let directory = zip.windows(4).position(|at| at == b"PK\x01\x02").unwrap();
        zip[directory + 8 + offset] = value;
        read_named("x.zip", &zip).unwrap_err()
    };
    assert!(patched(0, 1).contains("is encrypted"), "{}", patched(0, 1));
    assert!(
        patched(2, 12).contains("is packed with the method Bzip2; expected deflate"),
        "{}",
        patched(2, 12)
    );
    assert!(
        patched(2, 93).contains("is packed with the method Zstd"),
        "{}",
        patched(2, 93)
    );
    assert!(
        patched(2, 77).contains("is packed with the method Unknown"),
        "{}",
        patched(2, 77)
    );
}

#[test]
fn damaged_zips_are_refused() {
    let zip = zipped(&[
        ("model.yaml", DESCRIPTION.as_bytes()),
        ("model.json", MODEL.as_bytes()),
    ]);
    for end in [4, 30, zip.len() / 2, zip.len() - 1] {
        let refused = read_named("x.zip", &zip[..end]).unwrap_err();
        assert!(refused.contains("damaged"), "{end}: {refused}");
    }
    // Each byte by itself: a package, or a sentence.
    for index in 0..zip.len() {
        let mut changed = zip.clone();
        changed[index] ^= 0x55;
        if let Err(refused) = read_named("x.zip", &changed) {
            assert!(!refused.is_empty());
        }
    }
}

#[test]
fn bombs_and_large_models_are_refused() {
    let zeros = vec![0; 8 << 20];
    let refused = read_zip(&[("model.json", &zeros)]).unwrap_err();
    assert!(
        refused.contains("more than 200 times its size"),
        "{refused}"
    );
    let limits = PackageLimits::of_mebibytes(1);
    let noise: Vec<u8> = (0..2_u32 << 20)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for zip in [zipped(&[("model.json", &noise)]), noise.clone()] {
        let refused = read_within(&limits, "x", &zip).unwrap_err();
        assert!(refused.contains("`prediction.model_mb_max`"), "{refused}");
    }
    let many: Vec<String> = (0..1001).map(|index| format!("{index}.txt")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let refused = read_zip(&many).unwrap_err();
    assert_eq!(refused, "the zip has 1001 entries; a package may have 1000");
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let Some(at) = bytes.windows(from.len()).position(|part| part == from) {
        bytes[at..at + from.len()].copy_from_slice(to);
    }
    bytes
}
