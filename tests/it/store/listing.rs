//! Lists of jobs.

use audience::engine::store::{JobFilter, NewJob, Store};
use entity::{JobId, JobState};

use super::databases::{each, say};
use super::keeping::two_steps;

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_by_who_or_what_has_started_them() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let submit = async |started_by: Option<&str>, starter: Option<&str>| {
            let job = NewJob {
                started_by: started_by.map(str::to_owned),
                starter: starter.map(str::to_owned),
                ..two_steps()
            };
            store.jobs().submit(job.clone(), 10).await.unwrap();
            job.id
        };
        let by_anna = submit(Some("anna"), None).await;
        let of_a_run = submit(None, Some("anna")).await;
        let fired = submit(None, Some("schedules/nightly")).await;
        let unknown = submit(None, None).await;
        let listed = async |started_by: Option<&str>| -> Vec<JobId> {
            let filter = JobFilter {
                started_by: started_by.map(str::to_owned),
                ..JobFilter::default()
            };
            let jobs = store.jobs().page(&filter, 10).await.unwrap();
            jobs.into_iter().map(|job| job.id).collect()
        };
        let all = [&unknown, &fired, &of_a_run, &by_anna].map(Clone::clone);
        assert_eq!(listed(None).await, all);
        assert_eq!(listed(Some("anna")).await, [of_a_run, by_anna.clone()]);
        assert_eq!(listed(Some("schedules/nightly")).await, [fired]);
        assert!(listed(Some("Anna")).await.is_empty());
        assert!(listed(Some("schedules")).await.is_empty());
        // Only those who submit a job learn how it ends.
        let found = store.jobs().find(&by_anna).await.unwrap().unwrap();
        assert_eq!(found.started_by.as_deref(), Some("anna"));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_usually_take_as_long_as_those_that_are_alike() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let submit = async |flow: &str, subject: Option<&str>, title: &str| {
            let job = NewJob {
                flow: flow.to_owned(),
                subject: subject.map(str::to_owned),
                title: Some(title.to_owned()),
                ..two_steps()
            };
            store.jobs().submit(job.clone(), 1_000).await.unwrap();
            job.id
        };
        let ended = async |id: &JobId, state: JobState, took: i64| {
            let sql = format!(
                "UPDATE audience_job SET state = '{}', started_at = 1000, ended_at = {} \
                 WHERE id = '{id}'",
                state.as_str(),
                1_000 + took
            );
            assert_eq!(say(&url, &sql).await, 1);
        };
        // Older than those that are looked at.
        for _ in 0..10 {
            let id = submit("a", Some("x"), "one").await;
            ended(&id, JobState::Succeeded, 900).await;
        }
        for no in 0..50 {
            let id = submit("a", Some("x"), "one").await;
            match no % 10 {
                5 => ended(&id, JobState::Succeeded, 10 * (no / 10 + 1)).await,
                _ => ended(&id, JobState::Failed, 1).await,
            }
        }
        for (flow, subject) in [("a", Some("y")), ("b", Some("x"))] {
            for took in [7, 9] {
                let id = submit(flow, subject, "one").await;
                ended(&id, JobState::Succeeded, took).await;
            }
        }
        for took in [5, 6, 100] {
            let id = submit("a", None, "阿美").await;
            ended(&id, JobState::Succeeded, took).await;
        }
        let asked = [
            (submit("a", Some("x"), "other").await, Some(30)),
            (submit("a", None, "阿美").await, Some(6)),
            // Two are too few, and there is none like these.
            (submit("b", Some("x"), "one").await, None),
            (submit("a", Some("y"), "one").await, None),
            (submit("a", None, &"z".repeat(300)).await, None),
        ];
        let mut jobs = Vec::new();
        for (id, _) in &asked {
            jobs.push(store.jobs().find(id).await.unwrap().unwrap());
        }
        let usual = store.jobs().usual_times(&jobs).await.unwrap();
        for (job, (_, expected)) in jobs.iter().zip(&asked) {
            assert_eq!(usual.of(job), *expected, "{job:?}");
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_counted_by_flow_and_state_as_far_as_they_fit() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let mut ids = Vec::new();
        for (flow, text) in [("a", "x"), ("a", "y"), ("b", "x"), ("a", "X%")] {
            let job = NewJob {
                flow: flow.to_owned(),
                title: Some(text.to_owned()),
                ..two_steps()
            };
            store.jobs().submit(job.clone(), 10).await.unwrap();
            ids.push(job.id);
        }
        let kinds = async |text: Option<&str>, most: u64| {
            let filter = JobFilter {
                text: text.map(str::to_owned),
                ..JobFilter::default()
            };
            let mut kinds = store.jobs().kinds(&filter, most).await.unwrap();
            kinds.sort_by(|one, other| one.flow.cmp(&other.flow));
            let kinds = kinds.into_iter();
            let kinds = kinds.map(|kind| {
                assert_eq!(kind.state, JobState::Queued);
                (kind.flow.clone(), kind.newest.clone(), kind.jobs())
            });
            kinds.collect::<Vec<_>>()
        };
        let kind =
            |flow: &str, newest: usize, jobs: u64| (flow.to_owned(), ids[newest].clone(), jobs);
        assert_eq!(kinds(None, 10).await, [kind("a", 3, 3), kind("b", 2, 1)]);
        assert_eq!(kinds(None, 2).await, [kind("a", 3, 1), kind("b", 2, 1)]);
        assert_eq!(kinds(Some("x%"), 10).await, [kind("a", 3, 1)]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_rerun_the_same_job_one_does() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        store.jobs().submit(job.clone(), 10).await.unwrap();
        let fail = async |at: i64| {
            let sql = format!(
                "UPDATE audience_job SET state = 'failed', lease_epoch = 1, ended_at = {at} \
                 WHERE id = '{}'",
                job.id
            );
            assert_eq!(say(&url, &sql).await, 1);
            store.jobs().find(&job.id).await.unwrap().unwrap()
        };
        let failed = fail(1).await;
        let jobs = store.jobs();
        let both = tokio::join!(jobs.rerun_as_seen(&failed), jobs.rerun_as_seen(&failed));
        assert_ne!(both.0.unwrap(), both.1.unwrap());
        let again = fail(2).await;
        assert!(!jobs.rerun_as_seen(&failed).await.unwrap());
        assert!(jobs.resume(&job.id).await.unwrap());
        let resumed = fail(3).await;
        assert!(!jobs.rerun_as_seen(&again).await.unwrap());
        assert!(jobs.rerun_as_seen(&resumed).await.unwrap());
        store.close().await;
    })
    .await;
}
