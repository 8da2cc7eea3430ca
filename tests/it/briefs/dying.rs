//! Programs that are killed while they collect: the next one goes on, and what is found is the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::fixture::{Platforms, expected, has_all, request};
use crate::support::{Outputs, Place, http_client, serve, wait_for};
use crate::survival::program::Program;

const KEYWORDS: [&str; 3] = ["防晒霜", "面膜", "口红"];
const KILLS: i64 = 6;

/// A server that others kill.
struct Server {
    program: Program,
    base: String,
    http: reqwest::Client,
}

impl Server {
    async fn start(place: &Place, no: i64) -> Self {
        let (out, log) = (
            place.path(&format!("{no}.out")),
            place.path(&format!("{no}.log")),
        );
        let outputs = Outputs {
            out: &out,
            log: &log,
        };
        let (program, base) = serve(&place.path("settings.yaml"), &[], outputs).await;
        Self {
            program,
            base,
            http: http_client().build().unwrap(),
        }
    }

    /// The job of the brief once it has ended.
    async fn ended(&self, id: &str) -> Option<Value> {
        let answer = self.http.get(format!("{}/v1/jobs/{id}", self.base));
        let job: Value = answer.send().await.ok()?.json().await.ok()?;
        matches!(job["state"].as_str()?, "succeeded" | "failed").then_some(job)
    }
}

fn database(place: &Place) -> PathBuf {
    place.path("state.db")
}

fn settings(place: &Place, section: &Value, mq_conf: Option<Value>) {
    let mut settings = json!({
        "database": { "url": format!("sqlite://{}", database(place).display()) },
        "briefs": section,
        "runtime": { "lease_ms": 3_000, "rescue_every_ms": 100 },
    });
    if let Some(mq_conf) = mq_conf {
        settings["mq_conf"] = mq_conf;
    }
    std::fs::write(place.path("settings.yaml"), settings.to_string()).unwrap();
}

fn done(database: &Path) -> i64 {
    let count = || -> rusqlite::Result<i64> {
        let connection = Connection::open(database)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        let sql = "SELECT count(*) FROM audience_brief_page WHERE state = 'done'";
        connection.query_row(sql, [], |row| row.get(0))
    };
    count().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_whose_server_is_killed_again_and_again_finds_the_same() {
    let platforms = Platforms::usual(&["--latency", "0.1", "--error", "0.05"]);
    finds_the_same(&platforms.settings(), None).await;
}

/// Kills the server of a brief again and again; `section` are the settings of its platforms.
pub(super) async fn finds_the_same(section: &Value, mq_conf: Option<Value>) {
    let place = Place::empty();
    settings(&place, section, mq_conf);
    let database = database(&place);
    let mut server = Server::start(&place, 0).await;
    let submitted = server
        .http
        .post(format!("{}/v1/jobs", server.base))
        .json(&json!({ "brief": request(&KEYWORDS) }))
        .send()
        .await
        .unwrap();
    let accepted: Value = submitted.json().await.unwrap();
    let id = accepted["id"].as_str().unwrap().to_owned();
    let (mut kills, mut at_last_kill) = (0, 0);
    while kills < KILLS {
        // Counted from the kill and not from the restart: a server that was slow to answer may have come far
        // by then, or to the end.
        let enough = at_last_kill + kills;
        let is_over = wait_for("some pages more are done", async || {
            let has_ended = server.ended(&id).await.is_some();
            (has_ended || done(&database) > enough).then_some(has_ended)
        })
        .await;
        if is_over {
            break;
        }
        server.program.kill();
        at_last_kill = done(&database);
        kills += 1;
        server = Server::start(&place, kills).await;
    }
    assert!(kills > 1, "it was killed {kills} times before it ended");
    let job = wait_for("the brief ends", async || server.ended(&id).await).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["figures"]["outcome"], "finished", "{job}");
    let expected = expected(&KEYWORDS, &[]);
    has_all(&database, &id, &expected);
    assert_eq!(job["figures"]["articles"], expected["stored"], "{job}");
}
