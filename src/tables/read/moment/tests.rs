use super::{
    FIRST_MILLISECONDS, MICROS_PER_DAY, Moment, MomentText, Written, Zone, ZoneReader, without_mark,
};

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
        ("2020-01-01t12:34:56z", "2020-01-01 12:34:56"),
        ("2020-01-01  12:34", "2020-01-01 12:34:00"),
        ("2020-01-01 \t12:34:56", "2020-01-01 12:34:56"),
        (" 2020-01-01 12:34:56 ", "2020-01-01 12:34:56"),
        ("\t2020-01-01 ", "2020-01-01 00:00:00"),
        ("2020/01/01", "2020-01-01 00:00:00"),
        ("2020/01/01 12:34:56", "2020-01-01 12:34:56"),
        ("2020/01/01T00:30:00+0800", "2019-12-31 16:30:00"),
        ("2020-01-01 00:30:00+08", "2019-12-31 16:30:00"),
        ("2020-01-01 00:30:00.5-08", "2020-01-01 08:30:00.5"),
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
        "2020-01/01",
        "2020/01-01",
        "2020-01-01 T12:34",
        "2020-01-01T 12:34",
        "2020-01-01 12:34:56 +08:00",
        "2020-01-01 12:34:56+8",
        "2020-01-01 12:34:56+080",
        "2020-01-01 12:34:56+08:",
        "1583020805",
        "2020-01-01\n12:34",
        "2020-01-01 12",
        "2020-01-01 12:3",
        "2020-01-01 12:34:",
        "2020-01-01 12:34:5",
        "2020-01-01 12:34:56.",
        "2020-01-01 12:34:56,5",
        "2020-01-01_12:34:56",
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
                assert_eq!(shown, changed.replace(['T', 't', '\t'], " "));
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
        }
    }
}

/// What a text means in a zone, and how it is published there.
fn read_in(zone: &str, text: &str) -> Option<(String, String)> {
    let mut reader = ZoneReader::new(zone.parse().unwrap());
    let room = &mut MomentText::default();
    let time = reader.read(text, room)?;
    Some((time.moment.to_string(), time.text.to_owned()))
}

