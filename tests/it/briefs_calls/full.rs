//! More briefs than may wait: some are refused, none is lost.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{Server, With};

const SUBMITS: usize = 10_000;
const WAITING_MAX: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_submits_at_once_lose_none() {
    let server = Server::start(With {
        settings: format!("runtime: {{jobs_queued_max: {WAITING_MAX}}}\n"),
        ..With::default()
    })
    .await;
    let url = server.url("/dts-auto-brief/job/submit");
    let submit = async |no: usize| {
        let body = json!({ "keywords": [format!("防晒 {no}")], "platforms": ["crawler"] });
        let answer = server
            .http
            .post(&url)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let retry = answer.headers().contains_key("retry-after");
        (status, retry, answer.json::<Value>().await.unwrap())
    };
    let answers = stream::iter(0..SUBMITS).map(submit).buffer_unordered(1_000);
    let answers: Vec<_> = answers.collect().await;
    let mut accepted = HashSet::new();
    for (status, retry, answer) in answers {
        assert_eq!(answer["code"], status);
        match status {
            200 => assert!(accepted.insert(answer["data"]["job_id"].as_str().unwrap().to_owned())),
            429 => assert!(retry, "{answer}"),
            other => panic!("{other}: {answer}"),
        }
    }
    assert!(accepted.len() >= WAITING_MAX, "{}", accepted.len());
    assert!(accepted.len() < SUBMITS, "nothing was refused");
    let mut found = HashSet::new();
    for page in 1.. {
        let listed = server
            .data("search", json!({ "page": page, "page_size": 200 }))
            .await;
        assert_eq!(listed["total"], accepted.len());
        let ids = listed["list"].as_array().unwrap().iter();
        let before = found.len();
        found.extend(ids.map(|view| view["job_id"].as_str().unwrap().to_owned()));
        if found.len() == before {
            break;
        }
    }
    assert_eq!(found, accepted);
}
