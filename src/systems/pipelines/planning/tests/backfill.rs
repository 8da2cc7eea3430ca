use super::*;
use crate::systems::pipelines::values::ParamType;

fn days() -> Build {
    Build::new([
        task("raw").date(),
        task("day").date().needs("raw", &[]),
        task("daily").date().group().needs("day", &[]),
    ])
}

fn targets(plan: &Plan) -> Vec<String> {
    let targets = plan
        .targets
        .iter()
        .map(|place| &plan.instances[*place as usize]);
    targets
        .map(|target| format!("{} {}", target.identity, target.action.as_str()))
        .collect()
}

#[test]
fn a_backfill_is_limited_to_incomplete_targets() {
    let world = world(&["day(date=2026-11-02)", "day(date=2026-11-05)"]);
    let limit = |limit| Options {
        limit: Some(limit),
        ..Options::default()
    };
    for task in ["day", "daily"] {
        let range = &[("date", "2026-11-01..2026-11-09")][..];
        let action = if task == "day" { "run" } else { "group" };
        let plan = plan_with(&days(), &[(task, range)], limit(3), &world).unwrap();
        assert_eq!(plan.left_out, 4, "{}", picture(&plan, false));
        assert_eq!(
            targets(&plan),
            [
                format!("{task}(date=2026-11-01) {action}"),
                format!("{task}(date=2026-11-02) complete"),
                format!("{task}(date=2026-11-03) {action}"),
                format!("{task}(date=2026-11-04) {action}"),
                format!("{task}(date=2026-11-05) complete"),
            ]
        );
        assert_eq!(plan.counts.run, 6);
        let newest = Options {
            newest_first: true,
            ..limit(1)
        };
        let plan = plan_with(&days(), &[(task, range)], newest, &world).unwrap();
        assert_eq!(
            targets(&plan),
            [format!("{task}(date=2026-11-09) {action}")]
        );
    }
}

#[test]
fn a_limit_looks_no_further_than_it_has_to() {
    let range = &[("date", "1900-01-01..2100-12-31")][..];
    let options = Options {
        limit: Some(2),
        newest_first: true,
        ..Options::default()
    };
    let plan = plan_with(&days(), &[("daily", range)], options, &World::default()).unwrap();
    assert_eq!(
        targets(&plan),
        [
            "daily(date=2100-12-31) group",
            "daily(date=2100-12-30) group"
        ]
    );
    assert_eq!(plan.counts.instances(), 6);
}

#[test]
fn the_order_is_that_of_file_and_values() {
    let build = Build::new([
        task("last")
            .param("n", ParamType::Int, "")
            .param("c", ParamType::Choice, "z,a,m")
            .needs("first", &[]),
        task("first").param("n", ParamType::Int, ""),
    ]);
    let plan = plan(
        &build,
        "last",
        &[("n", "10,9"), ("c", "a,z")],
        &World::default(),
    );
    let by_rank = |plan: &Plan| {
        let mut instances: Vec<_> = plan.instances.iter().collect();
        instances.sort_by_key(|instance| instance.rank);
        instances
            .into_iter()
            .map(|instance| instance.identity.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        by_rank(&plan),
        [
            "last(c=z,n=9)",
            "last(c=a,n=9)",
            "last(c=z,n=10)",
            "last(c=a,n=10)",
            "first(n=9)",
            "first(n=10)"
        ]
    );
    // What is needed stands first all the same.
    let places: Vec<_> = plan
        .instances
        .iter()
        .map(|instance| instance.identity.to_string())
        .collect();
    assert_eq!(
        places,
        [
            "first(n=9)",
            "last(c=z,n=9)",
            "last(c=a,n=9)",
            "first(n=10)",
            "last(c=z,n=10)",
            "last(c=a,n=10)"
        ]
    );
    let newest = Options {
        newest_first: true,
        ..Options::default()
    };
    let range = &[("date", "2026-11-01..2026-11-03")][..];
    let plan = plan_with(&days(), &[("day", range)], newest, &World::default()).unwrap();
    assert_eq!(
        by_rank(&plan)[..3],
        [
            "raw(date=2026-11-03)",
            "raw(date=2026-11-02)",
            "raw(date=2026-11-01)"
        ]
    );
}

#[test]
fn no_more_targets_are_made_at_once_than_wanted() {
    let options = Options {
        at_once: Some(2),
        ..Options::default()
    };
    let range = &[("date", "2026-11-01..2026-11-05")][..];
    let plan = plan_with(&days(), &[("daily", range)], options, &World::default()).unwrap();
    let waits: Vec<_> = plan
        .instances
        .iter()
        .filter(|instance| !instance.after.is_empty())
        .map(|instance| {
            let after = &plan.instances[instance.after[0] as usize];
            format!("{} after {}", instance.identity, after.identity)
        })
        .collect();
    assert_eq!(
        waits,
        [
            "raw(date=2026-11-03) after daily(date=2026-11-01)",
            "raw(date=2026-11-04) after daily(date=2026-11-02)",
            "raw(date=2026-11-05) after daily(date=2026-11-03)",
        ]
    );
}
