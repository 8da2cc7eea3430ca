//! What good files come to.

use crate::engine::triggers::catchup::Catchup;
use crate::engine::triggers::overlap::Overlap;
use crate::systems::pipelines::project::trigger::TriggerKind;
use crate::webhooks::Forge;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::*;
use super::{EXAMPLE, good, lines, read_alone, with_task};
use crate::systems::pipelines::values::{ParamType, ParamValue};

#[test]
fn the_example_has_no_fault_and_no_warning() {
    let connections = BTreeSet::from(["warehouse".to_owned()]);
    let projects = BTreeMap::new();
    let surroundings = Surroundings {
        projects: Some(&projects),
        connections: Some(&connections),
        is_allowed: Some(&|_| false),
        git_file: Some(false),
        ..Surroundings::default()
    };
    let (project, warnings) = read(EXAMPLE.as_bytes(), surroundings).unwrap();
    assert_eq!(lines(&warnings), "");
    assert_eq!((project.tasks.len(), project.triggers.len()), (13, 5));
    assert_eq!(project.name, "ad-logs");
    assert_eq!(project.timezone, chrono_tz::Asia::Taipei);
    let day_log = project.task("day_log").unwrap();
    let wanted = &day_log.requires[0].params[0];
    assert_eq!(wanted.0, "hour");
    let Wanted::Range(first, last) = &wanted.1 else {
        panic!("{wanted:?}");
    };
    assert_eq!(
        (first.to_string(), last.to_string()),
        ("{date}T00".into(), "{date}T23".into())
    );
    assert_eq!(day_log.retries, 1);
    assert_eq!(day_log.retry_delay.longest, Duration::from_secs(5));
    assert_eq!(day_log.timeout, Some(Duration::from_secs(600)));
    let report = project.task("report").unwrap();
    assert_eq!(report.params.len(), 1);
    assert!(matches!(
        report.params[0].default,
        Some(ParamDefault::Template(_))
    ));
    assert!(project.task("daily").unwrap().is_group());
    assert!(project.task("raw_log").unwrap().is_made_by_others());
    let Some(Body::Run(scripts)) = &project.task("country_stats").unwrap().body else {
        panic!("expected scripts");
    };
    assert_eq!(scripts.len(), 3);
    let shards = project.task("user_cursor").unwrap().params[1]
        .values
        .as_ref()
        .unwrap();
    assert_eq!(shards.len(), 8);
    assert_eq!(shards[7], ParamValue::Int(7));
}

