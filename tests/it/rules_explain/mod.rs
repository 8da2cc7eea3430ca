//! Explanations over HTTP: of rows, of what was published, and of persons, whose votes are counted again.

use std::collections::BTreeMap;

use entity::{JobId, JobState};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::health::recount::PEOPLE;
use crate::support::{Post, TestApp, corpus, post};

async fn explain(app: &TestApp, body: &Value) -> Value {
    let (status, answer) = app.post("/v1/rules/explain", body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn label(app: &TestApp, document: &Value) -> JobId {
    label_with(app, document, false).await
}

async fn label_with(app: &TestApp, document: &Value, has_ledger: bool) -> JobId {
    let labelling = json!({
        "model_type": "mixed_model", "rules": document, "ledger": has_ledger,
    });
    let body = json!({"labelling": labelling});
    let (status, accepted) = app.post("/v1/jobs", &body).await;
    assert_eq!(status, 202, "{accepted}");
    let id = accepted["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    id
}

/// The label of a text, by the plainest rules.
fn given(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let has = |terms: &[&str]| terms.iter().any(|term| text.contains(term));
    match (
        has(&["bobby1"]),
        has(&["amy", "carol", "p2"]) && !has(&["eve"]),
        has(&["p1", "bob"]),
    ) {
        (true, _, _) => None,
        (_, true, _) => Some("first"),
        (_, _, true) => Some("second"),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_explained_with_all_true_rules_and_what_was_nearly_true() {
    let app = TestApp::with().start(&[]).await;
    let document = json!({
        "name": "food", "model_type": "mixed_model", "in": ["content"], "normalize": "nfkc", "variants": "han",
        "labels": [
            {"name": "noodles", "rules": ["拉麵", "麵 AND NOT 徵才"]},
            {"name": "tea", "rules": ["珍珠 NEAR/1 奶茶"], "except": ["徵才"]},
        ],
    });
    let body = json!({"rules": {"document": document}, "row": {"content": "好吃的拉面"}});
    let answer = explain(&app, &body).await;
    assert_eq!(answer["set"], json!({"name": "food"}));
    assert_eq!(answer["dropped"], Value::Null);
    assert_eq!(answer["given"], json!(["noodles"]));
    assert_eq!(answer["labels"][0]["outcome"], "given");
    assert_eq!(answer["labels"][0]["hit"]["span"], json!([9, 15]));
    assert_eq!(answer["labels"][0]["rules"].as_array().unwrap().len(), 2);
    assert_eq!(answer["labels"][1]["outcome"], "no");
    let row = json!({"content": "珍珠比較好吃一點的奶茶"});
    let near = explain(&app, &json!({"rules": {"document": document}, "row": row})).await;
    assert_eq!(near["given"], json!([]));
    assert_eq!(near["misses"][0]["why"], "far");
    assert_eq!(near["misses"][0]["label"], "tea");
    // The document may be a text, too.
    let yaml = "model_type: mixed_model\nlabels: {a: [b]}\n";
    let body = json!({"rules": {"document": yaml}, "row": {"title": "abc"}});
    assert_eq!(explain(&app, &body).await["given"], json!(["a"]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_published_row_is_explained_by_the_row_of_the_source() {
    let posts = corpus(400);
    let app = TestApp::with().start(&posts).await;
    let job = label(&app, &PEOPLE.document()).await;
    let connection = Connection::open(app.database()).unwrap();
    let mut explained = 0;
    for group in ["a", "b", "other"] {
        let sql = format!(
            "SELECT id, panel, match_meta FROM wh_panel_mapping_{group} WHERE task_id = ?1"
        );
        let mut statement = connection.prepare(&sql).unwrap();
        let texts = |row: &rusqlite::Row<'_>| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        };
        let rows = statement.query_map([job.as_str()], texts).unwrap();
        for (id, panel, meta) in rows.map(Result::unwrap).take(20) {
            let body = json!({"job": job, "group": group, "id": id, "panel": panel});
            let answer = explain(&app, &body).await;
            let label = panel.trim_start_matches('/');
            assert_eq!(answer["given"], json!([label]));
            let labels = answer["labels"].as_array().unwrap();
            let of_label = labels.iter().find(|found| found["label"] == label).unwrap();
            let meta: Value = serde_json::from_str(&meta).unwrap();
            assert_eq!(of_label["hit"]["rule"], meta["id"]);
            assert_eq!(of_label["hit"]["span"], meta["span"]);
            explained += 1;
        }
    }
    assert!(explained > 20);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn persons_have_the_votes_of_their_rows_and_what_publishing_made_of_them() {
    let posts = corpus(3_000);
    let app = TestApp::with().start(&posts).await;
    for has_ledger in [false, true] {
        let job = label_with(&app, &PEOPLE.document(), has_ledger).await;
        persons_are_explained(&app, &posts, &job, has_ledger).await;
    }
    app.stop().await;
}

async fn persons_are_explained(app: &TestApp, posts: &[Post], job: &JobId, has_ledger: bool) {
    let published = app.published(job);
    let mut persons: BTreeMap<(String, String), Vec<&Post>> = BTreeMap::new();
    for post in posts {
        if let (Some(s_id), Some(author), Some(_)) = (&post.s_id, &post.author, &post.content) {
            let person = (s_id.clone(), author.trim().to_owned());
            persons.entry(person).or_default().push(post);
        }
    }
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    // Those with the most rows, of which some differ.
    let mut persons: Vec<_> = persons.iter().collect();
    persons.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    for ((s_id, author), rows) in persons.into_iter().take(60) {
        let mut votes: BTreeMap<&str, u64> = BTreeMap::new();
        for row in rows {
            let label = given(row.content.as_deref().unwrap());
            label
                .into_iter()
                .for_each(|label| *votes.entry(label).or_default() += 1);
        }
        for label in ["first", "second", "third"] {
            let body = json!({"job": job, "s_id": s_id, "author": author, "panel": label});
            let answer = explain(app, &body).await;
            assert_eq!(answer["source_author"], format!("{s_id}_{author}"));
            assert_eq!(answer["votes"], json!(votes));
            // A ledger has the rows on which a rule is true, which say nothing of a panel without any.
            let is_noted = has_ledger && votes.contains_key(label);
            assert_eq!(answer["from"], if is_noted { "ledger" } else { "source" });
            let shown = answer["rows"].as_array().unwrap().len();
            match is_noted {
                true => {
                    assert!(shown >= votes.values().sum::<u64>() as usize && shown <= rows.len())
                }
                false => assert_eq!(shown, rows.len()),
            }
            let most = votes.values().max();
            let best = votes.iter().filter(|(_, rows)| Some(*rows) == most).count();
            let expected = match votes.get(label) {
                None => "none",
                found if found == most && best == 1 => "published",
                found if found == most => "tie",
                Some(_) => "lost",
            };
            assert_eq!(answer["outcome"], expected, "{s_id} {author} {label}");
            let row = published.iter().find(|row| {
                row.source_author == format!("{s_id}_{author}") && row.panel == format!("/{label}")
            });
            assert_eq!(
                answer["published"]["id"].as_str(),
                row.map(|row| row.id.as_str())
            );
            *outcomes.entry(expected.to_owned()).or_default() += 1;
        }
    }
    assert!(
        ["published", "lost", "tie", "none"]
            .iter()
            .all(|outcome| outcomes.contains_key(*outcome)),
        "{outcomes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_in_a_panel_learns_what_was_nearly_true() {
    let amy = |id: &str, content: &str, day: u32| Post {
        content: Some(content.to_owned()),
        ..post(id, "WH_A", "amy", &format!("2020-01-0{day} 00:00:00"))
    };
    let posts = [
        amy("1", "ramen is not bad and rather good", 1),
        amy("2", "tea", 2),
    ];
    let app = TestApp::with().start(&posts).await;
    let document = json!({
        "name": "food", "model_type": "mixed_model", "in": ["content"],
        "labels": [{"name": "noodles", "rules": ["ramen NEAR/2 good"]}, {"name": "tea", "rules": ["tea"]}],
    });
    let job = label(&app, &document).await;
    let body = json!({"job": job, "s_id": "WH_A", "author": " amy", "panel": "/noodles"});
    let answer = explain(&app, &body).await;
    assert_eq!(
        (&answer["outcome"], &answer["cut"]),
        (&json!("none"), &json!(false))
    );
    assert_eq!(answer["rows"][0]["id"], "2", "the newest comes first");
    assert_eq!(answer["rows"][0]["misses"], json!([]));
    let miss = &answer["rows"][1]["misses"][0];
    assert_eq!(
        (&miss["why"], &miss["detail"]["gap"]),
        (&json!("far"), &json!(5))
    );
    // Without a panel it is about the one that the person is in.
    let body = json!({"job": job, "s_id": "WH_A", "author": "amy"});
    let answer = explain(&app, &body).await;
    assert_eq!(
        (&answer["panel"], &answer["outcome"]),
        (&json!("tea"), &json!("published"))
    );
    let unknown = json!({"job": job, "s_id": "WH_A", "author": "nobody"});
    let answer = explain(&app, &unknown).await;
    assert_eq!(
        (&answer["panel"], &answer["outcome"]),
        (&Value::Null, &json!("none"))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_does_not_fit_is_named() {
    let posts = [post("1", "WH_A", "amy", "2020-01-01 00:00:00")];
    let app = TestApp::with().start(&posts).await;
    let job = label(&app, &PEOPLE.document()).await;
    let keywords = app.submit().await;
    app.wait_until_ended(&keywords).await;
    let unknown = "019ab3c4d5e67f8091a2b3c4d5e6f708";
    let row = |group: &str, id: &str, panel: &str| json!({"job": job, "group": group, "id": id, "panel": panel});
    let document = PEOPLE.document();
    for (body, status, detail) in [
        (json!({}), 422, "rules: is missing"),
        (
            json!({"rules": {"document": document}}),
            422,
            "row: is missing",
        ),
        (
            json!({"rules": {"document": document}, "row": {}}),
            422,
            "row: expected one of author",
        ),
        (
            json!({"job": job, "row": {}}),
            422,
            "row: cannot be given together with job",
        ),
        (json!({"job": job}), 422, "s_id: is missing"),
        (
            json!({"job": "a", "s_id": "b", "author": "c"}),
            422,
            "job: `a` is not the id of a job",
        ),
        (
            json!({"job": unknown, "s_id": "b", "author": "c"}),
            404,
            "there is no job 019ab3c4",
        ),
        (
            json!({"job": keywords, "s_id": "b", "author": "c"}),
            422,
            "rules: expected a set with model_type",
        ),
        (
            json!({"job": job, "s_id": "b", "author": "c", "panel": "x"}),
            422,
            "panel: the job has no panel `x`",
        ),
        (
            row("c", "1", "first"),
            422,
            "group: the job has no group `c`; known are a, b, other",
        ),
        (
            row("a", "2", "first"),
            404,
            "the job has published no row 2 in panel /first",
        ),
        (
            json!({"rules": {"document": document}, "row": {"content": "x".repeat((1 << 20) + 1)}}),
            413,
            "row: expected texts of at most 1048576 bytes",
        ),
    ] {
        let (found, answer) = app.post("/v1/rules/explain", &body).await;
        assert_eq!(found, status, "{answer}");
        let said = answer["detail"].as_str().unwrap();
        assert!(said.starts_with(detail), "{said}");
    }
    // The row was published, and is not in the source any more.
    let source = Connection::open(app.folder.path().join("posts.db")).unwrap();
    source.execute("DELETE FROM ts_page_content", []).unwrap();
    let (status, answer) = app.post("/v1/rules/explain", &row("a", "1", "first")).await;
    assert_eq!(status, 404, "{answer}");
    app.stop().await;
}
