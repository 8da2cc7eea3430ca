//! From page to page: numbers, links, cursors, and how they end.

use super::super::{Ended, Outcome, run};
use super::{Site, page, run_first, scrape};
use crate::systems::prediction::scrape::tests::support::{Kept, plan, start, why};

const NUMBERED: &str = "pages: {from: 0, max: 4}";

#[tokio::test]
async fn numbered_pages_end_without_rows_or_at_the_last_one() {
    let plan = plan(&scrape("/?p={page}&d={day-1:%m%d}", NUMBERED));
    let (a, b, none) = (page(&["a", "b"]), page(&["c"]), page(&[]));
    for (pages, ended, asked, rows) in [
        (vec![&a, &b, &none, &a], Ended::NoRows, 3, "a b c"),
        (vec![&none, &a], Ended::FirstEmpty, 1, ""),
        (vec![&a, &b], Ended::NotFound, 3, "a b c"),
        // The site shows its last page for all that follow.
        (vec![&a, &b, &b, &b], Ended::Repeated, 3, "a b c"),
    ] {
        let paths: Vec<String> = (0..pages.len())
            .map(|page| format!("/?p={page}&d=0531"))
            .collect();
        let table: Vec<(&str, &str)> = paths
            .iter()
            .zip(&pages)
            .map(|(path, body)| (path.as_str(), body.as_str()))
            .collect();
        let site = Site::new(&table);
        let (report, kept) = run_first(&site, &plan).await;
        assert_eq!(report.outcome, Outcome::Succeeded);
        assert_eq!(report.ended, Some(ended));
        assert_eq!(site.asked().len(), asked);
        assert_eq!(kept.column(&plan, "id").join(" "), rows);
        assert!(
            kept.codes()
                .iter()
                .all(|code| code == "all pages missing_column")
        );
    }
    let many: Vec<(String, String)> = (0..9)
        .map(|n| (format!("/?p={n}&d=0531"), page(&[&n.to_string()])))
        .collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(path, body)| (path.as_str(), body.as_str()))
        .collect();
    let (report, kept) = run_first(&Site::new(&many), &plan).await;
    assert_eq!(
        (report.ended, report.pages, kept.rows.len()),
        (Some(Ended::Max), 4, 4)
    );
}

#[tokio::test]
async fn a_failure_says_that_pages_behind_an_empty_first_one_were_not_fetched() {
    let more = format!("{NUMBERED}\nexpect: {{min_rows: 1}}");
    let numbered = plan(&scrape("/?p={page}", &more));
    let site = Site::new(&[("/?p=0", &page(&[])), ("/?p=1", &page(&["a"]))]);
    let (report, _) = run_first(&site, &numbered).await;
    assert_eq!(
        why(&report),
        "expected at least 1 rows, found 0; page 1 had no rows, so no further page was fetched; \
         correct the scrape and run the day again"
    );
    // There is no other page.
    let only = plan(&scrape("/?p={page}", &more.replace("max: 4", "max: 1")));
    let (report, _) = run_first(&site, &only).await;
    assert_eq!(why(&report), "expected at least 1 rows, found 0");
    // Of pages that had rows, the last one is the last one.
    let more = more.replace("min_rows: 1", "min_rows: 9");
    let numbered = plan(&scrape("/?p={page}", &more));
    let site = Site::new(&[("/?p=0", &page(&["a"])), ("/?p=1", &page(&[]))]);
    let (report, _) = run_first(&site, &numbered).await;
    assert_eq!(why(&report), "expected at least 9 rows, found 1");
}

#[tokio::test]
async fn a_first_page_that_is_not_there_is_a_failure() {
    let plan = plan(&scrape("/?p={page}", NUMBERED));
    let (report, kept) = run_first(&Site::default(), &plan).await;
    assert_eq!(why(&report), "page 1: h.example answered 404");
    assert_eq!((report.pages, kept.pages.len(), report.ended), (0, 0, None));
}

#[tokio::test]
async fn links_are_followed_until_there_is_none() {
    let plan = plan(&scrape("/a/1", "pages: {next: \"a@href\", max: 3}"));
    let with = |ids: &[&str], next: &str| format!("{}<a href='{next}'>", page(ids));
    let (one, two) = (with(&["a"], "2?x#y"), with(&[], "/b"));
    let site = Site::new(&[("/a/1", &one), ("/a/2?x", &two), ("/b", &page(&["b"]))]);
    let (report, kept) = run_first(&site, &plan).await;
    // A page without rows is not the last one if it names another.
    assert_eq!(
        (report.outcome, report.ended),
        (Outcome::Succeeded, Some(Ended::NoNext))
    );
    assert_eq!(site.asked(), ["/a/1", "/a/2?x", "/b"]);
    assert_eq!(kept.column(&plan, "id"), ["a", "b"]);
    assert_eq!(
        kept.column(&plan, "_url"),
        ["https://h.example/a/1", "https://h.example/b"]
    );
    assert_eq!(kept.column(&plan, "day"), ["2024-06-01", "2024-06-01"]);
    assert_eq!(kept.column(&plan, "fetched_at")[0], "2024-06-01T00:00:00");
    assert_eq!(kept.places, ["page 1, row 1", "page 3, row 1"]);
    let endless = Site::new(&[
        ("/a/1", &with(&["a"], "2")),
        ("/a/2", &with(&["b"], "3")),
        ("/a/3", &with(&["c"], "4")),
    ]);
    let (report, _) = run_first(&endless, &plan).await;
    assert_eq!(
        (report.outcome, report.ended),
        (Outcome::Succeeded, Some(Ended::Max))
    );
    let missing = Site::new(&[("/a/1", &with(&["a"], "2"))]);
    let (report, _) = run_first(&missing, &plan).await;
    assert_eq!(why(&report), "page 2: h.example answered 404");
}

