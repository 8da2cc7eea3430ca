use super::super::json::parse;
use crate::yaml::Position;

#[test]
fn values_are_what_json_says() {
    let text = r#" {"a": ["x\n\u00e9\ud83d\ude00\/", 1, -0.5e+3, true, null, {}], "b": []} "#;
    let value = parse(text).unwrap().into_json().unwrap();
    let expected: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(value["a"][0], expected["a"][0]);
    assert_eq!(value["a"][3], expected["a"][3]);
    assert_eq!(value["b"], expected["b"]);
}

#[test]
fn places_are_lines_and_characters() {
    let root = parse("{\n  \"拉麵\": \"é\", \"b\": [1,\n 2]}").unwrap();
    let list = root.get("b").unwrap();
    assert_eq!(
        list.position,
        Position {
            line: 2,
            column: 19
        }
    );
    let crate::yaml::Content::List(elements) = &list.content else {
        panic!("a list")
    };
    assert_eq!(elements[1].position, Position { line: 3, column: 2 });
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for (text, column, problem) in [
        ("", 1, "expected a value, found the end of the text"),
        (
            "{\"a\":1,}",
            8,
            "expected a key in double quotes, found `}`",
        ),
        ("{'a':1}", 2, "expected a key in double quotes"),
        ("[1 2]", 4, "expected `,` or `]`, found `2`"),
        ("[1] x", 5, "expected the end, found `x`"),
        ("[01]", 4, "a number that begins with 0"),
        ("[1.]", 4, "expected a digit"),
        ("\"\\ud83d\"", 2, "half of a surrogate pair"),
        ("\"\\ude00\"", 2, "half of a surrogate pair"),
        ("\"\\ud83d\\u0041\"", 2, "half of a surrogate pair"),
        ("\"\\u12\"", 2, "expected four hexadecimal digits"),
        ("\"a\nb\"", 3, "expected an escape such as \\n"),
        ("\"abc", 5, "the quote is not closed"),
        ("nul", 1, "expected a value"),
    ] {
        let fault = parse(text).unwrap_err();
        assert!(fault.problem.contains(problem), "{text}: {}", fault.problem);
        assert_eq!(fault.position.column, column, "{text}");
    }
}
