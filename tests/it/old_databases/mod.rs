//! Databases that an earlier version left in the middle of its work; see README.md.
//!
//! What they hold is asserted before and after the migration, and then everything that had not ended
//! has to continue and end as if nothing had happened.

mod dispatched;
mod labelled;
mod restored;

use audience::engine::store::Store;
use entity::JobState;

use self::restored::Restored;

/// States that jobs have as soon as the database is open, by the beginnings of their names.
const STATES: &[(&str, JobState)] = &[
    ("label_swept", JobState::Succeeded),
    ("label_succeeded", JobState::Succeeded),
    ("label_cancelled", JobState::Cancelled),
    ("label_failed", JobState::Failed),
    ("label_counting_down", JobState::Running),
    ("label_running", JobState::Running),
    ("label_queued", JobState::Queued),
    ("noop_queued", JobState::Queued),
    ("noop_running", JobState::Running),
    ("noop_succeeded", JobState::Succeeded),
    ("dispatch_swept", JobState::Succeeded),
    ("finished", JobState::Succeeded),
    ("rerun", JobState::Succeeded),
    ("failed", JobState::Failed),
    ("untaken", JobState::Failed),
    ("cancelled", JobState::Cancelled),
    ("ready", JobState::Parked),
    ("waiting", JobState::Parked),
    ("leased", JobState::Parked),
    ("lease_lapsed", JobState::Parked),
    ("running", JobState::Parked),
    ("kafka", JobState::Parked),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_old_database_is_migrated_in_place() {
    for kind in ["sqlite", "postgres", "mysql"] {
        eprintln!("on {kind}");
        let old = Restored::of(kind).await;
        let before = old.unchanging().await;
        let store = Store::open(&old.database.url).await.unwrap();
        states_are_as_expected(&old, &store).await;
        store.close().await;
        assert_eq!(
            old.unchanging().await,
            before,
            "a migration changes no history"
        );

        let program = old.start(None).await;
        labelled::everything_ends_right(&old, &program).await;
        dispatched::everything_can_be_continued(&old, &program).await;
        for (name, _) in old.jobs_named("noop_") {
            let ended = program.wait_until_ended(&old.job(name)).await;
            assert_eq!(ended, JobState::Succeeded, "{name}");
        }
        program.stop().await;
        old.database.drop_it().await;
    }
}

async fn states_are_as_expected(old: &Restored, store: &Store) {
    for (name, _) in old.jobs_named("") {
        let job = store.jobs().find(&old.job(name)).await.unwrap().unwrap();
        let (_, expected) = STATES
            .iter()
            .find(|(beginning, _)| name.starts_with(beginning))
            .unwrap();
        assert_eq!(job.state, *expected, "{name}");
        let events = store.events().after(&job.id, 0, 10).await.unwrap();
        assert_eq!(events.is_empty(), name.ends_with("_swept"), "{name}");
    }
}