#[tokio::test]
async fn what_never_ends_fails() {
    let plan = plan(&scrape("/1", "pages: {next: \"a@href\"}"));
    let with = |next: &str| format!("{}<a href='{next}'>", page(&[next]));
    for (pages, expected) in [
        (
            vec![("/1", with("/1"))],
            "page 1 names a next page that was fetched already, as page 1",
        ),
        (
            vec![("/1", with("/1#again"))],
            "page 1 names a next page that was fetched already, as page 1",
        ),
        (
            vec![("/1", with("/2")), ("/2", with("/3")), ("/3", with("/2"))],
            "page 3 names a next page that was fetched already, as page 2",
        ),
        (
            vec![("/1", with("http://["))],
            "the URL of page 2 is not valid",
        ),
    ] {
        let table: Vec<(&str, &str)> = pages
            .iter()
            .map(|(path, body)| (*path, body.as_str()))
            .collect();
        let (report, kept) = run_first(&Site::new(&table), &plan).await;
        assert!(why(&report).starts_with(expected), "{report:?}");
        assert_eq!(kept.pages.len(), pages.len());
        assert!(report.remembered.is_empty());
    }
}

#[tokio::test]
async fn cursors_are_values_of_a_parameter() {
    let text = "scrape: s\nrequest: {url: \"https://h.example/api?a=%E3%81%82&c=start&b=x+y\"}\n\
        pages: {next: \"$.next\", param: c}\n\
        extract: {json: {rows: \"$.items[*]\", fields: {id: {path: \"$\", type: integer}}}}\n\
        into: {table: t, key: [id]}\n";
    let plan = plan(text);
    let site = Site::new(&[
        (
            "/api?a=%E3%81%82&c=start&b=x+y",
            r#"{"items": [1, 2], "next": "a&b=あ"}"#,
        ),
        (
            "/api?a=%E3%81%82&b=x+y&c=a%26b%3D%E3%81%82",
            r#"{"items": [], "next": 17}"#,
        ),
        (
            "/api?a=%E3%81%82&b=x+y&c=17",
            r#"{"items": [2, 3], "next": null}"#,
        ),
    ]);
    let (report, kept) = run_first(&site, &plan).await;
    assert_eq!(
        (&report.outcome, report.ended),
        (&Outcome::Succeeded, Some(Ended::NoNext))
    );
    assert_eq!(kept.column(&plan, "id"), ["1", "2", "3"]);
    // The first of two with the same key stays.
    assert_eq!(kept.codes(), ["page 3, row 1 duplicate_key"]);
    assert_eq!((report.rows, report.left_out, report.problems), (3, 1, 1));
    let circle = Site::new(&[
        (
            "/api?a=%E3%81%82&c=start&b=x+y",
            r#"{"items": [1], "next": "x"}"#,
        ),
        (
            "/api?a=%E3%81%82&b=x+y&c=x",
            r#"{"items": [2], "next": "x"}"#,
        ),
    ]);
    let (report, _) = run_first(&circle, &plan).await;
    assert!(
        why(&report).starts_with("page 2 names a next page that was fetched already, as page 2")
    );
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_kept_and_fails_the_run() {
    let text = "scrape: s\nrequest: {url: \"https://h.example/a\"}\n\
        extract: {json: {rows: \"$[*]\", fields: {id: {path: \"$\"}}}}\ninto: {table: t, key: [id]}\n";
    let plan = plan(text);
    let (report, kept) = run_first(&Site::new(&[("/a", "<html>down")]), &plan).await;
    assert_eq!(
        why(&report),
        "page 1: the page is not JSON: line 1, column 1"
    );
    assert_eq!(&*kept.pages[0].body, b"<html>down");
    let (report, _) = run_first(&Site::new(&[("/a", "[1, 2]")]), &plan).await;
    assert_eq!(
        (report.outcome, report.ended, report.rows),
        (Outcome::Succeeded, Some(Ended::OnePage), 2)
    );
}

#[tokio::test]
async fn a_sink_may_stop_a_run() {
    let plan = plan(&scrape("/?p={page}", "pages: {from: 1}"));
    let site = Site::new(&[("/?p=1", &page(&["a", "b", "c"])), ("/?p=2", &page(&["d"]))]);
    let mut kept = Kept {
        most: Some(2),
        ..Kept::default()
    };
    let report = run(&plan, &start(&plan, &[], ""), &site, &mut kept).await;
    assert_eq!((report.outcome, kept.rows.len()), (Outcome::Stopped, 2));
    assert_eq!(site.asked().len(), 1);
}
