//! Commands that open the engine's database themselves.

use super::own_project::OwnProject;

const PROJECT: &str = "
tasks:
  good: {run: 'true'}
  bad: {run: exit 3}
triggers:
  by_hand: {form: [], run: good}
";

#[test]
fn a_database_that_cannot_be_opened_is_blamed_on_its_setting() {
    let project = OwnProject::with(PROJECT);
    project.write("text.db", "this is no database, however long its text is");
    for (url, expected) in [
        (
            "postgres://nobody:secret@127.0.0.1:1/none",
            "s.yaml:1: database.url: failed to open the engine's database at \
             postgres://127.0.0.1:1/none: ",
        ),
        (
            "sqlite://text.db",
            "s.yaml:1: database.url: failed to open the engine's database at sqlite:",
        ),
        (
            "data/jobs.db",
            "s.yaml:1: database.url: `data/jobs.db` is not a database",
        ),
        ("sqlite://text.db/jobs.db", "s.yaml:1: database.url: "),
    ] {
        project.write("s.yaml", &format!("database: {{url: '{url}'}}"));
        for command in [&["plan", "good"][..], &["runs"], &["triggers"]] {
            let ended = project.run(&[command, &["--settings", "s.yaml"]].concat());
            assert_eq!(ended.code, 1, "{command:?} {url}: {ended:?}");
            assert!(ended.err.contains(expected), "{command:?} {url}: {ended:?}");
            assert!(!ended.err.contains("secret"), "{ended:?}");
        }
    }
}

#[test]
fn without_a_database_there_are_no_runs_and_none_is_made() {
    let project = OwnProject::with("tasks: {good: {run: 'true'}}");
    project.write("s.yaml", "database: {url: 'sqlite://jobs.db'}");
    assert_eq!(
        project.succeed(&["runs", "--settings", "s.yaml"]).trim(),
        "small has no runs"
    );
    assert_eq!(
        project
            .succeed(&["triggers", "--settings", "s.yaml"])
            .trim(),
        "small has no triggers"
    );
    assert!(!project.path("jobs.db").exists());
}

#[test]
fn a_job_keeps_the_lines_that_its_command_does_not_show() {
    let project = OwnProject::with(PROJECT);
    project.write("s.yaml", "database: {url: 'sqlite://jobs.db'}");
    let ended = project.run(&["run", "bad", "--settings", "s.yaml"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(!ended.err.contains("INFO"), "{ended:?}");
    let kept = project.texts("jobs.db", "SELECT message FROM audience_log");
    assert!(!kept.is_empty());
}
