//! A task that ends its process, every time.

use std::process::{Command, Stdio};

use entity::JobState;

use super::program::Program;
use crate::store::databases::{TestDatabase, say};
use crate::support::{http_client, wait_until};

/// Memory that the program may have, in KiB, and a text that does not fit in it.
const DATA_KIB: u32 = 250_000;
const TEXT_BYTES: u32 = 150_000_000;

/// Reading the one row of this table takes more memory than there is: the process aborts.
async fn write_poison(source: &TestDatabase) {
    say(
        &source.url,
        "CREATE TABLE poison (id text PRIMARY KEY, s_id text, s_area_id text, author text,
             title text, content text, post_time timestamp)",
    )
    .await;
    let row = format!(
        "INSERT INTO poison SELECT '1', 'WH_A', 'x', 'amy', 't', repeat('x', {TEXT_BYTES}),
             timestamp '2020-01-05 00:00:00'"
    );
    say(&source.url, &row).await;
    say(
        &source.url,
        "CREATE TABLE plain AS SELECT id, s_id, s_area_id, author, title, 'amy' AS content,
             post_time FROM poison",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_its_process_every_time_is_quarantined_and_the_others_go_on() {
    let source = TestDatabase::of("postgres").await;
    write_poison(&source).await;
    let folder = tempfile::TempDir::new().unwrap();
    let settings = serde_json::json!({
        "database": { "url": format!("sqlite://{}", folder.path().join("store.db").display()) },
        "sources": { "posts": { "url": source.url, "tables": { "poison": {}, "plain": {} } } },
        "outputs": { "result": {} },
        "labelling": {
            "default_source": "posts", "default_table": "plain", "default_output": "result",
            "groups": { "a": ["WH_A"] },
        },
        "log": { "level": "warn" },
    });
    // JSON is YAML.
    std::fs::write(folder.path().join("default.yaml"), settings.to_string()).unwrap();
    let serve = |log: &str| {
        let log = std::fs::File::create(folder.path().join(log)).unwrap();
        let mut command = Command::new("sh");
        // Of addresses alone there are enough: what counts is memory that can be written.
        command
            .args(["-c", &format!("ulimit -d {DATA_KIB}; exec \"$0\" \"$@\"")])
            .args([
                env!("CARGO_BIN_EXE_audience"),
                "serve",
                "--bind",
                "127.0.0.1:0",
            ])
            .env("AUDIENCE_SETTINGS", folder.path())
            .env_remove("AUTH_TOKEN")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::inherit());
        Program::start(&mut command)
    };
    let store_file = folder.path().join("store.db");
    let job = |id: &str, column: &str| -> Option<String> {
        let store = rusqlite::Connection::open(&store_file).ok()?;
        let sql = format!("SELECT {column} FROM audience_job WHERE id = ?1");
        store.query_row(&sql, [id], |row| row.get(0)).ok().flatten()
    };

    let mut program = serve("1.log");
    let base = address(&folder.path().join("1.log"));
    let submit = async |table: &str| {
        let body = serde_json::json!({ "labelling": {
            "table": table, "predict_type": "content",
            "start_time": "2020-01-01", "end_time": "2020-02-01",
            "rules": { "first": [["amy", "partially"]] },
        } });
        let answer = http_client()
            .build()
            .unwrap()
            .post(format!("{base}/v1/jobs"))
            .json(&body);
        let answer = answer.send().await.unwrap();
        let status = answer.status();
        let job: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(status.as_u16(), 202, "{job}");
        job["id"].as_str().unwrap().to_owned()
    };
    let poison = submit("poison").await;
    // Whoever keeps the server running starts it again, as often as it takes.
    let mut ends = 0;
    wait_until("the poison has failed", || {
        if program.has_ended() {
            ends += 1;
            program = serve(&format!("{}.log", ends + 1));
        }
        job(&poison, "state").as_deref() == Some(JobState::Failed.as_str())
    });
    assert_eq!(ends, 2, "the third time it had a process of its own");
    let told = job(&poison, "error").unwrap();
    assert!(told.contains("batch 1 of step `label` failed"), "{told}");
    assert!(told.contains("3 times in a row"), "{told}");

    let base = address(&folder.path().join(format!("{}.log", ends + 1)));
    let body = serde_json::json!({ "labelling": {
        "predict_type": "content", "start_time": "2020-01-01", "end_time": "2020-02-01",
        "rules": { "first": [["amy", "partially"]] },
    } });
    let answer = http_client()
        .build()
        .unwrap()
        .post(format!("{base}/v1/jobs"))
        .json(&body);
    let answer: serde_json::Value = answer.send().await.unwrap().json().await.unwrap();
    let plain = answer["id"].as_str().unwrap();
    wait_until("another task succeeds", || {
        job(plain, "state").as_deref() == Some(JobState::Succeeded.as_str())
    });
    assert!(!program.has_ended(), "in the same process");
    drop(program);
    source.drop_it().await;
}

/// Where a server says that it listens.
fn address(log: &std::path::Path) -> String {
    let mut found = None;
    wait_until("the server listens", || {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let at = text.find("http://");
        found = at.and_then(|at| text[at..].split_whitespace().next().map(str::to_owned));
        found.is_some()
    });
    found.unwrap()
}
