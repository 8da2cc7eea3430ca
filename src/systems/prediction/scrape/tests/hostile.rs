//! Sites that want to lead elsewhere, to fill the memory, or never to end.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::fetch::SystemClock;
use super::super::{Alone, Outcome, Web};
use super::server::{Server, answer, moved, ok};
use super::support::{plan, run_with, start, web, why};
use crate::fetch::AllowedHosts;
use crate::fetch::guarded::{Dns, Lookup};

fn scrape(url: &str, more: &str) -> String {
    format!(
        "scrape: s\nrequest: {{url: \"{url}\", timeout_s: 10}}\n{more}\n\
        polite: {{delay_ms: 1, robots: ignore}}\nretry: {{tries: 1}}\n\
        extract: {{html: {{rows: li, fields: {{id: {{css: b}}}}}}}}\n\
        into: {{table: t, key: [id]}}\n"
    )
}

#[tokio::test]
async fn redirects_into_forbidden_places_are_not_followed() {
    let inside = Server::start(|_, _| ok("<li><b>inside</b>"));
    for to in [
        "http://127.0.0.1/".to_owned(),
        "http://localhost/".to_owned(),
        inside.url("/"),
        format!("http://localhost:{}/", inside.port),
        format!("http://[::ffff:127.0.0.1]:{}/", inside.port),
        "http://[::1]/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::ffff:10.0.0.1]/".to_owned(),
        "http://[64:ff9b::7f00:1]/".to_owned(),
        "http://[2002:7f00:1::]/".to_owned(),
        "http://0/".to_owned(),
        "//10.0.0.1/x".to_owned(),
        "file:///etc/passwd".to_owned(),
        "ftp://127.0.0.1/".to_owned(),
        "http://a@8.8.8.8/".to_owned(),
        "gopher://127.0.0.1:6379/_x".to_owned(),
    ] {
        let target = to.clone();
        let server = Server::start(move |_, _| moved(&target));
        let plan = plan(&scrape(&server.url("/"), ""));
        let (report, kept) =
            run_with(&web(&[server.authority()]), &plan, &start(&plan, &[], "")).await;
        let why = why(&report);
        let is_refused = why.contains("is not public")
            || why.contains("may not be asked")
            || why.contains("expected a URL");
        assert!(is_refused, "{to}: {why}");
        assert!(kept.pages.is_empty());
    }
    assert!(inside.paths().is_empty());
    // The same places as the next page.
    let server = Server::start(|_, _| ok("<li><b>a</b><a href='http://10.0.0.1/'>x</a>"));
    let plan = plan(&scrape(&server.url("/"), "pages: {next: \"a@href\"}"));
    let (report, _) = run_with(&web(&[server.authority()]), &plan, &start(&plan, &[], "")).await;
    assert_eq!(
        why(&report),
        "page 2: the address 10.0.0.1 of 10.0.0.1 is not public; `scrape.allow` makes exceptions"
    );
}

/// Says that a name is public, and the next time that it is here.
struct Rebinding(AtomicUsize);

impl Dns for Rebinding {
    fn look_up(&self, _: &str) -> Lookup {
        let count = self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            Ok(match count {
                0 => vec!["8.8.8.8".parse().unwrap(), "127.0.0.1".parse().unwrap()],
                _ => vec!["127.0.0.1".parse().unwrap()],
            })
        })
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let dns = Arc::new(Rebinding(AtomicUsize::new(0)));
    let allowed = AllowedHosts::default();
    let web = Web::with(allowed, Arc::new(Alone), Arc::new(SystemClock), dns.clone()).unwrap();
    let plan = plan(
        &scrape("http://rebinding.example/", "").replace("tries: 1", "tries: 3, first_s: 0.01"),
    );
    for _ in 0..2 {
        let (report, _) = run_with(&web, &plan, &start(&plan, &[], "")).await;
        assert_eq!(
            why(&report),
            "page 1: the address 127.0.0.1 of rebinding.example is not public; `scrape.allow` makes exceptions"
        );
    }
    // It was looked up once for each connection, and never a second time behind a check.
    assert_eq!(dns.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_exception_for_one_port_opens_no_other() {
    let server = Server::start(|_, _| ok("<li><b>a</b>"));
    let allowed = AllowedHosts::read(&[format!("inside.example:{}", server.port)]).unwrap();
    let dns = Arc::new(Rebinding(AtomicUsize::new(1)));
    let web = Web::with(allowed, Arc::new(Alone), Arc::new(SystemClock), dns).unwrap();
    let open = plan(&scrape(
        &format!("http://inside.example:{}/", server.port),
        "",
    ));
    let (report, kept) = run_with(&web, &open, &start(&open, &[], "")).await;
    assert_eq!((report.outcome, kept.rows.len()), (Outcome::Succeeded, 1));
    let closed = plan(&scrape("http://inside.example/", ""));
    let (report, _) = run_with(&web, &closed, &start(&closed, &[], "")).await;
    assert!(why(&report).contains("the address 127.0.0.1 of inside.example is not public"));
}

#[tokio::test]
async fn large_bodies_and_bombs_are_refused() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        encoder.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = answer(
        "200 OK",
        &["Content-Encoding: gzip"],
        &encoder.finish().unwrap(),
    );
    let large = answer("200 OK", &[], &vec![b' '; (20 << 20) + 1]);
    let exact = answer("200 OK", &[], &vec![b'x'; 20 << 20]);
    for (bytes, is_good) in [(bomb, false), (large, false), (exact, true)] {
        let server = Server::start(move |_, _| bytes.clone());
        let plan = plan(&scrape(&server.url("/"), ""));
        let (report, _) =
            run_with(&web(&[server.authority()]), &plan, &start(&plan, &[], "")).await;
        match is_good {
            true => assert_eq!(report.outcome, Outcome::Succeeded),
            false => assert_eq!(
                why(&report),
                format!(
                    "page 1: {}: the page has more than 20971520 bytes",
                    server.authority()
                )
            ),
        }
    }
}

#[tokio::test]
async fn what_never_ends_is_ended() {
    // A head without an end, and a cursor without one.
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/head" => b"HTTP/1.1 200 OK\r\nX: "
            .iter()
            .copied()
            .chain(std::iter::repeat_n(b'x', 5 << 20))
            .collect(),
        path => {
            let number: u32 = path.trim_start_matches("/?").parse().unwrap_or(0);
            ok(&format!(
                "<li><b>{number}</b><a href='/?{}'>x</a>",
                number + 1
            ))
        }
    });
    let web = web(&[server.authority()]);
    let head = plan(&scrape(&server.url("/head"), ""));
    let (report, _) = run_with(&web, &head, &start(&head, &[], "")).await;
    assert!(
        why(&report).contains("cannot be reached") || why(&report).contains("does not answer"),
        "{}",
        why(&report)
    );
    let cursor = plan(&scrape(
        &server.url("/"),
        "pages: {next: \"a@href\", max: 20}",
    ));
    let (report, _) = run_with(&web, &cursor, &start(&cursor, &[], "")).await;
    assert_eq!(report.pages, 20, "{report:?}");
}
