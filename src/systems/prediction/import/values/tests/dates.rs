use super::super::{Cell, Conversion, Fault, Kind, NullWords};
use super::converted;

fn shown(text: &str, kind: Kind) -> String {
    let converted = converted(text, kind, None);
    match converted.fault {
        Some(fault) => format!("{fault:?}"),
        None => converted.value.to_string(),
    }
}

#[test]
fn days_are_read_in_all_spellings() {
    let spellings = [
        "2020/4/1",
        "2020-04-01",
        "2020.4.1",
        "20200401",
        "２０２０年４月１日",
        "2020年4月1日(水)",
        "2020年4月1日（水・祝）",
        "2020年 4月 1日",
        "令和2年4月1日",
        "令和２年４月１日（水）",
        "令和2年4月1日水曜日",
        "R2.4.1",
        "r2.4.1",
        "Ｒ２．４．１",
        "R02-04-01",
        "R.2.4.1",
        "R020401",
        "令2/4/1",
        "令2.4.1",
        "㋿2年4月1日",
        "令和二年四月一日",
        "二〇二〇年四月一日",
        "平成32年4月1日",
        "西暦2020年4月1日",
        "令和2年(2020年)4月1日",
        "2020年(令和2年)4月1日",
        "令和2(2020)年4月1日",
        "2020-04-01 00:00:00",
    ];
    for text in spellings {
        assert_eq!(shown(text, Kind::Date), "2020-04-01", "{text}");
    }
    let cases = [
        ("令和元年5月1日", "2019-05-01"),
        ("昭和60年3月1日", "1985-03-01"),
        ("S60.3.1", "1985-03-01"),
        ("㍼60年3月1日", "1985-03-01"),
        ("㍻元年1月8日", "1989-01-08"),
        ("H15/7/20", "2003-07-20"),
        ("大正十二年九月一日", "1923-09-01"),
        ("M45.7.30", "1912-07-30"),
        ("明治四十五年七月三十日", "1912-07-30"),
        ("2000/2/29", "2000-02-29"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text, Kind::Date), expected, "{text}");
    }
}

#[test]
fn what_is_no_day_is_reported() {
    let cases = [
        "6.1.7",
        "4/1/2020",
        "令和6年2月30日",
        "2021/2/29",
        "2024/3",
        "2024年",
        "令和2年度",
        "20/4/1",
        "4月1日",
        "2020/13/1",
        "2020/4/31",
        "令和0年1月1日",
        "未定",
        "2020/4/1まで",
        "12",
        "43922",
        "2020/04/01/02",
        "Q1 2020",
        "令和2年4月1日,2日",
    ];
    for text in cases {
        assert_eq!(shown(text, Kind::Date), "NotADate", "{text}");
    }
}

#[test]
fn years_and_fiscal_years_are_western_years() {
    let cases = [
        ("2020", "2020"),
        ("2020年", "2020"),
        ("2020年度", "2020"),
        ("令和2年", "2020"),
        ("令和2年度", "2020"),
        ("令和元年", "2019"),
        ("R2", "2020"),
        ("令2", "2020"),
        ("㋿2年", "2020"),
        ("平成31年・令和元年", "2019"),
        ("平成31・令和元年度", "2019"),
        ("平成31年(令和元年)", "2019"),
        ("平成31(令和元)年度", "2019"),
        ("平成30年", "2018"),
        ("二千二十年", "2020"),
        ("令和二年", "2020"),
        ("2020/4/1", "2020"),
        ("平成31年/2019年", "2019"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text, Kind::Year), expected, "{text}");
    }
    for text in [
        "平成31年・令和2年",
        "20",
        "元年",
        "12345",
        "令和",
        "令和2・3年",
        "年",
    ] {
        assert_eq!(shown(text, Kind::Year), "NotADate", "{text}");
    }
}

#[test]
fn months_have_a_year() {
    let cases = [
        ("2020年4月", "2020-04"),
        ("2020/4", "2020-04"),
        ("令和2年4月", "2020-04"),
        ("R2.4", "2020-04"),
        ("202004", "2020-04"),
        ("2020-04-15", "2020-04"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text, Kind::Month), expected, "{text}");
    }
    for text in ["4月", "2020年", "2020/13"] {
        assert_eq!(shown(text, Kind::Month), "NotADate", "{text}");
    }
}

