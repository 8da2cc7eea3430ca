//! The pages on which people try rules out, and look at persons.

use entity::{JobId, JobState};
use serde_json::json;

use crate::health::recount::PEOPLE;
use crate::support::{TestApp, corpus};

async fn page(app: &TestApp, path: &str) -> (u16, String) {
    let answer = app.http.get(app.url(path)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn sent(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let call = app.http.post(app.url(path));
    let call = call.header("content-type", "application/x-www-form-urlencoded");
    let answer = call.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_shows_what_rules_do_and_what_they_lack() {
    let app = TestApp::with().start(&corpus(300)).await;
    let (status, html) = page(&app, "/rules/people/edit").await;
    assert_eq!(status, 200, "{html}");
    assert!(html.contains("name: people"), "{html}");
    let text = "model_type: mixed_model\nin: [content]\nlabels: {amys: [amy]}\n";
    let fields = [
        ("text", text),
        ("start", "2020-01-01"),
        ("rows", "200"),
        ("seed", "1"),
    ];
    let (status, html) = sent(&app, "/rules/people/edit", &fields).await;
    assert_eq!(status, 200, "{html}");
    assert!(
        html.contains("amys") && html.contains("<mark>amy</mark>"),
        "{html}"
    );
    let fields = [("text", "model_type: mixed_model\nlabels: {a: [b c]}\n")];
    let (status, html) = sent(&app, "/rules/people/edit", &fields).await;
    assert_eq!(status, 422, "{html}");
    assert!(html.contains("E01"), "{html}");
    let (status, html) = page(&app, "/rules").await;
    assert_eq!(status, 200, "{html}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_person_says_what_became_of_it() {
    let app = TestApp::with().start(&corpus(300)).await;
    let labelling = json!({"model_type": "mixed_model", "rules": PEOPLE.document()});
    let (status, accepted) = app.post("/v1/jobs", &json!({"labelling": labelling})).await;
    assert_eq!(status, 202, "{accepted}");
    let id: JobId = accepted["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let published = app.published(&id);
    let row = &published[0];
    let (s_id, author) = row.source_author.split_at("WH_A".len());
    let (s_id, author) = match s_id {
        "WH_N" => ("WH_NONE", &row.source_author["WH_NONE_".len()..]),
        s_id => (s_id, &author[1..]),
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("s_id", s_id)
        .append_pair("author", author)
        .finish();
    let (status, html) = page(&app, &format!("/jobs/{id}/person?{query}")).await;
    assert_eq!(status, 200, "{html}");
    let label = row.panel.trim_start_matches('/');
    assert!(html.contains(&format!("{label}: published")), "{html}");
    let (status, html) = page(&app, &format!("/jobs/{id}/person")).await;
    assert_eq!(status, 200, "{html}");
    app.stop().await;
}
