//! The site of the examples, in a process of its own: the rows that it says must come out, and its traps.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use super::super::{Outcome, Web};
use super::support::{Kept, plan, plan_with, run_with, start, web, why};
use crate::systems::prediction::import::Value;

/// Ended with the test.
struct Site {
    process: Child,
    port: u16,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Site {
    fn start(seed: u32) -> Self {
        let program = env::var_os("SCRAPE_SITE").expect("SCRAPE_SITE is the path of the site");
        let program = PathBuf::from(program);
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut process = Command::new("python3")
            .arg(program)
            .args(["--port", &port.to_string(), "--seed", &seed.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It says so when it is there.
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let site = Self { process, port };
        assert!(line.starts_with("site on"), "{line}");
        site
    }

    fn web(&self) -> Web {
        web(&[format!("127.0.0.1:{}", self.port)])
    }

    fn scrape(&self, text: &str) -> String {
        text.replace("18080", &self.port.to_string())
    }

    fn json(&self, path: &str) -> Json {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}

const FAST: &str = "polite: {delay_ms: 1}\nretry: {tries: 3, first_s: 0.01}\n";

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

/// A scrape of one page of the site.
fn one(path: &str, more: &str) -> String {
    let text = OBS.replace("/obs?day={day:%Y-%m-%d}&page={page}", path);
    let text = text.replace("pages: {from: 1, max: 5}", more);
    text.replace(
        "expect: {min_rows: 30, filled: {temp: 0.9}}",
        "expect: {min_rows: 1}",
    ) + FAST
}

fn json_of(value: &Value) -> Json {
    serde_json::to_value(value).unwrap()
}

/// Rows as objects of some columns.
fn objects(kept: &Kept, names: &[(&str, usize)]) -> Vec<Json> {
    let rows = kept.rows.iter();
    let object = rows.map(|row| {
        let entries = names.iter();
        entries
            .map(|(name, index)| ((*name).to_owned(), json_of(&row[*index])))
            .collect::<serde_json::Map<_, _>>()
    });
    object.map(Json::Object).collect()
}

fn assert_same(found: &[Json], expected: &Json) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        for (name, value) in expected.as_object().unwrap() {
            let found = &found[name];
            let is_same = match (found.as_f64(), value.as_f64()) {
                (Some(one), Some(other)) => (one - other).abs() < 1e-9,
                _ => found == value,
            };
            assert!(is_same, "{name}: {found} {value}");
        }
    }
}

#[tokio::test]
#[ignore = "needs the program of the site, whose path is in SCRAPE_SITE, and Python"]
async fn the_rows_of_the_site_come_out() {
    for seed in [1, 2, 77] {
        let site = Site::start(seed);
        let web = site.web();
        let obs = plan(&(site.scrape(OBS) + FAST));
        let items = plan(&(site.scrape(ITEMS) + FAST));
        for day in ["2024-06-01", "2024-02-29", "2025-12-31"] {
            let expected = site.json(&format!("/expected.json?day={day}"));
            let mut begin = start(&obs, &[], "");
            begin.day = day.parse().unwrap();
            let (report, kept) = run_with(&web, &obs, &begin).await;
            assert_eq!(report.outcome, Outcome::Succeeded, "{report:?}");
            assert_eq!(
                (report.rows, report.problems, report.pages),
                (30, 0, 4),
                "{:?}",
                kept.problems
            );
            let names = [
                ("station", 0),
                ("temp", 1),
                ("rain_mm", 2),
                ("url", 3),
                ("day", 4),
            ];
            let found = objects(&kept, &names);
            assert_same(&found, &expected["obs"]);
            let base = format!("http://127.0.0.1:{}/st/", site.port);
            assert!(
                found
                    .iter()
                    .all(|row| row["url"].as_str().unwrap().starts_with(&base))
            );
            let (report, kept) = run_with(&web, &items, &begin).await;
            assert_eq!(
                (report.outcome, report.rows, report.pages),
                (Outcome::Succeeded, 21, 3)
            );
            assert_same(
                &objects(&kept, &[("id", 0), ("price", 1), ("name", 2)]),
                &expected["items"],
            );
        }
        let log = site.json("/log.json");
        let requests = log["requests"].as_array().unwrap();
        let count = |path: &str| {
            requests
                .iter()
                .filter(|one| one["path"].as_str().unwrap().starts_with(path))
                .count()
        };
        assert_eq!(
            (count("/robots.txt"), count("/obs"), count("/api/items")),
            (1, 12, 9)
        );
        assert!(
            requests
                .iter()
                .all(|one| one["path"].as_str().unwrap().contains("json")
                    || one["user_agent"] == "AudienceBot/1.0")
        );
    }
}

#[tokio::test]
#[ignore = "needs the program of the site, whose path is in SCRAPE_SITE, and Python"]
async fn a_second_run_is_unchanged_by_what_the_site_says() {
    let site = Site::start(1);
    let web = site.web();
    for text in [OBS, ITEMS] {
        let plan = plan(&(site.scrape(text) + FAST));
        let (first, _) = run_with(&web, &plan, &start(&plan, &[], "")).await;
        let begin = start(&plan, &first.remembered, "");
        let (again, kept) = run_with(&web, &plan, &begin).await;
        assert_eq!(
            (again.outcome, again.pages, kept.rows.len()),
            (Outcome::Unchanged, first.pages, 0)
        );
        assert_eq!(again.bytes, 0);
    }
}

#[tokio::test]
#[ignore = "needs the program of the site, whose path is in SCRAPE_SITE, and Python"]
async fn a_csv_of_the_site_is_an_import() {
    let site = Site::start(3);
    let scrape = "scrape: csv\nrequest: {url: \"http://127.0.0.1:18080/files/report.csv\"}\nextract: {import: report}\npolite: {delay_ms: 1}\n";
    let mapping = "import: report\ntables:\n  - into: products\n    start: 商品コード\n    columns: {id: {from: 商品コード}, name: {from: 商品名}, price: {from: 単価, type: integer}}\n    key: [id]\n";
    let plan = std::sync::Arc::new(plan_with(&site.scrape(scrape), mapping).unwrap());
    let (report, kept) = run_with(&site.web(), &plan, &start(&plan, &[], "")).await;
    assert_eq!(
        (report.outcome, report.problems),
        (Outcome::Succeeded, 0),
        "{:?}",
        kept.problems
    );
    let expected = site.json("/expected.json");
    assert_same(
        &objects(&kept, &[("id", 0), ("name", 1), ("price", 2)]),
        &expected["items"],
    );
    assert_eq!(kept.places[0], "page 1, report!A3");
}

#[tokio::test]
#[ignore = "needs the program of the site, whose path is in SCRAPE_SITE, and Python"]
async fn its_traps_are_sentences() {
    let site = Site::start(1);
    let web = site.web();
    let host = format!("127.0.0.1:{}", site.port);
    for (path, expected) in [
        ("/changed", "expected at least 1 rows, found 0".to_owned()),
        (
            "/evil",
            format!(
                "page 1: {host} leads on to a place that is not asked: the address 169.254.169.254 of 169.254.169.254 is not public"
            ),
        ),
        (
            "/scheme",
            format!(
                "page 1: {host} leads on to a place that is not asked: expected a URL that begins with http"
            ),
        ),
        (
            "/loop",
            format!("page 1: {host} leads on to another place more than 5 times"),
        ),
        (
            "/bomb",
            format!("page 1: {host}: the page has more than 20971520 bytes"),
        ),
        (
            "/private/x",
            format!("page 1: robots.txt of {host} does not allow /private/x for AudienceBot"),
        ),
        ("/nowhere", format!("page 1: {host} answered 404")),
    ] {
        let plan = plan(&site.scrape(&one(path, "")));
        let (report, _) = run_with(&web, &plan, &start(&plan, &[], "")).await;
        assert!(
            why(&report).starts_with(&expected),
            "{path}: {}",
            why(&report)
        );
    }
    for path in ["/flaky", "/moved"] {
        let plan = plan(&site.scrape(&one(path, "")));
        let (report, kept) = run_with(&web, &plan, &start(&plan, &[], "")).await;
        assert_eq!(
            (report.outcome, report.rows),
            (Outcome::Succeeded, 10),
            "{path}"
        );
        assert_eq!(kept.pages.len(), 1);
    }
    let slow = one("/slow", "").replace("/slow\"}", "/slow\", timeout_s: 1.5}");
    let slow = plan(&site.scrape(&slow).replace("tries: 3", "tries: 1"));
    let (report, _) = run_with(&web, &slow, &start(&slow, &[], "")).await;
    assert_eq!(
        why(&report),
        format!("page 1: {host} does not answer within 1.5 s")
    );
    let private =
        plan(&site.scrape(
            &one("/private/x", "").replace("{delay_ms: 1}", "{delay_ms: 1, robots: ignore}"),
        ));
    let (report, _) = run_with(&web, &private, &start(&private, &[], "")).await;
    assert_eq!(report.outcome, Outcome::Succeeded);
    let log = site.json("/log.json");
    let times: Vec<f64> = log["requests"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["path"] == "/flaky")
        .map(|one| one["at"].as_f64().unwrap())
        .collect();
    assert_eq!(times.len(), 3);
    assert!(times[2] - times[1] >= 1.0, "Retry-After: 1");
}

#[tokio::test]
#[ignore = "needs the program of the site, whose path is in SCRAPE_SITE, and Python"]
async fn without_an_exception_nothing_on_this_machine_is_asked() {
    let site = Site::start(1);
    let plan = plan(&site.scrape(&one("/obs", "")));
    let (report, _) = run_with(&web(&[]), &plan, &start(&plan, &[], "")).await;
    assert!(
        why(&report).contains("may not be asked; expected 80 or 443"),
        "{}",
        why(&report)
    );
    let log = site.json("/log.json");
    assert_eq!(log["requests"].as_array().unwrap().len(), 1);
}
