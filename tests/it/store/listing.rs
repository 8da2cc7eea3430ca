//! Lists of jobs.

use audience::engine::store::{JobFilter, NewJob, Store};
use entity::JobId;

use super::databases::each;
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
