//! Rules tell webhooks, at least once and with the same id.

use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::support::{usual_pattern, wait_for};
use crate::telemetry::server::{Served, Server};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A server whose rules tell the receiver.
fn served(receiver: &Receiver, rules: Value) -> Served {
    let mut served = Served::with_rows(50);
    served.settings["notify"] = rules;
    served.settings["notify_allow"] = json!([receiver.address()]);
    served.settings["hooks"] = json!({
        "own": { "url": receiver.url("/own"), "secret_variable": "HOOK_SECRET" },
        "slack": { "url": receiver.url("/slack"), "format": "slack" },
    });
    served
}

async fn start(served: &Served, name: &str) -> Server {
    served.start(name, &[("HOOK_SECRET", SECRET)]).await
}

async fn labelled(server: &Server, predict_type: &str) -> String {
    let body = json!({ "labelling": { "predict_type": predict_type, "rules": usual_pattern() } });
    let (job, _) = server.post("/v1/jobs", &body, None).await;
    job["id"].as_str().unwrap().to_owned()
}

async fn deliveries(server: &Server, state: &str) -> Vec<Value> {
    let path = format!("/v1/notifications/deliveries?state={state}");
    let page: Value = serde_json::from_str(&server.get(&path).await).unwrap();
    page["deliveries"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_is_sent_with_a_signature_that_others_accept() {
    let receiver = Receiver::start(&["--secret", SECRET]);
    let rules = json!([{
        "name": "all", "when": "job.succeeded", "where": { "flow": "labelling" },
        "to": ["hook:own", "hook:slack"], "language": "ja",
    }]);
    let served = served(&receiver, rules);
    let server = start(&served, "server").await;
    let job = labelled(&server, "content").await;
    let own = receiver
        .call("the webhook", |call| call["path"] == "/own")
        .await;
    assert_eq!(own["valid"], true, "{own}");
    let body = &own["body"];
    assert_eq!(body["type"], "job.succeeded");
    let data = &body["data"];
    assert_eq!(data["about"], job.as_str());
    assert_eq!(
        (&data["flow"], &data["name"]),
        (&json!("labelling"), &json!("content"))
    );
    assert_eq!(
        (&data["started_by"], &data["state"]),
        (&json!("local"), &json!("succeeded"))
    );
    assert_eq!(data["count"], 1);
    let slack = receiver
        .call("the text", |call| call["path"] == "/slack")
        .await;
    let text = slack["body"]["text"].as_str().unwrap();
    assert!(
        text.starts_with("labelling content が完了しました\n"),
        "{text}"
    );
    let sent = wait_for("both are noted as sent", async || {
        let sent = deliveries(&server, "sent").await;
        (sent.len() == 2).then_some(sent)
    })
    .await;
    let ids: Vec<&Value> = sent.iter().map(|delivery| &delivery["id"]).collect();
    assert!(ids.contains(&&own["headers"]["webhook-id"]), "{ids:?}");
    // Nobody has asked for this one.
    assert_eq!(receiver.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_away_gets_it_later_with_the_same_id_also_after_a_kill() {
    let receiver = Receiver::start(&["--secret", SECRET]);
    let rules = json!([{ "when": "job.succeeded", "to": ["hook:own"] }]);
    let served = served(&receiver, rules);
    receiver.answer("500 later");
    let server = start(&served, "first").await;
    let job = labelled(&server, "content").await;
    let first = receiver
        .call("the first try", |call| call["path"] == "/own")
        .await;
    let waiting = wait_for("the failure is noted", async || {
        let waiting = deliveries(&server, "waiting").await;
        waiting
            .into_iter()
            .find(|delivery| !delivery["error"].is_null())
    })
    .await;
    assert_eq!(waiting["error"], "the receiver answered 500: later");
    assert_eq!(
        (&waiting["rule"], &waiting["tries"]),
        (&json!("settings-1"), &json!(1))
    );
    // Killed, and started again.
    drop(server);
    receiver.answer("200 ok");
    let server = start(&served, "second").await;
    let second = receiver
        .call("the second try", |call| call["status"] == 200)
        .await;
    assert_eq!(
        first["headers"]["webhook-id"],
        second["headers"]["webhook-id"]
    );
    assert_eq!(second["body"]["data"]["about"], job.as_str());
    assert_eq!(second["valid"], true);
    wait_for("it is noted as sent", async || {
        (deliveries(&server, "sent").await.len() == 1).then_some(())
    })
    .await;
    assert!(receiver.calls().iter().all(|call| call["valid"] == true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_for_good_is_dead_with_a_reason_and_can_be_replayed() {
    let receiver = Receiver::start(&[]);
    let rules = json!([{ "when": "job.succeeded", "to": ["hook:slack"] }]);
    let served = served(&receiver, rules);
    receiver.answer("410 channel_is_archived");
    let server = start(&served, "server").await;
    labelled(&server, "content").await;
    let dead = wait_for("it is given up", async || {
        deliveries(&server, "dead").await.pop()
    })
    .await;
    assert_eq!(
        dead["error"],
        "the receiver answered 410: channel_is_archived"
    );
    receiver.answer("200 ok");
    let path = format!(
        "/v1/notifications/deliveries/{}/replay",
        dead["id"].as_str().unwrap()
    );
    let (again, _) = server.post(&path, &json!({}), None).await;
    assert_eq!(again["state"], "waiting");
    let sent = wait_for("it is sent", async || {
        deliveries(&server, "sent").await.pop()
    })
    .await;
    assert_eq!(sent["id"], dead["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_put_tested_and_removed_by_calls() {
    let receiver = Receiver::start(&["--secret", SECRET]);
    let served = served(&receiver, json!([]));
    let server = start(&served, "server").await;
    let rule = json!({ "when": ["job.failed"], "to": ["hook:own", "hook:slack"] });
    let (status, stored) = server
        .call("PUT", "/v1/notifications/rules/mine", &rule)
        .await;
    assert_eq!((status, &stored["of_settings"]), (201, &json!(false)));
    receiver.answer("200 thanks");
    let tested = server
        .post("/v1/notifications/rules/mine/test", &json!({}), None)
        .await
        .0;
    let expected = json!([
        { "receiver": "hook:own", "delivered": true, "said": "200 thanks" },
        { "receiver": "hook:slack", "delivered": true, "said": "200 thanks" },
    ]);
    assert_eq!(tested["receivers"], expected);
    let own = receiver
        .call("the test", |call| call["path"] == "/own")
        .await;
    assert_eq!(
        (&own["body"]["type"], &own["valid"]),
        (&json!("test"), &json!(true))
    );
    receiver.answer("404 no_team");
    let tested = server
        .post("/v1/notifications/rules/mine/test", &json!({}), None)
        .await
        .0;
    let refused = &tested["receivers"][1];
    assert_eq!(refused["said"], "the receiver answered 404: no_team");
    assert_eq!(refused["delivered"], false);
    let wrong = json!({ "when": ["job.done"], "to": ["hook:nobody"] });
    let (status, refusal) = server
        .call("PUT", "/v1/notifications/rules/wrong", &wrong)
        .await;
    assert_eq!(status, 422);
    let detail = refusal["detail"].as_str().unwrap();
    assert!(
        detail.contains("when: `job.done` is not an event"),
        "{detail}"
    );
    assert!(
        detail.contains("to[0]: there is no hook `nobody`; known are own, slack"),
        "{detail}"
    );
    let (status, _) = server
        .call("DELETE", "/v1/notifications/rules/mine", &json!({}))
        .await;
    assert_eq!(status, 204);
    let (status, _) = server
        .call("DELETE", "/v1/notifications/rules/mine", &json!({}))
        .await;
    assert_eq!(status, 404);
}
