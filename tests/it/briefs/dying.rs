//! Programs that are killed while they collect: the next one goes on, and what is found is the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::fixture::{Platforms, expected, has_all, request};
use crate::support::{Place, http_client, wait_for};
use crate::survival::program::Program;

const KEYWORDS: [&str; 3] = ["防晒霜", "面膜", "口红"];
const KILLS: u64 = 6;

/// A server that others kill.
struct Server {
    program: Program,
    base: String,
    http: reqwest::Client,
}

async fn serve(place: &Place, no: u64) -> Server {
    let out = place.path(&format!("{no}.out"));
    let mut command = place.command();
    command.args(["serve", "--settings", "settings.yaml"]);
    command.stdout(std::fs::File::create(&out).unwrap());
    command.stderr(std::fs::File::create(place.path(&format!("{no}.log"))).unwrap());
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    command.env("AUDIENCE__SERVER__BIND", format!("127.0.0.1:{port}"));
    let server = Server {
        program: Program::start(&mut command),
        base: format!("http://127.0.0.1:{port}"),
        http: http_client().build().unwrap(),
    };
    wait_for("the server answers", async || {
        let answer = server.http.get(format!("{}/livez", server.base)).send();
        answer.await.is_ok().then_some(())
    })
    .await;
    server
}

fn settings(place: &Place, section: &Value, mq_conf: Option<Value>) {
    let mut settings = json!({
        "database": { "url": "sqlite://state.db" },
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
    let database: PathBuf = place.path("state.db");
    let mut server = serve(&place, 0).await;
    let submitted = server
        .http
        .post(format!("{}/v1/jobs", server.base))
        .json(&json!({ "brief": request(&KEYWORDS) }))
        .send()
        .await
        .unwrap();
    let accepted: Value = submitted.json().await.unwrap();
    let id = accepted["id"].as_str().unwrap().to_owned();
    for no in 0..KILLS {
        let before = done(&database);
        wait_for("some pages more are done", async || {
            (done(&database) > before + no as i64).then_some(())
        })
        .await;
        server.program.kill();
        server = serve(&place, no + 1).await;
    }
    let job = wait_for("the brief ends", async || {
        let answer = server.http.get(format!("{}/v1/jobs/{id}", server.base));
        let job: Value = answer.send().await.ok()?.json().await.ok()?;
        matches!(job["state"].as_str()?, "succeeded" | "failed").then_some(job)
    })
    .await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["figures"]["outcome"], "finished", "{job}");
    let expected = expected(&KEYWORDS, &[]);
    has_all(&database, &id, &expected);
    assert_eq!(job["figures"]["articles"], expected["stored"], "{job}");
}