#[test]
fn every_key_is_read() {
    let text = include_str!("every_key.yaml");
    let project = good(text);
    let source = project.source.as_ref().unwrap();
    assert_eq!(
        (source.r#ref.as_str(), source.path.as_str()),
        ("release", "jobs/project.yaml")
    );
    assert_eq!(source.poll, Some(Duration::from_secs(300)));
    assert_eq!(source.status.as_ref().unwrap().forge, Forge::Gitea);
    let task = |name: &str| project.task(name).unwrap();
    let wait = task("input").wait.unwrap();
    assert_eq!(
        (wait.poll, wait.timeout),
        (Duration::from_secs(5), Some(Duration::from_secs(3_600)))
    );
    let scripts = task("scripts");
    let names: Vec<&str> = scripts
        .params
        .iter()
        .map(|param| param.name.as_str())
        .collect();
    assert_eq!(names, ["date", "name", "commit"]);
    assert!(scripts.requires[1].optional);
    assert_eq!(scripts.requires[1].project.as_deref(), Some("other"));
    assert!(matches!(
        scripts.outputs.as_slice(),
        [
            Output::Path {
                min_bytes: 4_096,
                atomic: false,
                ..
            },
            Output::Glob { min: 2, .. }
        ]
    ));
    assert_eq!((scripts.priority, scripts.at_once), (-5, Some(3)));
    assert_eq!((scripts.retries, scripts.timeout), (0, None));
    assert_eq!(scripts.retry_delay.longest, Duration::from_secs(3));
    assert_eq!(scripts.limits.memory, Some(2 << 30));
    assert_eq!(scripts.limits.open_files, Some(64));
    assert_eq!(scripts.resources, [("disk".to_owned(), 2)]);
    assert_eq!(scripts.shell, ["python3", "-c"]);
    assert_eq!(
        (scripts.env.len(), scripts.secrets.as_slice()),
        (1, ["TOKEN".to_owned()].as_slice())
    );
    let program = task("program");
    assert!(matches!(program.requires[0].params[1].1, Wanted::List(_)));
    assert!(matches!(&program.body, Some(Body::Exec(arguments)) if arguments.len() == 6));
    assert_eq!(
        (program.retries, program.timeout),
        (2, Some(Duration::from_secs(600)))
    );
    assert!(matches!(&task("statements").body, Some(Body::Sql { .. })));
    assert!(matches!(
        task("labels").outputs.as_slice(),
        [Output::Marker]
    ));
    let Some(Body::Uses { flow, with }) = &task("asked").body else {
        panic!("expected a flow");
    };
    assert_eq!(
        (flow.as_str(), &with["condition"]["limit"]),
        ("dispatch", &5.into())
    );
    let triggers = &project.triggers;
    assert_eq!(
        (triggers[0].overlap, triggers[0].paused),
        (Overlap::Skip, true)
    );
    let TriggerKind::Cron {
        timezone,
        catchup,
        max,
        ..
    } = &triggers[0].kind
    else {
        panic!("expected cron");
    };
    assert_eq!(
        (*timezone, *catchup, *max),
        (chrono_tz::Europe::Berlin, Catchup::All, 3)
    );
    assert_eq!(triggers[1].run, ["all", "scripts"]);
    assert!(
        matches!(&triggers[2].kind, TriggerKind::File { name, .. } if name.contains("?<date>"))
    );
    assert!(
        matches!(&triggers[3].kind, TriggerKind::After { state, .. } if *state == entity::JobState::Failed)
    );
    assert_eq!(
        triggers[4].with[0].1,
        serde_json::json!(["2026-11-20", "{fire}"])
    );
}

#[test]
fn words_that_older_yaml_took_for_booleans_are_texts() {
    let text = with_task(
        "  a: {params: {on: {type: choice, values: [no, on, off, yes, y]}}, run: echo, help: no}",
    );
    let project = good(&text);
    let task = &project.tasks[0];
    let param = &task.params[0];
    let values: Vec<String> = param
        .values
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        (param.name.as_str(), values),
        (
            "on",
            ["no", "on", "off", "yes", "y"].map(String::from).to_vec()
        )
    );
    assert_eq!(task.help.as_deref(), Some("no"));
}

#[test]
fn what_a_task_leaves_out_comes_from_the_project_or_is_a_default() {
    let project = good(&with_task(
        "  a:\n  b: {run: echo, params: [kind]}\n  c: {params: []}",
    ));
    let names = |task: &str| -> Vec<String> {
        project
            .task(task)
            .unwrap()
            .params
            .iter()
            .map(|param| param.name.clone())
            .collect()
    };
    assert_eq!(names("a"), ["date", "kind"]);
    assert_eq!(names("b"), ["kind"]);
    assert!(names("c").is_empty());
    let task = project.task("b").unwrap();
    assert!(matches!(task.outputs.as_slice(), [Output::Marker]));
    assert_eq!(task.shell, ["bash", "-euo", "pipefail", "-c"]);
    assert_eq!((task.retries, task.timeout), (0, None));
    assert_eq!(task.grace, Duration::from_secs(10));
    assert_eq!(task.retry_delay.first, Duration::from_secs(10));
    assert_eq!(task.cwd.to_string(), ".");
    assert_eq!(project.timezone, chrono_tz::UTC);
}

#[test]
fn the_version_is_the_digest_of_the_bytes() {
    let project = good("project: p\ntasks: {a: {run: echo}}\n");
    assert_eq!(
        project.version,
        "75cbfa3f14bed886d9c9b2eb6ecd0d7224ed7a3594dadf1a883289b9bde74af4"
    );
}

