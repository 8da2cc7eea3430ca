//! Commands that a running server does.

use std::process::Command;

use serde_json::{Value, json};

use super::own_project::{Ended, OwnProject};
use super::served::Server;

/// Runs a command on a thread, for the server's answers.
async fn run(mut command: Command) -> Ended {
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
    ended.await.unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_plans_makes_shows_and_explains() {
    let project = OwnProject::with(
        "
params: {n: {type: int, values: [1, 2]}}
defaults: {retries: 0}
tasks:
  part: {run: 'echo \"part $n\"; echo x > \"$OUT\"', outputs: [\"part/{n}\"]}
  bad: {params: [], run: 'echo wrong; exit 4'}
  all: {params: [], requires: [part]}
  both: {params: [], requires: [part, bad]}
",
    );
    let server = Server::start(&project, "server", json!({})).await;
    let ask = async |words: &[&str]| {
        let words = [words, &["--server", server.url()]].concat();
        run(project.command(&words)).await
    };
    let plan = ask(&["plan", "all"]).await;
    assert_eq!(plan.code, 0, "{plan:?}");
    // As it is drawn here.
    assert_eq!(plan.out, project.succeed(&["plan", "all"]));
    plan.line("└─ part ×2 ");
    assert!(
        plan.last_line().starts_with("3 instances: 2 to run"),
        "{plan:?}"
    );
    let made = ask(&["run", "all"]).await;
    assert_eq!(made.code, 0, "{made:?}");
    made.line("start   part(n=1)");
    made.line("done    part(n=2)  ");
    assert!(made.last_line().contains(" succeeded in "), "{made:?}");
    assert!(made.last_line().contains(": 2 done"), "{made:?}");
    assert_eq!(project.read("part/1"), "x\n");
    let runs = ask(&["runs"]).await;
    let began = runs.out.split("  ").nth(1).unwrap_or_default();
    assert!(
        chrono::NaiveDateTime::parse_from_str(began, "%Y-%m-%d %H:%M:%S").is_ok(),
        "{runs:?}"
    );
    // Nothing was kept here.
    assert!(!project.path(".audience").exists());
    let logs = ask(&["logs", "part", "--n", "2"]).await;
    assert_eq!((logs.code, logs.out.as_str()), (0, "part 2\n"), "{logs:?}");
    let followed = ask(&["logs", "part", "--n", "1", "-f"]).await;
    assert_eq!(
        (followed.code, followed.out.as_str()),
        (0, "part 1\n"),
        "{followed:?}"
    );
    // The file here may be another one than the server's.
    project.write(
        "other.yaml",
        "project: small\ntasks: {part: {params: {n: {type: int}}, run: 'true'}}\n",
    );
    let wrong = ask(&["run", "part", "--n", "9", "--file", "other.yaml"]).await;
    assert_eq!(wrong.code, 2, "{wrong:?}");
    let why = ask(&["why", "part", "--n", "1"]).await;
    assert_eq!(
        (why.code, why.out.as_str()),
        (0, "part(n=1) is complete\n"),
        "{why:?}"
    );
    let failed = ask(&["run", "both", "--json"]).await;
    assert_eq!(failed.code, 1, "{failed:?}");
    let report: Value = serde_json::from_str(&failed.out).unwrap();
    assert_eq!(report["state"], "failed");
    assert_eq!(report["failed"][0]["error"], "exit 4 in script 1");
    let job = report["failed"][0]["job"].as_str().unwrap();
    let (_, job) = server.get(&format!("/v1/jobs/{job}")).await;
    assert_eq!(job["error"], "exit 4 in script 1");
    let runs = ask(&["runs", "--json"]).await;
    let runs: Value = serde_json::from_str(&runs.out).unwrap();
    assert_eq!(runs[0]["run"], report["run"]);
    assert_eq!(runs.as_array().unwrap().len(), 2);
    let unknown = run(project.command(&["plan", "all", "--server", "nonsense"])).await;
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(
        unknown.err.contains("--server: expected http://"),
        "{unknown:?}"
    );
}
