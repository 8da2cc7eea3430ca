//! The days of an advertising platform.

use super::*;
use crate::systems::pipelines::values::ParamType;

pub(super) fn project() -> Build {
    let of_hour = |name: &str| {
        task(name)
            .param("kind", ParamType::Choice, "imp,click")
            .param("hour", ParamType::Hour, "")
    };
    let of_day = |name: &str| task(name).param("date", ParamType::Date, "={now-1d}");
    let of_country = |name: &str| {
        task(name)
            .date()
            .param("country", ParamType::Choice, "tw,jp,cn,us")
    };
    Build::new([
        of_hour("raw_log").input(true),
        of_day("raw_users").input(false),
        of_hour("filter_log").needs("raw_log", &[]),
        task("day_log")
            .date()
            .param("kind", ParamType::Choice, "imp,click")
            .needs("filter_log", &[("hour", "{date}T00..{date}T23")]),
        of_day("user_log").needs("raw_users", &[]),
        task("user_cursor")
            .date()
            .param("shard", ParamType::Int, "0,1,2,3,4,5,6,7")
            .needs("day_log", &[("kind", "imp,click")])
            .needs("user_log", &[]),
        of_day("user_info")
            .priority(10)
            .needs("user_cursor", &[])
            .optional("user_info", &[("date", "{date-1d}")]),
        of_day("top_users").needs("user_cursor", &[]),
        of_country("country_stats").needs("day_log", &[("kind", "imp,click")]),
        of_day("report").needs("country_stats", &[]),
        of_country("load_daily").needs("country_stats", &[]),
        of_day("mark_day")
            .needs("load_daily", &[])
            .needs("report", &[]),
        of_day("daily")
            .group()
            .needs("mark_day", &[])
            .needs("user_info", &[])
            .needs("top_users", &[]),
    ])
}

/// All logs of these days.
pub(super) fn logs(days: &[&str]) -> World {
    let mut world = World::default();
    for day in days {
        world.complete.insert(format!("raw_users(date={day})"));
        for hour in 0..24 {
            for kind in ["imp", "click"] {
                world
                    .complete
                    .insert(format!("raw_log(hour={day}T{hour:02},kind={kind})"));
            }
        }
    }
    world
}

#[test]
fn one_day_has_121_instances_and_161_requirements() {
    let plan = plan(
        &project(),
        "daily",
        &[("date", "2026-11-21")],
        &logs(&["2026-11-21"]),
    );
    assert_eq!(
        counts(&plan),
        BTreeMap::from([("run", 71), ("complete", 49), ("group", 1)])
    );
    assert_eq!(plan.counts.instances(), 121);
    assert_eq!(plan.counts.needs, 161);
    assert_eq!(plan.targets.len(), 1);
}

#[test]
fn two_days_go_on_from_each_other() {
    let world = logs(&["2026-11-20", "2026-11-21"]);
    let plan = plan(
        &project(),
        "daily",
        &[("date", "2026-11-20..2026-11-21")],
        &world,
    );
    assert_eq!(
        counts(&plan),
        BTreeMap::from([("run", 142), ("complete", 98), ("group", 2)])
    );
    assert_eq!(plan.counts.needs, 323);
    let second = find(&plan, "user_info(date=2026-11-21)");
    let optional: Vec<_> = second.needs.iter().filter(|need| need.optional).collect();
    let names = optional
        .iter()
        .map(|need| &*plan.instances[need.on as usize].identity);
    assert_eq!(names.collect::<Vec<_>>(), ["user_info(date=2026-11-20)"]);
}

#[test]
fn a_default_is_yesterday_in_the_zone_of_the_project() {
    // In Taipei the 22nd has begun.
    let plan = plan(&project(), "report", &[], &World::default());
    assert_eq!(
        &*plan.instances[plan.targets[0] as usize].identity,
        "report(date=2026-11-21)"
    );
}

#[test]
fn what_is_complete_is_not_descended_below() {
    let day = &[("date", "2026-11-21")][..];
    let mut world = logs(&["2026-11-21"]);
    world
        .complete
        .insert("day_log(date=2026-11-21,kind=imp)".into());
    let report = plan(&project(), "report", day, &world);
    // The report, four countries, two days of logs; hours only of clicks.
    assert_eq!(
        counts(&report),
        BTreeMap::from([("run", 30), ("complete", 25)])
    );

    let all = plan(&project(), "daily", day, &World::default());
    world.make(&all);
    let again = plan(&project(), "daily", day, &world);
    assert_eq!(
        shown(&again),
        [
            "user_info(date=2026-11-21): complete",
            "top_users(date=2026-11-21): complete",
            "mark_day(date=2026-11-21): complete",
            "daily(date=2026-11-21): complete mark_day(date=2026-11-21) \
             user_info(date=2026-11-21) top_users(date=2026-11-21)",
        ]
    );
}

#[test]
fn inputs_that_are_late_are_waited_for_or_missed() {
    let mut world = logs(&["2026-11-21"]);
    world
        .complete
        .remove("raw_log(hour=2026-11-21T05,kind=imp)");
    let waiting = plan(&project(), "report", &[("date", "2026-11-21")], &world);
    assert_eq!(
        counts(&waiting),
        BTreeMap::from([("run", 55), ("complete", 47), ("wait", 1)])
    );

    world.complete.remove("raw_users(date=2026-11-21)");
    let blocked = plan(&project(), "daily", &[("date", "2026-11-21")], &world);
    // Below users: the log, eight shards, what is known of users, the top, the day.
    assert_eq!(
        counts(&blocked),
        BTreeMap::from([
            ("run", 60),
            ("complete", 47),
            ("wait", 1),
            ("missing", 1),
            ("blocked", 12)
        ])
    );
    assert_eq!(
        blocked
            .reason(find(&blocked, "user_cursor(date=2026-11-21,shard=3)"))
            .as_deref(),
        Some("needs user_log(date=2026-11-21)")
    );
}

#[test]
fn requirements_are_as_urgent_as_what_needs_them() {
    let plan = plan(
        &project(),
        "daily",
        &[("date", "2026-11-21")],
        &World::default(),
    );
    assert_eq!(
        find(&plan, "raw_log(hour=2026-11-21T05,kind=imp)").priority,
        10
    );
    assert_eq!(
        find(&plan, "user_cursor(date=2026-11-21,shard=3)").priority,
        10
    );
    assert_eq!(
        find(&plan, "load_daily(country=us,date=2026-11-21)").priority,
        0
    );
    assert_eq!(find(&plan, "daily(date=2026-11-21)").priority, 0);
}

#[test]
fn the_batches_of_questions_are_levels() {
    let build = project();
    let own = build.project();
    let target = Target::read(own.project.task("daily").unwrap(), [("date", "2026-11-21")]);
    let find = |_: &str| None;
    let planner = Planner::new(own, &find, &[target.unwrap()], Options::default(), now()).unwrap();
    let (_, asked, batches) = answered(planner, &World::default()).unwrap();
    // Also the day before, which is optional.
    assert_eq!(asked.len(), 121);
    assert_eq!(batches, 5);
}
