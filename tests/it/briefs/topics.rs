//! Briefs whose articles go through topics of Kafka.

use audience::kafka::BrokerSettings;
use serde_json::{Value, json};

use super::dying;
use super::fixture::{PLATFORMS, Platforms, ended, expected, has_all, pages, request, submit};
use crate::broker::{Answering, OwnBroker, Topics, shared};
use crate::support::{TestApp, wait_for};

const KEYWORDS: [&str; 2] = ["防晒霜", "面膜"];

/// A prefix and a group that nobody else has.
fn fresh() -> (String, String) {
    let own = uuid::Uuid::now_v7().simple();
    (format!("b{own}_"), format!("g{own}"))
}

fn names(prefix: &str) -> Vec<String> {
    let names = PLATFORMS.iter();
    names
        .map(|platform| format!("{prefix}{platform}"))
        .collect()
}

async fn make(topics: Topics, prefix: &str) {
    let names = names(prefix);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    topics.make(&names).await;
}

fn section(platforms: &Platforms, (prefix, group): &(String, String)) -> Value {
    let mut section = platforms.settings();
    section["topic_prefix"] = json!(prefix);
    section["group"] = json!(group);
    section
}

async fn app(section: Value, broker: BrokerSettings) -> TestApp {
    let builder = TestApp::with().settings(move |settings| {
        settings.briefs = serde_json::from_value(json!({ "briefs": section })).unwrap();
        settings.mq_conf = Some(broker);
    });
    builder.start(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_go_through_topics_and_the_rows_are_the_same() {
    let (broker, own) = (shared(), fresh());
    make(Topics::of(&broker), &own.0).await;
    // What cannot be read keeps nothing from being stored.
    for topic in names(&own.0) {
        let others = Answering::on(broker.plain(), &topic);
        others.say("x", b"\xFF no JSON").await;
        others.say("x", br#"{"job_id": "no"}"#).await;
    }
    let platforms = Platforms::usual(&[]);
    let app = app(section(&platforms, &own), broker.unsecured()).await;
    let id = submit(&app, &request(&KEYWORDS)).await;
    let job = ended(&app, &id).await;
    assert_eq!(job["figures"]["outcome"], "finished", "{job}");
    let expected = expected(&KEYWORDS, &[]);
    has_all(&app.database(), &id, &expected);
    let parts = format!("SELECT count(*) FROM audience_brief_part WHERE job_id = '{id}'");
    assert!(app.count(&parts) > 0, "pages went through the topics");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_of_topics_whose_server_is_killed_again_and_again_finds_the_same() {
    let (broker, own) = (shared(), fresh());
    make(Topics::of(&broker), &own.0).await;
    let platforms = Platforms::usual(&["--latency", "0.1"]);
    let mq_conf = json!({ "bootstrap_servers": [broker.plain()] });
    dying::finds_the_same(&section(&platforms, &own), Some(mq_conf)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_wait_for_a_broker_that_is_away() {
    let (broker, own) = (OwnBroker::start().await, fresh());
    make(broker.topics(), &own.0).await;
    let platforms = Platforms::usual(&[]);
    let settings = broker.listeners.unsecured();
    let app = app(section(&platforms, &own), settings).await;
    broker.stop();
    let id = submit(&app, &request(&KEYWORDS)).await;
    wait_for("pages are fetched", async || {
        (pages(&app, &id, "bili", "fetched") > 0).then_some(())
    })
    .await;
    assert_eq!(pages(&app, &id, "bili", "done"), 0);
    wait_for("the job says what it waits for", async || {
        let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
        let message = job["figures"]["message"].as_str()?;
        message.contains("wait to be stored").then_some(())
    })
    .await;
    broker.start_again();
    let job = ended(&app, &id).await;
    assert_eq!(job["figures"]["outcome"], "finished", "{job}");
    assert_eq!(job["figures"]["message"], Value::Null, "{job}");
    has_all(&app.database(), &id, &expected(&KEYWORDS, &[]));
}
