use super::*;
use crate::systems::pipelines::planning::target::identity;
use crate::systems::pipelines::values::ParamType;

pub(super) fn with_options(
    build: &Build,
    target: &str,
    options: Options,
    world: &World,
) -> Vec<String> {
    shown(&plan_with(build, &[(target, &[])], options, world).unwrap())
}

#[test]
fn a_diamond_is_made_once() {
    let build = Build::new([
        task("bottom"),
        task("left").needs("bottom", &[]),
        task("right")
            .needs("bottom", &[])
            .needs("left", &[])
            .needs("left", &[]),
        task("top").needs("right", &[]).needs("left", &[]),
    ]);
    assert_eq!(
        shown(&plan(&build, "top", &[], &World::default())),
        [
            "bottom: run",
            "left: run bottom",
            "right: run bottom left",
            "top: run right left"
        ]
    );
}

#[test]
fn values_are_given_inherited_declared_or_each() {
    let build = Build::new([
        task("low")
            .param("a", ParamType::Int, "")
            .param("b", ParamType::Choice, "x,y")
            .param("c", ParamType::Int, "=7 6,7"),
        task("high")
            .param("a", ParamType::Int, "")
            .needs("low", &[])
            .needs("low", &[("a", "9"), ("b", "y")]),
    ]);
    assert_eq!(
        shown(&plan(&build, "high", &[("a", "1")], &World::default())),
        [
            "low(a=1,b=x,c=7): run",
            "low(a=1,b=y,c=7): run",
            "low(a=9,b=y,c=7): run",
            "high(a=1): run low(a=1,b=x,c=7) low(a=1,b=y,c=7) low(a=9,b=y,c=7)",
        ]
    );
}

#[test]
fn names_of_parameters_are_sorted_and_insignificant_ones_left_out() {
    let build = Build::new([
        task("low")
            .param("z", ParamType::Int, "")
            .param("b", ParamType::Choice, "x")
            .param("v", ParamType::Int, "=1 ?"),
        task("one")
            .param("z", ParamType::Int, "=2")
            .needs("low", &[("v", "5")]),
        task("two")
            .param("z", ParamType::Int, "=2")
            .needs("low", &[("v", "6")]),
        task("all").group().needs("one", &[]).needs("two", &[]),
    ]);
    let plan = plan(&build, "all", &[], &World::default());
    assert_eq!(
        shown(&plan),
        [
            "low(b=x,z=2): run",
            "one(z=2): run low(b=x,z=2)",
            "two(z=2): run low(b=x,z=2)",
            "all: group one(z=2) two(z=2)"
        ]
    );
    // The value of what required it first.
    let params: Vec<_> = plan
        .params(&plan.instances[0])
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(params, ["z=2", "b=x", "v=5"]);
}

#[test]
fn different_instances_have_different_names() {
    let text = |text: &str| crate::systems::pipelines::values::ParamValue::Text(text.into());
    let task = task("t")
        .param("a", ParamType::Choice, "")
        .param("b", ParamType::Choice, "")
        .0;
    assert_eq!(
        identity(&task, &[text("1,b=2"), text("3")]),
        "t(a=1%2Cb=2,b=3)"
    );
    assert_eq!(
        identity(&task, &[text("1"), text("2,b=3")]),
        "t(a=1,b=2%2Cb=3)"
    );
    assert_eq!(identity(&task, &[text("%2C"), text("x")]), "t(a=%252C,b=x)");
}

#[test]
fn the_name_of_an_instance_has_its_values() {
    let text = |text: &str| crate::systems::pipelines::values::ParamValue::Text(text.into());
    let task = task("t")
        .param("a", ParamType::Choice, "")
        .param("b", ParamType::Choice, "")
        .0;
    for values in [
        ["1", "2"],
        ["1,b=2", "3"],
        ["%2C", "x"],
        ["(", ")"],
        ["", "%,%25"],
    ] {
        let name = identity(&task, &values.map(text));
        let params = [("a", values[0]), ("b", values[1])];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read_identity(&name), ("t", params.to_vec()), "{name}");
    }
    assert_eq!(read_identity("other/t"), ("other/t", Vec::new()));
}

#[test]
fn unfinished_jobs_are_waited_for_and_not_descended_below() {
    let build = Build::new([
        task("low"),
        task("mid").needs("low", &[]),
        task("top").needs("mid", &[]),
    ]);
    let mut world = world(&["mid"]);
    world.unfinished.insert("mid".into());
    for options in [
        Options::default(),
        Options {
            force_all: true,
            ..Options::default()
        },
    ] {
        assert_eq!(
            with_options(&build, "top", options, &world),
            ["mid: shared", "top: run mid"]
        );
    }
}

#[test]
fn force_makes_targets_and_force_all_what_is_below() {
    let build = Build::new([
        task("input").input(false),
        task("low").needs("input", &[]),
        task("mid").needs("low", &[]),
        task("top").needs("mid", &[]),
    ]);
    let world = world(&["input", "low", "mid", "top"]);
    assert_eq!(
        with_options(&build, "top", Options::default(), &world),
        ["top: complete"]
    );
    let force = Options {
        force: true,
        ..Options::default()
    };
    assert_eq!(
        with_options(&build, "top", force, &world),
        ["mid: complete", "top: run forced mid"]
    );
    let force_all = Options {
        force_all: true,
        ..Options::default()
    };
    assert_eq!(
        with_options(&build, "top", force_all, &world),
        [
            "input: complete",
            "low: run forced input",
            "mid: run forced low",
            "top: run forced mid"
        ]
    );
    assert_eq!(
        with_options(&build, "input", force_all, &world),
        ["input: complete"]
    );
}

