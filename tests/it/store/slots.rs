//! Slots that jobs hold while they run.

use std::sync::Arc;

use audience::engine::store::{
    BatchKey, Capacities, Claim, NewBatch, NewJob, NewPlan, NothingBeside, Owner, Parking,
    SliceRecord, SlotCapacities, Store, Wanted,
};
use entity::{JobId, JobState};

use super::databases::each;
use super::keeping::two_steps;

struct Some3;

impl SlotCapacities for Some3 {
    fn capacity(&self, name: &str) -> Option<u32> {
        match name {
            "cores" => Some(3),
            "warehouse" => Some(1),
            _ => None,
        }
    }
}

fn with(priority: i32, slots: &[(&str, u32)]) -> NewJob {
    let slots = slots
        .iter()
        .map(|(name, amount)| ((*name).to_owned(), *amount));
    NewJob {
        priority,
        slots: slots.collect(),
        ..two_steps()
    }
}

fn wanted(places: u64) -> Wanted {
    Wanted {
        places,
        capacities: Capacities::of(vec![Arc::new(Some3)]),
        with_slots: true,
        ..Wanted::default()
    }
}

async fn store_all(store: &Store, jobs: &[NewJob]) {
    let beside = Arc::new(NothingBeside);
    let stored = store.jobs().submit_together(jobs.to_vec(), beside).await;
    stored.unwrap().unwrap();
}

async fn claim(store: &Store, wanted: &Wanted) -> Vec<Claim> {
    let states = [JobState::Running, JobState::Queued];
    let owner = Owner::this_process();
    let claimed = store.leases().claim(wanted, &states, &owner, 60_000).await;
    claimed.unwrap().into_iter().map(|it| it.claim).collect()
}

fn ids(claims: &[Claim]) -> Vec<JobId> {
    claims.iter().map(|claim| claim.job.clone()).collect()
}

async fn end(store: &Store, claim: &Claim) {
    let jobs = store.jobs();
    jobs.end(claim, JobState::Succeeded, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_run_as_far_as_their_slots_are_free() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let core = [("cores", 1)];
        let both = [("cores", 1), ("warehouse", 1)];
        let jobs = [
            with(0, &both),
            with(0, &both),
            with(0, &core),
            with(0, &[]),
            with(0, &core),
            with(0, &[("unknown", 1)]),
        ];
        store_all(&store, &jobs).await;
        let id = |at: usize| jobs[at].id.clone();
        assert!(store.leases().slots_are_free(&wanted(9)).await.unwrap());
        let claims = claim(&store, &wanted(9)).await;
        assert_eq!(ids(&claims), [id(0), id(2), id(3), id(4)], "by age");
        assert!(!store.leases().slots_are_free(&wanted(9)).await.unwrap());
        assert!(claim(&store, &wanted(9)).await.is_empty());
        // A core is free, the warehouse is not.
        end(&store, &claims[1]).await;
        assert!(claim(&store, &wanted(9)).await.is_empty());
        // A lease that is given up is a slot that is free, and its job the first to get it again.
        store.leases().release(&claims[0]).await.unwrap();
        let again = claim(&store, &wanted(9)).await;
        assert_eq!(ids(&again), [id(0)]);
        end(&store, &again[0]).await;
        assert_eq!(ids(&claim(&store, &wanted(9)).await), [id(1)]);
        let holders = store.leases().slot_holders().await.unwrap();
        let held: u32 = holders.iter().map(|holder| holder.holds("cores")).sum();
        assert_eq!(held, 2);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_job_gets_its_slots_before_smaller_ones_below_it() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let first = with(0, &[("cores", 2)]);
        store_all(&store, std::slice::from_ref(&first)).await;
        let running = claim(&store, &wanted(9)).await;
        let large = with(5, &[("cores", 3)]);
        let small: Vec<NewJob> = (0..300).map(|_| with(0, &[("cores", 1)])).collect();
        store_all(&store, &small).await;
        store_all(&store, std::slice::from_ref(&large)).await;
        assert!(claim(&store, &wanted(9)).await.is_empty(), "reserved");
        end(&store, &running[0]).await;
        let running = claim(&store, &wanted(9)).await;
        assert_eq!(ids(&running), std::slice::from_ref(&large.id));
        end(&store, &running[0]).await;
        // No more than there are places for.
        let some = claim(&store, &wanted(2)).await;
        assert_eq!(ids(&some), [small[0].id.clone(), small[1].id.clone()]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_job_holds_no_slots_and_is_queued_for_them_when_it_wakes() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (first, second) = (with(0, &[("warehouse", 1)]), with(0, &[("warehouse", 1)]));
        store_all(&store, &[first.clone(), second.clone()]).await;
        let claims = claim(&store, &wanted(1)).await;
        let held = &claims[0];
        let plan = NewPlan {
            batches: vec![NewBatch::default()],
            ..NewPlan::default()
        };
        store.steps().store_plan(held, 0, plan).await.unwrap();
        let key = BatchKey { step_no: 0, no: 0 };
        let batches = store.batches();
        let record = SliceRecord::default();
        let parked = batches.park(held, key, (0, 1), record, Some(1), false);
        assert!(parked.await.unwrap());
        let parking = Parking {
            batches_parked: 1,
            ..Parking::default()
        };
        assert!(store.park_job(held, parking).await.unwrap());
        let other = claim(&store, &wanted(1)).await;
        assert_eq!(ids(&other), std::slice::from_ref(&second.id));
        let (woken, _) = store.wake_parked().await.unwrap();
        assert_eq!(woken, std::slice::from_ref(&first.id));
        let job = store.jobs().find(&first.id).await.unwrap().unwrap();
        assert_eq!(job.state, JobState::Queued);
        assert!(claim(&store, &wanted(1)).await.is_empty());
        end(&store, &other[0]).await;
        let again = claim(&store, &wanted(1)).await;
        assert_eq!(ids(&again), std::slice::from_ref(&first.id));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_never_hold_more_than_there_is() {
    const JOBS: usize = 40;
    each(|url| async move {
        let stores = [
            Store::open(&url).await.unwrap(),
            Store::open(&url).await.unwrap(),
        ];
        let jobs: Vec<NewJob> = (0..JOBS)
            .map(|no| match no % 3 {
                0 => with(0, &[("cores", 2)]),
                1 => with(1, &[("cores", 1)]),
                _ => with(0, &[("cores", 1), ("warehouse", 1)]),
            })
            .collect();
        store_all(&stores[0], &jobs).await;
        let run = |store: Store| async move {
            let mut ended = 0;
            let began = std::time::Instant::now();
            loop {
                let claims = claim(&store, &wanted(4)).await;
                let holders = store.leases().slot_holders().await.unwrap();
                for (name, most) in [("cores", 3), ("warehouse", 1)] {
                    let held: u32 = holders.iter().map(|holder| holder.holds(name)).sum();
                    assert!(held <= most, "{held} of {name}");
                }
                for claim in &claims {
                    end(&store, claim).await;
                    ended += 1;
                }
                let left = store.jobs().any_unfinished().await.unwrap();
                if !left || began.elapsed().as_secs() > 100 {
                    return ended;
                }
            }
        };
        let (one, other) = tokio::join!(run(stores[0].clone()), run(stores[1].clone()));
        assert_eq!(one + other, JOBS);
        for store in stores {
            store.close().await;
        }
    })
    .await;
}
