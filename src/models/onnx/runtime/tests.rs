use std::fs;

use super::external::has_external_data;
use super::library::problem_of;

#[test]
fn a_library_that_cannot_be_used_is_one_sentence_without_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libonnxruntime.so");
    let problem = problem_of(&path).unwrap();
    assert_eq!(
        problem,
        "there is no such file; expected a libonnxruntime.so"
    );
    fs::write(&path, "not a library").unwrap();
    let problem = problem_of(&path).unwrap();
    assert_eq!(
        problem,
        "the file is not a library that this machine can load; expected a libonnxruntime.so for it"
    );
    assert!(
        problem_of(folder.path())
            .unwrap()
            .contains("there is no such file")
    );
}

/// A field with a length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
    bytes.extend(content);
    bytes
}

#[test]
fn data_in_other_files_is_found_wherever_it_stands() {
    let inside = field(1, b"x");
    let external = [field(8, b"w"), vec![14 << 3, 1]].concat();
    let entry = field(13, &field(1, b"location"));
    let default = [field(8, b"w"), vec![14 << 3, 0]].concat();
    let node = |tensor: &[u8]| field(1, &field(5, &field(5, tensor)));
    let branch = |tensor: &[u8]| field(1, &field(5, &field(6, &field(5, tensor))));
    for (graph, expected) in [
        (field(5, &inside), false),
        (field(5, &default), false),
        (field(5, &external), true),
        (field(5, &entry), true),
        (node(&inside), false),
        (node(&external), true),
        (branch(&inside), false),
        (branch(&entry), true),
    ] {
        assert_eq!(has_external_data(&field(7, &graph)), expected, "{graph:?}");
    }
    assert!(has_external_data(b"\x3A\x7F\x01"));
    assert!(!has_external_data(b""));
}
