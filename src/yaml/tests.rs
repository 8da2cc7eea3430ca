use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Everything {
    text: String,
    maybe: Option<String>,
    count: u64,
    share: f64,
    wanted: bool,
    list: Vec<u16>,
    table: BTreeMap<String, u64>,
    inner: Inner,
    level: Level,
    connections: BTreeMap<String, Connection>,
    any: Value,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Inner {
    depth: u64,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    #[default]
    Low,
    High,
    Exactly(u64),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Connection {
    url: String,
    port: u16,
}

fn from_str<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Vec<YamlFault>> {
    read(&parse(text).map_err(|fault| vec![fault])?)
}

fn good(text: &str) -> Everything {
    from_str(text).unwrap()
}

/// As callers print them, with the column.
fn faults(text: &str) -> Vec<String> {
    let faults = from_str::<Everything>(text).unwrap_err();
    let lines = faults.iter().map(|fault| {
        let Position { line, column } = fault.position;
        format!("{line}:{column}: {fault}")
    });
    lines.collect()
}

#[test]
fn a_scalar_is_what_it_is_read_as() {
    let read = good("text: 1.10\nmaybe: true\ncount: 0x1F\nshare: 1\nwanted: True\n");
    assert_eq!((read.text.as_str(), read.count), ("1.10", 31));
    assert_eq!((read.maybe.as_deref(), read.wanted), (Some("true"), true));
    assert!((read.share - 1.0).abs() < f64::EPSILON);
    let any = good("any: [1, -1, 1.5, true, ~, 0123, '1', yes, !!str 1, +3, 1e3, 12:30, -0x10]\n");
    let expected = json!([
        1, -1, 1.5, true, null, "0123", "1", "yes", "1", 3, 1000.0, "12:30", -16
    ]);
    assert_eq!(any.any, expected);
    assert_eq!(
        parse("[1, 0123]").unwrap().into_json(),
        Ok(json!([1, "0123"]))
    );
}

#[test]
fn null_is_nothing_and_an_empty_collection() {
    for text in [
        "",
        "# only a comment\n",
        "---\n",
        "maybe: null\ninner:\nlist:\ntable: ~\n",
    ] {
        assert_eq!(good(text), Everything::default(), "{text:?}");
    }
    assert_eq!(good("maybe: ''\n").maybe.as_deref(), Some(""));
}

#[test]
fn a_word_may_carry_a_value() {
    assert_eq!(good("level: high\n").level, Level::High);
    assert_eq!(good("level: {exactly: 3}\n").level, Level::Exactly(3));
    assert_eq!(
        faults("level: lowest\n"),
        ["1:8: level: unknown variant `lowest`, expected one of `low`, `high`, `exactly`"]
    );
    let told = faults("level: {exactly: x}\n");
    assert!(
        told[0].starts_with("1:18: level.exactly: invalid type: string \"x\""),
        "{told:?}"
    );
}

#[test]
fn all_faults_are_found_at_once() {
    let text = "\
count: many
share: [1]
wanted: 'true'
list: [1, x, 70000]
inner:
  depht: 1
  depth: -1
connections:
  a: {url: x, port: y}
  b: {port: 1}
  c: 5
text: {a: 1}
txt: x
";
    assert_eq!(
        faults(text),
        [
            "1:8: count: invalid type: string \"many\", expected a whole number from 0 up",
            "2:8: share: invalid type: sequence, expected a number",
            "3:9: wanted: invalid type: string \"true\", expected true or false",
            "4:11: list[1]: invalid type: string \"x\", expected a whole number from 0 to 65535",
            "4:14: list[2]: invalid value: integer `70000`, expected a whole number from 0 to 65535",
            "6:3: inner: unknown field `depht`, expected `depth`",
            "7:10: inner.depth: invalid type: integer `-1`, expected a whole number from 0 up",
            "9:21: connections.a.port: invalid type: string \"y\", expected a whole number from 0 \
             to 65535",
            "10:6: connections.b: missing field `url`",
            "11:6: connections.c: invalid type: integer `5`, expected a mapping",
            "12:7: text: invalid type: map, expected a string",
            "13:1: unknown field `txt`, expected one of `text`, `maybe`, `count`, `share`, \
             `wanted`, `list`, `table`, `inner`, `level`, `connections`, `any`",
        ]
    );
}

#[test]
fn a_fault_knows_the_entry_that_is_to_be_changed() {
    let faults = from_str::<Everything>("inner: {depht: 1}\ncount: x\n").unwrap_err();
    let entries: Vec<&str> = faults.iter().map(|fault| fault.entry.as_str()).collect();
    assert_eq!(entries, ["inner.depht", "count"]);
}

#[test]
fn a_repeated_key_is_a_fault_everywhere() {
    let told = faults("inner:\n  depth: 1\n  depth: x\nany: [{a: 1, b: 2, a: 3}]\ncount: y\n");
    assert_eq!(
        told,
        [
            "3:3: inner: the key `depth` is given twice, first on line 2",
            "4:20: any[0]: the key `a` is given twice, first on line 4",
            "5:8: count: invalid type: string \"y\", expected a whole number from 0 up",
        ]
    );
    let fault = parse("{a: 1, a: 2}").unwrap().into_json().unwrap_err();
    assert_eq!(
        (fault.position.column, fault.to_string()),
        (8, "the key `a` is given twice".into())
    );
}

#[test]
fn an_alias_stands_for_its_value() {
    let read = good("table: &numbers {a: 1}\nany: [*numbers, *numbers]\n");
    assert_eq!(read.any, json!([{ "a": 1 }, { "a": 1 }]));
    let told = faults("inner: &inner\n  depth: x\nany: 1\ntable: *inner\n");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("2:10: inner.depth: "), "{told:?}");
    assert_eq!(
        faults("any: *gone\n"),
        ["1:6: the alias refers to no anchor above it (column 6)"]
    );
    assert_eq!(
        faults("any: &loop [*loop]\n"),
        ["1:13: the alias stands inside the value that it refers to"]
    );
}

#[test]
fn aliases_cannot_stand_for_more_than_memory_holds() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..=9 {
        let alias = format!("*a{}", level - 1);
        let aliases = [alias.as_str(); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let fault = parse(&bomb).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "aliases stand for more than 1000000 values"
    );
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..=100 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let fault = parse(&chain).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "is nested too deeply; expected at most 64 levels"
    );
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let deep = format!("{}x{}", open.repeat(5_000), close.repeat(5_000));
        let fault = parse(&deep).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "is nested too deeply; expected at most 64 levels"
        );
    }
}

