//! Samples recomputed: windows of the range by their hashes, and of their rows those with the least.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{asked, preview};
use crate::health::recount::PEOPLE;
use crate::support::{Post, TestApp, corpus};

/// 2020-01-01 and 2020-02-01.
const RANGE: (i64, i64) = (1_577_836_800, 1_580_515_200);

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn second(post: &Post) -> i64 {
    let part = |from: usize, to: usize| post.post_time[from..to].parse::<i64>().unwrap();
    RANGE.0 + (part(8, 10) - 1) * 86_400 + part(11, 13) * 3_600 + part(14, 16) * 60 + part(17, 19)
}

/// The rows of a sample, first things first, and how many windows were read for it.
fn sample(posts: &[Post], rows: usize, seed: u64) -> (Vec<&Post>, u64) {
    let takes_part =
        |post: &&Post| post.s_id.is_some() && post.author.is_some() && post.content.is_some();
    let seconds = RANGE.1 - RANGE.0 + 1;
    let mut windows: Vec<([u8; 32], i64)> = (0..1_000)
        .map(|window| (hash(&format!("{seed}:w:{window}")), window))
        .collect();
    windows.sort_unstable();
    let (mut seen, mut read) = (Vec::new(), 0);
    for (_, window) in windows {
        if seen.len() >= 10 * rows {
            break;
        }
        let edge = |window: i64| RANGE.0 + window * seconds / 1_000;
        let inside = |post: &&Post| (edge(window)..edge(window + 1)).contains(&second(post));
        seen.extend(posts.iter().filter(takes_part).filter(inside));
        read += 1;
    }
    seen.sort_by_key(|post| hash(&format!("{seed}:{}", post.id)));
    seen.truncate(rows);
    (seen, read)
}

/// Ids of the rows that are given a label by the plainest rules.
fn ids_of(sample: &[&Post], label: &str) -> Vec<String> {
    let posts: Vec<Post> = sample.iter().map(|post| (*post).clone()).collect();
    let ids = posts.into_iter().filter(|post| {
        let text = post.content.as_deref().unwrap().to_lowercase();
        let has = |terms: &[&str]| terms.iter().any(|term| text.contains(term));
        let first = has(&["amy", "carol", "p2"]) && !has(&["eve"]);
        let second = has(&["p1", "bob"]);
        let found = match (text.contains("bobby1"), first, second) {
            (true, _, _) => "none",
            (_, true, _) => "first",
            (_, _, true) => "second",
            _ => "none",
        };
        found == label
    });
    ids.map(|post| post.id).collect()
}

fn ids(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_are_those_that_their_hashes_give() {
    let posts = corpus(3_000);
    let app = TestApp::with().start(&posts).await;
    for (rows, seed) in [(20, 1), (20, 2), (150, 7), (10_000, 1)] {
        let (expected, windows) = sample(&posts, rows, seed);
        let wanted = json!({"sample": {"rows": rows, "seed": seed}, "examples": 50});
        let answer = preview(&app, &asked(&PEOPLE.document(), &wanted)).await;
        assert_eq!(answer["rows"], expected.len());
        assert_eq!(
            answer["sample"],
            json!({"rows": rows, "seed": seed, "windows": windows})
        );
        assert_eq!(answer["partial"], false);
        for (label, found) in [
            ("first", &answer["examples"]["first"]),
            ("second", &answer["examples"]["second"]),
            ("none", &answer["none"]),
        ] {
            let mut of_label = ids_of(&expected, label);
            of_label.truncate(50);
            assert_eq!(ids(found), of_label, "{rows} rows, seed {seed}, {label}");
        }
    }
    app.stop().await;
}
