//! The engine in a world whose time, chance and accidents come from a seed.
//!
//! Processes (a store and an engine each) share one SQLite database and one output. The
//! database answers on the thread that asks, each process is driven a moment at a time and its
//! time passes only when all in it wait: nothing but the seed decides what happens next.
//! Statements fail, so do commits (stored or not), steps take long, fail, panic and meet outages at the named fault points,
//! processes are killed between any two moments, in a transaction, before its commit or right
//! behind it, frozen beyond their leases, drained, and started again. After each commit the
//! invariants are looked at; at the end every job has to have ended as if nothing had been the
//! matter.
//!
//! A seed that fails is told with its history. It replays alone:
//! `AUDIENCE_SIMULATION_SEED=7 scripts/test --lib simulation`; `AUDIENCE_SIMULATION_SEEDS=10000`
//! tries more of them.

mod database;
mod disturbance;
mod gathering;
mod invariants;
mod output;
mod process;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use entity::JobId;

use crate::clock;
use crate::engine::store::{BatchKey, Need};
use disturbance::disturb;
use output::{Work, job};
use process::Process;
use world::{Chance, World};

const SEEDS: u64 = 400;

/// Simulated: by then every job has to have ended once nothing disturbs it any more.
const PATIENCE: Duration = Duration::from_secs(1_800);

#[test]
fn every_job_ends_as_if_nothing_had_been_the_matter() {
    if let Some(seed) = variable("AUDIENCE_SIMULATION_SEED") {
        let history = run(seed).unwrap_or_else(|told| panic!("{told}"));
        println!("{}", history.join("\n"));
        return;
    }
    quietly(|| {
        let seeds = variable("AUDIENCE_SIMULATION_SEEDS").unwrap_or(SEEDS);
        let next = AtomicU64::new(1);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed > seeds {
                            return;
                        }
                        run(seed).unwrap_or_else(|told| panic!("{told}"));
                    }
                });
            }
        });
    });
}

#[test]
fn a_seed_replays() {
    quietly(|| {
        for seed in 1..=8 {
            let [once, again] = [run(seed), run(seed)].map(Result::unwrap);
            assert!(once.len() > 3, "something happens");
            for (one, other) in once.iter().zip(&again) {
                assert_eq!(one, other, "seed {seed}");
            }
            assert_eq!(once.len(), again.len(), "seed {seed}");
        }
    });
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Panics that were put in on purpose are not to be told, thousands of them.
fn quietly(work: impl FnOnce()) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let told = panic.payload_as_str().unwrap_or_default();
        if !told.starts_with("a panic was put in here") {
            usual(panic);
        }
    }));
    work();
}

/// Answers the history, or what is wrong and the history.
fn run(seed: u64) -> Result<Vec<String>, String> {
    let world = World::new(seed);
    let ran = catch_unwind(AssertUnwindSafe(|| live(&world)));
    clock::simulated::end();
    let wrong = match ran {
        Ok(Ok(())) => return Ok(world.history()),
        Ok(Err(told)) => told,
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .unwrap_or_else(|| "a panic".to_owned()),
    };
    let history = world.history().join("\n");
    Err(format!(
        "{history}\nseed {seed}: {wrong}\nreplay it with AUDIENCE_SIMULATION_SEED={seed}"
    ))
}

fn live(world: &World) -> Result<(), String> {
    let mut chance = Chance::of(world.seed());
    let slots = 1 + chance.below(2) as usize;
    let mut processes: Vec<Process> = (0..slots).map(|slot| Process::new(world, slot)).collect();
    let mut jobs = Vec::new();
    let wanted = 1 + chance.below(4);
    let mut disturbances = chance.below(12);
    let mut next_disturbance = chance.millis(3_000);
    while disturbances > 0 || (jobs.len() as u64) < wanted {
        pass(world, &mut processes, &mut chance)?;
        if (jobs.len() as u64) < wanted && chance.one_in(20) {
            let id = numbered(jobs.len() as u64);
            submit(world, &mut processes, &id, &jobs, &mut chance)?;
            jobs.push(id);
        }
        if !jobs.is_empty() && chance.one_in(6) {
            signal(&mut processes, &jobs, &mut chance);
        }
        if disturbances > 0 && world.now() >= next_disturbance {
            disturb(&mut processes, &jobs, &mut chance);
            disturbances -= 1;
            next_disturbance = world.now() + chance.millis(5_000);
        }
    }
    world.calm_down();
    world.say("nothing disturbs any more");
    end(world, &mut processes, &jobs, &mut chance)?;
    // What ran is over: there is a place for one more.
    let last = numbered(99);
    submit(world, &mut processes, &last, &[], &mut chance)?;
    end(world, &mut processes, &[last], &mut chance)?;
    world.check_rest()
}

/// Lets everybody live for a moment, in any order.
fn pass(world: &World, processes: &mut [Process], chance: &mut Chance) -> Result<(), String> {
    let moment = chance.millis(120);
    let first = chance.below(processes.len() as u64) as usize;
    for place in 0..processes.len() {
        let at = (first + place) % processes.len();
        processes[at].live(moment);
    }
    world.pass(moment);
    world.is_well()
}

/// Submits a job by chance, again until it is known to be stored.
fn submit(
    world: &World,
    processes: &mut [Process],
    id: &JobId,
    before: &[JobId],
    chance: &mut Chance,
) -> Result<(), String> {
    let needs = needs(before, chance);
    let has_core = chance.one_in(3);
    let work = Work::by_chance(chance);
    world.expect(id, &work);
    loop {
        let at = chance.below(processes.len() as u64) as usize;
        if processes[at].submit(job(id, &work, needs.clone(), has_core)) {
            return Ok(());
        }
        pass(world, processes, chance)?;
    }
}

/// Each of the jobs before, by chance.
fn needs(before: &[JobId], chance: &mut Chance) -> Vec<Need> {
    let needs = before.iter().filter_map(|job| {
        let soft = match chance.below(4) {
            0 => true,
            1 => false,
            _ => return None,
        };
        let job = job.clone();
        Some(Need { job, soft })
    });
    needs.collect()
}

/// Sends a signal to a batch that may have parked, be about to, or not be there.
fn signal(processes: &mut [Process], jobs: &[JobId], chance: &mut Chance) {
    let at = chance.below(processes.len() as u64) as usize;
    let job = &jobs[chance.below(jobs.len() as u64) as usize];
    let no = chance.below(6) as i32;
    processes[at].signal(job, BatchKey { step_no: 1, no });
}

/// Waits for the jobs to end, and looks how.
fn end(
    world: &World,
    processes: &mut [Process],
    jobs: &[JobId],
    chance: &mut Chance,
) -> Result<(), String> {
    let until = world.now() + PATIENCE;
    while !jobs.iter().all(|id| world.state_of(id).has_ended()) {
        pass(world, processes, chance)?;
        if world.now() > until {
            return Err(format!("a job is stuck:\n{}", world.dump()));
        }
    }
    for id in jobs {
        world.check_end(id, world.state_of(id))?;
    }
    Ok(())
}

fn numbered(no: u64) -> JobId {
    format!("{no:032x}").parse().expect("32 digits")
}
