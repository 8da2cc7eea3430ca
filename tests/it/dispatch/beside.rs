//! Two programs on one database: one of them sends, both answer.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Dispatching, With};
use crate::broker::{Reader, own_topics, shared};
use crate::store::databases::each;

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_sent_once_and_by_the_other_when_one_is_gone() {
    let broker = shared();
    each(|url| {
        let broker = broker.clone();
        async move {
            let topics = own_topics(&broker).await;
            let with = || With {
                database: Some(url.clone()),
                broker: Some(broker.unsecured()),
                topics: topics.clone(),
                ..With::default()
            };
            let one = Dispatching::start(with()).await;
            let other = Dispatching::start(with()).await;
            let mut created = Vec::new();
            for no in 0..20 {
                let by = if no % 2 == 0 { &one } else { &other };
                created.push(by.create("aaa", json!({ "no": no })).await);
            }
            let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
            let mut got: BTreeMap<String, u32> = BTreeMap::new();
            for _ in 0..created.len() {
                *got.entry(reader.next().await.task_id().to_owned())
                    .or_default() += 1;
            }
            one.app.stop().await;
            let last = other.create("aaa", json!({})).await;
            assert_eq!(reader.next().await.task_id(), last);
            assert!(got.values().all(|times| *times == 1), "{got:?}");
            assert_eq!(got.len(), created.len());
            other.app.stop().await;
        }
    })
    .await;
}
