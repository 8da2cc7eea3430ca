//! Numbers that do not fit 64 bits, or are written in another way than usual, keep their digits on
//! every way from a caller to a worker and back.

use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{Answering, Reader, own_topics, shared};
use crate::store::databases::each;

const NUMBERS: &str = concat!(
    r#"{"uid":12345678901234567890123,"neg":-9223372036854775809,"u64":18446744073709551615,"#,
    r#""dec":0.12345678901234567890,"price":1.10,"small":0.00001,"exp":1e+400,"tiny":2.5e-400,"#,
    r#""zero":-0,"long":10000000000000000000000000000000000000000,"#,
    r#""deep":[[{"a":99999999999999999999}]]}"#
);

/// As the parser of this program reads them: digit by digit. Only an exponent is spelled in one way.
fn numbers() -> Value {
    let numbers: Value = serde_json::from_str(NUMBERS).unwrap();
    assert_eq!(numbers.to_string(), NUMBERS);
    numbers
}

/// Values with the same digits, whatever order their members have.
fn same(found: &Value) {
    assert_eq!(found.to_string(), NUMBERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_and_a_result_keep_their_digits() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let task = program.create("aaa", numbers()).await;
        let job = format!("/v1/jobs/{}", task.rsplit_once('_').unwrap().1);
        let listed = program.ok("/api/tasks", json!({})).await;
        same(&listed["data"][0]["condition"]);
        let (_, shown) = program.app.get(&job).await;
        same(&shown["request"]["condition"]);
        let leased = program.ok("/v1/dispatch/aaa/lease", json!({})).await;
        let leased = &leased["tasks"][0];
        same(&leased["message"]["Task"]["condition"]);
        let done = json!({
            "task_id": task, "lease": leased["lease"], "status": "finished", "result": numbers(),
        });
        program.ok("/v1/dispatch/aaa/complete", done).await;
        let asked = json!({ "data": { "task_id": task } });
        same(&program.ok("/api/result_task", asked.clone()).await["data"]);

        // Changed, run again and reported on in the other way.
        let other = json!({ "task_id": task, "condition": { "of": numbers() } });
        program.ok("/api/update_task", other).await;
        program
            .ok("/api/start_task", json!({ "task_id": task }))
            .await;
        let report = json!({
            "task_id": task, "status": "finished", "result": numbers(), "attempt": 2,
        });
        program
            .ok("/api/update_status_task", json!({ "data": report }))
            .await;
        same(&program.ok("/api/result_task", asked).await["data"]);
        let url = program.app.url(&format!("{job}/events"));
        let text = program.app.http.get(url).send().await.unwrap().text().await;
        let text = text.unwrap();
        // As the new condition, and as the result of the attempt before.
        assert_eq!(text.matches(NUMBERS).count(), 2, "{text}");
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_answers_keep_their_digits() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", numbers()).await;
    let got = Reader::of(broker.plain(), &format!("{topics}mq_aaa"))
        .next()
        .await;
    same(&got.body["Task"]["condition"]);
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    let answer = json!({ "task_id": task, "status": "finished", "result": numbers() });
    answers.say(&task, answer.to_string().as_bytes()).await;
    let finished = program.wait_until(&task, "finished").await;
    // It has begun when its message was sent, though its worker has not said so.
    assert!(finished["start_time"].is_string(), "{finished}");
    let asked = json!({ "data": { "task_id": task } });
    same(&program.ok("/api/result_task", asked).await["data"]);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_knows_what_long_numbers_are() {
    let program = Dispatching::start(With {
        change: Some(|service| {
            let properties = r#"{
                "uid": { "type": "integer", "minimum": 0, "maximum": 12345678901234567890123 },
                "share": { "type": "number", "maximum": 1 },
                "one": { "const": 18446744073709551617 }
            }"#;
            let properties: Value = serde_json::from_str(properties).unwrap();
            service.condition_schema = Some(json!({ "properties": properties }));
        }),
        ..With::default()
    })
    .await;
    for (condition, status) in [
        (r#"{"uid": 12345678901234567890123}"#, 200),
        // The next number, which is the same as a double.
        (r#"{"uid": 12345678901234567890124}"#, 422),
        (r#"{"one": 18446744073709551617}"#, 200),
        (r#"{"one": 18446744073709551616}"#, 422),
        (r#"{"uid": -12345678901234567890123}"#, 422),
        (r#"{"uid": "12345678901234567890123"}"#, 422),
        (r#"{"uid": 1.5}"#, 422),
        (r#"{"share": 0.12345678901234567890}"#, 200),
        (r#"{"share": 1.5}"#, 422),
    ] {
        let condition: Value = serde_json::from_str(condition).unwrap();
        let body = json!({ "data": { "service": "aaa", "condition": condition } });
        let (found, answer) = program.post("/api/create_task", body.clone()).await;
        assert_eq!(found, status, "{body}: {answer}");
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_end_alone_is_reported_has_begun() {
    let program = Dispatching::start(With::default()).await;
    let task = program.create("aaa", json!({})).await;
    let report = json!({ "data": { "task_id": task, "status": "finished", "result": {} } });
    program.ok("/api/update_status_task", report).await;
    let asked = json!({ "data": { "task_id": task } });
    let result = program.ok("/api/result_task", asked).await;
    assert!(result["start_time"].is_string(), "{result}");
    assert_eq!(result["spend_time"], "0");
    program.app.stop().await;
}