#[test]
fn optional_ones_are_waited_for_or_used_but_never_made() {
    let build = Build::new([
        task("below"),
        task("extra").needs("below", &[]),
        task("top").optional("extra", &[]),
        task("both").group().needs("top", &[]).needs("extra", &[]),
    ]);
    assert_eq!(
        shown(&plan(&build, "top", &[], &World::default())),
        ["top: run"]
    );
    assert_eq!(
        shown(&plan(&build, "top", &[], &world(&["extra"]))),
        ["extra: complete", "top: run (extra)"]
    );
    let mut running = World::default();
    running.unfinished.insert("extra".into());
    assert_eq!(
        shown(&plan(&build, "top", &[], &running)),
        ["extra: shared", "top: run (extra)"]
    );
    assert_eq!(
        shown(&plan(&build, "both", &[], &World::default())),
        [
            "below: run",
            "extra: run below",
            "top: run (extra)",
            "both: group top extra"
        ]
    );
    // Wanted after it was looked at, and the other way round.
    let other = Build::new([
        task("below"),
        task("extra").needs("below", &[]),
        task("top").optional("extra", &[]),
        task("step").needs("extra", &[]),
        task("late").needs("step", &[]),
        task("both").group().needs("top", &[]).needs("late", &[]),
    ]);
    assert_eq!(plan(&other, "both", &[], &World::default()).counts.run, 5);
    let forced = Options {
        force_all: true,
        ..Options::default()
    };
    assert_eq!(
        with_options(&build, "top", forced, &world(&["extra", "top"])),
        ["extra: complete", "top: run forced (extra)"]
    );
}

#[test]
fn an_optional_one_may_have_impossible_values() {
    let mut info = task("info")
        .date()
        .optional("info", &[("date", "{date-1d}")]);
    info.0.params[0].min = Some(ParamType::Date.read("2026-11-01").unwrap());
    let build = Build::new([info]);
    let first = plan(
        &build,
        "info",
        &[("date", "2026-11-01..2026-11-02")],
        &World::default(),
    );
    assert_eq!(
        shown(&first),
        [
            "info(date=2026-11-01): run",
            "info(date=2026-11-02): run (info(date=2026-11-01))"
        ]
    );
}

#[test]
fn an_optional_group_is_looked_at_but_not_made() {
    let build = Build::new([
        task("a"),
        task("b"),
        task("ab").group().needs("a", &[]).needs("b", &[]),
        task("top").optional("ab", &[]),
    ]);
    assert_eq!(
        shown(&plan(&build, "top", &[], &world(&["a"]))),
        ["top: run"]
    );
    assert_eq!(
        shown(&plan(&build, "top", &[], &world(&["a", "b"]))),
        [
            "a: complete",
            "b: complete",
            "ab: complete a b",
            "top: run (ab)"
        ]
    );
}

#[test]
fn what_needs_something_missing_is_blocked() {
    let build = Build::new([
        task("input").input(false),
        task("good"),
        task("mid").needs("good", &[]).needs("input", &[]),
        task("group").group().needs("mid", &[]),
        task("top").needs("group", &[]).optional("mid", &[]),
        task("other").optional("mid", &[]),
        task("all").group().needs("top", &[]).needs("other", &[]),
    ]);
    let plan = plan(&build, "all", &[], &World::default());
    assert_eq!(
        shown(&plan),
        [
            "input: missing",
            "good: run",
            "mid: blocked needs input good input",
            "group: blocked needs mid mid",
            "top: blocked needs group group (mid)",
            "other: run (mid)",
            "all: blocked needs top top other",
        ]
    );
    assert_eq!(
        plan.why_sentence(4),
        "top needs input, which is made by others, and there is no out/input"
    );
    assert_eq!(
        plan.why_sentence(0),
        "input is made by others, and there is no out/input"
    );
    assert_eq!(plan.why_sentence(1), "good can begin");
    assert_eq!(
        plan.why_sentence(5),
        "other waits for mid, which is not complete"
    );
}

#[test]
fn requirements_reach_into_other_projects() {
    let build = Build::new([task("own")
        .date()
        .needs("other/made", &[])
        .optional("other/extra", &[])])
    .with(
        Build::new([
            task("raw").date().input(true),
            task("made").date().needs("raw", &[]),
            task("extra").date(),
        ])
        .named("other"),
    );
    assert_eq!(
        shown(&plan(
            &build,
            "own",
            &[("date", "2026-11-21")],
            &World::default()
        )),
        [
            "other/raw(date=2026-11-21): wait",
            "other/made(date=2026-11-21): run other/raw(date=2026-11-21)",
            "own(date=2026-11-21): run other/made(date=2026-11-21)",
        ]
    );
}

#[test]
fn requirements_use_the_environment() {
    let mut build = Build::new([
        task("low").param("kind", ParamType::String, ""),
        task("top")
            .param("x", ParamType::String, "")
            .needs("low", &[("kind", "{BOTH}")]),
    ]);
    build.env = vec![
        ("FIRST".to_owned(), build::template("{x}_1")),
        ("BOTH".to_owned(), build::template("{FIRST}_2")),
    ];
    assert_eq!(
        shown(&plan(&build, "top", &[("x", "v")], &World::default())),
        ["low(kind=v_1_2): run", "top(x=v): run low(kind=v_1_2)"]
    );
    let mut own = build.project();
    own.env.insert("FIRST".to_owned(), "set".to_owned());
    let target = Target::read(own.project.task("top").unwrap(), [("x", "v")]).unwrap();
    let planner = Planner::new(own, &|_| None, &[target], Options::default(), now()).unwrap();
    let (plan, _, _) = answered(planner, &World::default()).unwrap();
    assert_eq!(&*plan.instances[0].identity, "low(kind=set_2)");
}
