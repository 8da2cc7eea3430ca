//! Jobs that need other jobs, and identities that one unfinished job at a time has.

use std::sync::Arc;

use audience::engine::store::{
    Beside, CancelOutcome, Claim, CompletedStep, Finish, Need, NewJob, NothingBeside, Result,
    Store, StoreError, Submitted,
};
use entity::{JobId, JobState, StepState, job};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::databases::each;
use super::keeping::two_steps;
use super::leasing::claim;

fn hard(job: &NewJob) -> Need {
    Need {
        job: job.id.clone(),
        soft: false,
    }
}

fn soft(job: &NewJob) -> Need {
    Need {
        soft: true,
        ..hard(job)
    }
}

fn needing(needs: Vec<Need>) -> NewJob {
    NewJob {
        needs,
        ..two_steps()
    }
}

fn titled(title: &str) -> NewJob {
    NewJob {
        title: Some(title.to_owned()),
        ..two_steps()
    }
}

fn identified(identity: &str) -> NewJob {
    NewJob {
        live_key: Some(identity.to_owned()),
        ..two_steps()
    }
}

async fn together(store: &Store, jobs: &[NewJob]) -> Result<Vec<Submitted>> {
    let beside = Arc::new(NothingBeside);
    let stored = store.jobs().submit_together(jobs.to_vec(), beside).await?;
    Ok(stored.unwrap())
}

async fn found(store: &Store, id: &JobId) -> job::Model {
    store.jobs().find(id).await.unwrap().unwrap()
}

async fn state(store: &Store, job: &NewJob) -> JobState {
    found(store, &job.id).await.state
}

async fn states<const JOBS: usize>(store: &Store, jobs: [&NewJob; JOBS]) -> [JobState; JOBS] {
    let mut states = [JobState::Running; JOBS];
    for (state, job) in states.iter_mut().zip(jobs) {
        *state = self::state(store, job).await;
    }
    states
}

