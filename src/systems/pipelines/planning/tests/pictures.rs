use super::example::{logs, project};
use super::*;

#[test]
fn a_plan_is_a_tree_of_tasks() {
    let world = logs(&["2026-11-21"]);
    let plan = plan(&project(), "report", &[("date", "2026-11-21")], &world);
    let expected = "\
report(date=2026-11-21)        run       no out/report(date=2026-11-21)
└─ country_stats ×4            run
   └─ day_log ×2               run
      └─ filter_log ×48        run
         └─ raw_log ×48        complete
103 instances: 55 to run, 48 complete
";
    assert_eq!(picture(&plan, false), expected);
}

#[test]
fn each_line_stands_below_the_first_that_needs_it() {
    let mut world = logs(&["2026-11-20", "2026-11-21"]);
    world
        .complete
        .insert("day_log(date=2026-11-21,kind=imp)".into());
    world.complete.remove("raw_users(date=2026-11-20)");
    let plan = plan(
        &project(),
        "daily",
        &[("date", "2026-11-20..2026-11-21")],
        &world,
    );
    let expected = "\
daily(date=2026-11-20)                         blocked   needs user_info(date=2026-11-20)
├─ mark_day ×2                                 run
│  ├─ load_daily ×8                            run
│  │  └─ country_stats ×8                      run
│  │     ├─ day_log ×3                         run
│  │     │  └─ filter_log ×72                  run
│  │     │     └─ raw_log ×72                  complete
│  │     └─ day_log(date=2026-11-21,kind=imp)  complete
│  └─ report ×2                                run
├─ user_info(date=2026-11-20)                  blocked   needs user_cursor(date=2026-11-20,shard=0)
│  └─ user_cursor ×8                           blocked
│     └─ user_log(date=2026-11-20)             blocked   needs raw_users(date=2026-11-20)
│        └─ raw_users(date=2026-11-20)         missing   no out/raw_users(date=2026-11-20)
└─ top_users(date=2026-11-20)                  blocked   needs user_cursor(date=2026-11-20,shard=0)
daily(date=2026-11-21)                         group
├─ user_info(date=2026-11-21)                  run       no out/user_info(date=2026-11-21)
│  └─ user_cursor ×8                           run
│     └─ user_log(date=2026-11-21)             run       no out/user_log(date=2026-11-21)
│        └─ raw_users(date=2026-11-21)         complete
└─ top_users(date=2026-11-21)                  run       no out/top_users(date=2026-11-21)
194 instances: 106 to run, 74 complete, 1 missing, 12 blocked, 1 group
";
    assert_eq!(picture(&plan, false), expected);
}

#[test]
fn all_shows_each_instance() {
    let build = Build::new([
        task("low").date(),
        task("mid")
            .date()
            .needs("low", &[("date", "{date-1d},{date}")]),
        task("top").date().needs("mid", &[]).needs("low", &[]),
    ]);
    let mut world = World {
        complete: ["low(date=2026-11-20)".to_owned()].into(),
        ..World::default()
    };
    world.stale = world.complete.clone();
    let plan = plan(&build, "top", &[("date", "2026-11-21")], &world);
    let expected = "\
top(date=2026-11-21)           run       no out/top(date=2026-11-21)
├─ mid(date=2026-11-21)        run       no out/mid(date=2026-11-21)
│  └─ low(date=2026-11-20)     complete  stale
└─ low(date=2026-11-21)        run       no out/low(date=2026-11-21)
4 instances: 3 to run, 1 complete
";
    assert_eq!(picture(&plan, true), expected);
}
