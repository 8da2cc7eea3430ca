use super::{Document, DocumentFault, Json, Ubjson};

/// What a document says of a list of numbers in the member `a`.
fn numbers(mut document: impl Document) -> Result<Vec<f32>, String> {
    let mut numbers = None;
    let read = document
        .object(|document, key| match key {
            "a" => {
                numbers = Some(document.numbers()?);
                Ok(())
            }
            _ => document.skip(),
        })
        .and_then(|()| document.end());
    read.map_err(|fault: DocumentFault| fault.to_string())?;
    numbers.ok_or_else(|| "no numbers".to_owned())
}

#[test]
fn json_is_read_as_xgboost_writes_it() {
    let file = r#" {"b": {"c": [null, "a\"\\", {}]}, "\u0061": [ 1E-1 ,-2.5E0, true, 7],"d":[]} "#;
    assert_eq!(
        numbers(Json::new(file.as_bytes())),
        Ok(vec![0.1, -2.5, 1.0, 7.0])
    );
    let found = numbers(Json::new(br#"{"a": [NaN, Infinity, -Infinity]}"#)).unwrap();
    assert!(found[0].is_nan());
    assert_eq!(found[1..], [f32::INFINITY, f32::NEG_INFINITY]);
}

#[test]
fn faults_of_json_are_named() {
    let cases = [
        ("", "expected an object, found the end of the file (byte 0)"),
        ("[]", "expected an object, found \"[]\" (byte 0)"),
        (
            "{\"a\":[1 2]}",
            "a: expected a comma, found \"2]}\" (byte 8)",
        ),
        ("{\"a\":[1,]}", "a: expected a value, found \"]}\" (byte 8)"),
        (
            "{\"a\":[\"1\"]}",
            "a: expected a value, found \"\\\"1\\\"]}\" (byte 6)",
        ),
        (
            "{\"a\":[1]} x",
            "expected the end of the file, found \"x\" (byte 10)",
        ),
        ("{\"a", "this text has no end (byte 1)"),
        (
            "{\"\\x\":1}",
            "this text has a character or an escape that JSON has not (byte 5)",
        ),
        (
            "{\"b\":[[],[[1}]]}",
            "b[1][0]: expected a comma, found \"}]]}\" (byte 12)",
        ),
    ];
    for (file, expected) in cases {
        assert_eq!(
            numbers(Json::new(file.as_bytes())),
            Err(expected.to_owned()),
            "{file}"
        );
    }
    let deep = format!("{{\"b\":{}", "[".repeat(100_000));
    let found = numbers(Json::new(deep.as_bytes())).unwrap_err();
    assert!(
        found.ends_with("more than 64 lists and objects within each other (byte 69)"),
        "{found}"
    );
}

#[test]
fn numbers_of_ubjson_have_many_types() {
    let plain = b"{i\x01a[i\xffU\xffI\x01\x00l\x00\x00\x00\x02L\0\0\0\0\0\0\0\x03d\x3f\0\0\0D\x3f\xe0\0\0\0\0\0\0TF]}";
    let expected = vec![-1.0, 255.0, 256.0, 2.0, 3.0, 0.5, 0.5, 1.0, 0.0];
    assert_eq!(numbers(Ubjson::new(plain)), Ok(expected));
    let typed = b"{U\x01b{$[#i\x01i\x01x$U#i\x02\x01\x02i\x01a[$d#i\x02\x3f\0\0\0\xbf\0\0\0}";
    assert_eq!(numbers(Ubjson::new(typed)), Ok(vec![0.5, -0.5]));
    let counted = b"{i\x01a[#i\x02i\x01i\x02i\x01bSi\x03abcNi\x01cZi\x01dCxi\x01eHi\x011}";
    assert_eq!(numbers(Ubjson::new(counted)), Ok(vec![1.0, 2.0]));
}

#[test]
fn faults_of_ubjson_are_named() {
    let cases: [(&[u8], &str); 8] = [
        (
            b"{",
            "expected 1 bytes, found the end of the file after 0 (byte 1)",
        ),
        (
            b"{i\xffa",
            "expected a length that is not negative (byte 3)",
        ),
        (
            b"{l\x7f\xff\xff\xffa",
            "expected 2147483647 bytes, found the end of the file after 1 (byte 6)",
        ),
        (
            b"{i\x01a[$d#l\x7f\xff\xff\xff\0",
            "a: expected 2147483647 values, but only 1 bytes are left (byte 13)",
        ),
        (
            b"{i\x01a[$Z#i\x00]",
            "a: expected values that take bytes, found a value of type 'Z' (byte 10)",
        ),
        (b"{i\x01a[$d]", "a: expected the number of values (byte 7)"),
        (
            b"{i\x01aSi\x01a",
            "a: expected a list of numbers, found a value of type 'S' (byte 5)",
        ),
        (
            b"{i\x01a[Si\x01a]}",
            "a[0]: expected a number, found a value of type 'S' (byte 6)",
        ),
    ];
    for (file, expected) in cases {
        assert_eq!(
            numbers(Ubjson::new(file)),
            Err(expected.to_owned()),
            "{file:?}"
        );
    }
    let mut deep = b"{i\x01b".to_vec();
    deep.extend([b'['; 100_000]);
    let found = numbers(Ubjson::new(&deep)).unwrap_err();
    assert!(
        found.contains("more than 64 lists and objects within each other"),
        "{found}"
    );
}
