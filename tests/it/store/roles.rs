//! Limits of the engine's role, and pools of connections that others use, too.

use std::error::Error;

use audience::engine::store::Store;
use entity::JobState;

use super::engine::stored_in;
use crate::support::{DatabaseKind, OwnDatabase, Pool, TestApp, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_longer_than_the_role_may_is_stored() {
    for kind in DatabaseKind::SERVERS {
        let made = tokio::task::spawn_blocking(move || OwnDatabase::of_limited_role(kind, &[]));
        let database = made.await.unwrap();
        let app = TestApp::with().settings(stored_in(database.url.clone()));
        let app = app.start(&corpus(30)).await;
        let database = tokio::task::spawn_blocking(move || {
            database.slow_down("audience_job");
            database.slow_down("audience_batch");
            database
        });
        let database = database.await.unwrap();
        let id = app.submit().await;
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        app.stop().await;
        tokio::task::spawn_blocking(move || drop(database))
            .await
            .unwrap();
    }
}

/// It sets plans and limits for sessions, and keeps statements in them.
#[test]
fn a_pool_of_others_is_refused_by_name() {
    let database = OwnDatabase::new(DatabaseKind::Postgres);
    for ignored in ["extra_float_digits", "extra_float_digits, options"] {
        let pool = Pool::start(ignored);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let url = pool.url(&database);
        let opened = runtime.block_on(async { Store::open(&url).await.map(drop) });
        let error = opened.unwrap_err();
        assert!(!error.is_transient());
        assert!(
            error.to_string().contains("a pool of connections"),
            "{error}"
        );
        assert!(error.source().is_none());
    }
}
