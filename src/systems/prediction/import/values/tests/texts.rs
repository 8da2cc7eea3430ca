use super::super::{Cell, Conversion, Fault, Kind, NullWords, Pattern, Value, clean, fold};
use super::converted;

#[test]
fn a_text_is_normal_trimmed_and_without_marks_at_its_ends() {
    let cases = [
        ("ｱﾙﾌｧ", "アルファ"),
        ("  東京\u{3000}\n 第１ ", "東京 第1"),
        ("㈱アルファ①", "(株)アルファ"),
        ("①②", "12"),
        ("③ 第①回 ④", "第1回"),
        ("❶見出し", "見出し"),
        ("～特価～", "~特価~"),
        ("∥髙﨑", "∥髙﨑"),
        ("㎡", "m2"),
        ("A\0B", "AB"),
        ("", ""),
        (" \u{3000}", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(clean(text), expected, "{text:?}");
    }
}

#[test]
fn a_folded_text_has_no_white_space_and_no_circled_numbers() {
    let cases = [
        ("地 域", "地域"),
        ("店舗\n名", "店舗名"),
        ("売上①高②", "売上高"),
        ("①", "1"),
        ("従業員数（人）", "従業員数(人)"),
        ("ｱ ｲ", "アイ"),
    ];
    for (text, expected) in cases {
        assert_eq!(fold(text), expected, "{text:?}");
    }
}

#[test]
fn a_raw_text_stays_as_it_is() {
    let value = converted(" ｱ①\n", Kind::Raw, None).value;
    assert_eq!(value, Value::Text(" ｱ①\n".to_owned()));
}

#[test]
fn other_cells_are_texts_as_they_are_shown() {
    let conversion = Conversion::of_kind(Kind::Text);
    let cases = [
        (Cell::Number(12.0), "12"),
        (Cell::Number(0.1), "0.1"),
        (Cell::Number(-1.5e-3), "-0.0015"),
        (Cell::Boolean(true), "TRUE"),
        (
            Cell::Date {
                serial: 43_922.0,
                is_1904: false,
            },
            "2020-04-01",
        ),
        (
            Cell::Date {
                serial: 43_922.5,
                is_1904: false,
            },
            "2020-04-01 12:00:00",
        ),
        (Cell::Duration(1.5), "36:00"),
    ];
    for (cell, expected) in cases {
        let value = conversion.convert(cell, None, &NullWords::default()).value;
        assert_eq!(value, Value::Text(expected.to_owned()), "{cell:?}");
    }
}

#[test]
fn words_for_nothing_are_null_where_the_type_is_not_text() {
    for word in ["-", "－", "—", "―", "…", "***", "N/A", "Ｎ／Ａ", " - "] {
        assert_eq!(
            converted(word, Kind::Integer, None).value,
            Value::Null,
            "{word}"
        );
        assert_eq!(converted(word, Kind::Integer, None).fault, None, "{word}");
        assert_ne!(
            converted(word, Kind::Text, None).value,
            Value::Null,
            "{word}"
        );
    }
}

#[test]
fn patterns_take_out_extract_and_check() {
    let pattern = |text: &str| Some(Pattern::new(text).expect("a pattern"));
    let nulls = NullWords::default();
    let convert =
        |conversion: &Conversion, text: &str| conversion.convert(Cell::Text(text), None, &nulls);
    let strip = Conversion {
        strip: pattern("m2$"),
        ..Conversion::of_kind(Kind::Number)
    };
    assert_eq!(convert(&strip, "120.5㎡").value, Value::Number(120.5));
    let matching = Conversion {
        matching: pattern(r"^No\.(\d+)"),
        ..Conversion::of_kind(Kind::Integer)
    };
    assert_eq!(convert(&matching, "Ｎｏ．１２号").value, Value::Integer(12));
    assert_eq!(convert(&matching, "12").fault, Some(Fault::NotAllowed));
    let like = Conversion {
        like: pattern(r"^\d{4}$"),
        ..Conversion::of_kind(Kind::Text)
    };
    assert_eq!(convert(&like, "0012").value, Value::Text("0012".to_owned()));
    assert_eq!(convert(&like, "12").fault, Some(Fault::NotAllowed));
    let one_of = Conversion {
        one_of: vec!["関東".to_owned(), "関西".to_owned()],
        ..Conversion::of_kind(Kind::Text)
    };
    assert_eq!(
        convert(&one_of, "関 西").value,
        Value::Text("関 西".to_owned())
    );
    assert_eq!(convert(&one_of, "九州").fault, Some(Fault::NotAllowed));
}

#[test]
fn a_pattern_matches_in_the_form_in_which_texts_are_stored() {
    let pattern = |text: &str| Pattern::new(text).expect("a pattern");
    let found = pattern("（(令和.+)年分）").found("（令和６年分）");
    assert_eq!(found.as_deref(), Some("令和6"));
    assert!(pattern("^[０-９]+％$").finds("12％"));
    assert!(pattern("Ａ＋Ｂ").finds("A+B"));
    assert!(!pattern("Ａ＋Ｂ").finds("AAB"));
    assert!(pattern("＜注＞").finds("<注>"));
    // As they stand, too: a raw text changes nothing.
    assert!(pattern("^（").is_match("（注）"));
    assert_eq!(pattern("（.+）").removed_from("東京(本店)"), "東京");
    assert!(pattern("（.+）").captured("東京").is_none());
    assert!(!pattern("（.+）").has_group());
    assert!(pattern("（(.+)）").has_group());
}

#[test]
fn errors_and_formulas_without_values_are_reported_for_every_type() {
    for kind in [
        Kind::Text,
        Kind::Raw,
        Kind::Number,
        Kind::Date,
        Kind::Boolean,
    ] {
        let conversion = Conversion::of_kind(kind);
        let nulls = NullWords::default();
        let fault = |cell| conversion.convert(cell, None, &nulls).fault;
        assert_eq!(fault(Cell::Error("#REF!")), Some(Fault::ErrorValue));
        assert_eq!(fault(Cell::NoValue), Some(Fault::NoFormulaValue));
    }
}
