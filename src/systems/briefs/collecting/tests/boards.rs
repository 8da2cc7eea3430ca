//! Boards: whatever the order in which answers come, the same pages are done, and the same are dropped.

use std::collections::BTreeMap;

use entity::JobId;
use serde_json::json;

use super::super::board::Board;
use super::super::judge::Judge;
use super::super::limits::Shared;
use super::super::replan::Again;
use super::super::sequence::EndRules;
use super::super::wanted::{Wanted, wanted};
use crate::systems::briefs::adapter::Next;
use crate::systems::briefs::article::{Article, PageId};
use crate::systems::briefs::request::{BriefRequest, Matching};
use crate::systems::briefs::sources::{PageAnswer, Sequences};
use crate::systems::briefs::store::PageState;

const QUERIES: Sequences = Sequences::OfQueries {
    sends_range: false,
    windows: None,
};

fn request(keywords: &[&str], max_pages: u32) -> BriefRequest {
    BriefRequest {
        job_name: "b".to_owned(),
        platforms: vec!["p".to_owned()],
        keywords: keywords.iter().map(|one| (*one).to_owned()).collect(),
        start_time: 100,
        end_time: 200,
        max_pages,
        deadline_s: 300,
        matching: Matching::Text,
    }
}

fn board(request: &BriefRequest) -> (Board, Vec<Wanted>) {
    let judge = Judge::new(request).unwrap();
    let shared = std::sync::Arc::new(Shared::new(1_000, 1_000));
    let wanted = wanted(request, judge.keywords(), QUERIES);
    let mut board = Board::new(JobId::new(), "p", judge, shared.pages("p"));
    board.max_pages = request.max_pages;
    board.add_sequences(&wanted, 1);
    commit(&mut board);
    (board, wanted)
}

fn commit(board: &mut Board) {
    let changes = board.take_changes();
    board.are_stored(&changes);
}

fn answer(ids: &[&str], next: Next) -> PageAnswer {
    let articles = ids.iter().map(|id| Article {
        id: (*id).to_owned(),
        title: Some("a".to_owned()),
        post_time: 150,
        ..Article::default()
    });
    PageAnswer {
        articles: articles.collect(),
        received: ids.len() as u64,
        next,
        ..PageAnswer::default()
    }
}

fn page(number: u32) -> PageId {
    PageId {
        sequence: 1,
        number,
    }
}

/// Stores all that may be stored, and says which pages.
fn store(board: &mut Board) -> Vec<u32> {
    commit(board);
    let ready = board.to_store(100);
    for id in &ready {
        board.stored(*id, 5);
    }
    commit(board);
    ready.iter().map(|id| id.number).collect()
}

fn states(board: &Board) -> Vec<PageState> {
    let pages = &board.sequences[&1].pages;
    pages.values().map(|page| page.state).collect()
}

use PageState::{Done, Dropped, Failed, Fetched, Open};

#[test]
fn pages_of_a_total_are_planned_at_once_and_stored_in_order() {
    let (mut board, _) = board(&request(&["a"], 4));
    assert_eq!(board.to_ask(10), [page(1)]);
    board.answered(page(1), answer(&["1"], Next::Pages(9)), (1, 1), 2);
    assert_eq!(states(&board), [Fetched, Open, Open, Open]);
    // They are asked for once they are stored.
    assert!(board.to_ask(10).is_empty());
    commit(&mut board);
    assert_eq!(board.to_ask(10), [page(2), page(3), page(4)]);
    board.answered(page(3), answer(&["3"], Next::Pages(9)), (1, 1), 3);
    assert_eq!(store(&mut board), [1]);
    board.failed(page(2), "404", (1, 1), 3);
    assert_eq!(store(&mut board), [3]);
    board.answered(page(4), answer(&["4"], Next::Pages(1)), (1, 1), 3);
    assert_eq!(store(&mut board), [4]);
    assert_eq!(states(&board), [Done, Failed, Done, Done]);
    assert!(board.is_over());
}

