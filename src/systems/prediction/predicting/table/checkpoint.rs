//! How far a job has got, beside its rows.

use crate::clock;
use crate::systems::prediction::writing::{WriteError, failed_to};
use crate::tables::{Session, Value};

/// The jobs that an output has rows of.
pub(super) const PREDICTIONS: &str = "audience_output_prediction";

const TAKE: &str = "take a job over";
const MOVE: &str = "move a checkpoint";

/// What is durable of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Slices that were written.
    pub slices: i64,
    /// Rows that were written.
    pub scored: i64,
    /// Those among them that have an error.
    pub failed: i64,
    /// Rows without a key of their own.
    pub left_out: i64,
    /// JSON; `None`: before the first row.
    pub mark: Option<String>,
    pub finished: bool,
    pub began_at: i64,
}

/// Whose checkpoint it is.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    /// The job, with its generation behind it if it was started over.
    pub id: String,
    pub job: String,
    /// Of the lease.
    pub epoch: i64,
}

impl Checkpoint {
    /// Keeps every process with an earlier lease from writing, and returns what is durable. `left_out` are rows
    /// that are known before the first one is read. Called in a transaction.
    pub(super) fn take(
        session: &mut dyn Session,
        holder: &Holder,
        left_out: u64,
    ) -> Result<Self, WriteError> {
        let id = Value::Text(&holder.id);
        let sql = format!("UPDATE {PREDICTIONS} SET epoch = ?2 WHERE id = ?1 AND epoch <= ?2");
        let taken = session.execute(&sql, &[id, Value::Integer(holder.epoch)]);
        if taken.map_err(failed_to(TAKE))? == 1 {
            return Self::read(session, id)?.ok_or(WriteError::Fenced);
        }
        if Self::read(session, id)?.is_some() {
            return Err(WriteError::Fenced);
        }
        let new = Self {
            left_out: i64::try_from(left_out).unwrap_or(i64::MAX),
            began_at: clock::now_micros(),
            ..Self::default()
        };
        let sql = format!(
            "INSERT INTO {PREDICTIONS}
                 (id, job_id, epoch, slices, scored, failed, left_out, mark, finished, began_at)
             VALUES (?1, ?2, ?3, 0, 0, 0, ?4, NULL, 0, ?5)"
        );
        let values = [
            id,
            Value::Text(&holder.job),
            Value::Integer(holder.epoch),
            Value::Integer(new.left_out),
            Value::Integer(new.began_at),
        ];
        session.execute(&sql, &values).map_err(failed_to(TAKE))?;
        Ok(new)
    }

    fn read(session: &mut dyn Session, id: Value<'_>) -> Result<Option<Self>, WriteError> {
        let sql = format!(
            "SELECT slices, scored, failed, left_out, mark, finished, began_at
             FROM {PREDICTIONS} WHERE id = ?1"
        );
        let mut found = None;
        let read = session.read(&sql, &[id], &mut |cells| {
            let number = |place| cells.integer(place).map(Option::unwrap_or_default);
            found = Some(Self {
                slices: number(0)?,
                scored: number(1)?,
                failed: number(2)?,
                left_out: number(3)?,
                mark: cells.text(4)?,
                finished: number(5)? != 0,
                began_at: number(6)?,
            });
            Ok(true)
        });
        read.map_err(failed_to(TAKE))?;
        Ok(found)
    }

    /// Moves it forward by exactly one slice. Called in the transaction that writes the rows.
    pub(super) fn store(
        &self,
        session: &mut dyn Session,
        holder: &Holder,
    ) -> Result<(), WriteError> {
        let sql = format!(
            "UPDATE {PREDICTIONS} SET slices = ?3, scored = ?4, failed = ?5, left_out = ?6, mark = ?7,
                 finished = ?8
             WHERE id = ?1 AND epoch = ?2 AND slices = ?3 - 1"
        );
        let values = [
            Value::Text(&holder.id),
            Value::Integer(holder.epoch),
            Value::Integer(self.slices),
            Value::Integer(self.scored),
            Value::Integer(self.failed),
            Value::Integer(self.left_out),
            Value::MaybeText(self.mark.as_deref()),
            Value::Integer(i64::from(self.finished)),
        ];
        match session.execute(&sql, &values).map_err(failed_to(MOVE))? {
            1 => Ok(()),
            _ => Err(WriteError::Fenced),
        }
    }
}
