//! An import into an output, from its file to the end of its transaction.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::error::{WriteError, failed_to};
use super::making::make_tables;
use super::staging::{Found, Stage};
use super::statements::{IMPORTS, Statements, lock_table, remove_file};
use super::tables::{Fate, Layout, TableFate};
use crate::clock;
use crate::systems::prediction::import::{Limits, Mapping, Workbook};
use crate::tables::{Database, Dialect, Durability, Owner, Session, Transaction, Value};

/// An import that is to be written.
pub(crate) struct Import<'i> {
    pub id: &'i str,
    pub job: &'i str,
    /// Of the lease of the job.
    pub epoch: i64,
    pub file_name: &'i str,
    pub bytes: &'i Arc<[u8]>,
    pub mapping: &'i Mapping,
    /// Nothing is written if there is a problem.
    pub strict: bool,
    pub limits: Limits,
    /// So many problems are kept.
    pub problems_max: usize,
    pub cancel: &'i CancellationToken,
}

/// What became of an import.
#[derive(Debug)]
pub(crate) struct Written {
    pub found: Found,
    /// `None`: there are problems, and nothing was written.
    pub tables: Option<Vec<TableFate>>,
}

impl Import<'_> {
    /// Blocks; must not be called where futures are run. May be called again for the same import: it is written
    /// once.
    pub fn write(&self, database: &Database) -> Result<Written, WriteError> {
        let dialect = database.dialect();
        let layout = Layout::of(self.mapping)?;
        layout.check(dialect)?;
        let encoding = self.mapping.encoding.as_deref();
        let mut workbook = Workbook::open(self.file_name, self.bytes, encoding, self.limits)?;
        let mut session = database.create().map_err(WriteError::Open)?;
        self.end_earlier_sessions(dialect, &mut *session)?;
        let stages_first = dialect.has_one_writer() || !dialect.creates_in_transactions();
        if !stages_first {
            self.begin(&mut *session)?;
        }
        let found = self.stage(dialect, &mut *session, &layout, &mut workbook)?;
        // What is in memory of the file is not needed any more.
        drop(workbook);
        if self.strict && found.problem_count > 0 {
            let tables = None;
            return Ok(Written { found, tables });
        }
        if !dialect.creates_in_transactions() {
            make_tables(dialect, &mut *session, &layout)?;
        }
        if stages_first {
            self.begin(&mut *session)?;
        }
        if dialect.creates_in_transactions() {
            make_tables(dialect, &mut *session, &layout)?;
        }
        let tables = match self.earlier(&mut *session)? {
            // It was committed, and the process was ended before it could say so.
            Some(tables) => tables,
            None => {
                let tables = self.write_rows(dialect, &mut *session, &layout, &found)?;
                if self.cancel.is_cancelled() {
                    return Err(WriteError::Cancelled);
                }
                session.commit().map_err(failed_to("commit an import"))?;
                tables
            }
        };
        Ok(Written {
            found,
            tables: Some(tables),
        })
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

    fn stage(
        &self,
        dialect: &'static dyn Dialect,
        session: &mut dyn Session,
        layout: &Layout,
        workbook: &mut Workbook,
    ) -> Result<Found, WriteError> {
        const STAGE: &str = "stage rows";
        // Of temporary tables alone: it keeps nobody else from writing.
        let is_apart = dialect.has_one_writer();
        if is_apart {
            session.run("BEGIN").map_err(failed_to(STAGE))?;
        }
        let stage = Stage {
            session: &mut *session,
            dialect,
            cancel: self.cancel,
            problems_max: self.problems_max,
        };
        let found = stage.fill(workbook, self.mapping, layout)?;
        if is_apart {
            session.run("COMMIT").map_err(failed_to(STAGE))?;
        }
        Ok(found)
    }

    /// What became of the rows when the import was committed before.
    fn earlier(&self, session: &mut dyn Session) -> Result<Option<Vec<TableFate>>, WriteError> {
        let sql = format!("SELECT tables FROM {IMPORTS} WHERE import_id = ?1");
        let mut known = None;
        let read = session.read(&sql, &[Value::Text(self.id)], &mut |cells| {
            known = cells.text(0)?;
            Ok(true)
        });
        read.map_err(failed_to("look for an import"))?;
        let known = known.map(|known| serde_json::from_str(&known));
        known.transpose().map_err(|_| WriteError::Corrupt)
    }

    fn write_rows(
        &self,
        dialect: &'static dyn Dialect,
        session: &mut dyn Session,
        layout: &Layout,
        found: &Found,
    ) -> Result<Vec<TableFate>, WriteError> {
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
                let removed = session.execute(&sql, &[Value::Text(self.file_name)]);
                fate.replaced = removed.map_err(failed_to("remove the rows of a file"))?;
            }
        }
        for (no, part) in layout.parts.iter().enumerate() {
            let statements = Statements::of(dialect, layout, no);
            let id = [Value::Text(self.id)];
            let updated = match statements.update() {
                Some(update) => {
                    let updated = session.execute_unless(self.cancel, &update, &id);
                    updated.map_err(failed_to("update rows"))?
                }
                None => 0,
            };
            let inserted = session.execute_unless(self.cancel, &statements.insert(), &id);
            let inserted = inserted.map_err(failed_to("insert rows"))?;
            let met = Fate {
                inserted,
                updated,
                unchanged: found.rows[no].saturating_sub(inserted + updated),
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
            Value::Text(self.file_name),
            Value::Text(&tables),
            Value::Integer(clock::now_micros()),
        ];
        let marked = session.execute(&sql, &values);
        marked.map(drop).map_err(failed_to("note an import"))
    }
}
