//! The same request, sent to both at once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Pair, few_posts};
use crate::support::{DatabaseKind, TestApp, usual_pattern};

const CALLS: usize = 40;
const ROUNDS: usize = 4;

async fn submit(program: &TestApp, key: &str) -> (u16, Value) {
    let body = json!({ "labelling": { "rules": usual_pattern() } });
    let call = program.http.post(program.url("/v1/jobs"));
    let answer = call.header("Idempotency-Key", key).json(&body).send().await;
    let answer = answer.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_with_one_key_are_one_job_wherever_they_go() {
    for kind in DatabaseKind::ALL {
        let pair = Pair::start(kind, &few_posts(), |_| {}).await;
        for round in 0..ROUNDS {
            let key = format!("key {round}");
            let calls = (0..CALLS).map(|no| submit(&pair.programs[no % 2], &key));
            let answers = join_all(calls).await;
            let ids: BTreeSet<&str> = answers
                .iter()
                .map(|(status, answer)| {
                    assert_eq!(*status, 202, "{answer}");
                    answer["id"].as_str().unwrap()
                })
                .collect();
            assert_eq!(ids.len(), 1, "{ids:?}");
        }
        let jobs = pair.texts("SELECT id FROM audience_job");
        assert_eq!(jobs.len(), ROUNDS);
        pair.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_in_opposite_orders_are_a_job_each() {
    const KEYS: usize = 20;
    for kind in DatabaseKind::ALL {
        let pair = Pair::start(kind, &few_posts(), |_| {}).await;
        let keys: Vec<String> = (0..KEYS).map(|no| format!("key {no:02}")).collect();
        let forth = keys.iter().map(|key| submit(&pair.programs[0], key));
        let back = keys.iter().rev().map(|key| submit(&pair.programs[1], key));
        let (forth, mut back) = tokio::join!(join_all(forth), join_all(back));
        back.reverse();
        for ((status, one), (other_status, other)) in forth.iter().zip(&back) {
            assert_eq!((*status, *other_status), (202, 202), "{one} {other}");
            assert_eq!(one["id"], other["id"]);
        }
        pair.stop().await;
    }
}
