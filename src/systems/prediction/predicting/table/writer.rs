//! Writes slices of rows, each in one transaction with the checkpoint behind it.

use std::collections::HashSet;

use super::checkpoint::{Checkpoint, Holder};
use super::slice::{Labels, ResultSlice};
use super::texts::Texts;
use super::{OWN, ResultTable};
use crate::clock;
use crate::systems::prediction::writing::{Destination, WriteError, failed_to};
use crate::tables::{
    ColumnType, Database, Dialect, Durability, Owner, Session, TextRows, Transaction, Value,
};

/// The temporary table of rows on their way to a server.
const STAGED: &str = "audience_predicted";

/// Columns that all rows of a slice have the same of: they end `OWN`.
const SAME: usize = 4;

/// Writes the rows of one job; keeps its connection.
pub(crate) struct ResultWriter {
    destination: Destination,
    output: Option<String>,
    table: ResultTable,
    labels: Labels,
    holder: Holder,
    model: String,
    version: i32,
    /// Missing after a slice that failed: the next attempt opens another writer.
    session: Option<Box<dyn Session>>,
}

/// What a writer is opened for.
pub(crate) struct WrittenJob {
    pub id: String,
    pub job: String,
    /// Of the lease of the job.
    pub epoch: i64,
    pub model: String,
    pub version: i32,
    /// Rows that were left out before the first one is read.
    pub left_out: u64,
}

impl ResultWriter {
    /// Makes what is missing, and keeps every process with an earlier lease from writing. Blocks.
    pub fn open(
        destination: Destination,
        output: Option<String>,
        table: ResultTable,
        labels: Labels,
        job: WrittenJob,
    ) -> Result<(Self, Checkpoint), WriteError> {
        let holder = Holder {
            id: job.id,
            job: job.job,
            epoch: job.epoch,
        };
        let mut writer = Self {
            destination,
            output,
            table,
            labels,
            holder,
            model: job.model,
            version: job.version,
            session: None,
        };
        let database = writer.database()?;
        let dialect = database.dialect();
        writer.table.check_names(dialect)?;
        let mut session = database.create().map_err(WriteError::Open)?;
        end_earlier_sessions(dialect, &mut *session, &writer.holder)?;
        if !dialect.creates_in_transactions() {
            writer.table.make(dialect, &mut *session)?;
        }
        writer.begin(&mut *session, Durability::Full)?;
        if dialect.creates_in_transactions() {
            writer.table.make(dialect, &mut *session)?;
        }
        let checkpoint = Checkpoint::take(&mut *session, &writer.holder, job.left_out)?;
        session.commit().map_err(failed_to("take a job over"))?;
        writer.session = Some(session);
        Ok((writer, checkpoint))
    }

    /// Writes rows and the checkpoint behind them. Blocks. After an error it is not known what is durable.
    pub fn commit(&mut self, slice: &ResultSlice, next: &Checkpoint) -> Result<(), WriteError> {
        let session = self.session.take();
        let mut session = session.ok_or(WriteError::Fenced)?;
        let dialect = self.database()?.dialect();
        // Whatever is lost of a job that continues is scored again. One that has ended must be there.
        let durability = match next.finished {
            true => Durability::Full,
            false => Durability::Relaxed,
        };
        if dialect.has_one_writer() {
            self.begin(&mut *session, durability)?;
            next.store(&mut *session, &self.holder)?;
            self.insert(dialect, &mut *session, slice)?;
        } else {
            self.commit_staged(dialect, &mut *session, slice, next, durability)?;
        }
        session.commit().map_err(failed_to("commit rows"))?;
        if !dialect.creates_in_transactions() && slice.len() > 0 {
            let drop = format!("DROP TEMPORARY TABLE {}", dialect.temporary(STAGED));
            session.run(&drop).map_err(failed_to("stage rows"))?;
        }
        self.session = Some(session);
        Ok(())
    }

    fn commit_staged(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        slice: &ResultSlice,
        next: &Checkpoint,
        durability: Durability,
    ) -> Result<(), WriteError> {
        // Where tables are created in transactions, the next one may run in another session.
        let stages_first = !dialect.creates_in_transactions();
        if stages_first {
            self.stage(dialect, session, slice)?;
        }
        self.begin(session, durability)?;
        next.store(session, &self.holder)?;
        if !stages_first {
            self.stage(dialect, session, slice)?;
        }
        if slice.len() > 0 {
            let sql = self.take_staged(dialect);
            let at = now();
            let taken = session.execute(&sql, &self.same(&at));
            taken.map_err(failed_to("write rows"))?;
        }
        Ok(())
    }

    fn database(&self) -> Result<&Database, WriteError> {
        self.destination.find(self.output.as_deref())
    }

    fn begin(&self, session: &mut dyn Session, durability: Durability) -> Result<(), WriteError> {
        let transaction = Transaction {
            durability,
            owner: Some(Owner {
                name: &self.holder.job,
                epoch: self.holder.epoch,
            }),
        };
        let begun = session.begin(transaction);
        begun.map_err(failed_to("begin a transaction"))
    }