#[test]
fn the_end_does_not_depend_on_which_answer_comes_first() {
    // The fourth page brings nothing new, the fifth nothing at all.
    let ids: [&[&str]; 6] = [&["1"], &["2", "1"], &["3"], &["1", "3"], &[], &["6"]];
    for order in [
        [2, 3, 4, 5, 6],
        [6, 5, 4, 3, 2],
        [4, 6, 2, 5, 3],
        [5, 3, 6, 4, 2],
    ] {
        let (mut board, _) = board(&request(&["a"], 20));
        board.answered(page(1), answer(ids[0], Next::Pages(6)), (1, 1), 2);
        let mut stored = store(&mut board);
        for number in order {
            let answer = answer(ids[number as usize - 1], Next::Pages(6));
            board.answered(page(number), answer, (1, 1), 2);
            stored.extend(store(&mut board));
        }
        assert_eq!(
            states(&board),
            [Done, Done, Done, Done, Dropped, Dropped],
            "{order:?}"
        );
        stored.sort_unstable();
        assert_eq!(stored, [1, 2, 3, 4], "{order:?}");
        assert!(board.is_over() && !board.is_stale);
    }
}

#[test]
fn a_cursor_leads_from_page_to_page() {
    let (mut board, _) = board(&request(&["a"], 3));
    let cursor = |value: i64| Next::Cursor(BTreeMap::from([("next".to_owned(), json!(value))]));
    board.answered(page(1), answer(&["1"], cursor(7)), (1, 1), 2);
    commit(&mut board);
    assert_eq!(
        board.page(page(2)).unwrap().row.cursors.as_deref(),
        Some(r#"{"next":7}"#)
    );
    board.answered(page(2), answer(&["2"], cursor(8)), (1, 1), 2);
    board.answered(page(3), answer(&["3"], cursor(9)), (1, 1), 2);
    store(&mut board);
    assert_eq!(states(&board), [Done, Done, Done]);
    assert!(board.is_over());
}

#[test]
fn pages_without_a_total_follow_each_other_until_one_is_empty() {
    let (mut board, _) = board(&request(&["a"], 20));
    board.answered(page(1), answer(&["1"], Next::Unknown), (1, 1), 2);
    assert_eq!(states(&board), [Fetched, Open]);
    board.answered(page(2), answer(&[], Next::Unknown), (1, 1), 2);
    store(&mut board);
    assert_eq!(states(&board), [Done, Done]);
    // A page that fails leads nowhere.
    let (mut board, _) = self::board(&request(&["a"], 20));
    board.failed(page(1), "500", (5, 5), 2);
    assert!(board.is_over());
}

#[test]
fn a_page_that_is_wholly_older_is_the_last() {
    let (mut board, _) = board(&request(&["a"], 20));
    board.end_rules = EndRules::Queries {
        is_newest_first: true,
    };
    let mut old = answer(&["1", "2"], Next::Pages(5));
    old.articles
        .iter_mut()
        .for_each(|article| article.post_time = 99);
    board.answered(page(1), old, (1, 1), 2);
    assert_eq!(store(&mut board), [1]);
    assert!(board.is_over());
    assert_eq!(board.page(page(1)).unwrap().row.out_of_range, 2);
}

#[test]
fn a_restart_goes_on_with_what_is_left() {
    let (mut board, _) = board(&request(&["a"], 20));
    board.answered(page(1), answer(&["1"], Next::Pages(4)), (1, 1), 2);
    board.answered(page(3), answer(&["1"], Next::Pages(4)), (1, 1), 2);
    let sequences = vec![board.sequences[&1].row.clone()];
    let pages: Vec<_> = board.sequences[&1]
        .pages
        .values()
        .map(|page| page.row.clone())
        .collect();
    let (mut again, _) = self::board(&request(&["b"], 20));
    again.sequences.clear();
    again.judge = board.judge.clone();
    again.load(sequences, pages);
    assert_eq!(again.to_go_over(Again::Restart), [1]);
    assert_eq!(again.answered_pages(1), [1, 3]);
    let kept = [page(1), page(3)].map(|id| (id, answer(&["1"], Next::Unknown).articles));
    again.go_over(1, kept.to_vec(), Again::Restart, 9);
    assert_eq!(store(&mut again), [1]);
    assert_eq!(again.to_ask(9), [page(2), page(4)]);
    again.answered(page(2), answer(&["2"], Next::Pages(4)), (1, 1), 9);
    assert_eq!(store(&mut again), [2, 3]);
    assert_eq!(states(&again), [Done, Done, Done, Dropped]);
}

#[test]
fn failed_pages_are_asked_for_again_in_the_next_stage() {
    let (mut board, _) = board(&request(&["a"], 20));
    board.failed(page(1), "deadline", (1, 1), 2);
    assert!(board.to_go_over(Again::Restart).is_empty());
    board.stage = 2;
    assert_eq!(board.to_go_over(Again::Restart), [1]);
    board.go_over(1, Vec::new(), Again::Restart, 9);
    commit(&mut board);
    assert_eq!(board.to_ask(9), [page(1)]);
    assert_eq!(board.page(page(1)).unwrap().row.error, None);
}

#[test]
fn a_keyword_with_another_exclusion_has_the_same_pages() {
    let (mut board, _) = board(&request(&["a", "b"], 2));
    let request = request(&["b", "a -x"], 2);
    board.judge = Judge::new(&request).unwrap();
    let wanted = wanted(&request, board.judge.keywords(), QUERIES);
    board.choose(&wanted);
    board.add_sequences(&wanted, 9);
    let sequences = board.sequences.values().map(|sequence| &sequence.row);
    let found: Vec<_> = sequences
        .map(|row| (row.keyword.as_str(), row.query.as_str(), row.wanted))
        .collect();
    assert_eq!(found, [("a -x", "a", true), ("b", "b", true)]);
}

#[test]
fn a_change_keeps_pages_that_still_belong_and_drops_the_others() {
    let (mut board, _) = board(&request(&["a", "b"], 2));
    let second = PageId {
        sequence: 2,
        number: 1,
    };
    let cursor = Next::Cursor(BTreeMap::from([("next".to_owned(), json!(7))]));
    board.answered(page(1), answer(&["1"], cursor.clone()), (1, 1), 2);
    board.answered(page(2), answer(&["2"], cursor.clone()), (1, 1), 2);
    board.answered(second, answer(&["9"], Next::End), (1, 1), 2);
    store(&mut board);
    assert!(board.is_over());
    // `b` is not asked for any more, and there may be more pages.
    let request = request(&["a", "c"], 3);
    board.judge = Judge::new(&request).unwrap();
    board.max_pages = 3;
    let wanted = wanted(&request, board.judge.keywords(), QUERIES);
    board.choose(&wanted);
    let kept = |id: &str| answer(&[id], Next::Unknown).articles;
    board.go_over(
        1,
        vec![(page(1), kept("1")), (page(2), kept("2"))],
        Again::Change,
        9,
    );
    board.go_over(2, vec![(second, kept("9"))], Again::Change, 9);
    board.add_sequences(&wanted, 9);
    assert!(board.is_stale);
    board.store_again();
    assert_eq!(states(&board), [Fetched, Fetched, Open]);
    assert_eq!(board.page(second).unwrap().state, Dropped);
    commit(&mut board);
    let third = PageId {
        sequence: 3,
        number: 1,
    };
    assert_eq!(board.to_ask(9), [page(3), third]);
    assert_eq!(store(&mut board), [1, 2]);
    assert_eq!(board.page(page(1)).unwrap().row.attempt, 2);
}

#[test]
fn a_brief_has_no_more_pages_than_it_may() {
    let request = request(&["a"], 20);
    let judge = Judge::new(&request).unwrap();
    let shared = std::sync::Arc::new(Shared::new(3, 1_000));
    let wanted = wanted(&request, judge.keywords(), QUERIES);
    let mut board = Board::new(JobId::new(), "p", judge, shared.pages("p"));
    board.max_pages = 20;
    board.add_sequences(&wanted, 1);
    board.answered(page(1), answer(&["1"], Next::Pages(9)), (1, 1), 2);
    assert_eq!(states(&board), [Fetched, Open, Open]);
    assert!(board.is_limited);
}
