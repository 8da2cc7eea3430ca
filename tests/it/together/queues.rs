//! Limits that hold for both together.

use entity::JobState;
use futures_util::future::join_all;
use serde_json::json;

use super::{Pair, few_posts};
use crate::support::{DatabaseKind, usual_pattern};

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_has_its_places_once() {
    const JOBS: usize = 12;
    const PLACES: i32 = 2;
    for kind in DatabaseKind::ALL {
        let pair = Pair::start(kind, &few_posts(), |settings| {
            settings.runtime.jobs_at_once = 8;
            settings.runtime.queue_jobs_max = [("queue1".to_owned(), PLACES as u64)].into();
        })
        .await;
        let submitted = join_all((0..JOBS).map(|no| pair.programs[no % 2].submit())).await;
        for job in &submitted {
            let ended = pair.programs[0].wait_until_ended(job).await;
            assert_eq!(ended, JobState::Succeeded);
        }
        let kinds = pair.texts(
            "SELECT kind FROM audience_event
             WHERE kind IN ('job.started', 'job.succeeded') ORDER BY seq",
        );
        assert_eq!(kinds.len(), 2 * JOBS);
        let mut running = 0;
        for kind in &kinds {
            running += if kind == "job.started" { 1 } else { -1 };
            assert!(running <= PLACES, "{kinds:?}");
        }
        pair.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_jobs_wait_than_may() {
    const MOST: u64 = 10;
    for kind in DatabaseKind::ALL {
        let pair = Pair::start(kind, &few_posts(), |settings| {
            settings.runtime.jobs_queued_max = MOST;
            settings.runtime.queue_jobs_max = [("blocked".to_owned(), 1)].into();
        })
        .await;
        // Nobody takes further jobs of this queue.
        let body = json!({ "labelling": { "rules": usual_pattern() }, "queue": "blocked" });
        let mut block = body.clone();
        block["labelling"]["countdown_s"] = json!(3600);
        pair.programs[0].post("/v1/jobs", &block).await;
        for job in pair.texts("SELECT id FROM audience_job") {
            let id = job.parse().unwrap();
            pair.programs[0]
                .wait_until(&id, |job| job.state == JobState::Parked)
                .await;
        }
        let calls = (0..60).map(|no| pair.programs[no % 2].post("/v1/jobs", &body));
        let answers = join_all(calls).await;
        for (status, answer) in &answers {
            assert!([202, 429].contains(status), "{answer}");
        }
        let taken = answers.iter().filter(|(status, _)| *status == 202).count() as u64;
        assert_eq!(taken, MOST);
        pair.stop().await;
    }
}
