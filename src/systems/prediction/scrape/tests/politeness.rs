//! Manners towards sites: robots.txt, pauses, patience, conditional requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::{Outcome, Report};
use super::server::{Server, answer, moved, ok};
use super::support::{Kept, plan, run_with, run_within, start, web, why};

const ROWS: &str = "<ul><li><b>a</b></ul>";

fn scrape(server: &Server, path: &str, more: &str) -> String {
    format!(
        "scrape: s\nrequest: {{url: \"{}\", timeout_s: 5}}\n\
        extract: {{html: {{rows: li, fields: {{id: {{css: b}}}}}}}}\n\
        into: {{table: t, key: [id]}}\nexpect: {{min_rows: 1}}\n{more}\n",
        server.url(path)
    )
}

const FAST: &str = "polite: {delay_ms: 1}\nretry: {tries: 4, first_s: 0.01, longest_s: 0.02}";

async fn run_once(server: &Server, text: &str) -> (Report, Kept) {
    let plan = plan(text);
    run_with(&web(&[server.authority()]), &plan, &start(&plan, &[], "")).await
}

#[tokio::test]
async fn robots_that_cannot_be_read_forbid_everything() {
    for (status, is_allowed) in [
        ("200 OK", true),
        ("204 No Content", true),
        ("401 Unauthorized", true),
        ("403 Forbidden", true),
        ("404 Not Found", true),
        ("410 Gone", true),
        ("429 Too Many Requests", true),
        ("500 Internal Server Error", false),
        ("503 Service Unavailable", false),
    ] {
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/robots.txt" => answer(status, &[], b""),
            _ => ok(ROWS),
        });
        let (report, _) = run_once(&server, &scrape(&server, "/x", FAST)).await;
        assert_eq!(
            report.outcome == Outcome::Succeeded,
            is_allowed,
            "{status}: {report:?}"
        );
        let is_asked = server.paths().iter().any(|path| path == "/x");
        assert_eq!(is_asked, is_allowed, "{status}");
        if !is_allowed {
            let host = server.authority();
            let code = &status[..3];
            assert_eq!(
                why(&report),
                format!(
                    "page 1: robots.txt of {host} could not be read, so that nothing is fetched from it: {host} answered {code}"
                )
            );
            // It was asked as often as a page would have been.
            assert_eq!(server.paths().len(), 4);
        }
    }
    let silent = Server::start(|asked, _| match asked.path.as_str() {
        "/robots.txt" => Vec::new(),
        _ => ok(ROWS),
    });
    let text = scrape(&silent, "/x", "polite: {delay_ms: 1}\nretry: {tries: 1}")
        .replace("timeout_s: 5", "timeout_s: 0.3");
    let (report, _) = run_once(&silent, &text).await;
    assert!(why(&report).contains("could not be read"), "{report:?}");
    assert_eq!(silent.paths(), ["/robots.txt"]);
}

#[tokio::test]
async fn robots_may_stand_elsewhere_and_hold_for_redirects_too() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/robots.txt" => moved("/r"),
        "/r" => ok("user-agent: *\ndisallow: /private\ncrawl-delay: 0.2\n"),
        "/open" => moved("/private"),
        _ => ok(ROWS),
    });
    let begin = Instant::now();
    let (report, _) = run_once(&server, &scrape(&server, "/open", FAST)).await;
    assert_eq!(
        why(&report),
        format!(
            "page 1: robots.txt of {} does not allow /private for AudienceBot; `polite: {{robots: ignore}}` asks all the same",
            server.authority()
        )
    );
    assert_eq!(server.paths(), ["/robots.txt", "/r", "/open"]);
    // A Crawl-delay that is longer than the scrape's counts.
    assert!(begin.elapsed() >= Duration::from_millis(200));
    let endless = Server::start(|asked, _| match asked.path.as_str() {
        "/robots.txt" => moved("/robots.txt"),
        _ => ok(ROWS),
    });
    let (report, _) = run_once(&endless, &scrape(&endless, "/x", FAST)).await;
    assert_eq!(report.outcome, Outcome::Succeeded);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_nothing_else() {
    for (first, tries) in [
        (answer("503 Service Unavailable", &[], b""), 3),
        (answer("500 Internal Server Error", &[], b"x"), 3),
        (answer("429 Too Many Requests", &["Retry-After: 0"], b""), 3),
        (answer("408 Request Timeout", &[], b""), 3),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut off".to_vec(),
            3,
        ),
        (b"nonsense\r\n\r\n".to_vec(), 3),
        (Vec::new(), 3),
        (answer("404 Not Found", &[], b""), 1),
        (answer("403 Forbidden", &[], b""), 1),
        (answer("304 Not Modified", &[], b""), 1),
        (answer("302 Found", &[], b""), 1),
        (answer("302 Found", &["Location: http://["], b""), 1),
        (answer("200 OK", &["Content-Encoding: br"], b"x"), 1),
        (answer("200 OK", &["Content-Encoding: gzip"], b"no gzip"), 1),
    ] {
        let shown = String::from_utf8_lossy(&first).into_owned();
        // What breaks off ends the connection.
        let server = Server::start(move |asked, count| match (asked.path.as_str(), count) {
            ("/robots.txt", _) => answer("404 Not Found", &[], b""),
            (_, 1 | 2) => first.clone(),
            _ => ok(ROWS),
        });
        let text = scrape(&server, "/cut", FAST).replace("timeout_s: 5", "timeout_s: 1");
        let (report, _) = run_once(&server, &text).await;
        let asked = server.paths().iter().filter(|path| *path == "/cut").count();
        assert_eq!(asked, tries, "{shown} {report:?}");
        assert_eq!(
            report.outcome == Outcome::Succeeded,
            tries == 3,
            "{shown} {report:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_a_whole_page_is_a_failure_of_the_page() {
    for (status, what) in [
        ("204 No Content", "204, which is no page"),
        (
            "206 Partial Content",
            "206, a part, without being asked for one",
        ),
    ] {
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/robots.txt" => ok(""),
            _ => answer(status, &[], b""),
        });
        let text = scrape(&server, "/x", FAST).replace("min_rows: 1", "min_rows: 0");
        let (report, _) = run_once(&server, &text).await;
        let host = server.authority();
        assert_eq!(why(&report), format!("page 1: {host} answered {what}"));
        assert_eq!(server.paths(), ["/robots.txt", "/x"]);
    }
    // Behind pages that were there it is the end of them.
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/robots.txt" => ok(""),
        "/1" => ok(ROWS),
        _ => answer("204 No Content", &[], b""),
    });
    let paged = format!("{FAST}\npages: {{from: 1, max: 5}}");
    let (report, _) = run_once(&server, &scrape(&server, "/{page}", &paged)).await;
    assert_eq!((report.outcome, report.pages), (Outcome::Succeeded, 1));
}

