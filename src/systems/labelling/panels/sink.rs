//! One output database, and every call to it.
//!
//! Control calls take a connection for as long as they last; a batch has one of its own for its
//! slices.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::error::failed_to;
use super::sessions::{Sessions, in_transaction, of_task};
use super::stage::StageWriter;
use super::statements::{FORGET_BATCHES, FORGET_TASK, SWEEP_BATCHES};
use super::{
    AdoptedTable, Adoption, AuthorCounts, BesideKind, Fence, Layout, Lineage, MemberCounts,
    MembersOf, Publication, Result, ResultRow, SinkError, StateChange, StateFigures, StateRow,
    TaskFigures, TaskHeader, TaskProgress, adopt, beside, members, publish, remove, results,
    schema, stage, state, task,
};
use crate::tables::{Database, Dialect, Durability, Session, UrlError, Value};

/// One output database. All methods block: callers run them on a blocking thread. Clones share
/// the connections.
#[derive(Clone)]
pub struct Sink {
    sessions: Arc<Sessions>,
}

/// Rows that are read of one author: there are no more labels.
const PANELS_MAX: u32 = 65_535;

/// Opens the database that `url` names; does not touch it yet. A process that is silent within a
/// transaction for longer than `lease` loses it: another one has the task by then.
pub fn open_sink(url: &str, lease: Duration) -> Result<Sink> {
    let database = Database::of_url(url, lease).map_err(|error| match error {
        UrlError::UnknownScheme(scheme) => SinkError::UnknownScheme { scheme },
        UrlError::UnusableUrl(error) => error.into(),
        UrlError::Malformed => SinkError::BadUrl,
    })?;
    Ok(Sink {
        sessions: Arc::new(Sessions::new(database)),
    })
}

impl Sink {
    /// Whether the database is a file that is not there yet.
    pub fn is_made_later(&self) -> bool {
        self.sessions.is_missing_file()
    }

    /// Makes sure that the database can be written and has the tables shared by all tasks.
    pub fn prepare(&self) -> Result<()> {
        let mut session = self.sessions.create()?;
        schema::create_shared(self.sessions.dialect(), &mut *session)?;
        self.sessions.keep(session);
        Ok(())
    }

    /// Takes over what the original program has left here, also of these groups. No task may run
    /// meanwhile.
    pub fn adopt(&self, layout: &Layout, adoption: Adoption) -> Result<Vec<AdoptedTable>> {
        let mut session = self.sessions.create()?;
        adopt::adopt(self.sessions.dialect(), &mut *session, layout, adoption)
    }

    /// Finds out whether the tables of these groups exist or can be made, and can hold these panels.
    pub fn check(&self, layout: &Layout, panels: &[String]) -> Result<()> {
        let dialect = self.sessions.dialect();
        schema::check_panels(dialect, panels)?;
        self.sessions
            .with(|session| schema::check_groups(dialect, session, layout))
    }

    /// Finds out whether the tables that are there are those of this program. Changes nothing.
    pub fn look(&self, layout: &Layout) -> Result<()> {
        let dialect = self.sessions.dialect();
        self.sessions.with(|session| {
            schema::check_state(dialect, session)?;
            schema::check_groups(dialect, session, layout)
        })
    }

    /// Adds a task's row to `state`, as pending, unless it exists.
    pub fn announce(&self, task_id: &str, header: &TaskHeader, create_time: &str) -> Result<()> {
        let dialect = self.sessions.dialect();
        self.sessions
            .with(|session| state::announce(dialect, session, task_id, header, create_time))
    }

    /// Raises the fence, creates missing group tables and returns what is durable already.
    /// Unless the task is `fresh`, the output has to know it.
    pub fn begin(&self, fence: &Fence, layout: &Layout, fresh: bool) -> Result<TaskProgress> {
        let dialect = self.sessions.dialect();
        self.sessions.with(|session| {
            task::refuse_unknown(session, &fence.task_id, fresh)?;
            schema::create_groups(dialect, session, layout)?;
            task::end_earlier_sessions(dialect, session, fence)?;
            in_transaction(session, of_task(fence, Durability::Usual), |session| {
                task::adopt(dialect, session, fence, layout, fresh)?;
                Ok(task::progress_of(session, &fence.task_id)?.unwrap_or_default())
            })
        })
    }

