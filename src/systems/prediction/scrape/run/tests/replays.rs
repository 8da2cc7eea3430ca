//! Kept pages, extracted again.

use super::super::{Outcome, replay};
use super::{Site, page, run_first, scrape};
use crate::systems::prediction::scrape::tests::support::{Kept, day, plan, why};

#[tokio::test]
async fn a_replay_makes_what_the_run_made() {
    for more in [
        "pages: {from: 1}",
        "pages: {from: 1}\nexpect: {min_rows: 100}",
    ] {
        let plan = plan(&scrape("/?p={page}", more));
        let site = Site::new(&[
            ("/?p=1", &page(&["a", "b", ""])),
            ("/?p=2", &page(&["b", "c"])),
            // The site repeats its last page.
            ("/?p=3", &page(&["b", "c"])),
        ]);
        let (report, kept) = run_first(&site, &plan).await;
        let mut again = Kept::default();
        let replayed = replay(&plan, day("2024-06-01"), kept.pages.clone(), &mut again);
        assert_eq!(again.rows, kept.rows);
        assert_eq!(again.places, kept.places);
        assert_eq!(again.problems, kept.problems);
        assert_eq!(replayed.outcome, report.outcome);
        assert_eq!(
            (replayed.rows, replayed.pages, replayed.bytes),
            (report.rows, report.pages, report.bytes)
        );
        assert!(again.pages.is_empty());
    }
}

#[tokio::test]
async fn a_mended_definition_finds_what_the_run_missed() {
    let wrong = plan(&scrape("/", "expect: {min_rows: 1}").replace("rows: li", "rows: tr"));
    let right = plan(&scrape("/", "expect: {min_rows: 1}"));
    let (report, kept) = run_first(&Site::new(&[("/", &page(&["a"]))]), &wrong).await;
    assert_eq!(why(&report), "expected at least 1 rows, found 0");
    let mut again = Kept::default();
    let replayed = replay(&right, day("2024-06-01"), kept.pages, &mut again);
    assert_eq!(
        (replayed.outcome, again.rows.len()),
        (Outcome::Succeeded, 1)
    );
}
