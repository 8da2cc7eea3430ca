//! Versions are stored and activated by those who have seen what they change.

use std::sync::Arc;

use serde_json::json;

use super::{Caller, food};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn each_document_is_a_version_upon_the_one_that_its_author_has_seen() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let first = caller.store("tastes", &food(&["ramen"]), None).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(first.body["version"], 1);
    assert_eq!(first.body["why"], "a test");
    assert_eq!(first.body["format"], "yaml");
    assert_eq!(first.body["active"], false);
    assert_eq!(first.body["rules"], 1);
    assert_eq!(first.body["lint"]["E"], 0);
    let unseen = caller.store("tastes", &food(&["tea"]), None).await;
    assert_eq!(unseen.status, 428, "{}", unseen.body);
    let same = caller
        .store("tastes", &food(&["ramen"]), Some(&first.tag))
        .await;
    assert_eq!((same.status, &same.body["version"]), (200, &json!(1)));
    let second = caller
        .store("tastes", &food(&["tea"]), Some(&first.tag))
        .await;
    assert_eq!((second.status, &second.body["version"]), (201, &json!(2)));
    let late = caller
        .store("tastes", &food(&["rice"]), Some(&first.tag))
        .await;
    assert_eq!(late.status, 412, "{}", late.body);
    // What was there before is a version of its own.
    let third = caller
        .store("tastes", &food(&["ramen"]), Some(&second.tag))
        .await;
    assert_eq!((third.status, &third.body["version"]), (201, &json!(3)));
    assert_eq!(third.body["digest"], first.body["digest"]);

    let listed = caller.get("tastes/versions?limit=2").await.body;
    assert_eq!(listed["versions"][0]["version"], 3, "{listed}");
    assert_eq!(listed["next"], 2);
    let rest = caller.get("tastes/versions?limit=2&after=2").await.body;
    assert_eq!(rest["versions"][0]["version"], 1);
    assert_eq!(rest["next"], json!(null));
    assert_eq!(
        caller.get("tastes/versions/newest").await.body["version"],
        3
    );
    assert_eq!(caller.get("tastes/versions/active").await.status, 404);
    assert_eq!(caller.get("tastes/versions/9").await.status, 404);
    assert_eq!(caller.get("tastes/versions/x").await.status, 422);
    assert_eq!(caller.get("others").await.status, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_store_at_once_one_is_refused() {
    let app = TestApp::with().start(&[]).await;
    let caller = Arc::new(Caller::of(&app));
    let mut tag = None;
    for round in 0..5 {
        let texts = [food(&[&format!("a{round}")]), food(&[&format!("b{round}")])];
        let [one, other] = &texts;
        let (one, other) = tokio::join!(
            caller.store("tastes", one, tag.as_deref()),
            caller.store("tastes", other, tag.as_deref())
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        // Who comes second without a tag may find that the set is there.
        assert!(
            statuses == [201, 412] || (round == 0 && statuses == [201, 428]),
            "{statuses:?}"
        );
        let stored = if one.status == 201 { one } else { other };
        assert_eq!(stored.body["version"], round + 1);
        tag = Some(stored.tag);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn activating_and_going_back_are_one_call_with_a_history() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let first = caller.store("tastes", &food(&["ramen"]), None).await;
    let second = caller
        .store("tastes", &food(&["tea"]), Some(&first.tag))
        .await;
    assert_eq!(caller.activate("tastes", 1, None).await.status, 428);
    assert_eq!(
        caller.activate("tastes", 1, Some(&first.tag)).await.status,
        412
    );
    let one = caller.activate("tastes", 1, Some(&second.tag)).await;
    assert_eq!((one.status, &one.body["active"]), (200, &json!(1)));
    let stale = caller.activate("tastes", 2, Some(&second.tag)).await;
    assert_eq!(stale.status, 412);
    let two = caller.activate("tastes", 2, Some(&one.tag)).await;
    assert_eq!((two.status, &two.body["active"]), (200, &json!(2)));
    let back = caller.activate("tastes", 1, Some(&two.tag)).await;
    assert_eq!((back.status, &back.body["active"]), (200, &json!(1)));
    assert_eq!(caller.activate("tastes", 7, Some("*")).await.status, 404);
    let history = caller.get("tastes/history").await.body;
    let moves: Vec<_> = history["activations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|activation| (activation["from"].clone(), activation["to"].clone()))
        .collect();
    let expected = [
        (json!(2), json!(1)),
        (json!(1), json!(2)),
        (json!(null), json!(1)),
    ];
    assert_eq!(moves, expected);
    assert_eq!(history["activations"][0]["why"], "as wanted");
    // It is all there after a restart.
    let folder = app.folder.clone();
    app.stop().await;
    let again = TestApp::with().beside(&folder).start(&[]).await;
    let set = Caller::of(&again).get("tastes").await;
    assert_eq!((set.body["active"].clone(), set.tag), (json!(1), back.tag));
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_document_are_said_with_their_places() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let faulty = food(&["ramen tea", "'拉麵 AND (好吃'", "ramen"]);
    let refused = caller.store("tastes", &faulty, None).await;
    assert_eq!(refused.status, 422);
    let errors = refused.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{}", refused.body);
    for (error, line) in errors.iter().zip([5, 6]) {
        assert_eq!(error["code"], "E01");
        let place = error["place"].as_str().unwrap();
        assert!(place.starts_with(&format!("document:{line}")), "{place}");
    }
    assert_eq!(caller.get("tastes").await.status, 404, "nothing is stored");
    let old = "labels:\n  food:\n  - [ramen, partially]\n";
    let refused = caller.store("tastes", old, None).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let name = caller.store("Tastes", &food(&["ramen"]), None).await;
    assert_eq!(name.status, 422, "{}", name.body);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_compared_and_linted() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let first = caller.store("tastes", &food(&["ramen", "tea"]), None).await;
    caller
        .store("tastes", &food(&["tea", "rice"]), Some(&first.tag))
        .await;
    let diff = caller.get("tastes/diff?from=1&to=2").await;
    assert_eq!(diff.status, 200);
    assert_eq!(
        diff.body["rules"]["added"][0]["text"], "rice",
        "{}",
        diff.body
    );
    assert_eq!(diff.body["rules"]["removed"][0]["text"], "ramen");
    assert_eq!(diff.body["from"]["version"], 1);
    let request = caller.request(reqwest::Method::GET, "tastes/diff?from=1&to=newest");
    let text = request.header("accept", "text/plain").send().await.unwrap();
    let text = text.text().await.unwrap();
    assert!(text.contains("food + rice"), "{text}");
    let body = json!({ "rules": { "rule_set": "tastes", "version": 1 } });
    let (status, findings) = app.post("/v1/rules/lint", &body).await;
    assert_eq!(
        (status, &findings["cut"]),
        (200, &json!(false)),
        "{findings}"
    );
    let body = json!({ "rules": { "document": food(&["ramen tea"]) } });
    let (status, findings) = app.post("/v1/rules/lint", &body).await;
    assert_eq!(status, 200);
    assert_eq!(findings["counts"]["E01"], 1, "{findings}");
    let body = json!({ "rules": { "rule_set": "nothing" } });
    assert_eq!(app.post("/v1/rules/lint", &body).await.0, 404);
    app.stop().await;
}
