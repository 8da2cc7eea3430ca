//! What people set wrong is named: the argument or the setting, the place, and the cause.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::json;

use crate::support::{Place, TestApp, usual_pattern, wait_until};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A port at which nobody listens.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_fault_of_an_argument_names_it_with_the_place_and_the_cause() {
    let place = Place::with_rows(10);
    fs::write(
        place.path("notes.txt"),
        "these are notes, no tables\n".repeat(99),
    )
    .unwrap();
    let port = closed_port();
    let postgres = format!("postgres://amy:secret@127.0.0.1:{port}/social");
    let mysql = format!("mysql://amy:secret@127.0.0.1:{port}/social");
    for (flag, value, expected) in [
        (
            "--source",
            "sqlite://gone.db",
            vec!["--source: sqlite://gone.db: found no source"],
        ),
        ("--source", "oracle://x", vec!["--source: ", "oracle"]),
        (
            "--source",
            &postgres,
            vec!["--source: postgres://127.0.0.1:", "onnection refused"],
        ),
        (
            "--table",
            "nope",
            vec!["--table: ", "`nope`", "it holds `ts_page_content`"],
        ),
        ("--rules", "none", vec!["--rules: ", "none"]),
        ("--groups", "none.yaml", vec!["--groups none.yaml: "]),
        ("--start", "2021-01-01", vec!["--start, --end: "]),
        (
            "--output",
            "oracle://u:secret@h/d",
            vec!["--output: ", "oracle:…"],
        ),
        (
            "--output",
            &postgres,
            vec![
                "--output: failed to open postgres://127.0.0.1:",
                "/social: connection refused",
            ],
        ),
        (
            "--output",
            &mysql,
            vec![
                "--output: failed to open mysql://127.0.0.1:",
                "/social: connection refused",
            ],
        ),
        (
            "--output",
            "sqlite://notes.txt",
            vec![
                "--output: ",
                "sqlite://notes.txt: the file is not a SQLite database",
            ],
        ),
    ] {
        let output = place.label(&[(flag, value)]).output().unwrap();
        let printed = text(&output.stderr);
        assert!(!output.status.success(), "{flag} {value}");
        for expected in expected {
            assert!(printed.contains(expected), "{flag} {value}: {printed}");
        }
        for never in ["secret", "the settings have faults", "pool timed out"] {
            assert!(!printed.contains(never), "{flag} {value}: {printed}");
        }
    }
}

