//! Commands about jobs: on a database, and on a running server.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Place, TASK, TestApp, corpus, usual_pattern};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", text(&output.stdout));
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// A database with one labelled task, and settings that name it.
fn labelled() -> Place {
    let place = Place::with_rows(500);
    printed(&place.label(&[]).output().unwrap());
    let settings = "database: {url: 'sqlite://out.db'}\noutputs: {output: {}}\n\
                    labelling: {default_output: output}\n";
    fs::write(place.path("settings.yaml"), settings).unwrap();
    place
}

fn run(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command();
    command
        .args(["--settings", "settings.yaml"])
        .args(arguments);
    command.output().unwrap()
}

#[test]
fn a_database_is_looked_at_without_a_server() {
    let place = labelled();
    let table = printed(&run(&place, &["jobs"]));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(
        lines[0].starts_with("ID") && lines[1].starts_with(TASK),
        "{table}"
    );
    assert!(lines[1].contains("succeeded"), "{table}");
    let jobs = printed(&run(&place, &["jobs", "--json", "--state", "succeeded"]));
    let job: Value = serde_json::from_str(jobs.trim()).unwrap();
    assert_eq!(job["id"], TASK);
    assert_eq!(
        printed(&run(&place, &["jobs", "--json", "--state", "failed"])),
        ""
    );
    let job: Value =
        serde_json::from_str(&printed(&run(&place, &["job", TASK, "--json"]))).unwrap();
    assert_eq!(job["steps"][0]["name"], "label");
    assert!(printed(&run(&place, &["job", TASK])).contains("state    succeeded"));
    let rows = printed(&run(
        &place,
        &["result", TASK, "--format", "jsonl", "--group", "a"],
    ));
    assert!(rows.lines().count() > 0);
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        assert_eq!(row["group"], "a");
    }
    for (format, begins) in [("csv", "\u{feff}id,".as_bytes()), ("xlsx", b"PK")] {
        let file = place.path(&format!("rows.{format}"));
        let name = file.to_str().unwrap();
        printed(&run(
            &place,
            &["result", TASK, "--format", format, "--output", name],
        ));
        assert!(fs::read(&file).unwrap().starts_with(begins), "{format}");
        assert!(!place.path(&format!("rows.{format}.part")).exists());
    }
    assert!(refused(&run(&place, &["cancel", TASK])).contains("succeeded"));
    assert!(refused(&run(&place, &["resume", TASK])).contains("failed or cancelled"));
    assert!(printed(&run(&place, &["rm", TASK])).contains("removed"));
    let unknown = refused(&run(&place, &["rm", TASK]));
    assert!(
        unknown.contains(&format!("there is no job {TASK}")),
        "{unknown}"
    );
    let audit = printed(&run(
        &place,
        &["audit", "--operation", "remove_job", "--result", "done"],
    ));
    let audit: Value = serde_json::from_str(audit.trim()).unwrap();
    assert_eq!(
        (&audit["who"], &audit["what"], &audit["address"]),
        (&"local".into(), &TASK.into(), &Value::Null)
    );
}

#[test]
fn faults_name_the_thing_and_the_mend() {
    let place = Place::empty();
    fs::write(
        place.path("settings.yaml"),
        "database: {url: 'sqlite://none.db'}\n",
    )
    .unwrap();
    for arguments in [&["jobs"][..], &["rm", TASK], &["result", TASK]] {
        let said = refused(&run(&place, arguments));
        assert!(
            said.contains("none.db") && said.contains("--server"),
            "{said}"
        );
    }
    assert!(!place.path("none.db").exists());
    let said = refused(&run(&place, &["jobs", "--server", "http://127.0.0.1:1"]));
    assert!(
        said.contains("http://127.0.0.1:1") && said.contains("--server"),
        "{said}"
    );
    let said = refused(&run(&place, &["jobs", "--server", "127.0.0.1:1"]));
    assert!(said.contains("expected http://"), "{said}");
    let place = labelled();
    let settings = "database: {url: 'sqlite://out.db'}\n";
    fs::write(place.path("settings.yaml"), settings).unwrap();
    let said = refused(&run(&place, &["rm", TASK]));
    assert!(said.contains("output") && said.contains(TASK), "{said}");
    assert!(printed(&run(&place, &["jobs"])).contains(TASK));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_is_asked_with_its_token() {
    let app = TestApp::with().token("t0p-secret-t0p-secret");
    let app = app.start(&corpus(300)).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let (server, id) = (app.url(""), id.to_string());
    let run = |arguments: &[&str], token: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        command.args(arguments).args(["--server", &server]);
        command
            .current_dir(app.folder.path())
            .env_remove("AUTH_TOKEN")
            .env_remove("AUDIENCE_TOKEN");
        if let Some(token) = token {
            command.env("AUDIENCE_TOKEN", token);
        }
        command.output().unwrap()
    };
    let token = Some("t0p-secret-t0p-secret");
    assert!(refused(&run(&["jobs"], None)).contains("AUDIENCE_TOKEN"));
    let said = refused(&run(&["jobs"], Some("another-token-of-others")));
    assert!(
        said.contains("AUDIENCE_TOKEN") && !said.contains("another"),
        "{said}"
    );
    assert!(printed(&run(&["jobs"], token)).contains(&id));
    let rows = printed(&run(&["result", &id, "--format", "jsonl"], token));
    assert!(rows.lines().count() > 0);
    assert!(refused(&run(&["result", &id, "--group", "zzz"], token)).contains("zzz"));
    let rules = format!("rules={}", usual_pattern());
    let submit = [
        "submit",
        "labelling",
        &rules,
        "predict_type=content",
        "--queue",
        "q7",
    ];
    let submitted = printed(&run(&submit, token)).trim().parse().unwrap();
    app.wait_until_ended(&submitted).await;
    let job = app.job(&submitted).await;
    assert_eq!((job.flow.as_str(), job.queue.as_str()), ("labelling", "q7"));
    let said = refused(&run(&["submit", "labels", "table=x"], token));
    assert!(said.contains("labelling"), "{said}");
    let said = refused(&run(&["submit", "labelling", "table=x", "table=y"], token));
    assert!(said.contains("table: expected it once"), "{said}");
    assert!(printed(&run(&["rm", &id], token)).contains("removed"));
    assert!(!printed(&run(&["jobs"], token)).contains(&id));
    app.stop().await;
}
