use super::*;

fn typed(kind: ParamType, text: &str) -> Result<Vec<String>, String> {
    written(kind, text, 1000).map(|values| values.iter().map(ParamValue::to_string).collect())
}

/// How many, the first and the last.
fn summary(kind: ParamType, text: &str) -> (usize, String, String) {
    let values = typed(kind, text).unwrap();
    (
        values.len(),
        values[0].clone(),
        values[values.len() - 1].clone(),
    )
}

#[test]
fn a_range_has_both_ends() {
    assert_eq!(
        typed(ParamType::Int, "-1..2"),
        Ok(["-1", "0", "1", "2"].map(String::from).to_vec())
    );
    assert_eq!(typed(ParamType::Int, "7..7"), Ok(vec!["7".into()]));
    assert_eq!(
        typed(ParamType::Date, "2024-02-28..2024-03-01"),
        Ok(["2024-02-28", "2024-02-29", "2024-03-01"]
            .map(String::from)
            .to_vec())
    );
    assert_eq!(
        typed(ParamType::Month, "2026-11..2027-01"),
        Ok(["2026-11", "2026-12", "2027-01"].map(String::from).to_vec())
    );
    assert_eq!(
        summary(ParamType::Hour, "2026-11-21T22..2026-11-22T01"),
        (4, "2026-11-21T22".into(), "2026-11-22T01".into())
    );
    assert_eq!(
        summary(ParamType::Minute, "2026-12-31T2358..2027-01-01T0001"),
        (4, "2026-12-31T2358".into(), "2027-01-01T0001".into())
    );
    assert_eq!(
        typed(ParamType::Date, "9999-12-30..9999-12-31").map(|values| values.len()),
        Ok(2)
    );
}

#[test]
fn a_list_may_hold_ranges() {
    assert_eq!(
        typed(ParamType::Int, "5,1..2,9"),
        Ok(["5", "1", "2", "9"].map(String::from).to_vec())
    );
    assert_eq!(
        typed(ParamType::Choice, "imp,click"),
        Ok(["imp", "click"].map(String::from).to_vec())
    );
    assert_eq!(
        typed(ParamType::String, "v1..v2"),
        Ok(vec!["v1..v2".into()])
    );
    assert!(typed(ParamType::Int, "1,").is_err());
    assert!(typed(ParamType::Int, "").is_err());
    assert!(typed(ParamType::Int, "1,,2").is_err());
    assert!(typed(ParamType::Int, "1..2..3").is_err());
    assert!(typed(ParamType::Int, "..").is_err());
    assert!(typed(ParamType::Int, "1..").is_err());
    assert!(
        typed(ParamType::Bool, "false..true")
            .unwrap_err()
            .contains("ranges")
    );
}

#[test]
fn a_time_may_be_given_by_what_it_lies_in() {
    assert_eq!(
        summary(ParamType::Date, "2026-W47"),
        (7, "2026-11-16".into(), "2026-11-22".into())
    );
    assert_eq!(summary(ParamType::Date, "2026-W53").0, 7);
    assert!(typed(ParamType::Date, "2025-W53").is_err());
    assert!(typed(ParamType::Date, "2026-W00").is_err());
    assert_eq!(
        summary(ParamType::Date, "2026-11"),
        (30, "2026-11-01".into(), "2026-11-30".into())
    );
    assert_eq!(
        summary(ParamType::Date, "9999-12"),
        (31, "9999-12-01".into(), "9999-12-31".into())
    );
    assert_eq!(
        summary(ParamType::Date, "2026-11..2026-W51"),
        (50, "2026-11-01".into(), "2026-12-20".into())
    );
    assert_eq!(
        summary(ParamType::Hour, "2026-11-21"),
        (24, "2026-11-21T00".into(), "2026-11-21T23".into())
    );
    assert_eq!(summary(ParamType::Hour, "2026-11").0, 720);
    assert_eq!(summary(ParamType::Hour, "2026-11-21..2026-11-22").0, 48);
    assert_eq!(
        summary(ParamType::Minute, "2026-11-21T05"),
        (60, "2026-11-21T0500".into(), "2026-11-21T0559".into())
    );
    assert!(typed(ParamType::Month, "2026-W47").is_err());
    assert!(typed(ParamType::Month, "2026").is_err());
}

#[test]
fn too_many_are_refused_before_they_are_made() {
    let text = "0001-01-01..9999-12-31";
    assert_eq!(
        typed(ParamType::Date, text),
        Err("expected at most 1000 values".into())
    );
    assert!(typed(ParamType::Minute, text).is_err());
    assert!(typed(ParamType::Int, "-9223372036854775808..9223372036854775807").is_err());
    assert!(typed(ParamType::Int, "1..600,1..600").is_err());
    assert_eq!(
        written(ParamType::Int, "1,2,3", 2),
        Err("expected at most 2 values".into())
    );
    assert!(written(ParamType::String, &"a,".repeat(500_000), 1000).is_err());
    assert_eq!(
        typed(ParamType::Date, "2026-11-22..2026-11-21"),
        Err("the range ends before it begins".into())
    );
    assert_eq!(
        range(
            &ParamValue::Int(i64::MIN),
            &ParamValue::Int(i64::MAX),
            usize::MAX
        ),
        Err(RangeFault::TooMany { most: usize::MAX })
    );
    assert_eq!(
        range(&day("2026-11-21"), &ParamValue::Int(1), 9),
        Err(RangeFault::NotARange)
    );
}
