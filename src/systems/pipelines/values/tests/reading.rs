use super::*;

const ALL: [ParamType; 8] = [
    ParamType::String,
    ParamType::Int,
    ParamType::Bool,
    ParamType::Date,
    ParamType::Month,
    ParamType::Hour,
    ParamType::Minute,
    ParamType::Choice,
];

#[test]
fn values_are_written_as_they_are_read() {
    let good = [
        (
            ParamType::String,
            &["a", "0", "_x", "us-east_1", "a=b", "v1..v2", "x@y.z+1"][..],
        ),
        (
            ParamType::Int,
            &[
                "0",
                "7",
                "-7",
                "9223372036854775807",
                "-9223372036854775808",
            ],
        ),
        (ParamType::Bool, &["true", "false"]),
        (
            ParamType::Date,
            &["2026-11-21", "0001-01-01", "9999-12-31", "2024-02-29"],
        ),
        (ParamType::Month, &["2026-11", "0001-01", "9999-12"]),
        (
            ParamType::Hour,
            &["2026-11-21T05", "2026-11-21T00", "2026-11-21T23"],
        ),
        (
            ParamType::Minute,
            &["2026-11-21T0530", "2026-11-21T0000", "2026-11-21T2359"],
        ),
        (ParamType::Choice, &["imp", "us east/1", "日本"]),
    ];
    for (kind, texts) in good {
        for text in texts {
            assert_eq!(
                kind.read(text).map(|value| value.to_string()).as_deref(),
                Ok(*text)
            );
        }
    }
}

#[test]
fn there_is_one_way_to_write_a_value() {
    let bad = [
        (
            ParamType::String,
            &[
                "",
                "-rf",
                "../../etc",
                "a/b",
                "$(id)",
                "'; DROP",
                "a b",
                "é",
                ".x",
                "a,b",
            ][..],
        ),
        (
            ParamType::Int,
            &[
                "",
                "-",
                "+7",
                "007",
                "-0",
                "1.0",
                "1e3",
                "9223372036854775808",
                "٣",
                "0x1",
            ],
        ),
        (ParamType::Bool, &["", "True", "yes", "1", "no"]),
        (
            ParamType::Date,
            &[
                "",
                "2026-02-30",
                "2026-13-01",
                "2026-00-01",
                "2026-01-00",
                "0000-01-01",
                "10000-01-01",
                "2026-1-1",
                "2026-11-2",
                "2026-11-21T05",
                "+026-11-21",
                "-026-11-21",
                "2026/11/21",
                "2026-11",
                "20261121",
                "2025-02-29",
                "2026-11-+1",
                "٢٠٢٦-11-21",
                "2026-W47",
                "2026-11é21",
            ],
        ),
        (
            ParamType::Month,
            &[
                "",
                "2026-13",
                "2026-00",
                "0000-01",
                "2026-1",
                "2026-11-01",
                "2026",
                "2026-+1",
            ],
        ),
        (
            ParamType::Hour,
            &[
                "",
                "2026-11-21T24",
                "2026-11-21",
                "2026-11-21T5",
                "2026-11-21T0530",
                "2026-11-21 05",
                "2026-02-30T05",
                "2026-11-21t05",
                "2026-11-21T+5",
            ],
        ),
        (
            ParamType::Minute,
            &[
                "",
                "2026-11-21T2400",
                "2026-11-21T0560",
                "2026-11-21T05:30",
                "2026-11-21T05",
                "2026-11-21T053",
                "2026-11-21T053é",
            ],
        ),
        (ParamType::Choice, &[""]),
    ];
    for (kind, texts) in bad {
        for text in texts {
            assert!(kind.read(text).is_err(), "{kind:?} {text:?}");
        }
    }
    for kind in ALL {
        for (text, _) in [
            ("2026-11-21", 0),
            ("2026-11", 0),
            ("7", 0),
            ("true", 0),
            ("a", 0),
        ] {
            for spoilt in [
                format!("{text}\n"),
                format!("{text}\0"),
                format!("\n{text}"),
                format!("{text}\u{7f}"),
            ] {
                assert!(kind.read(&spoilt).is_err(), "{kind:?} {spoilt:?}");
            }
            if kind != ParamType::Choice {
                assert!(kind.read(&format!(" {text}")).is_err(), "{kind:?}");
                assert!(kind.read(&format!("{text} ")).is_err(), "{kind:?}");
            }
        }
        assert!(kind.read(&"9".repeat(1_000_000)).is_err());
    }
    assert!(ParamType::String.read(&"a".repeat(200)).is_ok());
    assert!(ParamType::String.read(&"a".repeat(201)).is_err());
}

#[test]
fn a_pattern_has_to_match_the_whole_of_a_text() {
    let read =
        |pattern: &str, text: &str| read_text(text, Some(&whole_pattern(pattern).unwrap())).is_ok();
    assert!(read("a|ab", "ab"));
    assert!(!read("a|ab", "abc"));
    assert!(!read("b", "ab"));
    assert!(read("[a-z/]+", "a/b"));
    assert!(!read("(?s).*", "a\nb"));
    assert!(!read("(?s).*", "a\0b"));
    assert!(whole_pattern("a)|(b").is_err());
    assert!(whole_pattern("(").is_err());
    assert!(whole_pattern("(?x)a # comment").is_err());
    assert!(whole_pattern("(?:a{1000}){1000}").is_err());
}

#[test]
fn a_moment_is_cut_to_a_type() {
    let moment = moment(2026, 11, 21, 5, 30);
    let cut = |kind: ParamType| kind.cut(moment).map(|value| value.to_string());
    assert_eq!(cut(ParamType::Month).as_deref(), Some("2026-11"));
    assert_eq!(cut(ParamType::Date).as_deref(), Some("2026-11-21"));
    assert_eq!(cut(ParamType::Hour).as_deref(), Some("2026-11-21T05"));
    assert_eq!(cut(ParamType::Minute).as_deref(), Some("2026-11-21T0530"));
    assert_eq!(cut(ParamType::Int), None);
    assert_eq!(ParamType::Date.cut(NaiveDateTime::MAX), None);
    assert_eq!(ParamType::Date.cut(NaiveDateTime::MIN), None);
}
