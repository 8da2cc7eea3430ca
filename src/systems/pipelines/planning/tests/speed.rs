//! Large plans; run with `--release -- --nocapture speed` for figures.

use std::time::Instant;

use super::*;
use crate::systems::pipelines::values::ParamType;

/// Layers of which each needs two days of the layer below.
fn layers(count: usize) -> Build {
    let layer = |no: usize| {
        let mut layer = task(&format!("layer_{no}"))
            .date()
            .param("n", ParamType::Int, "")
            .param("next", ParamType::Int, "=0 ?");
        if no > 0 {
            let below = format!("layer_{}", no - 1);
            layer = layer
                .needs(&below, &[])
                .needs(&below, &[("date", "{date-1d}")]);
        }
        layer
    };
    Build::new((0..count).map(layer))
}

fn measure(build: &Build, top: &str, params: &[(&str, &str)]) -> Plan {
    let own = build.project();
    let targets = [Target::read(own.project.task(top).unwrap(), params.iter().copied()).unwrap()];
    let world = World::default();
    let began = Instant::now();
    let mut planner = Planner::new(own, &|_| None, &targets, Options::default(), now()).unwrap();
    let mut batches = 0;
    loop {
        let questions = planner.questions().unwrap();
        if questions.is_empty() {
            break;
        }
        batches += 1;
        planner
            .answer(questions.iter().map(|question| world.answer(question)))
            .unwrap();
    }
    let plan = planner.finish().unwrap();
    let planned = began.elapsed();
    let drawn = Instant::now();
    let picture = picture(&plan, false);
    println!(
        "{} instances, {} requirements, {batches} batches: {planned:?}; picture {:?}, {} bytes",
        plan.counts.instances(),
        plan.counts.needs,
        drawn.elapsed(),
        picture.len()
    );
    plan
}

#[test]
fn large_plans_are_made() {
    let build = layers(10);
    let plan = measure(
        &build,
        "layer_9",
        &[("date", "2026-01-01"), ("n", "1..180")],
    );
    assert_eq!(plan.counts.instances(), 9_900);
    assert_eq!(plan.counts.needs, 16_200);
}

#[test]
#[ignore = "slow without optimisation"]
fn the_largest_plans_are_made() {
    let build = layers(10);
    let plan = measure(
        &build,
        "layer_9",
        &[("date", "2026-01-01..2026-03-30"), ("n", "1..105")],
    );
    assert_eq!(plan.counts.instances(), 98_175);
    let wide = layers(2);
    let plan = measure(
        &wide,
        "layer_1",
        &[("date", "2026-01-01..2026-03-30"), ("n", "1..550")],
    );
    assert_eq!(plan.counts.instances(), 98_450);
}
