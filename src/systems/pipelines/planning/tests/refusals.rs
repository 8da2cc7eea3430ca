use super::*;
use crate::systems::pipelines::values::ParamType;

fn refused(build: &Build, target: &str, params: &[(&str, &str)]) -> String {
    let planned = plan_with(
        build,
        &[(target, params)],
        Options::default(),
        &World::default(),
    );
    planned.unwrap_err().to_string()
}

#[test]
fn circles_between_instances_are_drawn() {
    let build = Build::new([
        task("a").date().needs("b", &[("date", "{date-1d}")]),
        task("b").date().needs("a", &[("date", "{date+1d}")]),
        task("top").date().needs("a", &[]),
    ]);
    assert_eq!(
        refused(&build, "top", &[("date", "2026-11-21")]),
        "instances that need each other: \
         a(date=2026-11-21) → b(date=2026-11-20) → a(date=2026-11-21)"
    );
    let own = Build::new([task("a").needs("a", &[])]);
    assert_eq!(
        refused(&own, "a", &[]),
        "instances that need each other: a → a"
    );
    let groups = Build::new([
        task("a").group().needs("b", &[]),
        task("b").group().needs("a", &[]),
    ]);
    assert_eq!(
        refused(&groups, "a", &[]),
        "instances that need each other: a → b → a"
    );
    // What is complete is not descended below.
    let world = World {
        complete: ["b(date=2026-11-20)".to_owned()].into(),
        ..World::default()
    };
    let plan = plan(&build, "top", &[("date", "2026-11-21")], &world);
    assert_eq!(plan.counts.run, 2);
}

#[test]
fn too_many_instances_are_refused_with_the_chain_that_led_there() {
    let chain = Build::new([task("info").date().needs("info", &[("date", "{date-1d}")])]);
    assert_eq!(
        refused(&chain, "info", &[("date", "2026-11-21")]),
        "more than 100000 instances; they are required by info(date=2026-11-21) → \
         info(date=2026-11-20) → info(date=2026-11-19) → info(date=2026-11-18) → \
         info(date=2026-11-17) → info(date=2026-11-16) → … 99992 more … → info(date=1753-02-07) → \
         info(date=1753-02-06) → info(date=1753-02-05)"
    );
    let wide = Build::new([
        task("low")
            .param("a", ParamType::Int, "")
            .param("b", ParamType::Int, ""),
        task("mid")
            .param("a", ParamType::Int, "")
            .needs("low", &[("b", "1..1000")]),
        task("top").needs("mid", &[("a", "1..1000")]),
    ]);
    let error = refused(&wide, "top", &[]);
    assert!(
        error.starts_with("more than 100000 instances; they are required by top → mid(a="),
        "{error}"
    );
    let wider = Build::new([
        task("low")
            .param("a", ParamType::Int, "")
            .param("b", ParamType::Int, ""),
        task("top").needs("low", &[("a", "1..90000"), ("b", "1..90000")]),
    ]);
    assert_eq!(
        refused(&wider, "top", &[]),
        "more than 100000 instances; they are required by top → low"
    );
    assert!(
        refused(&wider, "low", &[("a", "1..1000"), ("b", "1..1000")]).ends_with("required by low")
    );
    assert!(
        refused(&wider, "low", &[("a", "1..1000000"), ("b", "1")])
            .contains("at most 100000 values")
    );
}

#[test]
fn too_many_requirements_are_refused() {
    // Few instances, but all of one level need all of the next.
    let dense = Build::new([
        task("low").param("n", ParamType::Int, ""),
        task("mid")
            .param("m", ParamType::Int, "")
            .needs("low", &[("n", "1..100")]),
        task("top").needs("mid", &[("m", "1..100")]),
    ]);
    let own = dense.project();
    let target = Target {
        task: "top".into(),
        params: Vec::new(),
    };
    let mut planner = Planner::new(own, &|_| None, &[target], Options::default(), now()).unwrap();
    planner.most_needs = 5_000;
    let error = answered(planner, &World::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "more than 5000 requirements between instances; the last are of top → mid(m=50)"
    );
}

#[test]
fn faults_of_requests_and_requirements_are_named() {
    let build = Build::new([
        task("low").param("kind", ParamType::Choice, "imp,click"),
        task("top")
            .param("kind", ParamType::String, "")
            .needs("low", &[]),
        task("old").date().needs("day", &[("date", "{date-1d}")]),
        task("day").date(),
        task("far").needs("elsewhere/x", &[]),
        task("range")
            .date()
            .needs("day", &[("date", "{date}..{date-1d}")]),
        task("wrong").needs("day", &[("date", "never")]),
    ]);
    assert_eq!(
        refused(&build, "top", &[("kind", "view")]),
        "top(kind=view) requires low: kind: expected one of imp, click, got \"view\""
    );
    assert_eq!(
        refused(&build, "top", &[]),
        "parameter kind of task top is required: it has neither a default nor values"
    );
    assert_eq!(
        refused(&build, "top", &[("kid", "x")]),
        "task top has no parameter kid; it has kind"
    );
    assert_eq!(
        refused(&build, "low", &[("kind", "view")]),
        "parameter kind of task low: expected one of imp, click"
    );
    assert_eq!(
        refused(&build, "old", &[("date", "0001-01-01")]),
        "old(date=0001-01-01) requires day: date: date-1d is out of range: the years are 1 to 9999"
    );
    assert_eq!(
        refused(&build, "far", &[]),
        "far requires elsewhere/x: there is no such task"
    );
    assert_eq!(
        refused(&build, "range", &[("date", "2026-11-21")]),
        "range(date=2026-11-21) requires day: date: 2026-11-21..2026-11-20: \
         the range ends before it begins"
    );
    assert_eq!(
        refused(&build, "wrong", &[]),
        "wrong requires day: date: expected a date, such as 2026-11-21, got \"never\""
    );
    let own = build.project();
    let none = Target {
        task: "none".into(),
        params: Vec::new(),
    };
    let error = Planner::new(own, &|_| None, &[none], Options::default(), now()).unwrap_err();
    assert_eq!(error.to_string(), "project own has no task none");
}