#[test]
fn moments_have_a_time_or_begin_their_day() {
    let cases = [
        ("2020/4/1 9:05", "2020-04-01T09:05:00"),
        ("2020-04-01T10:00:00+09:00", "2020-04-01T10:00:00"),
        ("2020-04-01T10:00:00.5Z", "2020-04-01T10:00:00.500"),
        ("令和2年4月1日(水) 午後3時30分", "2020-04-01T15:30:00"),
        ("令和2年4月1日10時", "2020-04-01T10:00:00"),
        ("2020年4月1日 午前０時５分", "2020-04-01T00:05:00"),
        ("2020/4/1 24:00", "2020-04-02T00:00:00"),
        ("2020/4/1", "2020-04-01T00:00:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text, Kind::Datetime), expected, "{text}");
    }
    for text in [
        "2020/4/1 25:00",
        "2020/4/1 10:60",
        "10:00",
        "2020/4 10:00",
        "2020/4/1 午後13時",
    ] {
        assert_eq!(shown(text, Kind::Datetime), "NotADate", "{text}");
    }
}

#[test]
fn a_day_outside_of_its_era_is_taken_and_noted() {
    let cases = [
        ("平成35年4月1日", "2023-04-01", true),
        ("令和元年4月30日", "2019-04-30", true),
        ("令和元年5月1日", "2019-05-01", false),
        ("平成31年4月30日", "2019-04-30", false),
        ("平成31年5月1日", "2019-05-01", true),
        ("昭和64年1月7日", "1989-01-07", false),
        ("昭和64年1月8日", "1989-01-08", true),
        ("大正15年12月25日", "1926-12-25", false),
        ("昭和元年12月24日", "1926-12-24", true),
    ];
    for (text, expected, is_outside) in cases {
        let converted = converted(text, Kind::Date, None);
        assert_eq!(converted.value.to_string(), expected, "{text}");
        assert_eq!(
            converted.note,
            is_outside.then_some(Fault::OutsideEra),
            "{text}"
        );
    }
    assert_eq!(
        converted("平成32年", Kind::Year, None).note,
        Some(Fault::OutsideEra)
    );
    // Eras are counted on behind a hundred years, too; H100 is a code.
    assert_eq!(shown("昭和100年1月1日", Kind::Date), "2025-01-01");
    assert_eq!(
        converted("昭和100年1月1日", Kind::Date, None).note,
        Some(Fault::OutsideEra)
    );
    assert_eq!(shown("H100", Kind::Year), "NotADate");
    assert_eq!(converted("平成31年", Kind::Year, None).note, None);
    assert_eq!(converted("平成31年・令和元年", Kind::Year, None).note, None);
    assert_eq!(converted("平成30年度", Kind::Year, None).note, None);
}

#[test]
fn a_partial_date_is_its_first_day_where_that_is_wanted() {
    let conversion = Conversion {
        takes_first: true,
        ..Conversion::of_kind(Kind::Date)
    };
    for (text, expected) in [
        ("2024/3", "2024-03-01"),
        ("令和6年", "2024-01-01"),
        ("令和6年度", "2024-04-01"),
    ] {
        let converted = conversion.convert(Cell::Text(text), None, &NullWords::default());
        assert_eq!(converted.value.to_string(), expected, "{text}");
        assert_eq!(converted.note, Some(Fault::PartialDate), "{text}");
    }
}

#[test]
fn cells_with_dates_count_days_by_their_calendar() {
    let convert = |kind: Kind, serial: f64, is_1904: bool| {
        let cell = Cell::Date { serial, is_1904 };
        let converted = Conversion::of_kind(kind).convert(cell, None, &NullWords::default());
        match converted.fault {
            Some(fault) => format!("{fault:?}"),
            None => converted.value.to_string(),
        }
    };
    assert_eq!(convert(Kind::Date, 43_922.0, false), "2020-04-01");
    assert_eq!(convert(Kind::Date, 42_460.0, true), "2020-04-01");
    assert_eq!(convert(Kind::Date, 0.0, true), "1904-01-01");
    assert_eq!(convert(Kind::Date, 1.0, false), "1900-01-01");
    assert_eq!(convert(Kind::Date, 59.0, false), "1900-02-28");
    assert_eq!(convert(Kind::Date, 60.0, false), "NotADate");
    assert_eq!(convert(Kind::Date, 61.0, false), "1900-03-01");
    assert_eq!(convert(Kind::Date, 0.5, false), "NotADate");
    assert_eq!(convert(Kind::Date, -1.0, false), "NotADate");
    assert_eq!(convert(Kind::Date, f64::NAN, false), "NotADate");
    assert_eq!(convert(Kind::Date, 1e300, false), "NotADate");
    assert_eq!(
        convert(Kind::Datetime, 43_922.75, false),
        "2020-04-01T18:00:00"
    );
    assert_eq!(convert(Kind::Year, 43_922.0, false), "2020");
    assert_eq!(convert(Kind::Month, 43_922.0, false), "2020-04");
}

#[test]
fn numbers_are_dates_only_by_their_digits() {
    let convert = |kind: Kind, number: f64| {
        let converted =
            Conversion::of_kind(kind).convert(Cell::Number(number), None, &NullWords::default());
        converted.value.to_string()
    };
    assert_eq!(convert(Kind::Date, 20_200_401.0), "2020-04-01");
    assert_eq!(convert(Kind::Date, 43_922.0), "");
    assert_eq!(convert(Kind::Year, 2020.0), "2020");
    assert_eq!(convert(Kind::Year, 2020.5), "");
    assert_eq!(convert(Kind::Month, 202_004.0), "2020-04");
}