async fn kinds(store: &Store, job: &NewJob) -> Vec<String> {
    let events = store.events().after(&job.id, 0, 100).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

async fn succeed(store: &Store, job: &NewJob) {
    let claim = claim(store, &job.id, 60_000).await.unwrap();
    finish(store, claim).await;
}

async fn finish(store: &Store, claim: Claim) {
    let step = |no| CompletedStep {
        no,
        from: StepState::Pending,
        notes: None,
        output: None,
    };
    let steps = vec![step(0), step(1)];
    assert!(
        store
            .jobs()
            .finish(Finish {
                claim,
                steps,
                is_noted: false
            })
            .await
            .unwrap()
    );
}

async fn fail(store: &Store, job: &NewJob) {
    let claim = claim(store, &job.id, 60_000).await.unwrap();
    let jobs = store.jobs();
    jobs.end(&claim, JobState::Failed, Some("bad"))
        .await
        .unwrap();
}

const WAITING: [JobState; 2] = [JobState::Blocked, JobState::Queued];

#[tokio::test(flavor = "multi_thread")]
async fn a_job_may_start_once_all_that_it_needs_has_ended() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (one, other) = (two_steps(), two_steps());
        let both = needing(vec![hard(&one), soft(&other)]);
        let last = needing(vec![hard(&both), hard(&one)]);
        // In any order.
        let set = [last.clone(), one.clone(), both.clone(), other.clone()];
        let outcomes = together(&store, &set).await.unwrap();
        let all_new = set.iter().map(|job| Submitted::New(job.id.clone()));
        assert_eq!(outcomes, all_new.collect::<Vec<_>>());
        assert_eq!(found(&store, &last.id).await.needs_left, 2);
        assert!(claim(&store, &both.id, 60_000).await.is_none(), "blocked");
        succeed(&store, &one).await;
        assert_eq!(
            states(&store, [&both, &last]).await,
            [JobState::Blocked; 2],
            "one of two"
        );
        assert_eq!(found(&store, &both.id).await.needs_left, 1);
        fail(&store, &other).await;
        assert_eq!(
            states(&store, [&both, &last]).await,
            [JobState::Queued, JobState::Blocked],
            "any end of a soft one counts"
        );
        assert_eq!(kinds(&store, &both).await, ["job.blocked", "job.unblocked"]);
        succeed(&store, &both).await;
        assert_eq!(state(&store, &last).await, JobState::Queued);
        // What is needed has ended already.
        let late = needing(vec![hard(&both), soft(&other)]);
        together(&store, std::slice::from_ref(&late)).await.unwrap();
        assert_eq!(state(&store, &late).await, JobState::Queued);
        let submitted = store.jobs().submit(needing(vec![hard(&last)]), 10).await;
        let alone = submitted.unwrap().job().clone();
        assert_eq!(found(&store, &alone).await.state, JobState::Blocked);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_job_that_does_not_succeed_is_skipped_with_all_that_needs_it() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (bad, good) = (titled("day_log(kind=imp)"), two_steps());
        let near = needing(vec![hard(&bad), hard(&good)]);
        let far = needing(vec![hard(&near)]);
        let beside = needing(vec![soft(&far), soft(&near), hard(&good)]);
        let apart = needing(vec![hard(&good)]);
        let set = [&bad, &good, &near, &far, &beside, &apart].map(Clone::clone);
        together(&store, &set).await.unwrap();
        fail(&store, &bad).await;
        let expected = [
            JobState::Skipped,
            JobState::Skipped,
            JobState::Blocked,
            JobState::Blocked,
        ];
        assert_eq!(
            states(&store, [&near, &far, &beside, &apart]).await,
            expected
        );
        for skipped in [&near, &far] {
            let job = found(&store, &skipped.id).await;
            assert_eq!(job.error.as_deref(), Some("day_log(kind=imp) failed"));
            assert!(job.ended_at.is_some());
            assert_eq!(kinds(&store, skipped).await, ["job.blocked", "job.skipped"]);
            assert!(!store.jobs().rerun(&skipped.id).await.unwrap());
        }
        assert_eq!(found(&store, &beside.id).await.needs_left, 1);
        // Skipped, too, where it is stored afterwards.
        let late = needing(vec![hard(&far)]);
        let later = needing(vec![hard(&late)]);
        let softly = needing(vec![soft(&late)]);
        let set = [later.clone(), late.clone(), softly.clone()];
        together(&store, &set).await.unwrap();
        for skipped in [&late, &later] {
            let job = found(&store, &skipped.id).await;
            assert_eq!(job.state, JobState::Skipped);
            assert_eq!(job.error.as_deref(), Some("day_log(kind=imp) failed"));
        }
        assert_eq!(state(&store, &softly).await, JobState::Queued);
        // One that starts over counts once.
        assert!(store.jobs().rerun(&bad.id).await.unwrap());
        succeed(&store, &bad).await;
        assert_eq!(state(&store, &near).await, JobState::Skipped);
        succeed(&store, &good).await;
        assert_eq!(
            states(&store, [&beside, &apart]).await,
            [JobState::Queued; 2]
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_starts_over_is_not_counted_twice() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (one, other) = (two_steps(), two_steps());
        let both = needing(vec![hard(&one), hard(&other)]);
        let set = [one.clone(), other.clone(), both.clone()];
        together(&store, &set).await.unwrap();
        for _ in 0..2 {
            succeed(&store, &one).await;
            assert!(store.jobs().rerun(&one.id).await.unwrap());
        }
        assert_eq!(state(&store, &both).await, JobState::Blocked);
        succeed(&store, &other).await;
        assert_eq!(state(&store, &both).await, JobState::Queued);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_job_is_cancelled_at_once() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let first = two_steps();
        let waiting = NewJob {
            title: Some("it".to_owned()),
            ..needing(vec![hard(&first)])
        };
        let after = needing(vec![hard(&waiting)]);
        let softly = needing(vec![soft(&waiting)]);
        let set = [&first, &waiting, &after, &softly].map(Clone::clone);
        together(&store, &set).await.unwrap();
        let jobs = store.jobs();
        let outcome = jobs.request_cancel(&waiting.id).await.unwrap();
        assert_eq!(outcome, CancelOutcome::Requested);
        let expected = [JobState::Cancelled, JobState::Skipped, JobState::Queued];
        assert_eq!(states(&store, [&waiting, &after, &softly]).await, expected);
        let skipped = found(&store, &after.id).await;
        assert_eq!(skipped.error.as_deref(), Some("it was cancelled"));
        let outcome = jobs.request_cancel(&waiting.id).await.unwrap();
        let ended = CancelOutcome::AlreadyEnded(JobState::Cancelled);
        assert_eq!(outcome, ended);
        succeed(&store, &first).await;
        assert_eq!(state(&store, &waiting).await, JobState::Cancelled);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_that_cannot_be_met_are_refused_with_the_whole_set() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let unknown = two_steps();
        let (one, other) = (two_steps(), two_steps());
        let in_circle = NewJob {
            needs: vec![hard(&other)],
            ..one.clone()
        };
        let too = NewJob {
            needs: vec![soft(&one)],
            ..other.clone()
        };
        let fine = two_steps();
        let refused = together(&store, &[fine.clone(), in_circle, too]).await;
        assert!(
            matches!(refused, Err(StoreError::NeedsCircle { .. })),
            "{refused:?}"
        );
        let refused = together(&store, &[fine.clone(), needing(vec![hard(&unknown)])]).await;
        assert!(
            matches!(refused, Err(StoreError::UnknownNeed { .. })),
            "{refused:?}"
        );
        assert!(store.jobs().find(&fine.id).await.unwrap().is_none());
        let dropped = needing(vec![soft(&unknown)]);
        together(&store, std::slice::from_ref(&dropped))
            .await
            .unwrap();
        assert_eq!(state(&store, &dropped).await, JobState::Queued);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_unfinished_job_at_a_time_has_an_identity() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let first = identified("day(2026-11-21)");
        together(&store, std::slice::from_ref(&first))
            .await
            .unwrap();
        let again = identified("day(2026-11-21)");
        let after = needing(vec![hard(&again)]);
        let outcomes = together(&store, &[after.clone(), again.clone()]).await;
        let expected = [
            Submitted::New(after.id.clone()),
            Submitted::Shared(first.id.clone()),
        ];
        assert_eq!(outcomes.unwrap(), expected);
        assert!(store.jobs().find(&again.id).await.unwrap().is_none());
        let shared = store.jobs().submit(identified("day(2026-11-21)"), 10).await;
        assert_eq!(shared.unwrap(), Submitted::Shared(first.id.clone()));
        succeed(&store, &first).await;
        assert_eq!(state(&store, &after).await, JobState::Queued, "redirected");
        // It has ended: another one has the identity now.
        let next = identified("day(2026-11-21)");
        let submitted = store.jobs().submit(next.clone(), 10).await.unwrap();
        assert_eq!(submitted, Submitted::New(next.id.clone()));
        let refused = store.jobs().rerun(&first.id).await;
        assert!(
            matches!(&refused, Err(StoreError::IdentityLive { other, .. }) if *other == next.id),
            "{refused:?}"
        );
        fail(&store, &next).await;
        assert!(store.jobs().rerun(&first.id).await.unwrap());
        let refused = store.jobs().resume(&next.id).await;
        assert!(
            matches!(refused, Err(StoreError::IdentityLive { .. })),
            "{refused:?}"
        );
        let shared = store.jobs().submit(identified("day(2026-11-21)"), 10).await;
        assert_eq!(shared.unwrap(), Submitted::Shared(first.id.clone()));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_claimed_by_priority_and_then_by_age() {
    use audience::engine::store::{Owner, Wanted};
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let jobs = [0, -1, 5, 0, 5].map(|priority| NewJob {
            priority,
            ..two_steps()
        });
        together(&store, &jobs).await.unwrap();
        let wanted = Wanted {
            places: 4,
            ..Wanted::default()
        };
        let owner = Owner::this_process();
        let leases = store.leases();
        let claimed = leases.claim(&wanted, &[JobState::Queued], &owner, 60_000);
        let claimed: Vec<JobId> = claimed
            .await
            .unwrap()
            .into_iter()
            .map(|it| it.job.id)
            .collect();
        let expected = [2, 4, 0, 3].map(|at: usize| jobs[at].id.clone());
        assert_eq!(claimed, expected);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_ten_thousand_jobs_is_skipped_in_few_statements() {
    const LENGTH: usize = 10_000;
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let mut chain = vec![two_steps()];
        for _ in 1..LENGTH {
            let needs = vec![hard(&chain[chain.len() - 1])];
            chain.push(needing(needs));
        }
        let began = std::time::Instant::now();
        together(&store, &chain).await.unwrap();
        eprintln!("stored in {:?}", began.elapsed());
        let began = std::time::Instant::now();
        fail(&store, &chain[0]).await;
        eprintln!("skipped in {:?}", began.elapsed());
        for job in [&chain[1], &chain[LENGTH / 2], &chain[LENGTH - 1]] {
            let found = found(&store, &job.id).await;
            assert_eq!(found.state, JobState::Skipped);
            let expected = format!("{} failed", chain[0].id);
            assert_eq!(found.error, Some(expected));
        }
        store.close().await;
    })
    .await;
}

/// A row that says that the set was stored.
struct Row(&'static str);

#[async_trait::async_trait]
impl Beside for Row {
    async fn before(&self, on: &DatabaseTransaction) -> Result<bool> {
        let sql = format!("SELECT name FROM audience_duty WHERE name = '{}'", self.0);
        let found = on.query_one_raw(sea_orm::Statement::from_string(
            on.get_database_backend(),
            sql,
        ));
        Ok(found.await.unwrap().is_none())
    }

    async fn store(&self, on: &DatabaseTransaction, outcomes: &[Submitted]) -> Result<()> {
        let number = outcomes.len();
        let sql = format!(
            "INSERT INTO audience_duty (name, owner, until_ms) VALUES ('{}', '', {number})",
            self.0
        );
        on.execute_unprepared(&sql).await.unwrap();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_system_are_stored_beside_its_jobs_or_nothing_is() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let jobs = [two_steps(), two_steps()];
        let beside = Arc::new(Row("run"));
        let jobs_of = store.jobs();
        let stored = jobs_of.submit_together(jobs.to_vec(), beside.clone());
        assert_eq!(stored.await.unwrap().unwrap().len(), 2);
        let other = two_steps();
        let again = jobs_of.submit_together(vec![other.clone()], beside);
        assert!(again.await.unwrap().is_none());
        assert!(store.jobs().find(&other.id).await.unwrap().is_none());
        store.close().await;
    })
    .await;
}

/// Two processes on one database: one ends jobs while the other stores others that need them.
#[tokio::test(flavor = "multi_thread")]
async fn no_end_is_missed_by_a_job_that_is_stored_at_the_same_moment() {
    const ROUNDS: usize = 60;
    each(|url| async move {
        let (one, other) = (
            Store::open(&url).await.unwrap(),
            Store::open(&url).await.unwrap(),
        );
        for round in 0..ROUNDS {
            let needed: Vec<NewJob> = (0..4).map(|_| two_steps()).collect();
            together(&one, &needed).await.unwrap();
            let mut claims = Vec::new();
            for job in &needed {
                claims.push(claim(&one, &job.id, 60_000).await.unwrap());
            }
            let fails = round % 3 == 0;
            let end = async {
                for (claim, last) in claims.into_iter().zip([false, false, false, true]) {
                    match fails && last {
                        true => {
                            let jobs = one.jobs();
                            let state = JobState::Failed;
                            jobs.end(&claim, state, Some("bad")).await.unwrap();
                        }
                        false => finish(&one, claim).await,
                    }
                }
            };
            let store = async {
                let mut stored = Vec::new();
                for _ in 0..4 {
                    let near = needing(needed.iter().map(hard).collect());
                    let far = needing(vec![hard(&near), soft(&needed[0])]);
                    together(&other, &[far.clone(), near.clone()])
                        .await
                        .unwrap();
                    stored.push((near, far));
                }
                stored
            };
            let ((), stored) = tokio::join!(end, store);
            for (near, far) in stored {
                let expected = match fails {
                    true => [JobState::Skipped, JobState::Skipped],
                    false => [JobState::Queued, JobState::Blocked],
                };
                assert_eq!(states(&one, [&near, &far]).await, expected);
                if !fails {
                    assert_eq!(found(&one, &far.id).await.needs_left, 1);
                }
            }
        }
        one.close().await;
        other.close().await;
    })
    .await;
}

/// Two processes that end what one job needs, in different orders.
#[tokio::test(flavor = "multi_thread")]
async fn ends_in_two_processes_are_all_counted() {
    const ROUNDS: usize = 40;
    each(|url| async move {
        let stores = [
            Store::open(&url).await.unwrap(),
            Store::open(&url).await.unwrap(),
        ];
        for _ in 0..ROUNDS {
            let needed: Vec<NewJob> = (0..8).map(|_| two_steps()).collect();
            let after: Vec<NewJob> = (0..4)
                .map(|_| needing(needed.iter().map(hard).collect()))
                .collect();
            let set: Vec<NewJob> = needed.iter().chain(&after).cloned().collect();
            together(&stores[0], &set).await.unwrap();
            let mut claims = [vec![], vec![]];
            for (at, job) in needed.iter().enumerate() {
                let claim = claim(&stores[at % 2], &job.id, 60_000).await.unwrap();
                claims[at % 2].push(claim);
            }
            claims[1].reverse();
            let [first, second] = claims;
            let end = |store: Store, claims: Vec<Claim>| async move {
                let ends = claims.into_iter().map(|claim| finish(&store, claim));
                futures_util::future::join_all(ends).await;
            };
            tokio::join!(
                end(stores[0].clone(), first),
                end(stores[1].clone(), second)
            );
            for job in &after {
                assert_eq!(state(&stores[0], job).await, JobState::Queued);
            }
        }
        for store in stores {
            store.close().await;
        }
    })
    .await;
}

/// Two processes that store the same plan share its jobs.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_store_the_same_identities_share_them() {
    const ROUNDS: usize = 30;
    each(|url| async move {
        let stores = [
            Store::open(&url).await.unwrap(),
            Store::open(&url).await.unwrap(),
        ];
        for round in 0..ROUNDS {
            let plan = |reversed: bool| {
                let first = identified(&format!("first {round}"));
                let second = NewJob {
                    needs: vec![hard(&first)],
                    ..identified(&format!("second {round}"))
                };
                let mut plan = vec![first, second];
                if reversed {
                    plan.reverse();
                }
                plan
            };
            let plans = [plan(false), plan(true)];
            let (one, other) = tokio::join!(
                together(&stores[0], &plans[0]),
                together(&stores[1], &plans[1])
            );
            let (one, mut other) = (one.unwrap(), other.unwrap());
            other.reverse();
            let jobs = |outcomes: &[Submitted]| -> Vec<JobId> {
                outcomes.iter().map(|it| it.job().clone()).collect()
            };
            assert_eq!(jobs(&one), jobs(&other));
            let waiting = found(&stores[0], one[1].job()).await;
            assert!(WAITING.contains(&waiting.state));
            let claim = claim(&stores[1], one[0].job(), 60_000).await.unwrap();
            finish(&stores[1], claim).await;
            let waiting = found(&stores[0], one[1].job()).await;
            assert_eq!(waiting.state, JobState::Queued);
        }
        for store in stores {
            store.close().await;
        }
    })
    .await;
}
