//! Opening and making the tables.

use audience::engine::store::{Store, StoreError};

use super::databases::{each, say};

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_may_make_the_tables_at_the_same_moment() {
    each(|url| async move {
        let open = || Store::open(&url);
        let opened = tokio::join!(open(), open(), open(), open());
        let (first, second, third, fourth) = opened;
        for store in [first, second, third, fourth] {
            let store = store.unwrap();
            store.ping().await.unwrap();
            store.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_a_newer_version_are_refused() {
    each(|url| async move {
        Store::open(&url).await.unwrap().close().await;
        let newer = "INSERT INTO audience_migration (version, applied_at) VALUES ('m9_later', 1)";
        assert_eq!(say(&url, newer).await, 1);
        let refused = Store::open(&url).await.unwrap_err();
        assert!(
            matches!(&refused, StoreError::Newer { migration } if migration == "m9_later"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_were_made_in_part_are_completed() {
    each(|url| async move {
        Store::open(&url).await.unwrap().close().await;
        say(&url, "DROP TABLE audience_event").await;
        say(&url, "DELETE FROM audience_migration").await;
        let store = Store::open(&url).await.unwrap();
        let id = entity::JobId::new();
        assert!(store.events().after(&id, 0, 1).await.unwrap().is_empty());
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_a_database_does_not_repeat_its_url() {
    for url in [
        "postgres://somebody:secret@127.0.0.1:1/none",
        "mysql://somebody:secret@127.0.0.1:1/none",
    ] {
        let error = Store::open(url).await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(error.is_transient(), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
}
