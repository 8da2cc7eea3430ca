//! Secrets go to the host of the request, and into nothing that anybody sees.

use super::super::{Outcome, Report};
use super::server::{Server, answer, moved, ok};
use super::support::{Kept, plan, run_with, start, web, why};

const SECRET: &str = "t0p/s3cret+x";
const ESCAPED: &str = "t0p%2Fs3cret%2Bx";

fn scrape(server: &Server, path: &str, more: &str) -> String {
    format!(
        "scrape: s\nrequest: {{url: \"{}\", headers: {{Authorization: \"Bearer {{secret:WX}}\", X-Client: us, Accept-Language: ja}}}}\n{more}\n\
        polite: {{delay_ms: 1, robots: ignore}}\nretry: {{tries: 1}}\n\
        extract: {{html: {{rows: li, fields: {{id: {{css: b}}, n: {{css: i, type: number}}, u: {{css: \"a@href\"}}}}}}}}\n\
        into: {{table: t, key: [id]}}\n",
        server.url(path)
    )
}

async fn run_on(servers: &[&Server], text: &str) -> (Report, Kept) {
    let plan = plan(text);
    let allowed: Vec<String> = servers.iter().map(|server| server.authority()).collect();
    run_with(&web(&allowed), &plan, &start(&plan, &[], SECRET)).await
}

/// Nothing that is kept, stored or shown holds the secret.
fn assert_hidden(report: &Report, kept: &Kept) {
    let shown = format!(
        "{report:?} {:?} {:?} {:?}",
        kept.rows, kept.problems, kept.places
    );
    let pages: Vec<String> = kept
        .pages
        .iter()
        .map(|page| {
            let body = String::from_utf8_lossy(&page.body);
            format!("{} {body}", page.url)
        })
        .collect();
    let report = serde_json::to_string(report).unwrap();
    for text in [shown, pages.join(" "), report] {
        for form in [SECRET, ESCAPED, "t0p%2fs3cret%2bx"] {
            assert!(!text.contains(form), "{text}");
        }
    }
}

#[tokio::test]
async fn a_secret_is_sent_to_its_host_and_hidden_everywhere() {
    // The site writes what it got into its page.
    let server = Server::start(|asked, _| {
        let path = &asked.path;
        let token = &asked.headers["authorization"];
        ok(&format!(
            "<li><b>{token}</b><i>{path}</i><a href='{path}&x'>x</a>"
        ))
    });
    let (report, kept) = run_on(&[&server], &scrape(&server, "/x?k={secret:WX}&p=1", "")).await;
    assert_eq!(report.outcome, Outcome::Succeeded);
    let asked = &server.asked()[0];
    assert_eq!(asked.path, format!("/x?k={ESCAPED}&p=1"));
    assert_eq!(asked.headers["authorization"], format!("Bearer {SECRET}"));
    assert_hidden(&report, &kept);
    assert_eq!(kept.rows[0][0].to_string(), "Bearer ***");
    assert_eq!(kept.pages[0].url, server.url("/x?k=***&p=1"));
    assert_eq!(kept.problems[0].text, "/x?k=***&p=1");
}

#[tokio::test]
async fn another_host_gets_nothing_of_it() {
    let other = Server::start(|_, _| ok("<li><b>a</b>"));
    let to = other.url("/there");
    let server = Server::start(move |_, _| moved(&to));
    let (report, _) = run_on(&[&server, &other], &scrape(&server, "/x", "")).await;
    assert_eq!(report.outcome, Outcome::Succeeded);
    let (first, second) = (&server.asked()[0], &other.asked()[0]);
    assert!(first.headers.contains_key("authorization") && first.headers.contains_key("x-client"));
    assert!(
        !second.headers.contains_key("authorization") && !second.headers.contains_key("x-client")
    );
    assert_eq!(second.headers["accept-language"], "ja");
    assert!(!second.headers.contains_key("referer"));
}

