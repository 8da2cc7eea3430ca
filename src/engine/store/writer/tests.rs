use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entity::duty;
use futures_util::future::join_all;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, Statement,
};

use super::{SetOperation, SetOutcome};
use crate::engine::store::{Result, Store, StoreError, query};

struct Opened {
    store: Store,
    _folder: tempfile::TempDir,
}

async fn open() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("engine.db").display());
    let store = Store::open(&url).await.unwrap();
    Opened {
        store,
        _folder: folder,
    }
}

async fn put(on: &DatabaseTransaction, name: &str) -> Result<()> {
    let row = duty::ActiveModel {
        name: Set(name.to_owned()),
        owner: Set(String::new()),
        until_ms: Set(0),
    };
    let stored = duty::Entity::insert(row).exec_without_returning(on).await;
    stored.map(drop).map_err(query("store a row"))
}

async fn names(store: &Store) -> Vec<String> {
    let rows = duty::Entity::find().all(&store.read).await.unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

fn failure() -> StoreError {
    StoreError::QueueFull { limit: 0 }
}

#[tokio::test]
async fn an_operation_that_fails_or_panics_is_undone_alone() {
    let Opened { store, _folder } = open().await;
    let operations = (0..30).map(|no| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .write(move |on| {
                    Box::pin(async move {
                        put(on, &format!("{no:02}")).await?;
                        match no % 3 {
                            0 => Ok(no),
                            1 => Err(failure()),
                            _ => panic!("operation {no}"),
                        }
                    })
                })
                .await
        })
    });
    let outcomes = join_all(operations.collect::<Vec<_>>()).await;
    for (no, outcome) in outcomes.into_iter().enumerate() {
        match no % 3 {
            0 => assert_eq!(outcome.unwrap().unwrap(), no),
            1 => assert!(matches!(
                outcome.unwrap(),
                Err(StoreError::QueueFull { .. })
            )),
            _ => assert!(outcome.unwrap_err().is_panic(), "its caller panics"),
        }
    }
    let kept: Vec<String> = (0..30).step_by(3).map(|no| format!("{no:02}")).collect();
    assert_eq!(names(&store).await, kept);
}

#[tokio::test]
async fn an_operation_whose_caller_stopped_waiting_is_not_begun() {
    let Opened { store, _folder } = open().await;
    // It waits in the queue, for this task does not let the writer run in between.
    let mut abandoned =
        Box::pin(store.write(|on| Box::pin(async move { put(on, "abandoned").await })));
    assert!(futures_util::poll!(&mut abandoned).is_pending());
    drop(abandoned);
    store
        .write(|on| Box::pin(async move { put(on, "kept").await }))
        .await
        .unwrap();
    assert_eq!(names(&store).await, ["kept"]);
}

/// Counts the sets in which its like are done.
struct Counted {
    name: &'static str,
    sets: Arc<AtomicUsize>,
}

impl SetOperation for Counted {
    type Outcome = usize;

    /// How many operations of this type were done before.
    type Memory = usize;

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        done: &mut usize,
    ) -> Result<SetOutcome<usize>> {
        let mut outcomes = Vec::new();
        for one in set {
            one.sets.fetch_add(1, Ordering::Relaxed);
            put(on, one.name).await?;
            match one.name {
                "undone" => return Ok(SetOutcome::Undo(100)),
                "panics" => panic!("a set"),
                _ => {}
            }
            outcomes.push(Ok(*done));
            *done += 1;
        }
        Ok(SetOutcome::Keep(outcomes))
    }
}

#[tokio::test]
async fn operations_of_one_type_are_done_in_a_set_which_is_taken_apart_if_it_fails() {
    let Opened { store, _folder } = open().await;
    let sets = Arc::new(AtomicUsize::new(0));
    let run = |names: &'static [&'static str]| {
        let operations = names.iter().map(|name| {
            let (store, sets) = (store.clone(), Arc::clone(&sets));
            tokio::spawn(async move { store.write_in_set(Counted { name, sets }).await })
        });
        join_all(operations.collect::<Vec<_>>())
    };
    let outcomes = run(&["a", "b", "c"]).await;
    let outcomes: Vec<usize> = outcomes
        .into_iter()
        .map(|one| one.unwrap().unwrap())
        .collect();
    assert_eq!(outcomes, [0, 1, 2]);
    assert_eq!(sets.swap(0, Ordering::Relaxed), 3, "each is done once");

    let mut outcomes = run(&["d", "undone", "a", "panics", "e"]).await;
    assert_eq!(names(&store).await, ["a", "b", "c", "d", "e"]);
    assert!(outcomes.pop().unwrap().is_ok_and(|outcome| outcome.is_ok()));
    assert!(outcomes.pop().unwrap().is_err_and(|end| end.is_panic()));
    assert!(matches!(
        outcomes.pop().unwrap().unwrap(),
        Err(StoreError::Query { .. })
    ));
    assert_eq!(outcomes.pop().unwrap().unwrap().unwrap(), 100);
    assert_eq!(outcomes.pop().unwrap().unwrap().unwrap(), 0, "forgotten");
    assert_eq!(duty::Entity::find().count(&store.read).await.unwrap(), 5);
}

/// What SQLite is set to within a transaction: 2 syncs at its end, 1 does not.
async fn synchronous(on: &DatabaseTransaction) -> Result<i64> {
    let asked = Statement::from_string(on.get_database_backend(), "PRAGMA synchronous");
    let row = on.query_one_raw(asked).await.map_err(query("look"))?;
    Ok(row.unwrap().try_get("", "synchronous").unwrap())
}

#[tokio::test]
async fn only_what_has_to_be_durable_at_once_is_synced() {
    let Opened { store, _folder } = open().await;
    for _ in 0..2 {
        let soon = store.write_soon(|on| Box::pin(synchronous(on))).await;
        assert_eq!(soon.unwrap(), 1);
        let at_once = store.write(|on| Box::pin(synchronous(on))).await;
        assert_eq!(at_once.unwrap(), 2);
    }
}

#[tokio::test]
async fn what_has_to_be_durable_at_once_is_never_in_a_transaction_that_is_not() {
    let Opened { store, _folder } = open().await;
    let writes = (0..200).map(|no| {
        let store = store.clone();
        tokio::spawn(async move {
            match no % 2 {
                0 => store
                    .write_soon(|on| Box::pin(synchronous(on)))
                    .await
                    .map(|_| 2),
                _ => store.write(|on| Box::pin(synchronous(on))).await,
            }
        })
    });
    for written in join_all(writes).await {
        assert_eq!(written.unwrap().unwrap(), 2);
    }
}