#[test]
fn what_is_no_yaml_says_what_to_do() {
    for (text, expected) in [
        (
            "inner:\n\tdepth: 1\n",
            "2:2: a tab in the indentation; expected spaces (column 2)",
        ),
        (
            "list: [1, 2\ncount: 1\n",
            "2:6: did not find expected `,` or `]` before this key; is a list above it not closed? \
             (column 6)",
        ),
        ("table: {a: 1\n", "1:8: `{` is not closed (column 8)"),
        ("text: 'x\n", "1:7: the quote is not closed (column 7)"),
        (
            "text: @x\n",
            "1:7: unexpected character `@`; expected quotes around a text that begins with it \
             (column 7)",
        ),
        (
            "text: a: b\n",
            "1:8: a key is not allowed here; check the indentation, and put a text that contains \
             `: ` in quotes (column 8)",
        ),
        (
            "count: 1\n---\ncount: 2\n",
            "2:1: a second document begins here; expected only one in a file",
        ),
        (
            "[a, b]: 1\n",
            "1:1: a list or a mapping cannot be a key; expected a word",
        ),
    ] {
        assert_eq!(faults(text), [expected], "{text:?}");
    }
}

#[test]
fn ends_of_lines_and_a_byte_order_mark_change_nothing() {
    let text = "count: 1\ninner:\n  depth: 2\ntext: |\n  a\n  b\n";
    let expected = good(text);
    assert_eq!(expected.text, "a\nb\n");
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(good(&windows), expected);
    assert_eq!(good(&format!("---\n{text}...\n")), expected);
    let told = faults("\u{feff}count: 1\r\ninner:\r\n  depth: x\r\n");
    assert!(told[0].starts_with("3:10: inner.depth: "), "{told:?}");
}

#[test]
fn what_has_no_types_is_whatever_it_is_read_as() {
    let value = |text: &str| {
        let position = Position::default();
        let key = |name: &str| Node::scalar(position, name.to_owned(), Style::Plain);
        let entry = |name: &str| Entry {
            key: key(name),
            value: Node::scalar(position, text.to_owned(), Style::Untyped),
        };
        Node::mapping(
            position,
            vec![entry("text"), entry("maybe"), entry("wanted")],
        )
    };
    let read: Everything = read(&value("1")).unwrap();
    assert_eq!(
        (read.text.as_str(), read.maybe.as_deref()),
        ("1", Some("1"))
    );
    assert!(read.wanted);
    let faults = super::read::read::<Everything>(&value("null")).unwrap_err();
    assert_eq!(faults.len(), 1, "only `wanted` cannot be null: {faults:?}");
}

#[test]
fn the_fields_of_a_struct_are_known() {
    assert_eq!(fields::<Inner>(), ["depth"]);
    assert_eq!(fields::<Level>(), [""; 0]);
}
