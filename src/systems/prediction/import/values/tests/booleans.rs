use super::super::{Cell, Conversion, Fault, Kind, NullWords, Value};
use super::converted;

#[test]
fn marks_and_words_are_yes_or_no() {
    for text in [
        "○", "◯", "〇", "✓", "レ", "ﾚ", "有", " 有 ", "はい", "可", "TRUE",
    ] {
        assert_eq!(
            converted(text, Kind::Boolean, None).value,
            Value::Boolean(true),
            "{text}"
        );
    }
    for text in ["×", "✗", "無", "いいえ", "否", "FALSE"] {
        assert_eq!(
            converted(text, Kind::Boolean, None).value,
            Value::Boolean(false),
            "{text}"
        );
    }
    for text in ["△", "1", "0", "x", "不明", "有無"] {
        assert_eq!(
            converted(text, Kind::Boolean, None).fault,
            Some(Fault::NotABoolean),
            "{text}"
        );
    }
}

#[test]
fn only_cells_that_are_true_or_false_are_booleans() {
    let conversion = Conversion::of_kind(Kind::Boolean);
    let convert = |cell| conversion.convert(cell, None, &NullWords::default());
    assert_eq!(convert(Cell::Boolean(true)).value, Value::Boolean(true));
    assert_eq!(convert(Cell::Number(1.0)).fault, Some(Fault::NotABoolean));
}
