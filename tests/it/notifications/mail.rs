//! Rules tell people by mail.

use std::path::Path;

use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::support::{usual_pattern, wait_for};
use crate::telemetry::server::{Served, Server};

const PASSWORD: &str = "correct horse";

/// A server whose only rule tells this group.
async fn start(receiver: &Receiver, mail: Value, rule: Value) -> (Served, Server) {
    let mut served = Served::with_rows(50);
    served.settings["mail"] = json!({
        "host": "localhost", "port": receiver.port.parse::<u16>().unwrap(),
        "from": "Audience <audience@example.org>",
    });
    for (key, value) in mail.as_object().unwrap() {
        served.settings["mail"][key] = value.clone();
    }
    let mut whole = json!({ "name": "all", "when": "job.succeeded", "to": ["mail:team"] });
    for (key, value) in rule.as_object().unwrap() {
        whole[key] = value.clone();
    }
    served.settings["notify"] = json!([whole]);
    let authority = std::env::var("AUDIENCE_TEST_CA").unwrap();
    let variables = [
        ("MAIL_PASSWORD", PASSWORD),
        ("SSL_CERT_FILE", authority.as_str()),
    ];
    let server = served.start("server", &variables).await;
    (served, server)
}

/// Key and certificate of `localhost`.
fn pem() -> String {
    let authority = std::env::var("AUDIENCE_TEST_CA").unwrap();
    let folder = Path::new(&authority).parent().unwrap();
    folder.join("kafka.pem").to_str().unwrap().to_owned()
}

async fn labelled(server: &Server) -> String {
    let body = json!({ "labelling": { "predict_type": "content", "rules": usual_pattern() } });
    let (job, _) = server.post("/v1/jobs", &body, None).await;
    job["id"].as_str().unwrap().to_owned()
}

async fn deliveries(server: &Server, state: &str) -> Vec<Value> {
    let path = format!("/v1/notifications/deliveries?state={state}");
    let page: Value = serde_json::from_str(&server.get(&path).await).unwrap();
    page["deliveries"].as_array().unwrap().clone()
}

async fn tested(server: &Server) -> Value {
    let path = "/v1/notifications/rules/all/test";
    server.post(path, &json!({}), None).await.0["receivers"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_sent_after_starttls_with_a_login_in_the_language_of_the_rule() {
    let login = format!("audience:{PASSWORD}");
    let receiver = Receiver::of_mail(&["--starttls", &pem(), "--login", &login]);
    let mail = json!({
        "tls": "starttls", "user": "audience", "password_variable": "MAIL_PASSWORD",
        "to": { "team": ["a@example.org", "B <b@example.org>"] },
    });
    let (_served, server) = start(&receiver, mail, json!({ "language": "zh-TW" })).await;
    let job = labelled(&server).await;
    for address in ["a@example.org", "b@example.org"] {
        let mail = receiver
            .call("a mail", |mail| mail["to"][0] == address)
            .await;
        assert_eq!(
            (&mail["encrypted"], &mail["login"]),
            (&json!(true), &json!("audience"))
        );
        assert_eq!(mail["subject"], "labelling content 已完成");
        let text = mail["text"].as_str().unwrap();
        assert!(
            text.contains("啟動者: local") && text.contains(&job),
            "{text}"
        );
        assert!(
            mail["html"]
                .as_str()
                .unwrap()
                .contains("<html lang=\"zh-TW\">")
        );
    }
    let sent = wait_for("both are noted as sent", async || {
        let sent = deliveries(&server, "sent").await;
        (sent.len() == 2).then_some(sent)
    })
    .await;
    let ids: Vec<String> = receiver
        .calls()
        .iter()
        .map(|mail| mail["id"].to_string())
        .collect();
    for delivery in sent {
        let id = delivery["id"].as_str().unwrap();
        assert!(ids.iter().any(|own| own.contains(id)), "{id} in {ids:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_is_dead_and_delays_no_other() {
    let receiver = Receiver::of_mail(&["--refuse", "gone@example.org"]);
    let mail = json!({
        "tls": "none", "to": { "team": ["gone@example.org", "a@example.org"] },
    });
    let (_served, server) = start(&receiver, mail, json!({})).await;
    labelled(&server).await;
    receiver
        .call("the other mail", |mail| mail["to"][0] == "a@example.org")
        .await;
    let dead = wait_for("it is given up", async || {
        deliveries(&server, "dead").await.pop()
    })
    .await;
    assert_eq!(dead["receiver"], "mail:team/gone@example.org");
    let error = dead["error"].as_str().unwrap();
    assert!(
        error.contains("550") && error.contains("no such user here"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_the_mail_server_said() {
    let receiver = Receiver::of_mail(&["--tls", &pem(), "--login", "audience:another word"]);
    let mail = json!({
        "tls": "tls", "user": "audience", "password_variable": "MAIL_PASSWORD",
        "to": { "team": ["a@example.org"] },
    });
    let (_served, server) = start(&receiver, mail, json!({})).await;
    let refused = tested(&server).await;
    assert_eq!(refused[0]["delivered"], false);
    let said = refused[0]["said"].as_str().unwrap();
    assert!(said.contains("535") && !said.contains(PASSWORD), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_now_is_sent_again_with_the_same_id() {
    let receiver = Receiver::of_mail(&[]);
    let mail = json!({ "tls": "none", "to": { "team": ["a@example.org"] } });
    let (_served, server) = start(&receiver, mail, json!({})).await;
    receiver.answer("451 come back later");
    let tested = tested(&server).await;
    let said = tested[0]["said"].as_str().unwrap();
    assert!(
        said.contains("451") && said.contains("come back later"),
        "{said}"
    );
    labelled(&server).await;
    let is_ours = |mail: &Value| mail["subject"] == "labelling content succeeded";
    let first = receiver.call("the first try", |mail| is_ours(mail)).await;
    receiver.answer_as_usual();
    let second = receiver
        .call("the second try", |mail| {
            is_ours(mail) && mail["refused"].is_null()
        })
        .await;
    assert_eq!(first["id"], second["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_nobody_knows_gets_nothing() {
    let receiver = Receiver::of_mail(&["--starttls", &pem()]);
    let mail = json!({ "tls": "starttls", "to": { "team": ["a@example.org"] } });
    let mut served = Served::with_rows(10);
    served.settings["mail"] = json!({
        "host": "localhost", "port": receiver.port.parse::<u16>().unwrap(),
        "from": "audience@example.org", "tls": mail["tls"], "to": mail["to"],
    });
    served.settings["notify"] =
        json!([{ "name": "all", "when": "job.failed", "to": ["mail:team"] }]);
    let server = served.start("server", &[]).await;
    let refused = tested(&server).await;
    assert_eq!(refused[0]["delivered"], false);
    assert!(receiver.calls().is_empty(), "{refused}");
}
