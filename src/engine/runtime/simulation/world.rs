//! What all processes share: the database, the output, the seed's chance, the history.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use entity::{JobId, JobState};
use rusqlite::{Connection, OptionalExtension};
use tempfile::TempDir;

use super::invariants::Watch;
use super::output::{Output, Work};
use super::process::Vitals;
use crate::clock;
use crate::engine::store::Store;

/// Numbers that a seed determines.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(super) fn millis(&mut self, most: u64) -> Duration {
        Duration::from_millis(1 + self.below(most))
    }
}

/// How a commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitFailure {
    /// Nothing of it is stored.
    NotStored,
    /// It is stored, and its caller does not learn of it.
    Stored,
}

/// Clones are the same world.
#[derive(Clone)]
pub(super) struct World(Arc<Inner>);

struct Inner {
    seed: u64,
    /// Where the database is.
    folder: TempDir,
    began: OnceLock<i64>,
    /// Who looks on.
    observer: Mutex<Connection>,
    output: Mutex<Output>,
    watch: Mutex<Watch>,
    chance: Mutex<Chance>,
    /// One statement in so many fails; 0: none does.
    statements_fail: Mutex<u64>,
    /// The same for commits.
    commits_fail: Mutex<u64>,
    is_calm: AtomicBool,
    history: Mutex<Vec<String>>,
    wrong: Mutex<Option<String>>,
    expected: Mutex<BTreeMap<JobId, Work>>,
    /// How many processes there were.
    lives: Mutex<u32>,
    now: Mutex<Duration>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "World({})", self.0.seed)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let folder = TempDir::new().expect("a folder");
        let observer = open(folder.path());
        observer.execute_batch(schema()).expect("the tables");
        let mut chance = Chance::of(!seed);
        let statements_fail = [0, 40, 150][chance.below(3) as usize];
        let commits_fail = [0, 6, 25][chance.below(3) as usize];
        Self(Arc::new(Inner {
            seed,
            folder,
            began: OnceLock::new(),
            observer: Mutex::new(observer),
            output: Mutex::new(Output::default()),
            watch: Mutex::new(Watch::default()),
            chance: Mutex::new(chance),
            statements_fail: Mutex::new(statements_fail),
            commits_fail: Mutex::new(commits_fail),
            is_calm: AtomicBool::new(false),
            history: Mutex::new(Vec::new()),
            wrong: Mutex::new(None),
            expected: Mutex::new(BTreeMap::new()),
            lives: Mutex::new(0),
            now: Mutex::new(Duration::ZERO),
        }))
    }

    pub(super) fn seed(&self) -> u64 {
        self.0.seed
    }

    /// Another connection to the database.
    pub(super) fn connect(&self) -> Connection {
        open(self.0.folder.path())
    }

    pub(super) fn chance<T>(&self, of: impl FnOnce(&mut Chance) -> T) -> T {
        of(&mut locked(&self.0.chance))
    }

    pub(super) fn output<T>(&self, of: impl FnOnce(&mut Output) -> T) -> T {
        of(&mut locked(&self.0.output))
    }

    pub(super) fn a_statement_fails(&self) -> bool {
        let one_in = *locked(&self.0.statements_fail);
        one_in > 0 && self.chance(|chance| chance.one_in(one_in))
    }

    /// Whether, and how, the commit fails that is being made.
    pub(super) fn a_commit_fails(&self) -> Option<CommitFailure> {
        let one_in = *locked(&self.0.commits_fail);
        self.chance(|chance| {
            let fails = one_in > 0 && chance.one_in(one_in);
            fails.then(|| match chance.one_in(2) {
                true => CommitFailure::Stored,
                false => CommitFailure::NotStored,
            })
        })
    }

    pub(super) fn calm_down(&self) {
        *locked(&self.0.statements_fail) = 0;
        *locked(&self.0.commits_fail) = 0;
        self.0.is_calm.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_calm(&self) -> bool {
        self.0.is_calm.load(Ordering::Relaxed)
    }

    /// Whether the process that asks is to die now.
    pub(super) fn somebody_dies(&self) -> bool {
        !self.is_calm() && self.chance(|chance| chance.one_in(400))
    }

    /// A new process in this slot.
    pub(super) fn new_vitals(&self, slot: usize) -> Arc<Vitals> {
        let mut lives = locked(&self.0.lives);
        let letter = ["A", "B"][slot];
        *lives += 1;
        Arc::new(Vitals::new(format!("{letter}{lives}")))
    }

    /// Since the beginning.
    pub(super) fn now(&self) -> Duration {
        *locked(&self.0.now)
    }

    /// Time passes for everybody.
    pub(super) fn pass(&self, moment: Duration) {
        *locked(&self.0.now) += moment;
        clock::simulated::stop_at(self.now());
    }

    /// Runs something in a process, whose clock goes on from now. For the others it takes no time.
    pub(super) fn within<F: Future>(&self, tokio: &tokio::runtime::Runtime, work: F) -> F::Output {
        let done = tokio.block_on(async {
            clock::simulated::go_on_from(self.now());
            work.await
        });
        clock::simulated::stop_at(self.now());
        done
    }

    pub(super) fn say(&self, what: impl Display) {
        let now = clock::steady::now_micros();
        let began = *self.0.began.get_or_init(|| now);
        let line = format!("{:>12.3} s  {what}", (now - began) as f64 / 1e6);
        locked(&self.0.history).push(line);
    }

    pub(super) fn history(&self) -> Vec<String> {
        locked(&self.0.history).clone()
    }

    pub(super) fn is_wrong(&self, what: impl Display) {
        let mut wrong = locked(&self.0.wrong);
        if wrong.is_none() {
            *wrong = Some(what.to_string());
            drop(wrong);
            self.say(format!("WRONG: {what}"));
        }
    }

    pub(super) fn is_well(&self) -> Result<(), String> {
        match &*locked(&self.0.wrong) {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(()),
        }
    }

    /// After each commit.
    pub(super) fn look(&self) {
        let observer = locked(&self.0.observer);
        let looked = locked(&self.0.watch).look(&observer, &locked(&self.0.output));
        drop(observer);
        if let Err(wrong) = looked {
            self.is_wrong(wrong);
        }
    }

    pub(super) fn expect(&self, id: &JobId, work: &Work) {
        locked(&self.0.expected).insert(id.clone(), work.clone());
    }

    pub(super) fn state_of(&self, id: &JobId) -> JobState {
        let text: Option<String> = locked(&self.0.observer)
            .query_row(
                "SELECT state FROM audience_job WHERE id = ?1",
                [id.as_str()],
                |row| row.get(0),
            )
            .optional()
            .expect("a state");
        let state = JobState::ALL
            .iter()
            .find(|state| Some(state.as_str()) == text.as_deref());
        state.copied().unwrap_or(JobState::Queued)
    }

    /// How an ended job has to have ended.
    pub(super) fn check_end(&self, id: &JobId, state: JobState) -> Result<(), String> {
        let expected = locked(&self.0.expected);
        let work = expected.get(id).ok_or("an unknown job")?;
        locked(&self.0.output).check_end(id, work, state)
    }

    /// Nothing may be held once nothing runs.
    pub(super) fn check_rest(&self) -> Result<(), String> {
        for (what, sql) in [
            (
                "leases are held",
                "SELECT count(*) FROM audience_job WHERE lease_owner IS NOT NULL",
            ),
            (
                "attempts are open",
                "SELECT count(*) FROM audience_attempt WHERE outcome = 'running'",
            ),
        ] {
            let count: i64 = locked(&self.0.observer)
                .query_row(sql, [], |row| row.get(0))
                .map_err(|error| error.to_string())?;
            if count > 0 {
                return Err(format!("{count} {what} at rest:\n{}", self.dump()));
            }
        }
        self.is_well()
    }

    /// The jobs with what there is to know of them.
    pub(super) fn dump(&self) -> String {
        let observer = locked(&self.0.observer);
        let mut text = String::new();
        for sql in [
            "SELECT id || ' ' || state || ' holder ' || coalesce(lease_owner, '-') || ' epoch ' ||
                 lease_epoch || ' waiting ' || coalesce(waiting, '-') || ' error ' ||
                 coalesce(error, '-') FROM audience_job",
            "SELECT job_id || ' batch ' || step_no || '.' || no || ' ' || state || ' attempts ' ||
                 attempts || ' failures ' || failures || ' outages ' || outages || ' ' ||
                 coalesce(last_error, '') FROM audience_batch",
        ] {
            let mut statement = observer.prepare(sql).expect("a statement");
            let rows = statement.query_map([], |row| row.get::<_, String>(0));
            for row in rows.expect("rows").flatten() {
                text.push_str(&row);
                text.push('\n');
            }
        }
        text
    }
}

/// A connection to the database. Nothing has to survive the test: the disk is not waited for.
fn open(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("store.db")).expect("a database");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
        .expect("a database");
    // Nobody who is waited for could go on meanwhile.
    connection.busy_timeout(Duration::ZERO).expect("no waiting");
    connection
}

/// As the migrations make them.
fn schema() -> &'static str {
    static SCHEMA: OnceLock<String> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        // The thread that asks may be running futures.
        std::thread::spawn(|| {
            let folder = TempDir::new().expect("a folder");
            let path = folder.path().join("store.db");
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let url = format!("sqlite://{}", path.display());
                let store = Store::open(&url).await.expect("a store");
                store.close().await;
            });
            let database = Connection::open(&path).expect("the store");
            let mut statement = database
                .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
                .expect("a statement");
            let rows = statement.query_map([], |row| row.get::<_, String>(0));
            let tables: Vec<String> = rows.expect("rows").flatten().collect();
            tables.join(";\n")
        })
        .join()
        .expect("the tables")
    })
}