    /// One by one, where there is nothing between this process and the file.
    fn insert(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        slice: &ResultSlice,
    ) -> Result<(), WriteError> {
        let columns = self.quoted(dialect);
        let places: Vec<String> = (1..=columns.len()).map(|no| format!("?{no}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({}) {}",
            dialect.quoted(&self.table.into),
            columns.join(", "),
            places.join(", "),
            dialect.replaces(&columns[0], &columns[1..])
        );
        let at = now();
        let same = self.same(&at);
        let mut json = String::new();
        for row in 0..slice.len() {
            let mut values = slice.values(&self.labels, row, &mut json);
            values.extend(same);
            let inserted = session.execute(&sql, &values);
            inserted.map_err(failed_to("write rows"))?;
        }
        Ok(())
    }

    /// What differs from row to row, as texts, into a temporary table. Of rows with an equal key the last one.
    fn stage(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        slice: &ResultSlice,
    ) -> Result<(), WriteError> {
        const STAGE: &str = "stage rows";
        if slice.len() == 0 {
            return Ok(());
        }
        let width = self.staged().len();
        let names: Vec<String> = (0..width).map(|place| format!("c{place}")).collect();
        let text = dialect.types().text;
        let typed: Vec<String> = names.iter().map(|name| format!("{name} {text}")).collect();
        let create = dialect.create_temporary(STAGED, &typed.join(", "));
        session.run(&create).map_err(failed_to(STAGE))?;
        let mut texts = Texts::new(width);
        let mut json = String::new();
        let mut seen = HashSet::new();
        for row in (0..slice.len()).rev() {
            if seen.insert(format!("{:?}", slice.keys[row])) {
                texts.push(&slice.values(&self.labels, row, &mut json));
            }
        }
        let longest = self.longest_key(dialect);
        for row in 0..texts.rows() {
            let key = texts.text(row, 0);
            if longest.is_some_and(|longest| key.chars().count() > longest) {
                return Err(WriteError::KeyTooLong {
                    table: self.table.into.clone(),
                    most: longest.unwrap_or_default(),
                    key: key.chars().take(40).collect(),
                });
            }
        }
        let inserted = session.insert(&dialect.temporary(STAGED), &names.join(", "), &texts);
        inserted.map_err(failed_to(STAGE))
    }

    /// The characters that a text may have by which rows are found.
    fn longest_key(&self, dialect: &dyn Dialect) -> Option<usize> {
        let is_text = self.table.key.holds == ColumnType::Text;
        dialect.key_chars_max().filter(|_| is_text)
    }

    /// Replaces rows by those that were staged; the values are those that all have.
    fn take_staged(&self, dialect: &dyn Dialect) -> String {
        let columns = self.quoted(dialect);
        let staged = self.staged();
        let staged = staged.iter().enumerate();
        let staged = staged.map(|(place, holds)| dialect.converted(&format!("c{place}"), *holds));
        let same = ["?1", "?2", "?3"].map(str::to_owned);
        let at = dialect.converted("?4", ColumnType::Time);
        let values: Vec<String> = staged.chain(same).chain([at]).collect();
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} {}",
            dialect.quoted(&self.table.into),
            columns.join(", "),
            values.join(", "),
            dialect.temporary(STAGED),
            dialect.replaces(&columns[0], &columns[1..])
        )
    }

    /// Types of the columns that are staged.
    fn staged(&self) -> Vec<ColumnType> {
        let columns = self.table.columns();
        let staged = columns.len() - SAME;
        let staged = columns.into_iter().take(staged);
        staged.map(|column| column.holds).collect()
    }

    /// All columns, the key first.
    fn quoted(&self, dialect: &dyn Dialect) -> Vec<String> {
        let columns = self.table.columns();
        let names = columns.iter().map(|column| dialect.quoted(&column.name));
        names.collect()
    }

    /// What all rows of a slice have, in the order of the last columns.
    fn same<'v>(&'v self, at: &'v str) -> [Value<'v>; SAME] {
        [
            Value::Text(&self.model),
            Value::Integer(i64::from(self.version)),
            Value::Text(&self.holder.job),
            Value::Text(at),
        ]
    }
}

const _: () = assert!(OWN.len() > SAME);

/// A process that had the job before may be frozen in its transaction.
fn end_earlier_sessions(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    holder: &Holder,
) -> Result<(), WriteError> {
    let Some(sql) = dialect.end_earlier_sessions() else {
        return Ok(());
    };
    let values = [Value::Text(&holder.job), Value::Integer(holder.epoch)];
    let ended = session.read(sql, &values, &mut |_| Ok(true));
    ended.map(drop).map_err(failed_to("end earlier sessions"))
}

/// UTC, as databases take it.
fn now() -> String {
    let now = clock::rfc3339_micros(clock::now_micros());
    now.trim_end_matches('Z').replace('T', " ")
}
