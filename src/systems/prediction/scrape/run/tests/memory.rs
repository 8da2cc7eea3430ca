//! Pages that have not changed.

use super::super::{Ended, Outcome};
use super::{Site, page, run_first, run_on, scrape};
use crate::systems::prediction::scrape::tests::support::{plan, start};

#[tokio::test]
async fn pages_that_have_not_changed_are_a_success_without_rows() {
    let numbered = scrape("/?p={page}", "pages: {from: 1}\nexpect: {min_rows: 2}");
    let linked = scrape("/?p=1", "pages: {next: \"a@href\"}\nexpect: {min_rows: 2}");
    for text in [numbered, linked] {
        let plan = plan(&text);
        let one = format!("{}<a href='?p=2'>", page(&["a"]));
        let mut site = Site::new(&[("/?p=1", &one), ("/?p=2", &page(&["b"]))]);
        let (first, _) = run_first(&site, &plan).await;
        assert_eq!((&first.outcome, first.rows), (&Outcome::Succeeded, 2));
        for answers_not_modified in [false, true] {
            site.answers_not_modified = answers_not_modified;
            site.asked();
            let start = start(&plan, &first.remembered, "");
            let (again, kept) = run_on(&site, &plan, &start).await;
            assert_eq!(again.outcome, Outcome::Unchanged);
            assert_eq!(
                (again.pages, again.unchanged_pages),
                (first.pages, first.pages)
            );
            assert_eq!(again.ended, first.ended);
            assert_eq!(again.remembered, first.remembered);
            assert_eq!(kept.rows.is_empty(), answers_not_modified);
            assert_eq!(site.asked()[..2], ["/?p=1", "/?p=2"]);
        }
    }
}

#[tokio::test]
async fn if_one_page_has_changed_the_rows_of_all_come_out() {
    let plan = plan(&scrape("/?p={page}", "pages: {from: 1}"));
    for changed in [1, 2, 3] {
        let body = |number: usize, is_new: bool| {
            page(&[&format!("{number}{}", if is_new { "new" } else { "" })])
        };
        let bodies: Vec<String> = (1..=3).map(|number| body(number, false)).collect();
        let table = [
            ("/?p=1", bodies[0].as_str()),
            ("/?p=2", &bodies[1]),
            ("/?p=3", &bodies[2]),
            ("/?p=4", ""),
        ];
        let mut site = Site::new(&table);
        site.answers_not_modified = true;
        let (first, _) = run_first(&site, &plan).await;
        assert_eq!((first.rows, first.ended), (3, Some(Ended::NoRows)));
        site.pages
            .insert(format!("/?p={changed}"), body(changed, true));
        site.asked();
        let (again, kept) = run_on(&site, &plan, &start(&plan, &first.remembered, "")).await;
        assert_eq!(again.outcome, Outcome::Succeeded);
        assert_eq!((again.pages, again.unchanged_pages, again.rows), (4, 3, 3));
        let mut ids = kept.column(&plan, "id");
        ids.sort();
        let expected: Vec<String> = (1..=3)
            .map(|number| match number == changed {
                true => format!("{number}new"),
                false => number.to_string(),
            })
            .collect();
        assert_eq!(ids, expected);
        assert_eq!(kept.pages.len(), 4);
        assert_eq!(again.remembered.len(), 4);
        // Four of them, and the three that the site had not sent.
        assert_eq!(site.asked().len(), 7);
    }
}

#[tokio::test]
async fn another_day_is_another_page() {
    let plan = plan(&scrape("/?d={day}", ""));
    let site = Site::new(&[
        ("/?d=2024-06-01", &page(&["a"])),
        ("/?d=2024-06-02", &page(&["a"])),
    ]);
    let (first, _) = run_first(&site, &plan).await;
    let mut next = start(&plan, &first.remembered, "");
    next.day = next.day.succ_opt().unwrap();
    let (again, _) = run_on(&site, &plan, &next).await;
    assert_eq!((again.outcome, again.rows), (Outcome::Succeeded, 1));
}
