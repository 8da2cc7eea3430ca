use super::*;
use crate::systems::pipelines::values::template::TemplateFault;

fn names() -> Names {
    let read = |kind: ParamType, text: &str| kind.read(text).unwrap();
    Names {
        params: HashMap::from([
            ("date", read(ParamType::Date, "2026-03-31")),
            ("month", read(ParamType::Month, "2026-01")),
            ("hour", read(ParamType::Hour, "2026-11-21T23")),
            ("minute", read(ParamType::Minute, "2026-11-21T0530")),
            ("kind", read(ParamType::Choice, "imp")),
            ("shard", ParamValue::Int(-3)),
            ("last", read(ParamType::Date, "9999-12-31")),
            ("first", read(ParamType::Date, "0001-01-01")),
        ]),
        texts: HashMap::from([
            ("DATA", "data"),
            ("OUT_2", "/tmp/x"),
            ("IN_raw_log", "a\nb"),
        ]),
        moments: HashMap::from([("now", moment(2026, 11, 21, 0, 7))]),
    }
}

fn filled(text: &str) -> Result<String, String> {
    Template::parse(text)
        .map_err(|fault| fault.problem)?
        .fill(&names())
}

#[test]
fn values_are_put_in_their_places() {
    let good = [
        ("", ""),
        ("plain", "plain"),
        (
            "{DATA}/day/{date}/{kind}.tsv",
            "data/day/2026-03-31/imp.tsv",
        ),
        ("{date-1d}", "2026-03-30"),
        ("{date-1mo}", "2026-02-28"),
        ("{date-1mo+1mo}", "2026-03-28"),
        ("{date+1w:%Y/%m/%d}", "2026/04/07"),
        ("{date-1h}", "2026-03-30"),
        ("{date-1h:%Y-%m-%dT%H}", "2026-03-30T23"),
        ("{month-1mo}", "2025-12"),
        ("{month-1d:%d.%m.%Y}", "31.12.2025"),
        ("{hour+2h:%Y/%m/%d %H}", "2026/11/22 01"),
        ("{hour+90m}", "2026-11-22T00"),
        ("{minute+1440m}", "2026-11-22T0530"),
        ("{minute:%H:%M}", "05:30"),
        ("{shard}", "-3"),
        ("{now-1d}", "2026-11-20T0007"),
        ("{OUT_2}{IN_raw_log}", "/tmp/xa\nb"),
        ("{{date}", "{date}"),
        ("{{{date}}", "{2026-03-31}"),
        ("a}b}}c", "a}b}}c"),
        ("{date}T00", "2026-03-31T00"),
        ("日本{kind}", "日本imp"),
    ];
    for (text, expected) in good {
        assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn out_of_range_is_an_error() {
    for text in [
        "{last+1d}",
        "{first-1d}",
        "{first-1mo}",
        "{last+1mo:%Y}",
        "{date+9999999999mo}",
        "{date-9999999999mo}",
        "{date+9999999999w}",
        "{date-9999999999d:%Y}",
        "{now+9999999999h}",
        "{last+1d-1d}",
    ] {
        let error = filled(text).unwrap_err();
        assert!(error.contains("is out of range"), "{text}: {error}");
    }
}

#[test]
fn faults_of_templates_are_found_where_they_stand() {
    let bad = [
        ("a{", 1, "expected a }"),
        ("{", 0, "expected a }"),
        ("{{{", 2, "expected a }"),
        ("x{}", 1, "expected the name"),
        ("{ date}", 0, "expected the name"),
        ("{1}", 0, "expected the name"),
        ("{a b}", 0, "expected the name"),
        ("{é}", 0, "expected the name"),
        ("{date-}", 5, "expected a shift"),
        ("{date-1}", 5, "expected a shift"),
        ("{date-1d+}", 8, "expected a shift"),
        ("{date--1d}", 5, "expected a shift"),
        ("{date-1y}", 5, "expected a shift"),
        ("{date-1dé}", 5, "expected a shift"),
        ("{date-99999999999d}", 5, "ten digits"),
        ("{date:}", 6, "expected a format"),
        ("{date:%}", 6, "expected a format of strftime"),
        ("{date:%Q}", 6, "expected a format of strftime"),
        ("{date:%Y%}", 6, "expected a format of strftime"),
        ("{date:%z}", 6, "without a zone"),
        ("{date:%Z}", 6, "without a zone"),
        ("{date:%+}", 6, "without a zone"),
        ("{date:%:z}", 6, "without a zone"),
        ("{date:%#z}", 6, ""),
        ("{date:%s}", 6, "without a zone"),
        ("{date:%n}", 6, "one line"),
        ("{date:{x}", 6, "without braces"),
        ("a\0b", 1, "NUL"),
    ];
    for (text, at, problem) in bad {
        let fault = Template::parse(text).unwrap_err();
        assert_eq!(fault.at, at, "{text}: {}", fault.problem);
        assert!(fault.problem.contains(problem), "{text}: {}", fault.problem);
    }
}

#[test]
fn every_format_that_is_admitted_can_be_written() {
    for first in ' '..='~' {
        for second in ' '..='~' {
            for text in [
                format!("{{date:%{first}{second}}}"),
                format!("{{date:%{first}%{second}}}"),
            ] {
                if let Ok(template) = Template::parse(&text) {
                    template.fill(&names()).unwrap();
                }
            }
        }
    }
}

#[test]
fn what_is_no_time_is_not_shifted() {
    let kinds = |name: &str| match name {
        "date" => Some(PlaceholderKind::Param(ParamType::Date)),
        "kind" => Some(PlaceholderKind::Param(ParamType::Choice)),
        "shard" => Some(PlaceholderKind::Param(ParamType::Int)),
        "DATA" => Some(PlaceholderKind::Text),
        "now" => Some(PlaceholderKind::Moment),
        _ => None,
    };
    let problem = |text: &str| {
        Template::parse(text)
            .unwrap()
            .faults(&kinds)
            .into_iter()
            .next()
    };
    assert_eq!(
        problem("{DATA}/{date-1d:%Y}/{kind}/{shard}/{now-1d:%Y}/{now}"),
        None
    );
    let fault = |at, problem: &str| {
        Some(TemplateFault {
            at,
            problem: problem.into(),
        })
    };
    assert_eq!(
        problem("x{kind-1d}"),
        fault(
            1,
            "{kind-1d}: kind is of type choice; only times can be shifted"
        )
    );
    assert_eq!(
        problem("{shard:%Y}"),
        fault(
            0,
            "{shard:%Y}: shard is of type int; only times have formats"
        )
    );
    assert!(problem("{DATA+1h}").is_some());
    assert_eq!(
        problem("{date}{dat}"),
        fault(6, "unknown placeholder {dat}")
    );
    assert!(filled("{kind-1d}").is_err());
    assert!(filled("{DATA:%Y}").is_err());
    assert!(filled("{nothing}").is_err());
    let template = Template::parse("{{{date-1d}/{DATA}").unwrap();
    assert_eq!(template.names().collect::<Vec<_>>(), ["date", "DATA"]);
    assert_eq!(template.to_string(), "{{{date-1d}/{DATA}");
    assert_eq!(template.as_literal(), None);
    assert_eq!(Template::parse("{{x").unwrap().as_literal(), Some("{x"));
}

#[test]
fn now_is_cut_to_the_type_and_texts_are_read() {
    let value = |text: &str, kind: ParamType| {
        Template::parse(text)
            .unwrap()
            .value(kind, &names())
            .map(|value| value.to_string())
    };
    assert_eq!(
        value("{now-1d}", ParamType::Date).as_deref(),
        Ok("2026-11-20")
    );
    assert_eq!(
        value("{now-1mo}", ParamType::Month).as_deref(),
        Ok("2026-10")
    );
    assert_eq!(
        value("{now-1h}", ParamType::Hour).as_deref(),
        Ok("2026-11-20T23")
    );
    assert_eq!(
        value("{now}", ParamType::Minute).as_deref(),
        Ok("2026-11-21T0007")
    );
    assert_eq!(
        value("{now:%Y-%m-%d}", ParamType::Date).as_deref(),
        Ok("2026-11-21")
    );
    assert_eq!(value("{now:%j}", ParamType::Int).as_deref(), Ok("325"));
    assert_eq!(
        value("{date}T23", ParamType::Hour).as_deref(),
        Ok("2026-03-31T23")
    );
    assert!(
        value("{hour}", ParamType::Date)
            .unwrap_err()
            .contains("got \"2026-11-21T23\"")
    );
    assert!(value("{now}", ParamType::Int).is_err());
    assert!(value("{now+9999999999w}", ParamType::Date).is_err());
}
