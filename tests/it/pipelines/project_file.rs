//! What is wrong with a project file or with arguments, and what arguments there are.

use super::own_project::OwnProject;

fn copying() -> OwnProject {
    let project = OwnProject::with(
        "
params:
  date: {type: date, help: day of the rows}
env: {DATA: data}
tasks:
  raw:
    outputs: [\"raw/{date}\"]
  copy:
    help: Copies the rows of a day
    params:
      date: {type: date, help: day of the rows}
      kind: {type: choice, values: [imp, click]}
    requires: [{task: raw}]
    run: |
      cat \"$IN_raw\" > \"$OUT\"
      echo \"$date $kind\" >> begun
    outputs: [\"{DATA}/{date}-{kind}\"]
",
    );
    for day in ["2026-11-20", "2026-11-21"] {
        project.write(&format!("raw/{day}"), "rows\n");
    }
    project
}

#[test]
fn a_check_and_a_plan_find_the_same_faults() {
    let inside = "expected a path inside of the project's directory";
    for (task, place, fault) in [
        (
            "outputs: [.]",
            "outputs[0]",
            "expected a path of a file or a directory",
        ),
        ("outputs: [/etc/x]", "outputs[0]", inside),
        ("outputs: [{path: '{FAR}/x'}]", "outputs[0].path", inside),
        (
            "outputs: [{glob: /etc/*}]",
            "outputs[0].glob",
            "expected a pattern relative to the project",
        ),
        (
            "outputs: [a, a/b]",
            "outputs[1]",
            "lies in `a`, which is an output, too",
        ),
        (
            "outputs: ['a/{n}', {glob: 'a/{n}/x/*'}]",
            "outputs[1].glob",
            "lies in `a/{n}`, which is an output, too",
        ),
        ("cwd: ../..", "cwd", "expected a path without `..`"),
        ("cwd: /tmp", "cwd", inside),
        (
            "outputs: [{sql: SELECT 1, connection: none}]",
            "outputs[0].connection",
            "unknown connection `none`; did you mean one?",
        ),
        (
            "outputs: [{http: 'http://there/x'}]",
            "outputs[0].http",
            "the host `there` is not one of `pipelines.http_allow`",
        ),
    ] {
        let project = OwnProject::with(&format!(
            "env: {{FAR: /far}}
params: {{n: {{type: int, default: 1}}, m: {{type: int, default: 1}}}}
tasks:
  t:
    run: 'true'
    {task}
  good: {{run: 'true', cwd: ., outputs: ['o/{{n}}/{{m}}', 'o/{{m}}', {{path: p, atomic: false}}, p/q]}}
"
        ));
        project.write(
            "settings.yaml",
            "pipelines: {connections: {one: {url: 'sqlite://x.db'}}, http_allow: [here]}\n",
        );
        for arguments in [
            &["check", "project.yaml", "--settings", "settings.yaml"][..],
            &["plan", "good", "--settings", "settings.yaml"],
        ] {
            let ended = project.run(arguments);
            assert_eq!(ended.code, 2, "{arguments:?} {task}: {ended:?}");
            let shown = format!(": tasks.t.{place}: {fault}");
            assert!(ended.err.trim_end().ends_with(&shown), "{task}: {ended:?}");
            assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
        }
    }
    // Files are seen as the settings make them.
    let project =
        OwnProject::with("env: {FAR: /far}\ntasks: {t: {run: 'true', outputs: ['{FAR}/x']}}\n");
    let path = project.path("project.yaml").display().to_string();
    project.write(
        "settings.yaml",
        &format!("pipelines: {{projects: [{{path: '{path}', env: {{FAR: near}}}}]}}\n"),
    );
    let check = ["check", "project.yaml", "--settings", "settings.yaml"];
    assert_eq!(
        project.succeed(&check),
        "project.yaml: 1 task, 0 triggers, good\n"
    );
}

#[test]
fn instances_with_one_output_are_a_fault_of_the_plan() {
    let project = OwnProject::with(
        "
params: {date: {type: date}}
tasks:
  month: {run: 'echo x > \"$OUT\"', outputs: ['month/{date:%Y-%m}']}
  by_others: {outputs: [shared]}
  all: {requires: [{task: month, date: '{date-1d}..{date}'}, by_others]}
",
    );
    project.write("shared", "x");
    for arguments in [
        &["plan", "month", "--date", "2026-11-20..2026-11-21"][..],
        &["run", "all", "--date", "2026-11-21"],
    ] {
        let ended = project.run(arguments);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert_eq!(
            ended.err.trim_end(),
            "error: month(date=2026-11-20) and month(date=2026-11-21) have the same output \
             month/2026-11; expected all parameters in its path"
        );
    }
    project.succeed(&["plan", "by_others", "--date", "2026-11-20..2026-11-21"]);
    project.succeed(&["plan", "month", "--date", "2026-10-31..2026-11-01"]);
}

#[test]
fn too_little_of_an_output_is_said_as_it_is() {
    let project = OwnProject::with(
        "
tasks:
  raw: {outputs: [{path: raw, min_bytes: 10}]}
  more: {requires: [raw], run: 'true'}
",
    );
    project.write("raw", "abc");
    let plan = project.succeed(&["plan", "raw"]);
    assert!(plan.contains("missing   only 3 B of raw\n"), "{plan}");
    let why = project.succeed(&["why", "more"]);
    assert_eq!(
        why.trim_end(),
        "more needs raw, which is made by others, and there is only 3 B of raw"
    );
}

#[test]
fn all_faults_of_a_file_are_listed_with_their_places_and_keys() {
    let project = OwnProject::with(
        "timezone: Mars/Olympus
tasks:
  a:
    requries: [b]
    run: 'true'
  b:
    requires: [c]
    run: 'true'
  c:
    requires: [b]
    run: 'true'
    outputs: [\"x/{dat}\"]
    resources: {disk: 2}
",
    );
    let expected = [
        "project.yaml:2:11: timezone: unknown zone `Mars/Olympus`; expected one such as Asia/Taipei",
        "project.yaml:5:5: tasks.a.requries: unknown key; did you mean requires?",
        "project.yaml:8:16: tasks.b.requires[0]: requires itself: b → c → b",
        "project.yaml:13:15: tasks.c.outputs[0]: unknown placeholder `dat`: no parameter and no variable; there are none",
        "project.yaml:14:17: tasks.c.resources.disk: unknown resource; there are none",
    ];
    for arguments in [
        &["check", "project.yaml"][..],
        &["plan", "a"],
        &["run", "a"],
        &["backfill", "a"],
    ] {
        let ended = project.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert_eq!(
            ended.err.lines().collect::<Vec<_>>(),
            expected,
            "{arguments:?}"
        );
    }
    assert!(!project.path(".audience").exists());
}

#[test]
fn a_schema_for_editors_is_printed() {
    let project = OwnProject::with("tasks: {}\n");
    let schema = project.succeed(&["check", "--schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert!(schema.to_string().contains("\"retry_delay\""), "{schema}");
}

#[test]
fn arguments_that_do_not_fit_make_nothing() {
    let project = copying();
    for (arguments, problem) in [
        (&["run", "nothing"][..], "there is no task nothing"),
        (&["run", "copy"], "parameter date of task copy is required"),
        (
            &["run", "copy", "--date", "2026-02-30"],
            "parameter date of task copy",
        ),
        (
            &["run", "copy", "--date", "2026-11-21..2026-11-20"],
            "parameter date of task copy",
        ),
        (
            &["run", "copy", "--date", "$(id)"],
            "parameter date of task copy",
        ),
        (
            &["run", "copy", "--date", "2026-11-21", "--kind", "x"],
            "expected one of imp, click",
        ),
        (&["run", "copy", "--dte", "2026-11-21"], "--date"),
        (&["plan", "copy", "--file", "nowhere.yaml"], "nowhere.yaml"),
        (
            &["run", "copy", "--date", "2026-11-21", "--env", "DATA"],
            "NAME=VALUE",
        ),
    ] {
        let ended = project.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(problem), "{arguments:?}: {ended:?}");
    }
    assert!(!project.path("begun").exists());
}

#[test]
fn parameters_are_options_with_help() {
    let project = copying();
    let help = project.succeed(&["run", "copy", "--help"]);
    for text in [
        "Copies the rows of a day",
        "--date",
        "day of the rows",
        "--kind",
        "(imp, click)",
    ] {
        assert!(help.contains(text), "{text} is not in {help}");
    }
    let tasks = project.run(&["run"]);
    assert_eq!(tasks.code, 2);
    assert!(
        tasks
            .out
            .contains("copy  date, kind  Copies the rows of a day"),
        "{tasks:?}"
    );
    project.succeed(&["run", "copy", "--date=2026-11-21", "--kind", "imp"]);
    assert_eq!(project.read("begun"), "2026-11-21 imp\n");
    // Without one of the values, each of them; what is complete stays.
    let out = project.succeed(&["backfill", "copy", "--date", "2026-11-20..2026-11-21"]);
    assert!(
        out.lines()
            .last()
            .unwrap()
            .ends_with(": 3 done, 3 complete"),
        "{out}"
    );
    assert_eq!(project.lines("begun").len(), 4);
}

#[test]
fn force_makes_the_targets_again_and_env_moves_them() {
    let project = copying();
    let day = ["--date", "2026-11-21", "--kind", "imp"];
    for options in [
        &[][..],
        &[],
        &["--force"],
        &["--force-all"],
        &["--env", "DATA=elsewhere"],
    ] {
        project.succeed(&[&["run", "copy"], &day[..], options].concat());
    }
    assert_eq!(project.lines("begun").len(), 4);
    assert_eq!(project.read("elsewhere/2026-11-21-imp"), "rows\n");
}

#[test]
fn a_backfill_is_limited_and_begins_with_the_newest() {
    let project = copying();
    let days = ["--date", "2026-11-20..2026-11-21", "--kind", "imp"];
    let options = ["--newest-first", "--limit", "1"];
    project.succeed(&[&["backfill", "copy"], &days[..], &options].concat());
    assert_eq!(project.read("begun"), "2026-11-21 imp\n");
    project.succeed(&[&["backfill", "copy"], &days[..]].concat());
    assert_eq!(project.read("begun"), "2026-11-21 imp\n2026-11-20 imp\n");
}
