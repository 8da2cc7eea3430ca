//! Figures of previews: those of a plain count, and those of a job.

use entity::{JobId, JobState};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{asked, preview};
use crate::health::recount::{PEOPLE, report};
use crate::support::{TestApp, corpus};

/// Without what a plain count does not know, and with numbers that are compared by what they say.
fn counted(mut health: Value, without: &[&str]) -> Value {
    for name in without {
        health.as_object_mut().unwrap().shift_remove(*name);
    }
    serde_json::from_str(&health.to_string()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_a_preview_are_those_of_a_plain_count_and_of_a_job() {
    let posts = corpus(3_000);
    let app = TestApp::with().start(&posts).await;
    let document = PEOPLE.document();
    let answer = preview(&app, &asked(&document, &json!({}))).await;
    assert_eq!(answer["partial"], false);
    assert!(answer.get("sample").is_none());
    let expected = report(&PEOPLE, &posts);
    assert_eq!(answer["received"], expected["received"]);
    let health = counted(answer["health"].clone(), &["dominant"]);
    assert_eq!(health, counted(expected, &[]));

    let labelling = json!({"model_type": "mixed_model", "rules": document});
    let body = json!({"labelling": labelling});
    let (status, accepted) = app.post("/v1/jobs", &body).await;
    assert_eq!(status, 202, "{accepted}");
    let id: JobId = accepted["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let (status, of_job) = app.get(&format!("/v1/jobs/{id}/health")).await;
    assert_eq!(status, 200, "{of_job}");
    let of_preview = counted(answer["health"].clone(), &[]);
    assert_eq!(of_preview, counted(of_job, &["rules", "gate"]));
    // From now on there is a job to compare with.
    let again = preview(&app, &asked(&document, &json!({}))).await;
    assert_eq!(again["health"]["against"], json!({"job": id}));
    assert_eq!(again["health"]["drift"].as_f64(), Some(0.0));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_rows_of_each_label_and_what_is_wrong_with_rules() {
    let posts = corpus(500);
    let app = TestApp::with().start(&posts).await;
    let tables = "SELECT count(*) FROM sqlite_schema";
    let before = app.count(tables);
    let body = asked(&PEOPLE.document(), &json!({"examples": 4}));
    let answer = preview(&app, &body).await;
    let text_of = |id: &str| {
        let mut posts = posts.iter();
        posts
            .find(|post| post.id == id)
            .unwrap()
            .content
            .clone()
            .unwrap()
    };
    for label in ["first", "second"] {
        let rows = answer["examples"][label].as_array().unwrap();
        assert_eq!(rows.len(), 4);
        for row in rows {
            let content = row["fields"]["content"].as_str().unwrap();
            assert_eq!(content, text_of(row["id"].as_str().unwrap()));
            for hit in row["hits"].as_array().unwrap() {
                let [start, end] = [0, 1].map(|edge| hit["span"][edge].as_u64().unwrap() as usize);
                let text = content[start..end].to_lowercase();
                let known = ["amy", "carol", "p2", "p1", "bob"];
                assert!(known.contains(&text.as_str()), "{text}");
                assert_eq!(hit["label"], label);
            }
        }
    }
    assert_eq!(answer["examples"]["third"], json!([]));
    assert_eq!(answer["none"].as_array().unwrap().len(), 4);
    // The rule of the third label has no hit, and one of the second is true of a third of the rows.
    let counts = &answer["lint"]["counts"];
    assert!(
        counts["W07"].as_u64() >= Some(1) && counts["W06"].as_u64() >= Some(1),
        "{counts}"
    );
    assert!(!answer["slowest"].as_array().unwrap().is_empty());
    assert_eq!(app.count(tables), before, "nothing is written");
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_read_are_there_for_the_preview_after_an_edit() {
    let posts = corpus(500);
    let app = TestApp::with().start(&posts).await;
    let mut document = PEOPLE.document();
    let first = preview(&app, &asked(&document, &json!({}))).await;
    let source = Connection::open(app.folder.path().join("posts.db")).unwrap();
    source.execute("DELETE FROM ts_page_content", []).unwrap();
    document["labels"][2]["rules"] = json!([["dave", "partially"]]);
    let second = preview(&app, &asked(&document, &json!({}))).await;
    assert_eq!(second["read_ms"], 0);
    assert_eq!(second["received"], first["received"]);
    assert!(second["health"]["labels"]["third"]["matched"].as_u64() > Some(0));
    // Other rows are read.
    let later = json!({"start_time": "2020-01-02"});
    assert_eq!(preview(&app, &asked(&document, &later)).await["rows"], 0);
    app.stop().await;
}
