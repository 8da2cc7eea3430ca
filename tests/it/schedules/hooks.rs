//! Deliveries of forges that start labellings.

use serde_json::{Value, json};

use super::{job, labelling, started};
use crate::support::{http_client, signed, wait_for};
use crate::telemetry::server::{Served, Server};

const SECRET: &str = "It's a Secret to Everybody";

async fn deliver(
    server: &Server,
    name: &str,
    (id, signature): (&str, &str),
    body: &Value,
) -> (u16, Value) {
    let request = http_client().build().unwrap();
    let request = request.post(format!("{}/v1/hooks/schedules/{name}", server.base));
    let request = request
        .header("X-GitHub-Event", "push")
        .header("X-GitHub-Delivery", id)
        .header("X-Hub-Signature-256", signature);
    let answer = request.body(body.to_string()).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_labels_once_and_what_does_not_count_nothing() {
    let mut served = Served::with_rows(20);
    served.settings["schedules"] = json!({
        "rules": {
            "webhook": "github", "secret": "RULES_HOOK", "branches": ["main"],
            "start": labelling(&json!({})),
        },
        "unset": { "webhook": "github", "secret": "OTHER_HOOK", "start": labelling(&json!({})) },
        "nightly": { "cron": "0 3 * * *", "start": labelling(&json!({})) },
    });
    let server = served
        .start("one", &[("AUDIENCE_SECRET_RULES_HOOK", SECRET)])
        .await;
    let push = |branch: &str| {
        json!({
            "ref": format!("refs/heads/{branch}"), "deleted": false,
            "before": "95790bf891e76fee5e1747ab589903a6a1f80f22",
            "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "commits": [],
        })
    };
    let body = push("main");
    let signature = signed("github", SECRET, body.to_string().as_bytes());
    let (status, answer) = deliver(&server, "rules", ("d1", &signature), &body).await;
    assert_eq!(status, 202, "{answer}");
    wait_for("the job has ended", async || {
        let state = job(&server, &answer["run"]).await["state"].take();
        (state == "succeeded").then_some(())
    })
    .await;
    let (status, again) = deliver(&server, "rules", ("d1", &signature), &body).await;
    assert_eq!((status, &again), (200, &answer));
    let fires = started(&server, "rules", 1).await;
    assert_eq!(
        (&fires[0]["fired_by"], &fires[0]["job_id"]),
        (&json!("github"), &answer["run"])
    );

    let other = push("topic");
    let own = signed("github", SECRET, other.to_string().as_bytes());
    let (status, answer) = deliver(&server, "rules", ("d2", &own), &other).await;
    assert_eq!(status, 200);
    assert_eq!(answer["ignored"], "the trigger does not count branch topic");
    for (name, expected) in [
        ("rules", 401),
        ("unset", 401),
        ("nightly", 404),
        ("none", 404),
    ] {
        // The signature is that of another body.
        let (status, answer) = deliver(&server, name, ("d3", &own), &body).await;
        assert_eq!(status, expected, "{name}: {answer}");
    }
    started(&server, "rules", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_started_nothing_starts_something_when_it_is_sent_again() {
    let served = Served::with_rows(20);
    let server = served
        .start("one", &[("AUDIENCE_SECRET_RULES_HOOK", SECRET)])
        .await;
    let put = async |rules: Value| {
        let schedule = json!({
            "webhook": "github", "secret": "RULES_HOOK", "start": labelling(&rules),
        });
        let request = http_client().build().unwrap();
        let request = request.put(format!("{}/v1/schedules/rules", server.base));
        let answer = request.json(&schedule).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    };
    // What a fire brings is not known before.
    put(json!({ "source": "{commit}" })).await;
    let body = json!({
        "ref": "refs/heads/main", "deleted": false, "commits": [],
        "before": "95790bf891e76fee5e1747ab589903a6a1f80f22",
        "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
    });
    let signature = signed("github", SECRET, body.to_string().as_bytes());
    for _ in 0..2 {
        let (status, answer) = deliver(&server, "rules", ("d1", &signature), &body).await;
        assert_eq!(status, 422, "{answer}");
    }
    put(json!({})).await;
    let (status, answer) = deliver(&server, "rules", ("d1", &signature), &body).await;
    assert_eq!(status, 202, "{answer}");
    let (status, again) = deliver(&server, "rules", ("d1", &signature), &body).await;
    assert_eq!((status, &again), (200, &answer));
    wait_for("the end is shown", async || {
        let view = super::schedule(&server, "rules").await;
        (view["fires"][0]["outcome"] == "succeeded").then_some(())
    })
    .await;
}
