//! The settings do not say how the broker wants to be spoken to: `/readyz` and the log name what
//! does not fit, and everything continues by itself when it is mended.

use std::fs;

use audience::kafka::{BrokerSettings, SaslMechanism, SecurityProtocol};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::killed::free_port;
use super::{Dispatching, With};
use crate::broker::{Answering, Listeners, OwnBroker, Reader, own_topics, shared};
use crate::support::{Place, wait_for};
use crate::survival::program::Program;

impl Dispatching {
    /// What `/readyz` says of the broker; it has to be ready.
    pub(super) async fn broker_trouble(&self) -> String {
        let (status, body) = self.app.get("/readyz").await;
        assert_eq!((status, &body["status"]), (200, &json!("ready")), "{body}");
        let detail = &body["details"][0];
        assert!(detail.is_null() || detail["part"] == "broker", "{body}");
        detail["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until `/readyz` says this of the broker; nothing: until nothing is wrong.
    pub(super) async fn waits_for_trouble(&self, text: &str) {
        let condition = format!("/readyz says `{text}`");
        wait_for(&condition, async || {
            let trouble = self.broker_trouble().await;
            let is_said = match text {
                "" => trouble.is_empty(),
                text => trouble.contains(text),
            };
            is_said.then_some(())
        })
        .await;
    }
}

fn at(broker: &Listeners, listener: SecurityProtocol, says: SecurityProtocol) -> BrokerSettings {
    BrokerSettings {
        bootstrap_servers: vec![broker.of_protocol(listener).to_owned()],
        ..broker.settings(says)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mismatch_is_named() {
    use SecurityProtocol::{Plaintext, SaslPlaintext, SaslSsl, Ssl};
    let broker = shared();
    for (listener, says, expected) in [
        (
            Ssl,
            Plaintext,
            "the broker speaks TLS on this port, the settings say PLAINTEXT",
        ),
        (
            SaslSsl,
            SaslPlaintext,
            "the broker speaks TLS on this port, the settings say SASL_PLAINTEXT",
        ),
        (
            Plaintext,
            Ssl,
            "the broker does not speak TLS on this port, the settings say SSL",
        ),
        (
            SaslPlaintext,
            SaslSsl,
            "the broker does not speak TLS on this port, the settings say SASL_SSL",
        ),
        (
            SaslPlaintext,
            Plaintext,
            "the broker wants a user and a password (SASL) on this port",
        ),
        (
            SaslSsl,
            Ssl,
            "the broker wants a user and a password (SASL) on this port",
        ),
        (
            Plaintext,
            SaslPlaintext,
            "the broker takes no user (SASL) on this port",
        ),
        (Ssl, SaslSsl, "the broker takes no user (SASL) on this port"),
    ] {
        eprintln!("{says:?} at {listener:?}");
        let program = Dispatching::start(With {
            broker: Some(at(&broker, listener, says)),
            topics: "mismatched".to_owned(),
            ..With::default()
        })
        .await;
        program.waits_for_trouble(expected).await;
        let task = program.create("aaa", json!({})).await;
        assert_eq!(program.status(&task).await["status"], "waiting");
        program.app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mechanism_that_the_broker_lacks_is_named() {
    let broker = OwnBroker::start_with(&["sasl.enabled.mechanisms=SCRAM-SHA-512"]).await;
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.settings(SecurityProtocol::SaslPlaintext)),
        ..With::default()
    })
    .await;
    let expected = "the broker does not take the SASL mechanism PLAIN, but SCRAM-SHA-512";
    program.waits_for_trouble(expected).await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_mended_is_used_at_once() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let program = Dispatching::start(With {
        broker: Some(BrokerSettings {
            sasl_mechanism: SaslMechanism::ScramSha512,
            sasl_plain_password: Some(SecretString::from("another")),
            ..broker.listeners.settings(SecurityProtocol::SaslPlaintext)
        }),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let expected = "the broker refuses the user or the password by SCRAM-SHA-512";
    program.waits_for_trouble(expected).await;
    let task = program.create("aaa", json!({})).await;
    broker.set_scram_password("SCRAM-SHA-512", "another");
    let reader = Reader::of(broker.address(), &format!("{topics}mq_aaa"));
    assert_eq!(reader.next().await.task_id(), task);
    let answers = Answering::on(broker.address(), &format!("{topics}replies"));
    let answer = json!({ "task_id": task, "status": "finished" });
    answers.say(&task, answer.to_string().as_bytes()).await;
    program.wait_until(&task, "finished").await;
    program.waits_for_trouble("").await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_a_detail() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics,
        ..With::default()
    })
    .await;
    program.waits_for_trouble("").await;
    broker.stop();
    program
        .waits_for_trouble("the broker cannot be reached")
        .await;
    broker.start_again();
    program.waits_for_trouble("").await;
    broker.freeze();
    program
        .waits_for_trouble("the broker does not answer")
        .await;
    broker.thaw();
    program.waits_for_trouble("").await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_logged_once() {
    let broker = shared();
    let (place, port) = (Place::empty(), free_port());
    let settings = json!({
        "server": { "bind": format!("127.0.0.1:{port}") },
        "database": { "url": "sqlite://audience.db" },
        "log": { "format": "json", "level": "info" },
        "service": ["aaa"],
        "source_db": { "aaa": {
            "source_name": "mongo", "topic_name": "t", "consumer_id": "c", "reply_topic": "r",
        } },
        "mq_conf": {
            "bootstrap_servers": [broker.of_protocol(SecurityProtocol::Ssl)],
            "security_protocol": "PLAINTEXT",
        },
    });
    fs::write(place.path("dispatch.yaml"), settings.to_string()).unwrap();
    let mut command = place.command();
    let log = fs::File::create(place.path("log")).unwrap();
    command
        .args(["serve", "--settings", "dispatch.yaml"])
        .stderr(log);
    let program = Program::start(&mut command);
    let lines = || -> Vec<Value> {
        let text = fs::read_to_string(place.path("log")).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.collect()
    };
    let names_it = |line: &&Value| {
        line.to_string()
            .contains("the broker speaks TLS on this port")
    };
    wait_for("it is logged", async || {
        lines().iter().any(|line| names_it(&line)).then_some(())
    })
    .await;
    // As long as it needs to be tried several times.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let lines = lines();
    assert_eq!(lines.iter().filter(names_it).count(), 1, "{lines:#?}");
    assert!(lines.len() < 20, "{lines:#?}");
    drop(program);
}
