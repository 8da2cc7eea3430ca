//! Lines on standard error.

use std::fs;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::Value;

use super::{Server, json_lines};
use crate::support::{Place, TASK, corpus, http_client};

#[tokio::test(flavor = "multi_thread")]
async fn lines_on_standard_error_are_json_with_the_id_of_their_job() {
    let server = Server::start(300, &[]);
    let id = server.label().await;
    let stored = server.followed(&id, None).await;
    let log = server.log();
    for line in &log {
        assert!(
            ["timestamp", "level", "message", "target"]
                .iter()
                .all(|name| line[name].is_string()),
            "{line}"
        );
    }
    let of_job: Vec<&Value> = log
        .iter()
        .filter(|line| line["job.id"] == id.as_str())
        .collect();
    assert_eq!(of_job.len(), stored.len());
    for (line, (_, stored)) in of_job.into_iter().zip(&stored) {
        assert_eq!(
            (&line["timestamp"], &line["message"]),
            (&stored["at"], &stored["message"])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_rows_or_tokens_is_logged_at_any_level() {
    const TOKEN: &str = "a-token-of-nobody";
    let variables = [("AUDIENCE__LOG__LEVEL", "trace"), ("AUTH_TOKEN", TOKEN)];
    let mut server = Server::start(300, &variables);
    assert_eq!(server.get("/v1/jobs?limit=1").await.0, 401);
    let known = [("authorization", format!("Bearer {TOKEN}").parse().unwrap())];
    let known = known.map(|(name, value)| (name.parse().unwrap(), value));
    let client = http_client().default_headers(known.into_iter().collect());
    server.http = client.build().unwrap();
    let id = server.label().await;
    server.followed(&id, None).await;
    let log = fs::read_to_string(server.place.path("log")).unwrap();
    assert!(log.contains(&id));
    let posts = corpus(300).into_iter();
    let of_posts = posts.flat_map(|post| post.author.into_iter().chain(post.content));
    for secret in of_posts.chain([TOKEN.to_owned()]) {
        assert!(!log.contains(&secret), "`{secret}` is logged");
    }
}

#[test]
fn what_was_logged_by_a_command_is_stored_before_it_ends() {
    let place = Place::with_rows(300);
    let mut command = place.label(&[]);
    command
        .env("AUDIENCE__LOG__LEVEL", "debug")
        .env("AUDIENCE__LOG__FORMAT", "json");
    let output = command.output().unwrap();
    assert!(output.status.success());
    let log = json_lines(&String::from_utf8(output.stderr).unwrap());
    let said: Vec<&Value> = log
        .iter()
        .filter(|line| line["job.id"] == TASK)
        .map(|line| &line["message"])
        .collect();
    let connection = Connection::open(place.path("out.db")).unwrap();
    let sql = "SELECT message FROM audience_log WHERE job_id = ?1 ORDER BY seq";
    let mut statement = connection.prepare(sql).unwrap();
    let stored = statement
        .query_map([TASK], |row| row.get::<_, String>(0))
        .unwrap();
    let stored: Vec<Value> = stored.map(|message| message.unwrap().into()).collect();
    assert!(stored.contains(&"job ended".into()));
    assert_eq!(said, stored.iter().collect::<Vec<_>>());
}

#[test]
fn a_closed_standard_error_stops_nothing() {
    let place = Place::with_rows(300);
    let mut command = place.label(&[]);
    command
        .env("AUDIENCE__LOG__LEVEL", "debug")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
}
