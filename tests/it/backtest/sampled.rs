//! Backtests of a part of the rows: the same part for everybody who calculates it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{body, changes, kind, run};
use crate::health::recount::{LATER, PEOPLE};
use crate::support::{Post, TestApp, corpus};

const ROWS: u32 = 1_500;

fn key(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// As the specification says it: windows in their order until ten times the rows were seen, and of these the least.
fn sample(posts: &[Post], rows: usize, seed: u64) -> Vec<&Post> {
    // 2020-01-01 to 2020-02-01, both included.
    const SECONDS: u64 = 31 * 86_400 + 1;
    let second = |post: &Post| {
        let number = |range: std::ops::Range<usize>| post.post_time[range].parse::<u64>().unwrap();
        (number(8..10) - 1) * 86_400 + number(11..13) * 3600 + number(14..16) * 60 + number(17..19)
    };
    let mut windows: Vec<u64> = (0..1000).collect();
    windows.sort_by_key(|window| key(&format!("{seed}:w:{window}")));
    let takes_part =
        |post: &&Post| post.author.is_some() && post.s_id.is_some() && post.content.is_some();
    let mut seen: Vec<&Post> = Vec::new();
    for window in windows {
        if seen.len() >= rows * 10 {
            break;
        }
        let (start, end) = (window * SECONDS / 1000, (window + 1) * SECONDS / 1000);
        let inside = posts.iter().filter(takes_part);
        seen.extend(inside.filter(|post| (start..end).contains(&second(post))));
    }
    seen.sort_by_key(|post| key(&format!("{seed}:{}", post.id)));
    seen.truncate(rows);
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_sample_are_those_of_the_specification() {
    let posts = corpus(ROWS);
    let app = TestApp::with().start(&posts).await;
    // Of few windows, of all of them, and all rows.
    for (rows, seed) in [(20, 1), (40, 7), (500, 1), (5_000, 3)] {
        let mut request = body(&PEOPLE.document(), &LATER.document());
        request["sample"] = json!({ "rows": rows, "seed": seed });
        let (id, found) = run(&app, &request).await;
        let expected = sample(&posts, rows, seed);
        let count: u64 = found["rows"]
            .as_object()
            .unwrap()
            .values()
            .map(|rows| rows.as_u64().unwrap())
            .sum();
        assert_eq!(count, expected.len() as u64, "{rows} rows, seed {seed}");
        let differing = expected.iter().filter_map(|post| {
            let text = post.content.as_deref().unwrap();
            let (from, to) = (PEOPLE.label_of(text), LATER.label_of(text));
            (from != to).then(|| (post.id.clone(), kind(from, to).to_owned()))
        });
        let listed = changes(&app, &id, "rows", "").await;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let listed = listed
            .iter()
            .map(|row| (text(row, "id"), text(row, "kind")));
        assert_eq!(
            listed.collect::<BTreeSet<_>>(),
            differing.collect::<BTreeSet<_>>()
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_are_the_first_rows_in_the_order_of_the_seed() {
    let posts = corpus(ROWS);
    let app = TestApp::with().start(&posts).await;
    let (id, found) = run(&app, &body(&PEOPLE.document(), &LATER.document())).await;
    for (kind, examples) in found["examples"].as_object().unwrap() {
        let rows = changes(&app, &id, "rows", &format!("&kind={kind}")).await;
        let mut ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        ids.sort_by_key(|id| key(&format!("1:{id}")));
        ids.truncate(20);
        let shown: Vec<&str> = examples
            .as_array()
            .unwrap()
            .iter()
            .map(|example| example["id"].as_str().unwrap())
            .collect();
        assert_eq!(shown, ids, "{kind}");
        let first = &examples[0];
        let content = first["fields"]["content"].as_str().unwrap();
        let span = first["hits"][0]["span"].as_array().unwrap();
        let at = |end: usize| span[end].as_u64().unwrap() as usize;
        assert!(!content[at(0)..at(1)].is_empty(), "{first}");
    }
    app.stop().await;
}