#[test]
fn what_the_plan_warns_of_is_printed() {
    let place = Place::with_rows(50);
    let posts = Connection::open(place.path("posts.db")).unwrap();
    let index = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    let indexes: Vec<String> = posts
        .prepare(index)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for index in indexes {
        posts
            .execute_batch(&format!("DROP INDEX \"{index}\""))
            .unwrap();
    }
    let output = place.label(&[]).output().unwrap();
    assert!(output.status.success());
    let printed = text(&output.stderr);
    let warning = printed.lines().find(|line| line.contains("CREATE INDEX"));
    let warning = warning.unwrap_or_else(|| panic!("no warning in {printed}"));
    assert!(warning.starts_with("warning: "), "{warning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_names_its_cause() {
    let app = TestApp::with().start(&[]).await;
    let posts = Connection::open(app.folder.path().join("posts.db")).unwrap();
    // The smallest number has no absolute value.
    let sql = "INSERT INTO ts_page_content (id, s_id, s_area_id, author, title, content, post_time)
               VALUES ('1', 'WH_A', 'x', 'amy', 'secret', 'secret', '2020-01-05 00:00:00');
               ALTER TABLE ts_page_content RENAME TO posts;
               CREATE VIEW ts_page_content AS SELECT abs(-9223372036854775808) AS id, s_id,
               s_area_id, author, title, content, post_time FROM posts";
    posts.execute_batch(sql).unwrap();
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let (_, job) = app.get(&format!("/v1/jobs/{id}")).await;
    let error = job["error"].as_str().unwrap();
    assert!(error.contains("integer overflow"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_file_is_missing_is_named_to_callers() {
    let app = TestApp::with().start(&[]).await;
    fs::remove_file(app.folder.path().join("posts.db")).unwrap();
    let expected = "source `posts`: its file is not there (setting `sources.posts.url`)";
    let body = json!({ "labelling": { "rules": usual_pattern() } });
    let (status, answer) = app.post("/v1/jobs", &body).await;
    assert_eq!((status, &answer["detail"]), (503, &json!(expected)));
    let (_, answer) = app
        .post("/api/tasks/", &json!({ "pattern": usual_pattern() }))
        .await;
    let message = answer["error_message"].as_str().unwrap();
    assert!(message.ends_with(expected), "{message}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_stops_is_not_ready() {
    let app = TestApp::with().start(&[]).await;
    assert_eq!(app.get("/readyz").await.0, 200);
    app.app
        .runtime
        .drain(std::time::Duration::from_secs(5))
        .await;
    let (status, answer) = app.get("/readyz").await;
    assert_eq!((status, &answer["part"]), (503, &json!("program")));
    app.stop().await;
}

#[test]
fn a_port_in_use_is_found_before_anything_starts() {
    let place = Place::empty();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut serve = place.command();
    serve.args(["serve", "--bind", &address]);
    let output = serve
        .env("AUDIENCE__DATABASE__URL", "sqlite://own.db")
        .output()
        .unwrap();
    let printed = text(&output.stderr);
    assert!(!output.status.success());
    assert!(
        printed.contains(&address) && printed.contains("in use"),
        "{printed}"
    );
    assert!(!place.path("own.db").exists(), "no tables were made");
}

#[test]
fn a_database_that_is_away_at_the_start_is_waited_for() {
    let place = Place::empty();
    let url = format!("postgres://amy:secret@127.0.0.1:{}/social", closed_port());
    let log = place.path("log");
    let mut serve = place.command();
    serve
        .args(["serve", "--bind", "127.0.0.1:0"])
        .env("AUDIENCE__DATABASE__URL", url)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap());
    let mut child = serve.spawn().unwrap();
    let read = || {
        let mut printed = String::new();
        fs::File::open(&log)
            .unwrap()
            .read_to_string(&mut printed)
            .unwrap();
        printed
    };
    wait_until("it says what it waits for", || {
        read().contains("is waited for")
    });
    let printed = read();
    assert!(child.try_wait().unwrap().is_none(), "it waits: {printed}");
    child.kill().unwrap();
    child.wait().unwrap();
    for expected in [
        "variable AUDIENCE__DATABASE__URL: database.url: ",
        "connection refused",
    ] {
        assert!(printed.contains(expected), "{printed}");
    }
    assert!(!printed.contains("secret"), "{printed}");
}

#[test]
fn check_refuses_what_serve_refuses() {
    let place = Place::empty();
    for (url, expected) in [
        ("oracle://u:secret@h/d", "oracle:…"),
        ("postgres://u:secret@h:x/d", "the URL cannot be used"),
    ] {
        let mut check = place.command();
        let check = check.arg("check").env("AUDIENCE__DATABASE__URL", url);
        let output = check.output().unwrap();
        let printed = text(&output.stdout);
        assert!(!output.status.success(), "{printed}");
        let place = "fault: variable AUDIENCE__DATABASE__URL: database.url: ";
        assert!(
            printed.contains(place) && printed.contains(expected),
            "{printed}"
        );
        let about_urls = printed.lines().filter(|line| line.contains(".url: "));
        assert_eq!(about_urls.count(), 1, "{printed}");
        assert!(!printed.contains("secret"), "{printed}");
    }
}

#[test]
fn check_finds_faults_of_all_kinds_at_once() {
    let place = Place::empty();
    fs::create_dir(place.path("settings")).unwrap();
    let rules = place.path("rules/keyword_model/female");
    fs::create_dir_all(&rules).unwrap();
    fs::write(rules.join("author_name.txt"), "amy\tbackwards\n").unwrap();
    let settings = "\
server: {bnid: 'x'}
log: {format: loud}
runtime: {jobs_at_once: 0, lease_ms: soon}
retention: {every_s: 0}
sources: {posts: {url: 'ftp://x', tables: {t: {}}}, others: {url: [1]}}
labelling: {default_source: others, default_table: t, rules_dir: rules}
";
    fs::write(place.path("settings/default.yaml"), settings).unwrap();
    let output = place.command().arg("check").output().unwrap();
    let printed = text(&output.stdout);
    for expected in [
        "settings/default.yaml:1: server: unknown field `bnid`",
        "settings/default.yaml:2: log.format: unknown variant `loud`, expected `human` or `json`",
        "settings/default.yaml:3: runtime.lease_ms: ",
        "settings/default.yaml:3: runtime.jobs_at_once: 0 is out of range",
        "settings/default.yaml:4: retention.every_s: 0 is out of range",
        "settings/default.yaml:5: sources.posts.url: ",
        "settings/default.yaml:5: sources.others.url: ",
        "author_name.txt:1: ",
    ] {
        assert!(
            printed.contains(expected),
            "{expected} is missing in\n{printed}"
        );
    }
    // What only follows from another fault is none.
    assert_eq!(printed.matches("fault: ").count(), 8, "{printed}");
    assert!(!output.status.success());
}

#[test]
fn check_looks_at_databases_and_brokers_and_finds_all_faults_at_once() {
    let place = Place::with_rows(10);
    let posts = Connection::open(place.path("posts.db")).unwrap();
    posts
        .execute_batch("CREATE TABLE narrow (id TEXT, s_id TEXT, post_time TEXT)")
        .unwrap();
    let port = closed_port();
    fs::create_dir(place.path("settings")).unwrap();
    fs::create_dir(place.path("none")).unwrap();
    let settings = format!(
        "database: {{url: 'sqlite://own.db'}}
sources:
  posts:
    url: 'sqlite://posts.db'
    tables:
      narrow: {{}}
      nope: {{}}
  gone:
    url: 'sqlite://gone.db'
    tables: {{t: {{}}}}
  away:
    url: 'mysql://amy:secret@127.0.0.1:{port}/social'
    tables: {{t: {{}}}}
outputs:
  result: {{}}
  far: {{url: 'postgres://amy:secret@127.0.0.1:{port}/social'}}
labelling: {{default_source: posts, default_table: narrow, default_output: result, rules_dir: none}}
mq_conf: {{bootstrap_servers: '127.0.0.1:{port}'}}
service: [demo]
source_db: {{demo: {{topic_name: t}}}}
"
    );
    fs::write(place.path("settings/default.yaml"), settings).unwrap();
    let mut check = place.command();
    let output = check.args(["check", "--connect"]).output().unwrap();
    let printed = text(&output.stdout);
    for expected in [
        "settings/default.yaml:6: sources.posts.tables.narrow: ",
        "lacks `author`",
        "settings/default.yaml:7: sources.posts.tables.nope: ",
        "settings/default.yaml:9: sources.gone.url: sqlite://gone.db: ",
        "settings/default.yaml:12: sources.away.url: mysql://127.0.0.1:",
        "settings/default.yaml:16: outputs.far.url: postgres://127.0.0.1:",
        "settings/default.yaml:18: mq_conf: the broker",
    ] {
        assert!(
            printed.contains(expected),
            "{expected} is missing in\n{printed}"
        );
    }
    assert!(
        !output.status.success() && !printed.contains("secret"),
        "{printed}"
    );
    assert!(!place.path("own.db").exists(), "it only looks");
}

#[test]
fn check_finds_what_another_program_has_left_in_an_output() {
    let place = Place::with_rows(1);
    // The state table of the original program, 2.1, and a staging table of nobody knows whom.
    let state = "CREATE TABLE state (task_id varchar(32), stat varchar(32), prod_stat varchar(10),
                     model_type varchar(32), predict_type varchar(32), date_range longtext,
                     target_table varchar(32), create_time datetime, peak_memory float,
                     length_receive_table int, length_output_table int,
                     length_prod_table varchar(100), result longtext,
                     uniq_source_author varchar(100), rate_of_label int, run_time float,
                     check_point datetime)";
    for (table, file) in [(state, "state.db"), ("CREATE TABLE a (b)", "group.db")] {
        let output = Connection::open(place.path(file)).unwrap();
        output.execute_batch(table).unwrap();
    }
    fs::create_dir(place.path("settings")).unwrap();
    let settings = "sources: {posts: {url: 'sqlite://posts.db', tables: {ts_page_content: {}}}}
outputs:
  old: {url: 'sqlite://state.db'}
  strange: {url: 'sqlite://group.db'}
labelling: {default_source: posts, default_output: old, groups: {a: [WH_A]}}
";
    fs::write(place.path("settings/default.yaml"), settings).unwrap();
    let mut check = place.command();
    let output = check.args(["check", "--connect"]).output().unwrap();
    let printed = text(&output.stdout);
    for expected in [
        "settings/default.yaml:3: outputs.old.url: sqlite://state.db: table `state` is one of the \
         original program: `audience migrate --adopt`",
        "settings/default.yaml:4: outputs.strange.url: sqlite://group.db: table `a` exists with \
         other columns",
    ] {
        assert!(
            printed.contains(expected),
            "{expected} is missing in\n{printed}"
        );
    }
    assert!(!output.status.success());
}