#[test]
fn a_fingerprint_is_of_the_body_the_environment_and_the_requirements() {
    let fingerprints = |text: &str| -> Vec<String> {
        good(text)
            .tasks
            .iter()
            .map(|task| task.fingerprint.clone())
            .collect()
    };
    let base = "project: p\nenv: {A: '1', B: '2'}\ntasks:\n  a: {run: echo, env: {C: '3'}}\n  b: {requires: [a]}\n  c:\n";
    let before = fingerprints(base);
    for same in [
        base.replace("{A: '1', B: '2'}", "{B: \"2\", A: 1}  # a comment"),
        base.replace("run: echo", "help: x, retries: 3, run: echo"),
        base.replace("[a]", "[{task: a, optional: false}]"),
    ] {
        assert_eq!(fingerprints(&same), before, "{same}");
    }
    let others: Vec<Vec<String>> = [
        base.replace("'1'", "'5'"),
        base.replace("run: echo", "run: [echo]"),
        base.replace("run: echo", "run: echo 1"),
        base.replace("C: '3'", "C: '4'"),
        base.replace("[a]", "[{task: a, optional: true}]"),
        base.replace("[a]", "[a, c]"),
    ]
    .iter()
    .map(|text| fingerprints(text))
    .collect();
    // One script alone is a list of one.
    assert_eq!(others[1], before);
    for (index, changed) in [(0, "all"), (2, "a"), (3, "a"), (4, "b"), (5, "b")] {
        for (no, name) in ["a", "b", "c"].iter().enumerate() {
            let is_changed = changed == "all" || changed == *name;
            assert_eq!(
                others[index][no] != before[no],
                is_changed,
                "{index} {name}"
            );
        }
    }
}

#[test]
fn variables_of_the_settings_override_those_of_the_file() {
    let project = good("project: p\nenv: {A: '1'}\ntasks: {a: {run: echo}}\n");
    let before = project.tasks[0].fingerprint.clone();
    let project = project.with_env([("A", "x{y"), ("B", "2")]);
    let env: Vec<String> = project
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(env, ["A=x{{y", "B=2"]);
    assert_ne!(project.tasks[0].fingerprint, before);
}

#[test]
fn a_task_may_require_itself_of_another_day() {
    good(&with_task(
        "  a:\n    params: [date]\n    requires: [{task: a, date: \"{date-1d}\", optional: true}]\n    run: echo",
    ));
}

#[test]
fn dots_in_texts_are_no_range() {
    let text = "project: p\ntasks:\n  a: {params: {v: {type: string}, n: {type: int}}, run: x}\n  \
                b: {params: {}, requires: [{task: a, v: 1..2, n: 1..2}]}\n";
    let project = good(text);
    let params = &project.task("b").unwrap().requires[0].params;
    assert!(matches!(params[0].1, Wanted::One(_)), "{params:?}");
    assert!(matches!(params[1].1, Wanted::Range(..)), "{params:?}");
}

#[test]
fn tasks_may_stand_in_the_commit_of_the_source() {
    let project = good(
        "project: p\nsource: {git: 'https://example.com/p.git'}\n\
         triggers: {t: {cron: '0 3 * * *', run: later}}\n",
    );
    assert!(project.tasks.is_empty());
    assert_eq!(project.source.unwrap().r#ref, "main");
}

#[test]
fn other_projects_are_known_by_what_was_read_of_them() {
    let other = good("project: other\ntasks: {a: {params: {date: {type: date}}, run: x}}\n");
    let projects = BTreeMap::from([("other".to_owned(), std::sync::Arc::new(other))]);
    let check = |requires: &str| {
        let text = format!("project: p\ntasks: {{b: {{params: [], requires: [{requires}]}}}}\n");
        let surroundings = Surroundings {
            projects: Some(&projects),
            ..Surroundings::default()
        };
        let read = read(text.as_bytes(), surroundings);
        read.map_or_else(|faults| lines(&faults), |_| String::new())
    };
    assert_eq!(check("{task: other/a, date: 2026-11-21}"), "");
    let expected = [
        (
            "{task: other/a, date: 2026-11}",
            "found `2026-11`; expected a date, such as 2026-11-21",
        ),
        (
            "other/a",
            "a needs a value for date; expected `date:` (date)",
        ),
        ("other/b", "unknown task `b` of other; did you mean a?"),
        ("othe/a", "unknown project `othe`; did you mean other?"),
    ];
    for (requires, problem) in expected {
        assert!(check(requires).contains(problem), "{}", check(requires));
    }
    assert!(read_alone("project: p\ntasks: {b: {requires: [x/y]}}").is_ok());
}

#[test]
fn types_have_their_names() {
    assert_eq!(ParamType::Hour.name(), "hour");
}
