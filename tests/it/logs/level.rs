//! What is logged, changed while the program runs.

use std::collections::BTreeSet;
use std::fs;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Server;

impl Server {
    async fn put_level(&self, body: &Value) -> (StatusCode, Value) {
        let request = self.http.put(self.url("/v1/runtime/log-level")).json(body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_logged_is_changed_while_the_program_runs() {
    let server = Server::start(300, &[]);
    assert_eq!(
        server.get("/v1/runtime/log-level").await.1,
        json!({ "level": "info" })
    );
    let levels_of = async |id: &str| -> BTreeSet<String> {
        let lines = server.followed(id, None).await.into_iter();
        lines
            .map(|(_, line)| line["level"].as_str().unwrap().to_owned())
            .collect()
    };
    let of = |levels: &[&str]| {
        levels
            .iter()
            .map(|level| (*level).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(levels_of(&server.label().await).await, of(&["info"]));
    for level in ["debug", "info,audience::engine::runtime=debug"] {
        let body = json!({ "level": level });
        assert_eq!(
            server.put_level(&body).await,
            (StatusCode::OK, body.clone())
        );
        assert_eq!(server.get("/v1/runtime/log-level").await.1, body);
        assert_eq!(
            levels_of(&server.label().await).await,
            of(&["debug", "info"])
        );
        server.put_level(&json!({ "level": "info" })).await;
    }
    assert_eq!(levels_of(&server.label().await).await, of(&["info"]));
    for (body, told) in [
        (
            json!({ "level": "loud" }),
            "level: `loud` is not a level, expected off, error",
        ),
        (json!({ "level": "" }), "level: `` is not a level"),
        (json!({ "level": "info,audience=loud" }), "level: "),
        (json!({ "level": 3 }), "level: expected a string, found 3"),
        (json!({}), "level: is missing"),
        (json!({ "level": "info", "for": 3 }), "for: unknown field"),
    ] {
        let (status, problem) = server.put_level(&body).await;
        assert_eq!(status, 422, "{body}: {problem}");
        assert!(
            problem["detail"].as_str().unwrap().starts_with(told),
            "{body}: {problem}"
        );
    }
    assert_eq!(
        server.get("/v1/runtime/log-level").await.1,
        json!({ "level": "info" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_is_logged_is_logged_once() {
    let server = Server::start(10, &[]);
    let mut changes = 0;
    // From a level that shows it to one that does not, the other way round, and between such.
    for level in ["error", "debug", "info", "off", "warn", "info"] {
        server.put_level(&json!({ "level": level })).await;
        // Nothing shows it from `off` to `warn`.
        changes += usize::from(level != "warn");
        let log = fs::read_to_string(server.place.path("log")).unwrap();
        let logged = log
            .lines()
            .filter(|line| line.contains("what is logged is changed"));
        assert_eq!(logged.count(), changes, "{level}: {log}");
    }
    server.put_level(&json!({ "level": "loud" })).await;
    let log = fs::read_to_string(server.place.path("log")).unwrap();
    assert!(!log.contains("loud"), "{log}");
}
