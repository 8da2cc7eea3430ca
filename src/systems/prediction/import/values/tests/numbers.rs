use super::super::{Bound, Cell, Conversion, Fault, Kind, NullWords, Unit, Value, without_unit};
use super::converted;

fn number(text: &str) -> Option<f64> {
    match converted(text, Kind::Number, None).value {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

#[test]
fn numbers_are_read_as_people_write_them() {
    let cases = [
        ("１，２３４", 1234.0),
        ("1,234,567.8", 1_234_567.8),
        ("▲５６", -56.0),
        ("△1", -1.0),
        ("△ 1,000", -1000.0),
        ("−3", -3.0),
        ("－3", -3.0),
        ("-3", -3.0),
        ("+5", 5.0),
        ("(25)", -25.0),
        ("（２５）", -25.0),
        ("(1,200円)", -1200.0),
        ("(25)人", -25.0),
        ("¥1,200", 1200.0),
        ("￥1,200", 1200.0),
        ("¥-1,200", -1200.0),
        ("-¥1,200", -1200.0),
        ("\\1,200", 1200.0),
        ("￥1,200－", 1200.0),
        ("1200円", 1200.0),
        ("二十", 20.0),
        ("十", 10.0),
        ("八", 8.0),
        ("二〇二〇", 2020.0),
        ("千二百三十四", 1234.0),
        ("壱万弐千", 12_000.0),
        ("1億2,000万", 120_000_000.0),
        ("1億2,000万円", 120_000_000.0),
        ("3千円", 3000.0),
        ("3百万円", 3_000_000.0),
        ("1.5億円", 150_000_000.0),
        ("2兆", 2e12),
        ("①", 1.0),
        ("㊿", 50.0),
        ("①25", 25.0),
        ("12.5%", 0.125),
        ("１％", 0.01),
        ("5‰", 0.005),
        ("1.2E+05", 120_000.0),
        (".5", 0.5),
        ("0.1", 0.1),
        ("-0", 0.0),
        ("12名", 12.0),
        ("120.5㎡", 120.5),
        (" 7 ", 7.0),
        ("12345678901234567890", 12_345_678_901_234_567_890.0),
    ];
    for (text, expected) in cases {
        assert_eq!(number(text), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_number_is_reported() {
    let cases = [
        "1,23",
        "1,2345",
        ",123",
        "1,234,5",
        "1.2.3",
        "多数",
        "x",
        "5x",
        "▲",
        "円",
        "1 2",
        "--1",
        "▲(5)",
        "5.",
        "1-2",
        "約5",
        "万",
        "1万億",
        "十十",
        "$5円",
        "(5",
        "5)",
        "令和2年4月1日",
        "1e999999",
    ];
    for text in cases {
        assert_eq!(
            converted(text, Kind::Number, None).fault,
            Some(Fault::NotANumber),
            "{text}"
        );
    }
}

#[test]
fn units_multiply_bare_numbers_and_give_way_to_those_of_cells() {
    let cases = [
        ("1,234", "千円", 1_234_000.0),
        ("0.29", "千円", 290.0),
        ("2,000円", "千円", 2000.0),
        ("3千円", "千円", 3000.0),
        ("¥5", "百万円", 5.0),
        ("50", "%", 0.5),
        ("50%", "%", 0.5),
        ("3割", "%", 0.3),
        ("12名", "人", 12.0),
        ("5", "万人", 50_000.0),
        ("3", "mm", 3.0),
        ("2cm", "mm", 20.0),
        ("1.5km", "m", 1500.0),
        ("2ha", "㎡", 20_000.0),
        ("3トン", "kg", 3000.0),
        ("20℃", "℃", 20.0),
        ("3ヶ月", "か月", 3.0),
        ("11月", "月", 11.0),
    ];
    for (text, unit, expected) in cases {
        let converted = converted(text, Kind::Number, Some(unit));
        assert_eq!(
            converted.value,
            Value::Number(expected),
            "{text} in {unit}: {converted:?}"
        );
    }
    for (text, unit) in [
        ("5人", "千円"),
        ("5%", "円"),
        ("$5", "千円"),
        ("3日", "か月"),
        ("5kg", "m"),
    ] {
        let fault = converted(text, Kind::Number, Some(unit)).fault;
        assert_eq!(fault, Some(Fault::UnitMismatch), "{text} in {unit}");
    }
}

#[test]
fn cells_with_numbers_are_bare_numbers() {
    let conversion = Conversion {
        unit: Unit::parse("百万円"),
        ..Conversion::of_kind(Kind::Integer)
    };
    let convert = |cell| conversion.convert(cell, None, &NullWords::default());
    assert_eq!(
        convert(Cell::Number(12.5)).value,
        Value::Integer(12_500_000)
    );
    assert_eq!(
        convert(Cell::Number(0.000_000_5)).fault,
        Some(Fault::NotAnInteger)
    );
    assert_eq!(
        convert(Cell::Date {
            serial: 5.0,
            is_1904: false
        })
        .fault,
        Some(Fault::NotANumber)
    );
    assert_eq!(convert(Cell::Boolean(true)).fault, Some(Fault::NotANumber));
}

#[test]
fn the_unit_of_a_heading_counts_where_the_mapping_has_none() {
    let heading = Unit::of_heading("売上高（百万円）");
    let conversion = Conversion::of_kind(Kind::Number);
    let value = conversion
        .convert(Cell::Text("△1"), heading.as_ref(), &NullWords::default())
        .value;
    assert_eq!(value, Value::Number(-1_000_000.0));
}

#[test]
fn headings_name_units_in_brackets() {
    let cases = [
        ("金額（千円）", Some((3, "円"))),
        ("（単位：百万円）", Some((6, "円"))),
        ("面積[ha]", Some((0, "m2"))),
        ("比率〔％〕", Some((-2, "%"))),
        ("人口(単位 千人)", Some((3, "人"))),
        ("金額（税込）", None),
        ("金額（税込）（円）", Some((0, "円"))),
        ("金額", None),
        ("（", None),
    ];
    for (heading, expected) in cases {
        let unit = Unit::of_heading(heading);
        assert_eq!(
            unit.as_ref().map(|unit| (unit.scale, unit.kind)),
            expected,
            "{heading}"
        );
    }
    assert_eq!(without_unit("費用（万円）"), Some("費用".to_owned()));
    assert_eq!(without_unit("費用（税込）"), None);
}

#[test]
fn integers_have_no_fraction() {
    assert_eq!(
        converted("1.0", Kind::Integer, None).value,
        Value::Integer(1)
    );
    assert_eq!(
        converted("1.5万", Kind::Integer, None).value,
        Value::Integer(15_000)
    );
    assert_eq!(
        converted("1.5", Kind::Integer, None).fault,
        Some(Fault::NotAnInteger)
    );
    assert_eq!(
        converted("99999999999999999999", Kind::Integer, None).fault,
        Some(Fault::NotAnInteger)
    );
}

#[test]
fn bounds_are_checked_after_units() {
    let conversion = Conversion {
        unit: Unit::parse("%"),
        max: Some(Bound::Number(1.0)),
        min: Some(Bound::Number(0.0)),
        ..Conversion::of_kind(Kind::Number)
    };
    let convert = |text| conversion.convert(Cell::Text(text), None, &NullWords::default());
    assert_eq!(convert("100").value, Value::Number(1.0));
    assert_eq!(convert("150%").fault, Some(Fault::OutOfRange));
    assert_eq!(convert("▲1").fault, Some(Fault::OutOfRange));
}
