//! Commits that fail on servers. Those on full disks stand in `survival`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use audience::engine::store::{JobFilter, NewJob, Store, StoreError, Submitted};
use audience::engine::{CallerError, ErrorKind};
use entity::JobId;

use super::databases::{TestDatabase, say};
use super::keeping::two_steps;
use crate::support::{CommitProxy, Fate, wait_for};

/// Each kind of server with an address that can be reached by way of a proxy.
const SERVERS: [(&str, &str); 2] = [
    ("postgres", "AUDIENCE_TEST_POSTGRES_TCP"),
    ("mysql", "AUDIENCE_TEST_MYSQL_TCP"),
];

fn keyed(key: &str) -> NewJob {
    NewJob {
        idempotency_key: Some(key.to_owned()),
        ..two_steps()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_connection_breaks_is_in_doubt_and_a_repeat_with_its_key_finds_it() {
    for (kind, variable) in SERVERS {
        let database = TestDatabase::at(kind, &std::env::var(variable).unwrap()).await;
        let next = Arc::new(Mutex::new(Fate::Passes));
        let fate = Arc::clone(&next);
        let decide = move || std::mem::replace(&mut *fate.lock().unwrap(), Fate::Passes);
        // The writer's own trials have no key.
        let proxy = CommitProxy::to(&database.url, "some key", decide);
        let store = Store::open(&proxy.url).await.unwrap();
        for (no, fate) in [Fate::LostBefore, Fate::LostBehind]
            .repeat(3)
            .iter()
            .enumerate()
        {
            let first = keyed(&format!("some key {no}"));
            *next.lock().unwrap() = *fate;
            let error = store.jobs().submit(first.clone(), 100).await.unwrap_err();
            assert!(matches!(error, StoreError::InDoubt(_)), "{kind}: {error:?}");
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            let is_stored = store.jobs().find(&first.id).await.unwrap().is_some();
            assert_eq!(is_stored, *fate == Fate::LostBehind, "{kind}");
            let again = NewJob {
                id: JobId::new(),
                ..first.clone()
            };
            let submitted = store.jobs().submit(again.clone(), 100).await.unwrap();
            let expected = match is_stored {
                true => Submitted::Existing(first.id),
                false => Submitted::New(again.id),
            };
            assert_eq!(submitted, expected, "{kind}");
        }
        let stored = store.jobs().page(&JobFilter::default(), 100).await.unwrap();
        assert_eq!(stored.len(), 6, "{kind}: one for each key");
        store.close().await;
        database.drop_it().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_never_answered_fails_and_the_store_recovers_by_itself() {
    for (kind, variable) in SERVERS {
        let database = TestDatabase::at(kind, &std::env::var(variable).unwrap()).await;
        let next = Arc::new(Mutex::new(Fate::Passes));
        let fate = Arc::clone(&next);
        let decide = move || std::mem::replace(&mut *fate.lock().unwrap(), Fate::Passes);
        let proxy = CommitProxy::to(&database.url, "some key", decide);
        let lease = Duration::from_secs(2);
        let store = Store::open_for(&proxy.url, lease).await.unwrap();
        *next.lock().unwrap() = Fate::Silent;
        let first = keyed("some key");
        let error = store.jobs().submit(first.clone(), 100).await.unwrap_err();
        // A server that ends the silent session first says so, and that is certain.
        let is_told = matches!(error, StoreError::InDoubt(_) | StoreError::NotCommitted(_));
        assert!(is_told, "{kind}: {error:?}");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        wait_for("the store works again", async || {
            let works = store.health().trouble().is_none();
            works.then_some(())
        })
        .await;
        // The server has undone it, or does so before it lets go of the key.
        let again = NewJob {
            id: JobId::new(),
            ..first
        };
        let submitted = store.jobs().submit(again.clone(), 100).await.unwrap();
        assert_eq!(submitted, Submitted::New(again.id), "{kind}");
        store.close().await;
        database.drop_it().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_the_database_refuses_stores_nothing_and_the_store_recovers_by_itself() {
    let database = TestDatabase::of("postgres").await;
    let store = Store::open(&database.url).await.unwrap();
    say(
        &database.url,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$",
    )
    .await;
    let tables = ["audience_job", "audience_duty"];
    for table in tables {
        let trigger = format!(
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {table}
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
        );
        say(&database.url, &trigger).await;
    }
    for _ in 0..3 {
        let refused = two_steps();
        let error = store.jobs().submit(refused.clone(), 100).await.unwrap_err();
        assert!(matches!(error, StoreError::NotCommitted(_)), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(store.jobs().find(&refused.id).await.unwrap(), None);
        assert!(store.health().trouble().is_some());
    }
    for table in tables {
        say(&database.url, &format!("DROP TRIGGER refuse ON {table}")).await;
    }
    wait_for("the store works again", async || {
        store.health().trouble().is_none().then_some(())
    })
    .await;
    let kept = two_steps();
    store.jobs().submit(kept.clone(), 100).await.unwrap();
    assert!(store.jobs().find(&kept.id).await.unwrap().is_some());
    store.close().await;
    database.drop_it().await;
}
