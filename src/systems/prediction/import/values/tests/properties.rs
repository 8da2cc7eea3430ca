//! Values that are written in every way and read again, and texts of all characters, which no conversion
//! panics at.

use super::super::{
    Cell, Conversion, Kind, NullWords, Unit, Value, WrittenDate, WrittenNumber, clean, fold,
};
use super::converted;
use crate::systems::prediction::import::tests::Random;

fn full_width(text: &str) -> String {
    let wide = |c: char| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c);
    text.chars()
        .map(|c| if c.is_ascii_graphic() { wide(c) } else { c })
        .collect()
}

fn by_threes(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn kanji(mut number: u64) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    if number == 0 {
        return "〇".to_owned();
    }
    let mut parts = Vec::new();
    for myriad in ["", "万", "億", "兆"] {
        let section = number % 10_000;
        number /= 10_000;
        if section == 0 {
            continue;
        }
        let mut text = String::new();
        for (power, word) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
            let digit = (section / power % 10) as usize;
            if digit == 0 {
                continue;
            }
            // 一 is not written in front of 十, 百 and 千.
            if digit > 1 || power == 1 {
                text.push_str(DIGITS[digit]);
            }
            text.push_str(word);
        }
        parts.push(format!("{text}{myriad}"));
    }
    parts.reverse();
    parts.concat()
}

#[test]
fn a_whole_number_is_read_however_it_is_written() {
    let mut random = Random::new(1);
    for _ in 0..600 {
        let digits = 1 + random.below(15);
        let number = random.below(10_u64.pow(u32::try_from(digits).expect("few")));
        let plain = number.to_string();
        let threes = by_threes(&plain);
        let mut texts = vec![
            plain.clone(),
            threes.clone(),
            full_width(&threes),
            format!("{threes}円"),
            format!("¥{threes}"),
            kanji(number),
            format!("{}円", kanji(number)),
        ];
        if number >= 100_000_000 {
            let (high, low) = (number / 100_000_000, number % 100_000_000);
            texts.push(format!(
                "{}億{}",
                by_threes(&high.to_string()),
                by_threes(&low.to_string())
            ));
        }
        let expected = i64::try_from(number).expect("15 digits");
        for text in &texts {
            assert_eq!(
                converted(text, Kind::Integer, None).value,
                Value::Integer(expected),
                "{text}"
            );
            for negative in [
                format!("▲{text}"),
                format!("△ {text}"),
                format!("−{text}"),
                format!("({text})"),
                format!("（{text}）"),
            ] {
                assert_eq!(
                    converted(&negative, Kind::Integer, None).value,
                    Value::Integer(-expected),
                    "{negative}"
                );
            }
        }
    }
}

#[test]
fn a_decimal_number_with_a_unit_is_exact() {
    let mut random = Random::new(2);
    for (unit, power) in [
        ("千円", 3),
        ("百万円", 6),
        ("億円", 8),
        ("%", -2),
        ("万人", 4),
    ] {
        for _ in 0..300 {
            let (whole, cents) = (random.below(1_000_000), random.below(100));
            let text = format!("{whole}.{cents:02}");
            let expected: f64 = format!("{}{cents:02}e{}", whole, power - 2)
                .parse()
                .expect("a number");
            assert_eq!(
                converted(&text, Kind::Number, Some(unit)).value,
                Value::Number(expected),
                "{text} {unit}"
            );
            let cell = Cell::Number(text.parse().expect("a number"));
            let conversion = Conversion {
                unit: Unit::parse(unit),
                ..Conversion::of_kind(Kind::Number)
            };
            let value = conversion.convert(cell, None, &NullWords::default()).value;
            assert_eq!(value, Value::Number(expected), "the cell {text} {unit}");
        }
    }
}

#[test]
fn a_day_is_read_however_it_is_written() {
    use chrono::{Datelike, Days, NaiveDate};
    let mut random = Random::new(3);
    let first = NaiveDate::from_ymd_opt(1873, 1, 1).expect("a day");
    for _ in 0..600 {
        let day = first + Days::new(random.below(365 * 180));
        let (year, month, date) = (day.year(), day.month(), day.day());
        let mut texts = vec![
            format!("{year}/{month}/{date}"),
            format!("{year}-{month:02}-{date:02}"),
            format!("{year}{month:02}{date:02}"),
            full_width(&format!("{year}.{month}.{date}")),
            format!("{year}年{month}月{date}日（月）"),
            format!(
                "{}年{}月{}日",
                kanji(u64::try_from(year).expect("positive")),
                kanji(month.into()),
                kanji(date.into())
            ),
        ];
        let eras = [
            ("明治", 'M', 1868, 44),
            ("大正", 'T', 1912, 14),
            ("昭和", 'S', 1926, 63),
            ("平成", 'H', 1989, 30),
            ("令和", 'R', 2019, 80),
        ];
        for (name, letter, begin, years) in eras {
            let number = year - begin + 1;
            if !(1..=years).contains(&number) {
                continue;
            }
            let short = &name[..3];
            let spelled = if number == 1 {
                "元".to_owned()
            } else {
                number.to_string()
            };
            texts.push(format!("{name}{spelled}年{month}月{date}日"));
            texts.push(format!("{letter}{number}.{month}.{date}"));
            texts.push(format!("{short}{number}/{month}/{date}"));
            texts.push(format!(
                "{name}{}年{}月{}日",
                if number == 1 {
                    "元".to_owned()
                } else {
                    kanji(u64::try_from(number).expect("positive"))
                },
                kanji(month.into()),
                kanji(date.into())
            ));
        }
        for text in texts {
            assert_eq!(
                converted(&text, Kind::Date, None).value,
                Value::Date(day),
                "{text}"
            );
        }
    }
}

#[test]
fn no_text_makes_a_conversion_panic() {
    const ALPHABET: &[char] = &[
        '0', '1', '9', '２', '二', '十', '百', '千', '万', '億', '兆', '京', '〇', '元', '年',
        '月', '日', '度', '令', '和', '平', '成', '㋿', '㍻', 'R', 'H', '.', ',', '/', '-', '−',
        '▲', '(', ')', '（', '）', '①', '㊿', '¥', '%', '円', '人', ':', '時', '分', '午', '後',
        'T', 'Z', '+', 'e', 'E', ' ', '\u{3000}', '\0', '\n', '・', '曜', '\u{FEFF}', '𠮷', 'é',
        '\u{301}', '単', '位', '*',
    ];
    let kinds = [
        Kind::Text,
        Kind::Raw,
        Kind::Number,
        Kind::Integer,
        Kind::Boolean,
        Kind::Date,
        Kind::Month,
        Kind::Year,
        Kind::Datetime,
    ];
    let mut random = Random::new(4);
    for _ in 0..6_000 {
        let length = random.below(14);
        let text: String = (0..length)
            .map(|_| ALPHABET[random.below(ALPHABET.len() as u64) as usize])
            .collect();
        for kind in kinds {
            converted(&text, kind, None);
            converted(&text, kind, Some("千円"));
        }
        WrittenNumber::parse(&text);
        WrittenDate::parse(&text);
        Unit::of_heading(&text);
        clean(&text);
        fold(&text);
    }
}
