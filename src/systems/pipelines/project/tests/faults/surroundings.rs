//! The file as a whole, and what is known of the place where it is used.

use std::collections::BTreeSet;

use super::super::super::{Surroundings, read};
use super::*;

#[test]
fn the_file_as_a_whole_is_checked() {
    for (text, expected) in [
        ("", "1:1: expected a mapping that begins with `project:`"),
        ("- x", "1:1: expected a mapping that begins with `project:`"),
        (
            "project: p",
            "1:1: the key `tasks` is missing; expected a mapping",
        ),
        (
            "tasks: {a: }",
            "1:1: the key `project` is missing; expected a letter, then letters, digits or -, all small, 64 at most",
        ),
        (
            "project: schedules\ntasks: {a: }",
            "1:10: project: `schedules` is not allowed; expected another name",
        ),
        (
            "project: runs\ntasks: {a: }",
            "1:10: project: `runs` is not allowed; expected another name",
        ),
        (
            "project: p\nproject: q\ntasks: {a: }",
            "2:1: project: the key is given twice, first on line 1",
        ),
        (
            "project: p\ntasks: {a: , a: }",
            "2:14: tasks.a: the key is given twice, first on line 2",
        ),
        (
            "project: p\ntasks: {__proto__: }",
            "2:9: tasks.__proto__: invalid name; expected a letter, then letters, digits or _, all small, 64 at most",
        ),
        (
            "project: p\ntimezone: Asia/Taipe\ntasks: {a: }",
            "2:11: timezone: unknown zone `Asia/Taipe`; did you mean Asia/Taipei?",
        ),
        (
            "project: p\ntasks:\n\ta: {}",
            "3:2: a tab in the indentation; expected spaces (column 2)",
        ),
        (
            "project: p\ntasks: {a: }\nenv: {A: '{date}'}",
            "3:10: env.A: unknown placeholder `date`; there are none",
        ),
        (
            "project: p\nparams: {d: {type: date}}\ntasks: {a: {params: []}}\nenv: {A: '{d}'}",
            "4:10: env.A: the task a has no parameter d",
        ),
        (
            "project: p\ntasks: {a: }\nsecrets: [a-b]",
            "3:11: secrets[0]: found `a-b`; expected a capital letter, then capital letters, digits or _",
        ),
        (
            "project: p\non: x\ntasks: {a: }",
            "2:1: on: unknown key; expected one of project, timezone, params, env, secrets, defaults, resources, source, tasks, triggers",
        ),
    ] {
        assert_eq!(
            faults_of(text),
            format!("project.yaml:{expected}"),
            "{text}"
        );
    }
}

#[test]
fn what_is_known_of_the_place_is_checked() {
    let connections = BTreeSet::from(["warehouse".to_owned()]);
    let is_allowed = |url: &str| url == "https://example.com:8080/";
    let surroundings = Surroundings {
        connections: Some(&connections),
        is_allowed: Some(&is_allowed),
        git_file: Some(false),
        ..Surroundings::default()
    };
    let text = "\
project: p
source: {git: 'file:///srv/x.git'}
tasks:
  a: {sql: {connection: warehose, run: SELECT 1}}
  b: {outputs: [{http: 'https://example.com:8080/x'}, {http: 'https://example.org/x'}]}
  c: {outputs: [{sql: SELECT 1, connection: x}], run: x}
";
    let faults = read(text.as_bytes(), surroundings).unwrap_err();
    assert_eq!(
        lines(&faults),
        "project.yaml:2:15: source.git: found `file:///srv/x.git`; directories are file: addresses, and need `pipelines.git_file`\n\
         project.yaml:4:25: tasks.a.sql.connection: unknown connection `warehose`; did you mean warehouse?\n\
         project.yaml:5:62: tasks.b.outputs[1].http: the host `example.org` is not one of `pipelines.http_allow`\n\
         project.yaml:6:45: tasks.c.outputs[0].connection: unknown connection `x`; expected warehouse"
    );
    assert_eq!(faults_of(text), "");
}

#[test]
fn texts_of_the_file_stay_on_their_line() {
    let text = format!(
        "project: \"a\\e[2J\\nb{}\"\ntasks: {{\"x\\ny\": }}\n",
        "c".repeat(1_000)
    );
    let faults = faults_of(&text);
    assert_eq!(faults.lines().count(), 2, "{faults}");
    assert!(!faults.contains('\u{1b}') && faults.len() < 500, "{faults}");
}

#[test]
fn instances_that_share_an_output_are_worth_a_warning() {
    let text = with_task("  a: {run: x, outputs: ['{date}']}");
    let (_, warnings) = super::super::read_alone(&text).unwrap();
    assert_eq!(
        lines(&warnings),
        "project.yaml:4:25: tasks.a.outputs[0]: all instances of a that differ in kind have this output"
    );
}

#[test]
fn statements_that_a_database_commits_by_itself_are_worth_a_warning() {
    let connections = BTreeSet::from(["m".to_owned()]);
    let surroundings = Surroundings {
        connections: Some(&connections),
        commits_definitions: Some(&connections),
        ..Surroundings::default()
    };
    for (run, word) in [
        (
            "INSERT INTO t VALUES (1); -- x\n create table u (n int)",
            "CREATE",
        ),
        ("DROP TABLE t", "DROP"),
        (
            "CREATE TEMPORARY TABLE u (n int); SELECT 'a; DROP TABLE t', `b; DROP` # ; DROP",
            "",
        ),
        (
            "INSERT INTO alter_t VALUES (1); /* ; */ DELETE FROM t WHERE drop = 1",
            "",
        ),
    ] {
        let run = serde_json::to_string(run).unwrap();
        let text = format!("project: p\ntasks: {{a: {{sql: {{connection: m, run: {run}}}}}}}\n");
        let (_, warnings) = read(text.as_bytes(), surroundings).unwrap();
        let expected = match word {
            "" => String::new(),
            word => format!(
                "project.yaml:2:39: tasks.a.sql.run: MariaDB and MySQL commit at {word}: what \
                 stands before it stays, also if a later statement fails"
            ),
        };
        assert_eq!(lines(&warnings), expected, "{run}");
    }
}
