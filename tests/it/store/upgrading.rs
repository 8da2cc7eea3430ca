//! Databases that an earlier version wrote, with jobs in every state.

use audience::engine::noop::flow;
use audience::engine::store::{NewJob, Store};
use entity::{JobId, JobState};
use migration::{Migrator, MigratorTrait};
use sea_orm::Database;

use super::databases::{each, say};
use super::engine::stored_in;
use crate::support::{TestApp, corpus};

/// Migrations that the first released database had.
const FIRST: u32 = 1;

/// States that its jobs could be in.
const FIRST_STATES: &[JobState] = &[
    JobState::Queued,
    JobState::Running,
    JobState::Succeeded,
    JobState::Failed,
    JobState::Cancelled,
];

/// The job as the first version stored it, in this state.
async fn write(url: &str, job: &NewJob, state: JobState) {
    let (id, ended) = (&job.id, if state.has_ended() { "2" } else { "NULL" });
    let (state, started) = (
        state.as_str(),
        if state == JobState::Queued {
            "NULL"
        } else {
            "1"
        },
    );
    let insert = format!(
        "INSERT INTO audience_job (id, flow, state, queue, request, request_digest,
             cancel_requested, generation, created_at, started_at, ended_at, lease_owner,
             lease_until_ms, lease_epoch)
         VALUES ('{id}', 'noop', '{state}', 'queue1', '{{}}', '', FALSE, 0, 1, {started}, {ended},
                 {}, {}, 1)",
        if state == "running" {
            "'gone/1/1/x'"
        } else {
            "NULL"
        },
        if state == "running" { "1" } else { "NULL" },
    );
    assert_eq!(say(url, &insert).await, 1);
    for (no, step) in job.steps.iter().enumerate() {
        let insert = format!(
            "INSERT INTO audience_step (job_id, no, name, kind, params, after, delay_s, state,
                 failures)
             VALUES ('{id}', {no}, '{}', '{}', '{}', '{}', 0, '{}', 0)",
            step.name,
            step.kind,
            step.params,
            serde_json::json!(step.after),
            if state == "succeeded" {
                "completed"
            } else {
                "pending"
            },
        );
        say(url, &insert).await;
    }
    let told = format!(
        "INSERT INTO audience_event (job_id, at, kind, data) VALUES ('{id}', 1, 'job.queued', '{{}}')"
    );
    say(url, &told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_version_goes_on_with_a_job_in_each_state() {
    each(|url| async move {
        // What the options of the program would make, too.
        let place = url.clone()
            + if url.starts_with("sqlite") {
                "?mode=rwc"
            } else {
                ""
            };
        let database = Database::connect(&place).await.unwrap();
        Migrator::up(&database, Some(FIRST)).await.unwrap();
        database.close().await.unwrap();
        let mut jobs = Vec::new();
        for state in FIRST_STATES {
            let job = flow::job(JobId::new(), 2, 0).unwrap();
            write(&url, &job, *state).await;
            jobs.push((job.id, *state));
        }

        let store = Store::open(&url).await.unwrap();
        for (id, state) in &jobs {
            let job = store.jobs().find(id).await.unwrap().unwrap();
            assert_eq!(job.state, *state);
            assert_eq!(store.events().after(id, 0, 10).await.unwrap().len(), 1);
        }
        store.close().await;
        let app = TestApp::with().settings(stored_in(url));
        let app = app.start(&corpus(1)).await;
        for (id, state) in &jobs {
            let expected = match state {
                JobState::Queued | JobState::Running => JobState::Succeeded,
                ended => *ended,
            };
            assert_eq!(app.wait_until_ended(id).await, expected);
        }
        app.stop().await;
    })
    .await;
}
