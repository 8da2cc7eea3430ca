//! Both sets label and publish for themselves, and a backtest says what is different.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{body, changes, run};
use crate::support::{Post, TestApp, post};

const ROWS: usize = 600;
const WORDS: [&str; 7] = ["ramen", "soup", "tea", "train", "boat", "spam", "hotel"];

/// Words stand in no pattern that a set knows.
fn posts(authors: usize) -> Vec<Post> {
    (0..ROWS)
        .map(|no| {
            let word = |step: usize| WORDS[(no * step + no / 7) % WORDS.len()];
            let source = ["WH_A", "WH_B", "WH_C"][no % 3];
            let author = format!("author {}", no * 13 % authors);
            let time = format!("2020-01-{:02} 10:00:{:02}", no % 28 + 1, no % 60);
            Post {
                content: Some(format!("{} and {} no {no}", word(1), word(3))),
                ..post(&format!("p{no}"), source, &author, &time)
            }
        })
        .collect()
}

fn old(options: &Value) -> Value {
    with(
        options,
        &json!([
            { "name": "food", "rules": ["ramen", "soup", "tea"], "except": ["spam"] },
            { "name": "travel", "rules": ["train", "boat"] },
        ]),
    )
}

fn new(options: &Value) -> Value {
    with(
        options,
        &json!([
            { "name": "travel", "rules": ["boat", "hotel", "train NEAR/3 tea"] },
            { "name": "food", "rules": ["ramen", "soup AND NOT train"] },
        ]),
    )
}

fn with(options: &Value, labels: &Value) -> Value {
    let mut set = json!({ "in": ["content"], "labels": labels });
    for (key, value) in options.as_object().unwrap() {
        set[key] = value.clone();
    }
    set
}

/// What a set publishes.
async fn published(app: &TestApp, set: &Value) -> Vec<(String, String, String, String)> {
    let labelling = json!({
        "model_type": "mixed_model", "rules": set, "start_time": "2020-01-01",
        "end_time": "2020-02-01",
    });
    let (status, accepted) = app
        .post("/v1/jobs", &json!({ "labelling": labelling }))
        .await;
    assert_eq!(status, 202, "{accepted}");
    let id = accepted["id"].as_str().unwrap().parse().unwrap();
    app.wait_until_ended(&id).await;
    let rows = app.published(&id).into_iter();
    rows.map(|row| (row.id, row.group, row.source_author, row.panel))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_differ_where_two_runs_give_other_labels() {
    // Nobody writes twice: each labelled row is published.
    let posts = posts(ROWS * 13 + 1);
    for options in [
        json!({}),
        json!({ "row_labels": "all", "exclusive": false }),
    ] {
        let app = TestApp::with().start(&posts).await;
        let mut labels: BTreeMap<String, [Vec<String>; 2]> = BTreeMap::new();
        for (side, set) in [old(&options), new(&options)].iter().enumerate() {
            for (id, _, _, panel) in published(&app, set).await {
                labels.entry(id).or_default()[side].push(panel[1..].to_owned());
            }
        }
        // In the order of the newer set.
        let joined = |labels: &Vec<String>| {
            let mut labels = labels.clone();
            labels.sort_by_key(|label| label != "travel");
            (!labels.is_empty()).then(|| labels.join("+"))
        };
        let expected: BTreeMap<String, [Option<String>; 2]> = labels
            .into_iter()
            .map(|(id, [from, to])| (id, [joined(&from), joined(&to)]))
            .filter(|(_, [from, to])| from != to)
            .collect();
        let (id, found) = run(&app, &body(&old(&options), &new(&options))).await;
        let listed = changes(&app, &id, "rows", "").await;
        assert_eq!(listed.len(), expected.len());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let listed: BTreeMap<String, [Option<String>; 2]> = listed
            .iter()
            .map(|row| {
                let id = text(&row["id"]).unwrap();
                (id, [text(&row["from"]), text(&row["to"])])
            })
            .collect();
        assert_eq!(listed, expected);
        let rows = found["rows"].as_object().unwrap().values();
        let rows: u64 = rows.map(|rows| rows.as_u64().unwrap()).sum();
        assert_eq!(rows, ROWS as u64);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_those_that_two_runs_publish_however_authors_are_settled() {
    let posts = posts(40);
    for options in [
        json!({}),
        json!({ "author_conflict": "majority_first" }),
        json!({ "author_conflict": "keep_all" }),
        json!({ "row_labels": "all" }),
        json!({ "row_labels": "all", "author_conflict": "majority_first" }),
        json!({ "exclusive": false }),
    ] {
        let app = TestApp::with().start(&posts).await;
        let mut members = Vec::new();
        for set in [old(&options), new(&options)] {
            let published = published(&app, &set).await.into_iter();
            let of_set: BTreeSet<_> = published
                .map(|(_, group, author, panel)| (group, author, panel))
                .collect();
            members.push(of_set);
        }
        let (before, after) = (&members[0], &members[1]);
        let (id, found) = run(&app, &body(&old(&options), &new(&options))).await;
        let expected = json!({
            "entered": after.difference(before).count(),
            "left": before.difference(after).count(),
            "kept": before.intersection(after).count(),
        });
        assert_eq!(found["members"], expected, "{options}");
        for (kind, difference) in [
            ("entered", after.difference(before)),
            ("left", before.difference(after)),
        ] {
            let listed = changes(&app, &id, "members", &format!("&kind={kind}")).await;
            let text = |member: &Value, name: &str| member[name].as_str().unwrap().to_owned();
            let listed: BTreeSet<_> = listed
                .iter()
                .map(|member| {
                    (
                        text(member, "group"),
                        text(member, "source_author"),
                        text(member, "panel"),
                    )
                })
                .collect();
            assert_eq!(listed, difference.cloned().collect(), "{options}");
        }
        app.stop().await;
    }
}
