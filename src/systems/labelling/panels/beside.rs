//! What a task keeps beside its rows: written with the slices that it belongs to, and read back in
//! their order.
//!
//! A body is stored in parts, since a server takes only so much in one statement.

use strum::IntoStaticStr;

use super::error::failed_to;
use super::sessions::Sessions;
use super::statements::{self, corrupt};
use super::{Lineage, Result};
use crate::tables::{Session, Value};

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum BesideKind {
    /// What the rules did on the rows of a slice; needed until the task has ended.
    Health,
    /// What came of all of these together.
    Report,
    /// The rows of a slice on which a rule is true. They stay with the newest published task of a
    /// rule set and table.
    Ledger,
}

/// Bytes of a part: a server accepts 1 MiB at least.
const PART_BYTES: usize = 512 << 10;
/// Parts that a body can have.
const PARTS_MAX: i64 = 1 << 14;
/// Bodies of a kind that a slice can have.
const BODIES_MAX: i64 = 1 << 10;

/// What belongs to no batch.
const NO_BATCH: i32 = -1;

/// Whose bodies these are.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub task_id: &'a str,
    pub batch_no: i32,
    pub slice: i64,
}

impl BesideKind {
    fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Adds what a slice brings, in its transaction.
pub(super) fn insert(
    session: &mut dyn Session,
    owner: Owner<'_>,
    bodies: &[(BesideKind, Vec<u8>)],
) -> Result<()> {
    for (no, (kind, body)) in (0..).zip(bodies) {
        if no >= BODIES_MAX {
            return Err(corrupt(format!("a slice has {} bodies", bodies.len())));
        }
        insert_body(
            session,
            owner,
            *kind,
            (owner.slice * BODIES_MAX + no) * PARTS_MAX,
            body,
        )?;
    }
    Ok(())
}

fn insert_body(
    session: &mut dyn Session,
    owner: Owner<'_>,
    kind: BesideKind,
    first: i64,
    body: &[u8],
) -> Result<()> {
    // An empty body has one part, too.
    let parts = body.len().div_ceil(PART_BYTES).max(1);
    for (no, seq) in (0..parts).zip(first..) {
        if seq - first >= PARTS_MAX {
            return Err(corrupt(format!("a body has {} bytes", body.len())));
        }
        let start = no * PART_BYTES;
        let end = body.len().min(start + PART_BYTES);
        let values = [
            Value::Text(owner.task_id),
            Value::Text(kind.as_str()),
            Value::Integer(i64::from(owner.batch_no)),
            Value::Integer(seq),
            Value::Bytes(&body[start..end]),
        ];
        let inserted = session.execute(statements::INSERT_BESIDE, &values);
        inserted.map_err(failed_to("keep what belongs to a slice"))?;
    }
    Ok(())
}

/// Puts these bodies in the place of all that a task has of a kind.
pub(super) fn replace(
    session: &mut dyn Session,
    task_id: &str,
    kind: BesideKind,
    bodies: &[Vec<u8>],
) -> Result<()> {
    let values = [Value::Text(task_id), Value::Text(kind.as_str())];
    let forgotten = session.execute(statements::FORGET_BESIDE_OF_KIND, &values);
    forgotten.map_err(failed_to("replace what belongs to a task"))?;
    let owner = Owner {
        task_id,
        batch_no: NO_BATCH,
        slice: 0,
    };
    for (no, body) in (0..).zip(bodies) {
        insert_body(session, owner, kind, no * PARTS_MAX, body)?;
    }
    Ok(())
}

/// Passes each body to `visit` until it returns `false`, by batch and slice; one body is in memory.
pub(super) fn read(
    sessions: &Sessions,
    task_id: &str,
    kind: BesideKind,
    visit: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<()> {
    let mut session = sessions.take()?;
    let values = [Value::Text(task_id), Value::Text(kind.as_str())];
    let mut body = Vec::new();
    // Batch and body whose parts are being read.
    let mut current = None;
    let read = session.read(statements::BESIDE, &values, &mut |row| {
        let batch_no = row.integer(0)?.unwrap_or_default();
        let number = row.integer(1)?.unwrap_or_default() / PARTS_MAX;
        let wants_more = match current.replace((batch_no, number)) {
            Some(before) if before != (batch_no, number) => {
                let wants_more = visit(&body);
                body.clear();
                wants_more
            }
            _ => true,
        };
        body.extend_from_slice(&row.bytes(2)?);
        Ok(wants_more)
    });
    let all = read.map_err(failed_to("read what belongs to a task"))?;
    if all && current.is_some() {
        visit(&body);
    }
    // Of rows that were not all read, the connection still holds the rest.
    if all {
        sessions.keep(session);
    }
    Ok(())
}

/// Drops the ledgers of tasks in whose place another one comes; `published` notes what was published,
/// from what.
pub(super) fn forget_earlier_ledgers(
    session: &mut dyn Session,
    task_id: &str,
    lineage: &Lineage,
    published: &str,
) -> Result<()> {
    let attempted = "forget the ledger of an earlier task";
    let ledger = BesideKind::Ledger.as_str();
    let sql = format!(
        "SELECT published.task_id FROM {published} AS published
         WHERE published.task_id <> ?1 AND published.rule_set = ?2 AND published.source = ?3
           AND published.source_table = ?4
           AND EXISTS (SELECT 1 FROM audience_beside AS beside
                       WHERE beside.task_id = published.task_id AND beside.kind = ?5)"
    );
    let values = [
        Value::Text(task_id),
        Value::Text(&lineage.rule_set),
        Value::Text(&lineage.source),
        Value::Text(&lineage.table),
        Value::Text(ledger),
    ];
    let mut earlier = Vec::new();
    session
        .read(&sql, &values, &mut |row| {
            earlier.extend(row.text(0)?);
            Ok(true)
        })
        .map_err(failed_to(attempted))?;
    for task_id in &earlier {
        let values = [Value::Text(task_id), Value::Text(ledger)];
        let forgotten = session.execute(statements::FORGET_BESIDE_OF_KIND, &values);
        forgotten.map_err(failed_to(attempted))?;
    }
    Ok(())
}
