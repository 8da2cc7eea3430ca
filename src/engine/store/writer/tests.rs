use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use entity::duty;
use futures_util::future::{BoxFuture, join_all};
use sea_orm::{
    ActiveValue::Set, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
};

use super::flushing::Log;
use super::{Connect, SetOperation, SetOutcome};
use crate::engine::store::connect::Place;
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

/// Connections to a file, with a log whose flushes wait until they are let through.
struct HeldBack {
    place: Place,
    log: Arc<HeldLog>,
}

#[derive(Default)]
struct HeldLog {
    state: Mutex<LogState>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum LogState {
    #[default]
    Held,
    Fails,
    Works,
}

impl HeldLog {
    fn set(&self, state: LogState) {
        *self.state.lock().unwrap() = state;
        self.changed.notify_all();
    }
}

struct SharedLog(Arc<HeldLog>);

impl Log for SharedLog {
    fn flush(&self) -> io::Result<()> {
        let state = self.0.state.lock().unwrap();
        let is_held = |state: &mut LogState| *state == LogState::Held;
        match *self.0.changed.wait_while(state, is_held).unwrap() {
            LogState::Fails => Err(io::Error::other("the disk has failed")),
            LogState::Held | LogState::Works => Ok(()),
        }
    }
}

impl Connect for HeldBack {
    fn connect(&self) -> BoxFuture<'_, std::result::Result<DatabaseConnection, DbErr>> {
        Box::pin(self.place.connect(1, LEASE))
    }

    fn log(&self) -> Option<Arc<dyn Log>> {
        Some(Arc::new(SharedLog(Arc::clone(&self.log))))
    }
}

const LEASE: Duration = Duration::from_secs(15);

async fn open_held() -> (Opened, Arc<HeldLog>) {
    let Opened { store, _folder } = open().await;
    store.close().await;
    let url = format!("sqlite://{}", _folder.path().join("engine.db").display());
    let place = Place::of_url(&url).unwrap();
    let read = place.connect(1, LEASE).await.unwrap();
    let log = Arc::<HeldLog>::default();
    let connect = HeldBack {
        place,
        log: Arc::clone(&log),
    };
    let store = Store::simulated(read, Arc::new(connect));
    (Opened { store, _folder }, log)
}

#[tokio::test]
async fn what_has_to_be_durable_waits_for_the_flush_and_nothing_else_does() {
    let (Opened { store, _folder }, log) = open_held().await;
    store.durable().so_far().await;
    let mut at_once = Box::pin(store.write(|on| Box::pin(put(on, "at once"))));
    assert!(futures_util::poll!(&mut at_once).is_pending());
    let soon = store.write_soon(|on| Box::pin(put(on, "soon")));
    soon.await.unwrap();
    // It is in the same log, after the other.
    assert_eq!(names(&store).await, ["at once", "soon"]);
    assert!(futures_util::poll!(&mut at_once).is_pending());
    let mut durable = Box::pin(store.durable().so_far());
    assert!(futures_util::poll!(&mut durable).is_pending());
    log.set(LogState::Works);
    durable.await;
    at_once.await.unwrap();
}

#[tokio::test]
async fn a_flush_that_fails_leaves_its_callers_in_doubt() {
    let (Opened { store, _folder }, log) = open_held().await;
    log.set(LogState::Fails);
    let failed = store.write(|on| Box::pin(put(on, "in doubt"))).await;
    assert!(matches!(failed, Err(StoreError::InDoubt(_))), "{failed:?}");
    assert_eq!(names(&store).await, ["in doubt"]);
    assert!(store.health().trouble().is_some());
    log.set(LogState::Works);
    let stored = store.write(|on| Box::pin(put(on, "stored"))).await;
    stored.unwrap();
    assert_eq!(store.health().trouble(), None);
}
