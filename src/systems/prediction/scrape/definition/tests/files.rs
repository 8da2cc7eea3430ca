//! Files of scrapes: every key, and all faults at once, each with its place and what was expected.

use std::time::Duration;

use super::super::{Extract, NextPath, Pages, Scrape, read};

const EVERY_KEY: &str = include_str!("every_key.yaml");

fn faults(text: &str) -> Vec<String> {
    match read(text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

fn scrape(text: &str) -> Scrape {
    read(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

const OBS: &str = r##"
scrape: obs
request: {url: "http://127.0.0.1:18080/obs?day={day:%Y-%m-%d}&page={page}"}
pages: {from: 1, max: 5}
extract:
  html:
    rows: "table#obs tbody tr"
    fields: {station: {css: td.s}, temp: {css: td.t, type: number, unit: ℃}, rain_mm: {css: td.r, type: integer, unit: mm}, url: {css: "td.s a@href"}}
expect: {min_rows: 30, filled: {temp: 0.9}}
into: {table: obs, key: [day, station]}
"##;

const ITEMS: &str = r#"
scrape: items
request: {url: "http://127.0.0.1:18080/api/items"}
pages: {next: "$.next", param: cursor, max: 10}
extract: {json: {rows: "$.data.items[*]", fields: {id: {path: "$.id"}, price: {path: "$.price", type: integer}, name: {path: "$.name"}}}}
into: {table: items, key: [id]}
"#;

#[test]
fn every_key_is_taken() {
    let scrape = scrape(EVERY_KEY);
    assert!(matches!(scrape.pages, Pages::Numbered { from: 1, max: 50 }));
    assert_eq!(scrape.secrets().collect::<Vec<_>>(), ["KEY", "WX"]);
    assert_eq!(scrape.request.timeout, Duration::from_secs(20));
    assert_eq!(scrape.stale_after, Some(Duration::from_secs(108_000)));
    assert_eq!(scrape.expect.filled, [("at".to_owned(), 0.9)]);
    assert_eq!(scrape.output.as_deref(), Some("warehouse"));
    let into = scrape.into.unwrap();
    assert_eq!(
        (into.table.as_str(), into.key),
        ("weather", vec!["station".to_owned(), "at".to_owned()])
    );
}

#[test]
fn the_scrapes_of_the_examples_are_taken_with_defaults() {
    let obs = scrape(OBS);
    assert!(obs.schedule.is_none() && obs.polite.obeys_robots);
    assert_eq!(obs.polite.delay, Duration::from_secs(1));
    assert_eq!(obs.polite.user_agent, "AudienceBot/1.0");
    assert_eq!(
        (obs.retry.tries, obs.retry.first),
        (5, Duration::from_secs(2))
    );
    assert_eq!(obs.keep_raw_days, 30);
    let items = scrape(ITEMS);
    let Pages::Linked {
        next: NextPath::Json(_),
        param,
        max: 10,
    } = items.pages
    else {
        panic!("{:?}", items.pages);
    };
    assert_eq!(param.as_deref(), Some("cursor"));
    let import = "scrape: csv\nrequest: {url: http://h/f.csv}\nextract: {import: report}\n";
    let import = scrape(import);
    assert!(matches!(import.extract, Extract::Import(_)) && import.into.is_none());
    assert_eq!(import.mapping(), Some("report"));
}

#[test]
fn all_faults_are_found_at_once() {
    let text = r#"
scrape: obs
shedule: x
request: {url: "ftp://h/", timeout_s: ten}
polite: {robots: maybe, delay_ms: -1}
extract: {html: {rows: "tr", fields: {a: {css: td, type: nubmer}, b: {path: x}, c: {css: td, unit: 千縁}}}}
into: {table: t, key: [a]}
"#;
    let faults = faults(text);
    let expected = [
        "3:1: unknown field `shedule`, expected one of `scrape`, `schedule`, `request`, `pages`, `polite`, `retry`, `extract`, `expect`, `output`, `into`, `stale_after_h`, `keep_raw_days`",
        "4:39: request.timeout_s: invalid type: string \"ten\", expected a number",
        "5:18: polite.robots: unknown variant `maybe`, expected `obey` or `ignore`",
        "5:35: polite.delay_ms: ",
        "extract.html.fields.a.type: unknown variant `nubmer`, expected one of `text`",
        "extract.html.fields.b: unknown field `path`, expected one of `css`, `type`, `unit`, `required`",
        "extract.html.fields.c.unit: unknown unit `千縁`",
    ];
    for expected in expected {
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{expected}\n{faults:#?}"
        );
    }
}

#[test]
fn what_does_not_go_together_is_found() {
    let long = "x".repeat(64);
    for (change, expected) in [
        (
            ("scrape: obs", format!("scrape: {long}").as_str()),
            "2:1: scrape: expected a name of 1 to 63",
        ),
        (
            ("http://127", "ftp://127"),
            "3:11: request.url: expected a URL such as https://host/path",
        ),
        (
            ("http://127.0.0.1:18080/", "http://{day}.jp/"),
            "request.url: has a place in its host",
        ),
        (
            ("http://127.0.0.1:18080/", "http://u:p@h/"),
            "request.url: expected a URL",
        ),
        (
            ("http://127.0.0.1:18080/", "http://h:99999/"),
            "request.url: expected a URL",
        ),
        (
            ("{day:%Y-%m-%d}", "{dya}"),
            "request.url: `{dya}`: expected {day}",
        ),
        (
            ("&page={page}", ""),
            "4:1: pages: expected {page} in the URL, or `next`",
        ),
        (
            ("pages: {from: 1, max: 5}", ""),
            "request.url: has {page}; expected `pages`",
        ),
        (
            ("from: 1", "next: a@href"),
            "pages.next: stands beside {page}",
        ),
        (
            ("from: 1", "from: 1, next: a@href"),
            "pages: has `from` and `next`",
        ),
        (
            ("from: 1", "from: 1, param: c"),
            "pages.param: is for `next`",
        ),
        (("max: 5", "max: 0"), "pages.max: expected a number from 1"),
        (("from: 1", "from: 4294967295"), "pages.from: is too large"),
        (
            ("table#obs tbody tr", "tr@id"),
            "extract.html.rows: expected a selector of elements",
        ),
        (
            ("table#obs tbody tr", "tr["),
            "extract.html.rows: invalid CSS selector `tr[`",
        ),
        (
            ("td.s a@href", ""),
            "extract.html.fields.url.css: expected a CSS selector",
        ),
        (
            ("url: {css", "_URL: {css"),
            "extract.html.fields._URL: the name `_URL` is taken",
        ),
        (
            ("url: {css", "STATION: {css"),
            "extract.html.fields.STATION: the name `STATION` is given to two",
        ),
        (
            ("{css: td.s}", "{css: td.s, unit: mm}"),
            "extract.html.fields.station.unit: is for the types number",
        ),
        (
            ("temp: 0.9", "temp: 90"),
            "expect.filled.temp: expected a share of the rows from 0 to 1",
        ),
        (
            ("temp: 0.9", "tepm: 0.9"),
            "expect.filled.tepm: unknown field `tepm`; known: station, temp",
        ),
        (
            ("[day, station]", "[day, statoin]"),
            "into.key[1]: unknown field `statoin`",
        ),
        (
            ("[day, station]", "[day, day]"),
            "into.key[1]: `day` is given twice",
        ),
        (("[day, station]", "[]"), "into.key: expected the columns"),
        (
            ("into: {table: obs, key: [day, station]}", ""),
            "into: missing; expected `into:",
        ),
    ] {
        let text = OBS.replacen(change.0, change.1, 1);
        let faults = faults(&text);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{expected}\n{faults:#?}"
        );
    }
    for (change, expected) in [
        (
            ("$.next", "a.next@href"),
            "pages.next: is a selector; expected a JSONPath",
        ),
        (("$.next", "$.["), "pages.next: invalid JSONPath `$.[`"),
        (
            ("cursor", "''"),
            "pages.param: expected the name of a parameter",
        ),
        (
            ("$.data.items[*]", "data"),
            "extract.json.rows: invalid JSONPath `data`",
        ),
        (
            ("{json:", "{import: m, json:"),
            "extract: expected exactly one of `html`, `json` and `import`",
        ),
    ] {
        let text = ITEMS.replacen(change.0, change.1, 1);
        let faults = faults(&text);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{expected}\n{faults:#?}"
        );
    }
}

#[test]
fn headers_and_numbers_are_checked() {
    for (line, expected) in [
        (
            "polite: {user_agent: ''}",
            "polite.user_agent: expected a name",
        ),
        (
            "polite: {delay_ms: 3600001}",
            "polite.delay_ms: expected a number from 0 to 3600000",
        ),
        (
            "retry: {tries: 0}",
            "retry.tries: expected a number from 1 to 20",
        ),
        (
            "retry: {first_s: 5, longest_s: 1}",
            "retry.longest_s: is less than `first_s`",
        ),
        (
            "retry: {first_s: -1}",
            "retry.first_s: expected seconds from 0",
        ),
        ("retry: {first_s: .nan}", "retry.first_s: expected seconds"),
        ("stale_after_h: 0", "stale_after_h: expected hours"),
        ("keep_raw_days: 100000", "keep_raw_days: expected a number"),
    ] {
        let faults = faults(&format!("{ITEMS}{line}\n"));
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{expected}\n{faults:#?}"
        );
    }
    for (header, expected) in [
        (
            "Host: h",
            "request.headers.Host: this header cannot be set: the URL says it",
        ),
        (
            "user-agent: h",
            "request.headers.user-agent: this header cannot be set: expected `polite.user_agent`",
        ),
        ("If-None-Match: h", "this header cannot be set"),
        ("'A b': h", "request.headers.A b: invalid header name"),
        ("A: \"b\\nc\"", "request.headers.A: invalid header value"),
        (
            "A: '{secret:x}'",
            "request.headers.A: `{secret:x}`: expected",
        ),
    ] {
        let text = ITEMS.replacen("items\"}", &format!("items\", headers: {{{header}}}}}"), 1);
        let faults = faults(&text);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{expected}\n{faults:#?}"
        );
    }
}

#[test]
fn each_key_that_is_misspelt_has_its_line() {
    let lines: Vec<&str> = EVERY_KEY.lines().collect();
    let chosen = ["station", "at", "temp", "url"];
    let mut misspelt = 0;
    for (at, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(':') else {
            continue;
        };
        let indent = key.len() - key.trim_start().len();
        // `url` of the request is a key, that of the fields a name.
        if chosen.contains(&key.trim()) && indent == 6 {
            continue;
        }
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        changed[at] = format!("{key}x{}", &line[key.len()..]);
        let faults = faults(&changed.join("\n"));
        let number = at + 1;
        let is_found = faults.iter().any(|fault| {
            fault.starts_with(&format!("{number}:")) && fault.contains("unknown field")
        });
        assert!(is_found, "{key} on line {number}: {faults:#?}");
        misspelt += 1;
    }
    assert!(misspelt > 35, "{misspelt}");
}

#[test]
fn names_that_belong_to_the_program_are_refused_with_their_line() {
    for name in ["audience_job", "sqlite_master", "v_job"] {
        let text = OBS.replace("table: obs,", &format!("table: {name},"));
        let expected = format!(
            "10:8: into.table: `{name}` is a name of the program's own; expected another one"
        );
        assert_eq!(faults(&text), [expected]);
    }
}

#[test]
fn texts_that_are_no_scrapes_are_refused_with_a_sentence() {
    let expected = ["1:1: expected a mapping that begins with `scrape:`"];
    assert_eq!(faults(""), expected);
    assert_eq!(faults("- a"), expected);
    assert_eq!(faults("scrape: [\n").len(), 1);
    assert!(
        faults("scrape: a\n")
            .join("\n")
            .contains("missing field `request`")
    );
    assert_eq!(
        read(&[0xFF]).unwrap_err()[0].problem,
        "the file is not UTF-8"
    );
    let large = " ".repeat(2 << 20);
    assert_eq!(faults(&large), ["1:1: the file is larger than 1 MiB"]);
}
