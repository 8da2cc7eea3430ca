//! Articles that come through a topic, a message each.

use serde_json::{Value, json};

use super::{Server, With};
use crate::broker::{Answering, Topics, shared};

async fn server(idle: &str) -> (Server, Answering) {
    let broker = shared();
    let topic = format!("articles_{}", uuid::Uuid::now_v7().simple());
    Topics::of(&broker).make_with(&[&topic], 3, &[]).await;
    let sender = Answering::on(broker.plain(), &topic);
    let adapter = format!(
        "platform: stream\nkind: kafka\ntopic: {topic}\nidle: {idle}\n\
         map: {{id: $.id, post_time: {{path: $.at, type: unix_s}}, title: $.head}}\n"
    );
    let server = Server::start(With {
        settings: format!("mq_conf: {{bootstrap_servers: [\"{}\"]}}\n", broker.plain()),
        adapter: Some(("stream.yaml", adapter)),
        ..With::default()
    })
    .await;
    (server, sender)
}

fn article(job: &str, id: u32) -> Value {
    // 2026-11-20 in Shanghai.
    json!({ "job_id": job, "id": id, "at": 1_795_132_800, "head": format!("防晒霜 {id}"), "other": null })
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_articles_of_the_brief_that_they_name() {
    let (server, sender) = server("600s").await;
    let id = server.submit(json!(["stream"])).await;
    let other = server.submit(json!(["stream"])).await;
    let say =
        async |job: &str, message: Value| sender.say(job, message.to_string().as_bytes()).await;
    // Over all partitions, side by side.
    for no in 0..50 {
        say(&no.to_string(), article(&id, no)).await;
        say(&other, article(&other, 1_000 + no)).await;
    }
    // Repeated, garbled and unknown ones keep nobody from being read.
    say(&id, article(&id, 7)).await;
    sender.say("x", b"\xFF no JSON").await;
    say("y", article(&"0".repeat(32), 1)).await;
    say(&id, json!({ "job_id": id, "head": "no id" })).await;
    say(&id, json!({ "job_id": id, "end": true })).await;
    say(&id, article(&id, 99)).await;
    let view = server.ended(&id).await;
    assert_eq!(
        (&view["status"], &view["article_count"]),
        (&json!("finished"), &json!(50)),
        "{view}"
    );
    let progress = server
        .data("spider_progress", json!({ "job_id": id }))
        .await;
    assert_eq!(
        (&progress["received"], &progress["rejected"]),
        (&json!(52), &json!(1))
    );
    assert_eq!(progress["duplicate"], 1);
    say(&other, json!({ "job_id": other, "end": true })).await;
    assert_eq!(server.ended(&other).await["article_count"], 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_without_messages_ends() {
    let (server, sender) = server("1s").await;
    let id = server.submit(json!(["stream"])).await;
    server
        .with_status(&id, &["running", "exporting", "finished"])
        .await;
    let view = server.ended(&id).await;
    assert_eq!(
        (&view["status"], &view["article_count"]),
        (&json!("finished"), &json!(0)),
        "{view}"
    );
    sender
        .say(&id, article(&id, 1).to_string().as_bytes())
        .await;
    let next = server.submit(json!(["stream"])).await;
    sender
        .say(
            &next,
            json!({ "job_id": next, "end": true })
                .to_string()
                .as_bytes(),
        )
        .await;
    server.ended(&next).await;
    assert_eq!(
        server.data("view", json!({ "job_id": id })).await["article_count"],
        0
    );
}
