//! What other tests rely on: that a broker of their own does what it is asked to.

use std::time::Duration;

use audience::kafka::SecurityProtocol;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaRespErr;
use serde_json::json;
use tokio::task::block_in_place;

use super::listeners::PASSWORD;
use super::{Answering, OwnBroker, Reader, plain_password};
use crate::support::wait_for;

const NOT_ALLOWED: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
const SASL: [SecurityProtocol; 2] = [SecurityProtocol::SaslPlaintext, SecurityProtocol::SaslSsl];

/// Partitions of the topic, or why the client does not see them; `Err(None)`: it does not get in.
fn look_at(topic: &str, client: &ClientConfig) -> Result<usize, Option<RDKafkaRespErr>> {
    let consumer: BaseConsumer = client.create().unwrap();
    let patience = Duration::from_secs(3);
    let found = block_in_place(|| consumer.fetch_metadata(Some(topic), patience));
    let found = found.map_err(|_| None)?;
    let topic = &found.topics()[0];
    match topic.error() {
        None => Ok(topic.partitions().len()),
        error => Err(error),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_of_a_tests_own_keeps_what_it_has_acknowledged() {
    let broker = OwnBroker::start_with(&["message.max.bytes=3000"]).await;
    broker.topics().make(&["kept"]).await;
    let answers = Answering::on(broker.address(), "kept");
    let reader = Reader::of(broker.address(), "kept");
    let say = async |no: u32| answers.say("key", json!(no).to_string().as_bytes()).await;
    say(0).await;
    broker.kill();
    broker.start_again();
    say(1).await;
    broker.stop();
    broker.start_again();
    broker.freeze();
    let late = tokio::time::timeout(Duration::from_secs(1), say(2)).await;
    assert!(late.is_err(), "it is frozen");
    broker.thaw();
    say(3).await;
    for expected in [0, 1, 2, 3] {
        assert_eq!(reader.next().await.body, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_rights_and_passwords_are_given_and_taken_away() {
    let mut broker = OwnBroker::start_with_rights().await;
    let listeners = broker.listeners.clone();
    let topics = broker.topics();
    topics
        .make_with(&["t"], 3, &[("max.message.bytes", "2000")])
        .await;
    assert_eq!(look_at("t", &listeners.client()), Ok(3));
    let plain = |password| listeners.client_with_password(SASL[0], "PLAIN", password);
    let scram = |password| listeners.client_with_password(SASL[1], "SCRAM-SHA-512", password);

    let right = ["--operation", "Write", "--topic", "t"];
    assert_eq!(look_at("t", &plain(PASSWORD)), Err(Some(NOT_ALLOWED)));
    broker.allow(&right);
    for protocol in SASL {
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
            let client = listeners.client_with_password(protocol, mechanism, PASSWORD);
            assert_eq!(look_at("t", &client), Ok(3), "{protocol:?} {mechanism}");
        }
    }
    broker.forbid(&right);
    assert_eq!(look_at("t", &plain(PASSWORD)), Err(Some(NOT_ALLOWED)));
    broker.allow(&right);

    broker.set_scram_password("SCRAM-SHA-512", "another");
    assert_eq!(look_at("t", &scram(PASSWORD)), Err(None));
    assert_eq!(look_at("t", &scram("another")), Ok(3));
    assert_eq!(look_at("t", &plain("another")), Err(None));
    broker.stop();
    broker.start_again_with(&plain_password("another").each_ref().map(String::as_str));
    assert_eq!(look_at("t", &plain("another")), Ok(3));

    topics.delete(&["t"]).await;
    let absent = Err(Some(
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
    ));
    wait_for("the topic is not there any more", async || {
        (look_at("t", &listeners.client()) == absent).then_some(())
    })
    .await;
}
