//! Templates: what they are filled with, and what is none.

use chrono::{Datelike, Days, NaiveDate};

use super::super::template::Template;
use super::super::{FillError, Values, Within};

fn filled(text: &str, within: Within) -> Result<String, String> {
    let template = Template::parse(text)?;
    let values = Values {
        day: NaiveDate::from_ymd_opt(2024, 3, 1).unwrap(),
        page: 7,
        secret: &|name| (name == "WX").then(|| "a b/ü&c".to_owned()),
    };
    let filled = template.fill(within, &values);
    filled.map_err(|error| error.to_string())
}

#[test]
fn places_are_filled() {
    for (text, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("{day}", "2024-03-01"),
        ("{day-1}", "2024-02-29"),
        ("{day-1d:%Y%m%d}", "20240229"),
        ("{day+1w:%d/%m}", "08/03"),
        ("{day-1mo:%Y-%m}", "2024-02"),
        ("{day-1mo-1d}", "2024-01-31"),
        ("{day+366}", "2025-03-02"),
        ("{day:%-m:%e}", "3: 1"),
        ("{page}", "7"),
        ("{page}{page}", "77"),
        ("{{page}}", "{page}"),
        ("{{{page}}}", "{7}"),
        ("a=%7Bb", "a=%7Bb"),
        ("気象{day:%Y年}", "気象2024年"),
    ] {
        assert_eq!(filled(text, Within::Url).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_secret_stays_in_its_place_of_a_url() {
    let text = "x?k={secret:WX}&p=1";
    assert_eq!(
        filled(text, Within::Url).as_deref(),
        Ok("x?k=a%20b%2F%C3%BC%26c&p=1")
    );
    assert_eq!(
        filled("Bearer {secret:WX}", Within::Header).as_deref(),
        Ok("Bearer a b/ü&c")
    );
    assert_eq!(
        filled("{secret:OTHER}", Within::Url),
        Err(FillError::NoSecret {
            name: "OTHER".to_owned()
        }
        .to_string())
    );
}

#[test]
fn what_is_no_template_is_refused() {
    for (text, expected) in [
        ("{", "a `{` without its `}`"),
        ("}", "a `}` without its `{`"),
        ("{day", "a `{` without its `}`"),
        ("{}", "`{}`: expected {day}"),
        ("{days}", "`{days}`: expected {day}"),
        ("{date}", "`{date}`: expected {day}"),
        ("{page:03}", "`{page:03}`: expected {day}"),
        ("{day-}", "`{day-}`: expected such as"),
        ("{day-x}", "`{day-x}`: expected such as"),
        ("{day-1h}", "`{day-1h}`: expected such as"),
        ("{day--1}", "`{day--1}`: expected such as"),
        ("{day-1 d}", "`{day-1 d}`: expected such as"),
        ("{day-100001}", "`{day-100001}`: expected such as"),
        ("{day-99999999999999999999}", "`{day-9999"),
        ("{day:}", "`` is not a format"),
        ("{day:%Q}", "`%Q` is not a format"),
        ("{day:%H}", "`%H` is not a format of days"),
        ("{day:%s}", "`%s` is not a format of days"),
        ("{secret}", "`{secret}`: expected {secret:NAME}"),
        ("{secret:}", "`{secret:}`: expected"),
        ("{secret:wx}", "`{secret:wx}`: expected"),
        ("{secret:A B}", "`{secret:A B}`: expected"),
        ("{PAGE}", "`{PAGE}`: expected"),
    ] {
        let problem = filled(text, Within::Url).expect_err(text);
        assert!(problem.starts_with(expected), "{text}: {problem}");
    }
}

#[test]
fn days_are_moved_as_calendars_do() {
    let mut day = NaiveDate::from_ymd_opt(1999, 12, 20).unwrap();
    for number in (0..4_000_u64).step_by(37) {
        let values = Values {
            day,
            page: 1,
            secret: &|_| None,
        };
        let fill = |text: String| {
            let template = Template::parse(&text).unwrap();
            template.fill(Within::Url, &values).unwrap()
        };
        let earlier = day.checked_sub_days(Days::new(number)).unwrap();
        assert_eq!(fill(format!("{{day-{number}}}")), earlier.to_string());
        assert_eq!(
            fill(format!("{{day-{number}d+{number}d}}")),
            day.to_string()
        );
        let weeks = day.checked_add_days(Days::new(7 * number)).unwrap();
        assert_eq!(fill(format!("{{day+{number}w}}")), weeks.to_string());
        let month = fill("{day+1mo:%m}".to_owned());
        assert_eq!(month.parse::<u32>().unwrap(), day.month() % 12 + 1);
        day = day.succ_opt().unwrap();
    }
}

#[test]
fn a_day_beyond_the_calendar_is_a_sentence() {
    let template = Template::parse("{day+100000}{day+100000mo}").unwrap();
    let values = Values {
        day: NaiveDate::MAX,
        page: 1,
        secret: &|_| None,
    };
    let error = template.fill(Within::Url, &values).unwrap_err();
    assert_eq!(error, FillError::BeyondCalendar);
}

#[test]
fn random_texts_never_panic() {
    let mut state = 7_u64;
    let letters = [
        '{', '}', 'd', 'a', 'y', '-', '1', ':', '%', 'Y', 'p', 'g', 'e', '日', 's',
    ];
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..state % 12 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            text.push(letters[(state >> 33) as usize % letters.len()]);
        }
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(3);
        if let Ok(template) = Template::parse(&text) {
            drop(template.fill(
                Within::Url,
                &Values {
                    day: NaiveDate::MIN,
                    page: 0,
                    secret: &|_| None,
                },
            ));
        }
    }
}
