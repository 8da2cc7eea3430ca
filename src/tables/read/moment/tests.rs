use super::{MICROS_PER_DAY, Moment, MomentText};

fn shown(text: &str) -> Option<String> {
    Moment::parse(text).map(|moment| moment.to_string())
}

#[test]
fn every_form_of_a_time_is_read_and_written_in_one() {
    for (text, expected) in [
        ("2020-02-29", "2020-02-29 00:00:00"),
        ("2020-01-01 12:34", "2020-01-01 12:34:00"),
        ("2020-01-01 12:34:56", "2020-01-01 12:34:56"),
        ("2020-01-01T12:34:56", "2020-01-01 12:34:56"),
        ("2020-01-01 12:34:56.5", "2020-01-01 12:34:56.5"),
        ("2020-01-01T12:34:56.000001Z", "2020-01-01 12:34:56.000001"),
        ("2020-01-01 12:34:56.120000", "2020-01-01 12:34:56.12"),
        (
            "2020-01-01 12:34:56.123456789",
            "2020-01-01 12:34:56.123456",
        ),
        ("2020-01-01T12:34Z", "2020-01-01 12:34:00"),
        ("2020-01-01T00:30:00+08:00", "2019-12-31 16:30:00"),
        ("2019-12-31 23:30:00.25-05:30", "2020-01-01 05:00:00.25"),
        ("0000-01-01", "0000-01-01 00:00:00"),
        ("1969-12-31 23:59:59.9", "1969-12-31 23:59:59.9"),
        ("9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"),
    ] {
        assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_not_in_the_calendar_or_of_another_form_is_no_time() {
    for text in [
        "",
        "2020",
        "2020-1-1",
        "2020-01-01 ",
        "2020-01-01 12",
        "2020-01-01 12:3",
        "2020-01-01 12:34:",
        "2020-01-01 12:34:5",
        "2020-01-01 12:34:56.",
        "2020-01-01 12:34:56,5",
        "2020-01-01t12:34:56",
        "2020-01-01_12:34:56",
        "2020-01-01 12:34:56z",
        "2020-01-01 12:34:56+0800",
        "2020-01-01 12:34:56+24:00",
        "2020-01-01 12:34:56+08:60",
        "2020-01-01Z",
        "2020-13-01",
        "2020-00-01",
        "2020-01-00",
        "2020-04-31",
        "2019-02-29",
        "1900-02-29",
        "2020-01-01 24:00:00",
        "2020-01-01 12:60:00",
        "2020-01-01 12:34:60",
        " 2020-01-01 12:34:56",
        "2020/01/01 12:34:56",
        "2020-01-0: 12:34:56",
        "２020-01-01 12:34",
        "20\u{e9}0-01-01 12:34:56",
        "0000-01-01 00:00+00:01",
        "9999-12-31 23:59-00:01",
    ] {
        assert_eq!(shown(text), None, "{text}");
    }
}

#[test]
fn every_byte_that_is_out_of_place_is_noticed() {
    let text = "2020-01-01 12:34:56";
    for place in 0..text.len() {
        for byte in 0..=u8::MAX {
            let mut changed = text.as_bytes().to_vec();
            changed[place] = byte;
            let Ok(changed) = String::from_utf8(changed) else {
                continue;
            };
            if let Some(shown) = shown(&changed) {
                assert_eq!(shown, changed.replace('T', " "));
            }
        }
    }
}

#[test]
fn every_day_of_four_centuries_follows_the_one_before() {
    let mut text = "1800-01-01".to_owned();
    let mut moment: Moment = text.parse().unwrap();
    for _ in 0..146_097 {
        let next = moment.day_after(1).unwrap();
        assert!(text < next);
        let next_moment: Moment = next.parse().unwrap();
        assert_eq!(
            next_moment.micros() - moment.micros(),
            super::MICROS_PER_DAY
        );
        (text, moment) = (next, next_moment);
    }
    assert_eq!(text, "2200-01-01");
    assert_eq!("1970-01-01".parse::<Moment>().unwrap().micros(), 0);
}

#[test]
fn there_is_no_day_outside_of_ten_thousand_years() {
    assert_eq!(Moment::EARLIEST.to_string(), "0000-01-01 00:00:00");
    assert_eq!(Moment::LATEST.to_string(), "9999-12-31 23:59:59.999999");
    assert_eq!(Moment::EARLIEST.day_after(-1), None);
    assert_eq!(Moment::LATEST.day_after(2), None);
    assert_eq!(Moment::from_micros(i64::MAX), None);
}

#[test]
fn a_moment_is_stored_as_text() {
    let moment: Moment = "2020-01-01 12:34:56.5".parse().unwrap();
    let stored = serde_json::to_string(&moment).unwrap();
    assert_eq!(stored, "\"2020-01-01 12:34:56.5\"");
    assert_eq!(serde_json::from_str::<Moment>(&stored).unwrap(), moment);
    assert!(serde_json::from_str::<Moment>("\"yesterday\"").is_err());
}

#[test]
fn moments_are_written_as_a_calendar_writes_them() {
    for micros in [0, 1, 999_999, 250_000, -1, 1_593_590_400_000_000, 100_000] {
        for days in [-719_528, -1, 0, 59, 11_016, 18_321, 2_932_895] {
            let Some(moment) = Moment::from_micros(days * MICROS_PER_DAY + micros) else {
                continue;
            };
            let calendar = chrono::DateTime::from_timestamp_micros(moment.micros()).unwrap();
            let expected = calendar.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
            let expected = expected.trim_end_matches('0');
            let expected = match expected.strip_suffix('.') {
                Some(whole) => whole.to_owned(),
                None => expected.to_owned(),
            };
            assert_eq!(moment.to_string(), expected);
            assert_eq!(moment.text(&mut MomentText::default()), expected);
        }
    }
}