#[tokio::test]
async fn a_site_that_is_away_is_a_failure_that_may_pass() {
    let server = Server::start(|_, _| ok(ROWS));
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let text = scrape(
        &server,
        "/x",
        "polite: {delay_ms: 1, robots: ignore}\nretry: {tries: 2, first_s: 0.01}",
    );
    let plan = plan(&text.replace(&server.authority(), &gone.to_string()));
    let (report, _) = run_with(&web(&[gone.to_string()]), &plan, &start(&plan, &[], "")).await;
    let Outcome::Failed {
        why,
        is_transient: true,
    } = &report.outcome
    else {
        panic!("{report:?}");
    };
    assert_eq!(
        *why,
        format!("page 1: {gone} cannot be reached: the connection was refused")
    );
}

#[tokio::test]
async fn who_looks_on_is_told_at_once_how_long_a_site_asks_to_wait() {
    let patient = "Retry-After: 99999999";
    for (robots, page) in [
        ("", answer("429 Too Many Requests", &[patient], b"")),
        ("user-agent: *\ncrawl-delay: 1e308\n", ok(ROWS)),
    ] {
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/robots.txt" => ok(robots),
            _ => page.clone(),
        });
        let web = web(&[server.authority()]);
        let plan = plan(&scrape(&server, "/x", FAST));
        let begin = Instant::now();
        for _ in 0..2 {
            let patience = Some(Duration::from_secs(20));
            let (report, _) = run_within(&web, &plan, &start(&plan, &[], ""), patience).await;
            let why = why(&report);
            let host = server.authority();
            assert!(
                why.starts_with(&format!("page 1: {host} asks to wait until 2")),
                "{why}"
            );
            assert!(why.ends_with("; a test waits 20 s at the longest"), "{why}");
        }
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
}

#[tokio::test]
async fn two_scrapes_of_one_host_take_turns() {
    let server = Arc::new(Server::start(|asked, _| match asked.path.as_str() {
        "/robots.txt" => ok(""),
        _ => {
            std::thread::sleep(Duration::from_millis(20));
            ok(ROWS)
        }
    }));
    let web = web(&[server.authority()]);
    let begin = Instant::now();
    let runs = (0..5).map(|number| {
        let plan = plan(&scrape(
            &server,
            &format!("/{number}"),
            "polite: {delay_ms: 100}",
        ));
        let web = &web;
        async move { run_with(web, &plan, &start(&plan, &[], "")).await.0 }
    });
    let runs: Vec<_> = runs.collect();
    let reports = futures_of(runs).await;
    assert!(
        reports
            .iter()
            .all(|report| report.outcome == Outcome::Succeeded)
    );
    // One file of robots and five pages: five pauses between them.
    assert_eq!(server.paths().len(), 6);
    assert!(
        begin.elapsed() >= Duration::from_millis(600),
        "{:?}",
        begin.elapsed()
    );
}

/// Five futures at once.
async fn futures_of<F: Future<Output = Report>>(futures: Vec<F>) -> Vec<Report> {
    let mut futures = futures.into_iter();
    let mut next = || futures.next().unwrap();
    let (a, b, c, d, e) = tokio::join!(next(), next(), next(), next(), next());
    vec![a, b, c, d, e]
}

#[tokio::test]
async fn validators_go_back_to_the_page_that_sent_them_only() {
    let server = Server::start(|asked, _| {
        let etag = asked.headers.get("if-none-match").map(String::as_str);
        let since = asked.headers.get("if-modified-since").map(String::as_str);
        match (asked.path.as_str(), etag, since) {
            ("/robots.txt", ..) => ok(""),
            ("/moved", ..) => moved("/page"),
            ("/page", Some("W/\"1\""), Some("yesterday")) => answer("304 Not Modified", &[], b""),
            _ => answer(
                "200 OK",
                &["ETag: W/\"1\"", "Last-Modified: yesterday"],
                ROWS.as_bytes(),
            ),
        }
    });
    let web = web(&[server.authority()]);
    let plan = plan(&scrape(&server, "/moved", FAST));
    let (first, kept) = run_with(&web, &plan, &start(&plan, &[], "")).await;
    assert_eq!(kept.column(&plan, "_url"), [server.url("/page")]);
    let (again, _) = run_with(&web, &plan, &start(&plan, &first.remembered, "")).await;
    assert_eq!(again.outcome, Outcome::Unchanged);
    let asked = server.asked();
    let sent = |path: &str| {
        asked
            .iter()
            .filter(|one| one.path == path && one.headers.contains_key("if-none-match"))
            .count()
    };
    assert_eq!((sent("/moved"), sent("/page")), (0, 1));
}