#[tokio::test]
async fn another_host_that_asks_for_it_is_not_asked() {
    for form in [
        SECRET.to_owned(),
        ESCAPED.to_owned(),
        "t0p%252Fs3cret%252Bx".to_owned(),
    ] {
        let other = Server::start(|_, _| ok("<li><b>a</b>"));
        let to = other.url(&format!("/there?k={form}"));
        let page = format!("<li><b>a</b><a class=n href=\"{to}\">x</a>");
        // Once it is a redirect, once a link to the next page.
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            "/moved" => moved(&to),
            _ => ok(&page),
        });
        let linked = scrape(&server, "/linked", "pages: {next: \"a.n@href\"}");
        for text in [scrape(&server, "/moved", ""), linked] {
            let (report, kept) = run_on(&[&server, &other], &text).await;
            assert!(
                why(&report).ends_with(&format!(
                    "a URL at {} has a secret of another host in it; it was not asked",
                    other.authority()
                )),
                "{}",
                why(&report)
            );
            assert_hidden(&report, &kept);
        }
        assert!(other.paths().is_empty());
    }
}

#[tokio::test]
async fn links_of_pages_get_the_headers_on_the_same_host_only() {
    let other = Server::start(|_, _| ok("<li><b>c</b>"));
    let to = other.url("/3");
    let server = Server::start(move |asked, _| match asked.path.as_str() {
        "/1" => ok("<li><b>a</b><a class=n href=/2>x</a>"),
        _ => ok(&format!("<li><b>b</b><a class=n href='{to}'>x</a>")),
    });
    let text = scrape(&server, "/1", "pages: {next: \"a.n@href\"}");
    let (report, kept) = run_on(&[&server, &other], &text).await;
    assert_eq!((report.outcome, kept.rows.len()), (Outcome::Succeeded, 3));
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.headers.contains_key("authorization"))
    );
    assert!(!other.asked()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn failures_do_not_show_it() {
    let server = Server::start(|asked, _| answer("500 Oh", &[&format!("X: {}", asked.path)], b""));
    let (report, kept) = run_on(&[&server], &scrape(&server, "/x/{secret:WX}", "")).await;
    assert_eq!(
        why(&report),
        format!("page 1: {} answered 500", server.authority())
    );
    assert_hidden(&report, &kept);
    // robots.txt forbids a path with it.
    let strict = Server::start(|_, _| ok("user-agent: *\ndisallow: /\n"));
    let text = scrape(&strict, "/x/{secret:WX}", "").replace("robots: ignore", "robots: obey");
    let (report, kept) = run_on(&[&strict], &text).await;
    assert!(
        why(&report).contains("does not allow /x/*** for"),
        "{}",
        why(&report)
    );
    assert_hidden(&report, &kept);
    // What is remembered is stored: of a page that names it, nothing is.
    let echo = Server::start(|asked, count| match count {
        1 if !asked.path.contains("p=2") => ok(&format!(
            "<li><b>a</b><a class=n href='{}&p=2'>x</a>",
            asked.path
        )),
        _ => ok("<li><b>b</b>"),
    });
    let text = scrape(&echo, "/x?k={secret:WX}", "pages: {next: \"a.n@href\"}");
    let (report, kept) = run_on(&[&echo], &text).await;
    assert_eq!(
        (&report.outcome, report.pages, report.remembered.len()),
        (&Outcome::Succeeded, 2, 1)
    );
    assert_hidden(&report, &kept);
}

#[tokio::test]
async fn a_secret_that_no_header_can_hold_is_not_shown() {
    let server = Server::start(|_, _| ok(""));
    let plan = plan(&scrape(&server, "/x", ""));
    let bad = start(&plan, &[], "line\nbreak-secret");
    let (report, _) = run_with(&web(&[server.authority()]), &plan, &bad).await;
    assert_eq!(
        why(&report),
        "the header authorization has a value that cannot be sent; expected printable characters"
    );
    assert!(server.paths().is_empty());
}
