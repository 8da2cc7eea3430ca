//! Who may change a job.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use audience::engine::store::{Claim, NewPlan, Owner, Parking, Store, StoreError, Wanted};
use entity::{JobId, JobState, StepState};

use super::databases::{each, say};
use super::keeping::two_steps;

const LONG_MS: u64 = 60_000;

static OWNER: LazyLock<Owner> = LazyLock::new(Owner::this_process);

/// Claims this job and no other.
pub(super) async fn claim(store: &Store, id: &JobId, lease_ms: u64) -> Option<Claim> {
    let wanted = Wanted {
        only: Some(id.clone()),
        places: 1,
        ..Wanted::default()
    };
    let states = [JobState::Running, JobState::Parked, JobState::Queued];
    let claimed = store
        .leases()
        .claim(&wanted, &states, &OWNER, lease_ms)
        .await;
    claimed.unwrap().pop().map(|claimed| claimed.claim)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_claims_a_job_shuts_the_holder_before_out() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        store.jobs().submit(job.clone(), 10).await.unwrap();
        let (leases, steps) = (store.leases(), store.steps());
        let first = claim(&store, &job.id, LONG_MS).await.unwrap();
        assert!(claim(&store, &job.id, LONG_MS).await.is_none());
        steps
            .store_plan(&first, 0, NewPlan::default())
            .await
            .unwrap();
        // The holder may write as often as it likes, also where nothing changes.
        steps.delay(&first, 1, 5).await.unwrap();
        steps.delay(&first, 1, 5).await.unwrap();

        leases.release(&first).await.unwrap();
        let second = claim(&store, &job.id, LONG_MS).await.unwrap();
        assert_eq!(second.epoch, first.epoch + 1);
        let lost = steps.complete(&first, 0, None).await.unwrap_err();
        assert!(matches!(lost, StoreError::LeaseLost { .. }), "{lost}");
        let found = steps.of(&job.id).await.unwrap();
        assert_eq!(found[0].state, StepState::Running);
        steps.complete(&second, 0, None).await.unwrap();
        store
            .jobs()
            .end(&second, JobState::Succeeded, None)
            .await
            .unwrap();
        let ended = store.jobs().find(&job.id).await.unwrap().unwrap();
        assert_eq!(
            (ended.state, ended.lease_owner),
            (JobState::Succeeded, None)
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_lapsed_is_taken_away_and_one_that_is_renewed_is_not() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (lapsing, renewed) = (two_steps(), two_steps());
        let leases = store.leases();
        for job in [&lapsing, &renewed] {
            store.jobs().submit(job.clone(), 10).await.unwrap();
            claim(&store, &job.id, 1).await.unwrap();
        }
        let held = leases
            .renew(&OWNER, std::slice::from_ref(&renewed.id), LONG_MS)
            .await
            .unwrap();
        assert_eq!(held.len(), 1);
        let mut rescued = Vec::new();
        while rescued.is_empty() {
            rescued = leases.rescue().await.unwrap();
        }
        assert_eq!(rescued, std::slice::from_ref(&lapsing.id));
        let free = claim(&store, &lapsing.id, LONG_MS).await.unwrap();
        assert_eq!(free.epoch, 2, "another holder");
        assert!(claim(&store, &renewed.id, LONG_MS).await.is_none());
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_that_claim_one_job_one_gets_it() {
    each(|url| async move {
        let (first, second) = (
            Store::open(&url).await.unwrap(),
            Store::open(&url).await.unwrap(),
        );
        for _ in 0..20 {
            let job = two_steps();
            first.jobs().submit(job.clone(), 100).await.unwrap();
            let (one, two) = tokio::join!(
                claim(&first, &job.id, LONG_MS),
                claim(&second, &job.id, LONG_MS),
            );
            assert!(one.is_some() != two.is_some(), "{one:?} {two:?}");
        }
        let robbed = say(&url, "UPDATE audience_job SET lease_owner = NULL").await;
        assert_eq!(robbed, 20);
        first.close().await;
        second.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_job_has_a_place_in_its_queue_until_the_end_of_its_countdown() {
    const HOUR: i64 = 3_600_000_000;
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        store.jobs().submit(job.clone(), 10).await.unwrap();
        let places = async || {
            let leases = store.leases();
            let holders = leases.holders(Some(&job.queue), None, 3).await;
            holders.unwrap().number
        };
        let first = claim(&store, &job.id, LONG_MS).await.unwrap();
        // Over, as far as anything has noticed that.
        let countdown_ends = 1_000_000;
        store
            .steps()
            .delay(&first, 0, countdown_ends)
            .await
            .unwrap();
        let until = |at: i64| Parking {
            until: Some(at),
            ..Parking::default()
        };
        let parks = store.park_job(&first, until(countdown_ends)).await;
        assert!(parks.unwrap());
        assert_eq!(places().await, 1, "it is not woken yet");
        store.wake_parked().await.unwrap();
        // What it needs is away.
        let second = claim(&store, &job.id, LONG_MS).await.unwrap();
        let parks = store.park_job(&second, until(countdown_ends + HOUR)).await;
        assert!(parks.unwrap());
        assert_eq!(places().await, 0, "it waits for something else");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_left_to_others_until_one_of_them_begins_it_or_it_is_started_over() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (jobs, leases) = (store.jobs(), store.leases());
        let (one, other) = (two_steps(), two_steps());
        let ids = BTreeSet::from([one.id.clone(), other.id.clone()]);
        for job in [&one, &other] {
            jobs.submit(job.clone(), 10).await.unwrap();
            let held = claim(&store, &job.id, LONG_MS).await.unwrap();
            leases.leave(&held, "there is no source `a`").await.unwrap();
        }
        assert_eq!(leases.still_left(&ids).await.unwrap(), ids);
        let begun = claim(&store, &one.id, LONG_MS).await.unwrap();
        assert_eq!(leases.still_left(&ids).await.unwrap(), ids);
        jobs.set_waiting(&begun, None).await.unwrap();
        leases.release(&begun).await.unwrap();
        let left = BTreeSet::from([other.id.clone()]);
        assert_eq!(leases.still_left(&ids).await.unwrap(), left);
        let failing = claim(&store, &other.id, LONG_MS).await.unwrap();
        let ended = jobs.end(&failing, JobState::Failed, Some("bad")).await;
        ended.unwrap();
        assert_eq!(leases.still_left(&ids).await.unwrap(), BTreeSet::new());
        store.close().await;
    })
    .await;
}
