use chrono::{DateTime, TimeZone};
use chrono_tz::Asia::Shanghai;

use super::time::TimeFault;
use super::*;

#[test]
fn counts_are_read_as_platforms_write_them() {
    for (text, expected) in [
        ("12", Some(12)),
        ("1,234", Some(1_234)),
        ("1,234,567.9", Some(1_234_567)),
        ("1.2万", Some(12_000)),
        ("1.23456万", Some(12_345)),
        ("3w+", Some(30_000)),
        ("10万+", Some(100_000)),
        ("1.5亿", Some(150_000_000)),
        ("2k", Some(2_000)),
        ("２．５Ｋ", Some(2_500)),
        ("0", Some(0)),
        ("", None),
        (" - ", None),
    ] {
        assert_eq!(count(text), Ok(expected), "{text}");
    }
    for text in [
        "赞",
        "1,23",
        "1.",
        ".5",
        "-3",
        "1e3",
        "99999999999亿",
        "万",
        "1 2x",
    ] {
        assert_eq!(count(text), Err(()), "{text}");
    }
}

#[test]
fn html_becomes_text() {
    for (html, expected) in [
        ("a<em class=\"k\">防晒</em>b", "a防晒b"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("1 &lt; 2 &amp; 3&nbsp;x", "1 < 2 & 3\u{a0}x"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<script>alert(1)</script>x<style>y{}</style>", "x"),
        ("plain ", "plain"),
        ("a < b", "a < b"),
        ("<img src=x onerror=alert(1)>", ""),
    ] {
        assert_eq!(plain_text(html), expected, "{html}");
    }
}

/// In Shanghai.
fn at(text: &str) -> i64 {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
    Shanghai
        .from_local_datetime(&local)
        .unwrap()
        .timestamp_micros()
}

fn read(reader: &TimeReader, text: &str) -> Result<String, TimeFault> {
    let micros = reader.read(text, Shanghai, at("2026-11-28 09:30:00"))?;
    let moment = DateTime::from_timestamp_micros(micros).unwrap();
    let local = moment.with_timezone(&Shanghai);
    Ok(local.format("%Y-%m-%d %H:%M:%S").to_string())
}

#[test]
fn times_are_read_as_they_are_written() {
    let written = TimeReader::Written { format: None };
    for (text, expected) in [
        ("2026-11-20T08:00:00Z", "2026-11-20 16:00:00"),
        ("2026-11-20T08:00:00.5+08:00", "2026-11-20 08:00:00"),
        ("2026-11-20T08:00:00+0900", "2026-11-20 07:00:00"),
        ("2026-11-20 08:00:01", "2026-11-20 08:00:01"),
        ("2026-11-20T08:00:01", "2026-11-20 08:00:01"),
        ("2026/11/20 08:00", "2026-11-20 08:00:00"),
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("Fri, 20 Nov 2026 08:00:00 +0800", "2026-11-20 08:00:00"),
    ] {
        assert_eq!(read(&written, text), Ok(expected.to_owned()), "{text}");
    }
    for text in ["", "soon", "2026-13-01", "2026-11-20 25:00:00"] {
        assert_eq!(read(&written, text), Err(TimeFault), "{text}");
    }
    let own = TimeReader::Written {
        format: Some("%a %b %d %H:%M:%S %z %Y".to_owned()),
    };
    let expected = Ok("2026-11-20 08:00:00".to_owned());
    assert_eq!(read(&own, "Fri Nov 20 08:00:00 +0800 2026"), expected);
    let day = TimeReader::Written {
        format: Some("%d.%m.%Y".to_owned()),
    };
    assert_eq!(
        read(&day, "20.11.2026"),
        Ok("2026-11-20 00:00:00".to_owned())
    );
}

#[test]
fn unix_times_beyond_all_articles_are_faults() {
    let seconds = at("2026-11-20 08:00:00") / 1_000_000;
    let expected = Ok("2026-11-20 08:00:00".to_owned());
    let text = seconds.to_string();
    assert_eq!(read(&TimeReader::UnixSeconds, &text), expected);
    let text = format!("{seconds}.25");
    assert_eq!(read(&TimeReader::UnixSeconds, &text), expected);
    let text = format!("{seconds}000");
    assert_eq!(read(&TimeReader::UnixMilliseconds, &text), expected);
    assert_eq!(read(&TimeReader::UnixSeconds, &text), Err(TimeFault));
    for text in ["9223372036854775807", "1e300", "NaN", "x"] {
        assert_eq!(
            read(&TimeReader::UnixSeconds, text),
            Err(TimeFault),
            "{text}"
        );
    }
}

#[test]
fn times_are_read_as_people_say_them() {
    for (text, expected) in [
        ("刚刚", "2026-11-28 09:30:00"),
        ("30秒前", "2026-11-28 09:29:30"),
        ("5分钟前", "2026-11-28 09:25:00"),
        ("3小时前", "2026-11-28 06:30:00"),
        ("2天前", "2026-11-26 09:30:00"),
        ("今天 12:30", "2026-11-28 12:30:00"),
        ("昨天12:30", "2026-11-27 12:30:00"),
        ("前天 00:01:02", "2026-11-26 00:01:02"),
        ("昨天", "2026-11-27 00:00:00"),
        ("11-20", "2026-11-20 00:00:00"),
        ("12-20", "2025-12-20 00:00:00"),
        ("11-29", "2026-11-29 00:00:00"),
        ("11-30", "2025-11-30 00:00:00"),
        ("02-29", "2024-02-29 00:00:00"),
        ("11月20日 08:00", "2026-11-20 08:00:00"),
        ("2024年2月29日", "2024-02-29 00:00:00"),
        ("2025-01-02 03:04", "2025-01-02 03:04:00"),
        ("2025-01-02T03:04:05+08:00", "2025-01-02 03:04:05"),
    ] {
        assert_eq!(
            read(&TimeReader::Chinese, text),
            Ok(expected.to_owned()),
            "{text}"
        );
    }
    for text in ["", "前", "x分钟前", "13-40", "99999999999999年前"] {
        assert_eq!(read(&TimeReader::Chinese, text), Err(TimeFault), "{text}");
    }
}