    /// Passes each batch of author hashes that was committed for the task to `visit`.
    pub fn read_authors(&self, fence: &Fence, visit: &mut dyn FnMut(&[u64])) -> Result<()> {
        self.sessions
            .with(|session| stage::read_authors(session, &fence.task_id, visit))
    }

    pub fn stage_writer(
        &self,
        fence: &Fence,
        layout: &Layout,
        panels: &[String],
    ) -> Result<StageWriter> {
        StageWriter::new(
            Arc::clone(&self.sessions),
            fence.clone(),
            layout.clone(),
            panels,
        )
    }

    /// Passes each body of this kind that was committed for the task to `visit`, by batch and slice, until
    /// it returns `false`.
    pub fn beside(
        &self,
        task_id: &str,
        kind: BesideKind,
        visit: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<()> {
        beside::read(&self.sessions, task_id, kind, visit)
    }

    /// Puts these bodies in the place of all that the task has of this kind, in one transaction.
    pub fn replace_beside(
        &self,
        fence: &Fence,
        kind: BesideKind,
        bodies: &[Vec<u8>],
    ) -> Result<()> {
        self.fenced(fence, |session| {
            beside::replace(session, &fence.task_id, kind, bodies)
        })
    }

    /// Authors among the staged rows of a task, before conflicts are settled.
    pub fn staged_authors(&self, task_id: &str, layout: &Layout) -> Result<AuthorCounts> {
        let dialect = self.sessions.dialect();
        self.sessions
            .with(|session| members::staged_authors(dialect, session, task_id, layout))
    }

    /// The last published task of the same rule set, source and table, but for this one.
    pub fn last_published(&self, task_id: &str, lineage: &Lineage) -> Result<Option<String>> {
        let dialect = self.sessions.dialect();
        self.sessions
            .with(|session| members::last_published(dialect, session, task_id, lineage))
    }

    /// Members of a task, and how many of them an earlier one has, which is given with its groups.
    pub fn members(
        &self,
        task: (&str, MembersOf),
        publication: &Publication,
        earlier: Option<(&str, &[String])>,
        cancel: &CancellationToken,
    ) -> Result<MemberCounts> {
        members::members(&self.sessions, task, publication, earlier, cancel)
    }

    pub fn change_state(&self, fence: &Fence, change: &StateChange) -> Result<()> {
        let dialect = self.sessions.dialect();
        self.fenced(fence, |session| {
            state::change(dialect, session, &fence.task_id, change)
        })
    }

    /// Publishes a task in one transaction; a task that was published is left as it is.
    /// `state` is called just before the end.
    pub fn publish(
        &self,
        fence: &Fence,
        publication: &Publication,
        state: &dyn Fn() -> StateFigures,
        cancel: &CancellationToken,
    ) -> Result<TaskFigures> {
        publish::publish(&self.sessions, fence, publication, state, cancel)
    }

    /// Deletes up to so many rows of what an ended task staged, and with the last of them its
    /// checkpoints; returns how many. It can only start over after that.
    pub fn sweep(&self, fence: &Fence, layout: &Layout, rows_max: u64) -> Result<u64> {
        let dialect = self.sessions.dialect();
        self.fenced(fence, |session| {
            let (attempted, task_id) = ("drop staged rows", [Value::Text(&fence.task_id)]);
            let mut dropped = 0;
            for group in &layout.groups {
                let left = rows_max.saturating_sub(dropped);
                let sql = dialect.delete_some(&dialect.quoted(group), "task_id", left);
                let done = session.execute(&sql, &task_id);
                dropped += done.map_err(failed_to(attempted))?;
            }
            if dropped == 0 {
                for forget in SWEEP_BATCHES {
                    let done = session.execute(forget, &task_id);
                    done.map_err(failed_to(attempted))?;
                }
            }
            Ok(dropped)
        })
    }

    /// Deletes what is kept of an ended task besides its panels and its row in `state`.
    pub fn forget(&self, fence: &Fence) -> Result<()> {
        self.fenced(fence, |session| {
            let task_id = [Value::Text(&fence.task_id)];
            for forget in FORGET_BATCHES.into_iter().chain([FORGET_TASK]) {
                let done = session.execute(forget, &task_id);
                done.map_err(failed_to("forget a task"))?;
            }
            Ok(())
        })
    }

    /// Deletes up to so many rows of what an ended task has staged and published, and with the last of
    /// them its row in `state` and all else; returns how many.
    pub fn remove(&self, fence: &Fence, layout: &Layout, rows_max: u64) -> Result<u64> {
        let dialect = self.sessions.dialect();
        let removed = self.fenced(fence, |session| {
            remove::some(dialect, session, &fence.task_id, layout, rows_max)
        });
        match removed {
            // It never began, or is removed already.
            Err(SinkError::TaskUnknown) => self
                .sessions
                .with(|session| remove::state(session, &fence.task_id))
                .map(|()| 0),
            removed => removed,
        }
    }

    /// Rows of `state`, newest first.
    pub fn newest_states(&self, limit: u32) -> Result<Vec<StateRow>> {
        self.reading_state(|dialect, session| state::newest(dialect, session, limit))
    }

    pub fn state_of(&self, task_id: &str) -> Result<Option<StateRow>> {
        self.reading_state(|dialect, session| state::of(dialect, session, task_id))
    }

    pub fn figures_of(&self, task_id: &str) -> Result<Option<TaskProgress>> {
        self.sessions
            .with(|session| task::progress_of(session, task_id))
    }

    /// A uniform random sample of a task's published rows in one group.
    pub fn sample(&self, task_id: &str, group: &str, limit: u32) -> Result<Vec<ResultRow>> {
        let dialect = self.sessions.dialect();
        self.sessions
            .with(|session| results::sample(dialect, session, task_id, group, limit))
    }

    /// Passes a task's published rows of one group to `visit`, in the order in which they were
    /// read, until it returns `false`.
    pub fn read_results(
        &self,
        task_id: &str,
        group: &str,
        visit: &mut dyn FnMut(ResultRow) -> bool,
    ) -> Result<()> {
        results::read(&self.sessions, task_id, group, visit)
    }

    /// Passes up to so many of the same rows to `visit`, each with its place, from behind a place on (0: from
    /// the first one); returns how many there were.
    pub fn read_some(
        &self,
        (task_id, group): (&str, &str),
        behind: u64,
        most: u32,
        visit: &mut dyn FnMut(ResultRow, u64),
    ) -> Result<u32> {
        let dialect = self.sessions.dialect();
        self.sessions
            .with(|session| results::some(dialect, session, (task_id, group), behind, most, visit))
    }

    /// The published rows of a task in one group that are made of a row of the source.
    pub fn published_row(&self, task: (&str, &str), id: &str) -> Result<Vec<ResultRow>> {
        let dialect = self.sessions.dialect();
        self.sessions
            .with(|session| results::with(dialect, session, task, ("id", id), PANELS_MAX))
    }

    /// Those of an author, who is in one panel or in several.
    pub fn published_author(&self, task: (&str, &str), author: &str) -> Result<Vec<ResultRow>> {
        let dialect = self.sessions.dialect();
        let wanted = ("source_author", author);
        self.sessions
            .with(|session| results::with(dialect, session, task, wanted, PANELS_MAX))
    }

    /// Where `state` is a table of another program, the error says so, instead of naming a column
    /// that it lacks.
    fn reading_state<T>(
        &self,
        read: impl FnOnce(&dyn Dialect, &mut dyn Session) -> Result<T>,
    ) -> Result<T> {
        let dialect = self.sessions.dialect();
        let found = self.sessions.with(|session| read(dialect, session));
        if found.as_ref().is_err_and(|error| !error.is_transient()) {
            // On another connection: this one may be good for nothing after the error.
            self.sessions
                .with(|session| schema::check_state(dialect, session))?;
        }
        found
    }

    /// Runs `work` in a transaction that has shown its fence.
    fn fenced<T>(
        &self,
        fence: &Fence,
        work: impl FnOnce(&mut dyn Session) -> Result<T>,
    ) -> Result<T> {
        self.sessions.with(|session| {
            in_transaction(session, of_task(fence, Durability::Usual), |session| {
                task::raise_fence(session, fence)?;
                work(session)
            })
        })
    }
}
