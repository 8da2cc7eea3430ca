//! What is expected of a run.

use super::super::Outcome;
use super::{Site, page, run_first, scrape};
use crate::systems::prediction::scrape::tests::support::{plan, why};

#[tokio::test]
async fn a_run_that_misses_what_is_expected_says_what() {
    let items = "<li><b>a</b><i>1</i><li><b>b</b><i>x</i><li><b>c</b><i>2</i><li><b></b><i>3</i>";
    for (expect, expected) in [
        ("{min_rows: 3}", None),
        ("{min_rows: 4}", Some("expected at least 4 rows, found 3")),
        ("{filled: {n: 0.66, id: 1, day: 1}}", None),
        (
            "{filled: {n: 0.67}}",
            Some("expected n to have a value in 67 % of the rows, found it in 2 of 3"),
        ),
        (
            "{min_rows: 10, filled: {n: 0.999}}",
            Some(
                "expected at least 10 rows, found 3; expected n to have a value in 99.9 % of the rows, found it in 2 of 3",
            ),
        ),
    ] {
        let plan = plan(&scrape("/", &format!("expect: {expect}")));
        let site = Site::new(&[("/", items)]);
        let (report, kept) = run_first(&site, &plan).await;
        match expected {
            None => assert_eq!(report.outcome, Outcome::Succeeded, "{expect}"),
            Some(expected) => {
                assert_eq!(why(&report), expected);
                assert!(report.remembered.is_empty());
            }
        }
        assert_eq!((report.rows, report.left_out, kept.pages.len()), (3, 1, 1));
        assert_eq!(
            kept.codes(),
            ["page 1, row 2 not_a_number", "page 1, row 4 required"]
        );
    }
}

#[tokio::test]
async fn a_layout_that_changed_is_noticed() {
    let strict = plan(&scrape("/", "expect: {min_rows: 1}"));
    let site = Site::new(&[("/", "<table><tr><td>a</table>")]);
    let (report, _) = run_first(&site, &strict).await;
    assert_eq!(why(&report), "expected at least 1 rows, found 0");
    // Without an expectation there may be no rows, and what has none misses nothing.
    let loose = plan(&scrape("/", "expect: {filled: {n: 1}}"));
    let (report, kept) = run_first(&site, &loose).await;
    assert_eq!((report.outcome, report.rows), (Outcome::Succeeded, 0));
    assert!(kept.problems.is_empty());
    let (_, kept) = run_first(&Site::new(&[("/", &page(&["a"]))]), &loose).await;
    assert_eq!(kept.codes(), ["all pages missing_column"]);
    assert_eq!(
        kept.problems[0].message,
        "no row has the field n: nothing is found at `i`"
    );
}
