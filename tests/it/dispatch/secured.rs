//! Over each protocol of the broker, with a password in each way and TLS.

use audience::kafka::{BrokerSettings, SaslMechanism, SecurityProtocol};
use serde_json::json;

use super::{Dispatching, With};
use crate::broker::{Answering, Reader, own_topics, shared};

#[tokio::test(flavor = "multi_thread")]
async fn a_task_and_its_answers_go_over_every_protocol() {
    let broker = shared();
    for (protocol, sasl_mechanism) in [
        (SecurityProtocol::Ssl, SaslMechanism::Plain),
        (SecurityProtocol::SaslPlaintext, SaslMechanism::Plain),
        (SecurityProtocol::SaslPlaintext, SaslMechanism::ScramSha256),
        (SecurityProtocol::SaslSsl, SaslMechanism::Plain),
        (SecurityProtocol::SaslSsl, SaslMechanism::ScramSha512),
    ] {
        eprintln!("over {protocol:?} with {sasl_mechanism:?}");
        let topics = own_topics(&broker).await;
        let program = Dispatching::start(With {
            broker: Some(BrokerSettings {
                sasl_mechanism,
                ..broker.settings(protocol)
            }),
            topics: topics.clone(),
            ..With::default()
        })
        .await;
        let task = program.create("aaa", json!({ "over": "it" })).await;
        let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
        assert_eq!(reader.next().await.task_id(), task);
        let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
        for status in ["running", "finished"] {
            let answer = json!({ "task_id": task, "status": status });
            answers.say(&task, answer.to_string().as_bytes()).await;
        }
        program.wait_until(&task, "finished").await;
        program.app.stop().await;
    }
}
