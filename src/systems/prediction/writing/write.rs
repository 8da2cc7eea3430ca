//! Rows into an output, from the first one that is staged to the end of their transaction.

use tokio_util::sync::CancellationToken;

use super::error::{WriteError, failed_to};
use super::making::make_tables;
use super::staging::Stage;
use super::statements::{IMPORTS, Statements, lock_table, remove_file};
use super::tables::{Fate, Layout, Origin, TableFate};
use crate::clock;
use crate::tables::{Database, Dialect, Durability, Owner, Session, Transaction, Value};

/// Rows that are to be written, once under their id.
pub(super) struct Write<'w> {
    pub id: &'w str,
    pub job: &'w str,
    /// Of the lease of the job.
    pub epoch: i64,
    /// The file, or the scrape.
    pub source: &'w str,
    pub layout: &'w Layout,
    pub cancel: &'w CancellationToken,
}

impl Write<'_> {
    /// Blocks; must not be called where futures are run. May be called again for the same id: its rows are
    /// written once. `fill` stages the rows, and says whether they are to be written; if they are not, there
    /// are no tables.
    pub fn run(
        &self,
        database: &Database,
        fill: impl FnOnce(&mut Stage<'_>) -> Result<bool, WriteError>,
    ) -> Result<Option<Vec<TableFate>>, WriteError> {
        let dialect = database.dialect();
        self.layout.check(dialect)?;
        let mut session = database.create().map_err(WriteError::Open)?;
        self.end_earlier_sessions(dialect, &mut *session)?;
        let stages_first = dialect.has_one_writer() || !dialect.creates_in_transactions();
        if !stages_first {
            self.begin(&mut *session)?;
        }
        let Some(rows) = self.stage(dialect, &mut *session, fill)? else {
            return Ok(None);
        };
        if !dialect.creates_in_transactions() {
            make_tables(dialect, &mut *session, self.layout)?;
        }
        if stages_first {
            self.begin(&mut *session)?;
        }
        if dialect.creates_in_transactions() {
            make_tables(dialect, &mut *session, self.layout)?;
        }
        let tables = match self.earlier(&mut *session)? {
            // It was committed, and the process was ended before it could say so.
            Some(tables) => tables,
            None => {
                let tables = self.write_rows(dialect, &mut *session, &rows)?;
                if self.cancel.is_cancelled() {
                    return Err(WriteError::Cancelled);
                }
                session.commit().map_err(failed_to("commit rows"))?;
                tables
            }
        };
        Ok(Some(tables))
    }

    fn begin(&self, session: &mut dyn Session) -> Result<(), WriteError> {
        let transaction = Transaction {
            durability: Durability::Full,
            owner: Some(Owner {
                name: self.job,
                epoch: self.epoch,
            }),
        };
        session
            .begin(transaction)
            .map_err(failed_to("begin a transaction"))
    }

    /// A process that had the job before may be frozen in its transaction.
    fn end_earlier_sessions(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
    ) -> Result<(), WriteError> {
        let Some(sql) = dialect.end_earlier_sessions() else {
            return Ok(());
        };
        let values = [Value::Text(self.job), Value::Integer(self.epoch)];
        let ended = session.read(sql, &values, &mut |_| Ok(true));
        ended.map(drop).map_err(failed_to("end earlier sessions"))
    }

    /// How many rows there are of each table; `None`: they are not to be written.
    fn stage(
        &self,
        dialect: &'static dyn Dialect,
        session: &mut dyn Session,
        fill: impl FnOnce(&mut Stage<'_>) -> Result<bool, WriteError>,
    ) -> Result<Option<Vec<u64>>, WriteError> {
        const STAGE: &str = "stage rows";
        // Of temporary tables alone: it keeps nobody else from writing.
        let is_apart = dialect.has_one_writer();
        if is_apart {
            session.run("BEGIN").map_err(failed_to(STAGE))?;
        }
        let mut stage = Stage::begin(&mut *session, dialect, self.layout, self.cancel)?;
        if !fill(&mut stage)? {
            return Ok(None);
        }
        let rows = stage.finish()?;
        if is_apart {
            session.run("COMMIT").map_err(failed_to(STAGE))?;
        }
        Ok(Some(rows))
    }

    /// What became of the rows when they were committed before.
    fn earlier(&self, session: &mut dyn Session) -> Result<Option<Vec<TableFate>>, WriteError> {
        let sql = format!("SELECT tables FROM {IMPORTS} WHERE import_id = ?1");
        let mut known = None;
        let read = session.read(&sql, &[Value::Text(self.id)], &mut |cells| {
            known = cells.text(0)?;
            Ok(true)
        });
        read.map_err(failed_to("look for earlier rows"))?;
        let known = known.map(|known| serde_json::from_str(&known));
        known.transpose().map_err(|_| WriteError::Corrupt)
    }

    fn write_rows(
        &self,
        dialect: &'static dyn Dialect,
        session: &mut dyn Session,
        rows: &[u64],
    ) -> Result<Vec<TableFate>, WriteError> {
        let layout = self.layout;
        let mut fates = vec![Fate::default(); layout.targets.len()];
        let mut order: Vec<usize> = (0..layout.targets.len()).collect();
        // Whoever locks several does so in this order.
        order.sort_by_key(|target| &layout.targets[*target].into);
        for target in &order {
            let into = Value::Text(&layout.targets[*target].into);
            let locked = session.execute(&lock_table(), &[into]);
            locked.map_err(failed_to("lock a table"))?;
        }
        for (target, fate) in layout.targets.iter().zip(&mut fates) {
            if target.key.is_empty() {
                let sql = remove_file(dialect, &target.into);
                let removed = session.execute(&sql, &[Value::Text(self.source)]);
                fate.replaced = removed.map_err(failed_to("remove the rows of a file"))?;
            }
        }
        let id = [Value::Text(self.id)];
        let values = match layout.origin {
            Origin::Import => &id[..],
            Origin::Scrape => &[],
        };
        for (no, part) in layout.parts.iter().enumerate() {
            let statements = Statements::of(dialect, layout, no);
            let updated = match statements.update() {
                Some(update) => {
                    let updated = session.execute_unless(self.cancel, &update, values);
                    updated.map_err(failed_to("update rows"))?
                }
                None => 0,
            };
            let inserted = session.execute_unless(self.cancel, &statements.insert(), values);
            let inserted = inserted.map_err(failed_to("insert rows"))?;
            let met = Fate {
                inserted,
                updated,
                unchanged: rows[no].saturating_sub(inserted + updated),
                replaced: 0,
            };
            fates[part.target] = fates[part.target].and(met);
        }
        let tables = layout.targets.iter().zip(fates);
        let tables: Vec<TableFate> = tables
            .map(|(target, fate)| TableFate {
                into: target.into.clone(),
                fate,
            })
            .collect();
        self.mark(session, &tables)?;
        Ok(tables)
    }

    /// By this a second attempt finds that it is done.
    fn mark(&self, session: &mut dyn Session, tables: &[TableFate]) -> Result<(), WriteError> {
        let tables = serde_json::to_string(tables).map_err(|_| WriteError::Corrupt)?;
        let sql = format!(
            "INSERT INTO {IMPORTS} (import_id, job_id, file_name, tables, at)
             VALUES (?1, ?2, ?3, ?4, ?5)"
        );
        let values = [
            Value::Text(self.id),
            Value::Text(self.job),
            Value::Text(self.source),
            Value::Text(&tables),
            Value::Integer(clock::now_micros()),
        ];
        let marked = session.execute(&sql, &values);
        marked.map(drop).map_err(failed_to("note what was written"))
    }
}