#[test]
fn a_time_without_an_offset_is_one_of_its_zone() {
    let taipei = |text| read_in("Asia/Taipei", text).unwrap();
    for (text, utc, published) in [
        (
            "2020-03-01 10:00:00",
            "2020-03-01 02:00:00",
            "2020-03-01 10:00:00",
        ),
        (
            "2020/03/01 10:00",
            "2020-03-01 02:00:00",
            "2020-03-01 10:00:00",
        ),
        (
            "2020-03-01T03:00:00Z",
            "2020-03-01 03:00:00",
            "2020-03-01 11:00:00",
        ),
        (
            "2020-03-01 20:00:00.25-05",
            "2020-03-02 01:00:00.25",
            "2020-03-02 09:00:00.25",
        ),
    ] {
        assert_eq!(
            taipei(text),
            (utc.to_owned(), published.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn an_hour_that_a_clock_shows_twice_keeps_its_order() {
    let berlin = |text| read_in("Europe/Berlin", text).unwrap();
    let in_order = [
        "2020-10-25T00:30:00+02:00",
        "2020-10-25T02:30:00+02:00",
        "2020-10-25T02:59:59.9+02:00",
        "2020-10-25T02:00:00+01:00",
        "2020-10-25T02:30:00+01:00",
        "2020-10-25T03:00:00+01:00",
    ];
    let times = in_order.map(berlin);
    assert!(
        times.is_sorted_by(|(earlier, before), (later, after)| earlier < later && before < after)
    );
    assert_eq!(without_mark(&times[4].1), "2020-10-25 02:30:00");
    // Without an offset the first is meant.
    assert_eq!(berlin("2020-10-25 02:30:00"), times[1]);
}

#[test]
fn texts_of_a_zone_sort_like_their_moments_however_far_its_clock_is_put_back() {
    for (name, put_back, before, after) in [
        (
            "Antarctica/Troll",
            "2020-10-25T01:00:00Z",
            "2020-10-25 02:59:59.5",
            "2020-10-25 01:00:00",
        ),
        (
            "America/St_Johns",
            "2010-11-07T02:31:00Z",
            "2010-11-07 00:00:59.5",
            "2010-11-06 23:01:00",
        ),
        (
            "Australia/Lord_Howe",
            "2020-04-04T15:00:00Z",
            "2020-04-05 01:59:59.5",
            "2020-04-05 01:30:00",
        ),
    ] {
        let mut reader = ZoneReader::new(name.parse().unwrap());
        let put_back = Moment::parse(put_back).unwrap();
        let mut text_at = |micros| {
            let mut room = MomentText::default();
            let shown = reader.show(put_back.moved(micros), &mut room).unwrap();
            shown.text.to_owned()
        };
        assert_eq!(text_at(-500_000), before);
        assert_eq!(without_mark(&text_at(0)), after);
        let moments = (-360..360).map(|minute| minute * 60_000_000);
        let texts: Vec<String> = moments
            .flat_map(|micros| [micros, micros + 250_000])
            .map(text_at)
            .collect();
        let disorder = texts.windows(2).find(|pair| pair[0] >= pair[1]);
        assert_eq!(disorder, None, "{name}");
    }
}

#[test]
fn an_hour_that_a_clock_leaves_out_is_read_as_if_it_had_not() {
    let (utc, published) = read_in("Europe/Berlin", "2020-03-29 02:30:00").unwrap();
    assert_eq!(utc, "2020-03-29 01:30:00");
    assert_eq!(published, "2020-03-29 03:30:00");
}

#[test]
fn a_reader_reads_every_hour_of_a_year_as_the_zone_has_it() {
    for name in [
        "Europe/Berlin",
        "Asia/Taipei",
        "America/St_Johns",
        "Australia/Lord_Howe",
    ] {
        let zone: Zone = name.parse().unwrap();
        let mut reader = ZoneReader::new(zone);
        for half_hour in 0..2 * 366 * 24 {
            let moment = Moment::from_micros(1_577_836_800_000_000 + half_hour * 1_800_000_000);
            let moment = moment.unwrap();
            let (mut room, mut again) = (MomentText::default(), MomentText::default());
            let shown = reader.show(moment, &mut room).unwrap().text.to_owned();
            if without_mark(&shown) != shown {
                continue;
            }
            let read = reader.read(&shown, &mut again).unwrap();
            assert_eq!((read.moment, read.text), (moment, &*shown), "{name}");
        }
    }
}

#[test]
fn numbers_are_seconds_or_milliseconds() {
    let integer = |number| Moment::of_integer(number).map(|moment| moment.to_string());
    let real = |number| Moment::of_real(number).map(|moment| moment.to_string());
    assert_eq!(integer(1_583_020_805).unwrap(), "2020-03-01 00:00:05");
    assert_eq!(
        integer(1_583_020_805_250).unwrap(),
        "2020-03-01 00:00:05.25"
    );
    assert_eq!(integer(FIRST_MILLISECONDS).unwrap(), "1973-03-03 09:46:40");
    assert_eq!(
        integer(FIRST_MILLISECONDS - 1).unwrap(),
        "5138-11-16 09:46:39"
    );
    assert_eq!(integer(-1).unwrap(), "1969-12-31 23:59:59");
    assert_eq!(real(1_583_020_805.25).unwrap(), "2020-03-01 00:00:05.25");
    assert_eq!(real(1_583_020_805_250.0).unwrap(), "2020-03-01 00:00:05.25");
    for number in [i64::MIN, i64::MAX, 253_402_300_800_000] {
        assert_eq!(integer(number), None, "{number}");
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e15] {
        assert_eq!(real(number), None, "{number}");
    }
}

#[test]
fn what_was_written_is_stored_as_text() {
    for text in [
        "2020-01-01 12:34:56.5+05:30",
        "2020-01-01 00:00:00",
        "2020-01-01 12:34:56-08:00",
    ] {
        let written: Written = text.parse().unwrap();
        assert_eq!(written.to_string(), text);
    }
}
