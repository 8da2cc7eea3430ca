//! Takes over what the original program has left in an output.
//!
//! Its tables get another name ([`SET_ASIDE`]), and its tasks and published rows are copied into
//! tables of ours that have their names. What it has staged is only set aside: nobody continues such a
//! task. Each table is replaced as a whole or not at all, the table of tasks last: until then no task
//! of ours begins here, and a call that was interrupted is finished by the next one.

use super::error::failed_to;
use super::origin::{self, Origin, Shape};
use super::statements::{GROUP_COLUMNS, STATE_COLUMNS};
use super::{
    Layout, OWN_PREFIX, RESULT_PREFIX, Result, STATE_TABLE, SinkError, result_table, schema,
};
use crate::tables::{Access, DatabaseError, Dialect, Durability, Session, Transaction, Value};

/// Ends the names of the original's tables once they are set aside.
const SET_ASIDE: &str = "_original";

/// What becomes of the original's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// Their rows are copied, and stay readable.
    Copy,
    /// They are only renamed.
    SetAside,
}

/// What was done with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedTable {
    /// By the name that it had.
    pub table: String,
    pub kept_as: String,
    /// How many rows were copied; nothing is copied of a staging table.
    pub rows: Option<u64>,
    /// Rows that were not copied: they belong to no task, or their task is in the table twice.
    pub left_out: u64,
}

/// A table that the original may have made.
struct Candidate {
    name: String,
    kept_as: String,
    shape: Shape,
    copies: Copies,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    Nothing,
    Rows,
    Tasks,
}

/// Changes nothing if it finds anything that neither program has made.
pub(super) fn adopt(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
    adoption: Adoption,
) -> Result<Vec<AdoptedTable>> {
    let candidates = candidates(dialect, session, layout)?;
    let mut originals = Vec::new();
    let mut obstacles = Vec::new();
    for candidate in candidates {
        match origin::of(dialect, session, &candidate.name, candidate.shape)? {
            Origin::Missing | Origin::Ours => {}
            Origin::Original => {
                obstacles.extend(obstacle(dialect, session, &candidate)?);
                originals.push(candidate);
            }
            Origin::Other { columns } => obstacles.push(format!(
                "table `{}` is of neither program: it has the columns {}",
                candidate.name,
                columns.join(", ")
            )),
        }
    }
    if !obstacles.is_empty() {
        let obstacles = obstacles.join("; ");
        return Err(SinkError::NotAdoptable { obstacles });
    }
    let mut adopted = Vec::new();
    for candidate in &originals {
        // Where names are the same in upper and lower case, it may have been adopted just now.
        let origin = origin::of(dialect, session, &candidate.name, candidate.shape)?;
        if origin == Origin::Original {
            adopted.push(candidate.take_over(dialect, session, adoption)?);
        }
    }
    if !adopted.is_empty() {
        schema::create_shared(dialect, session)?;
    }
    Ok(adopted)
}

/// The tables of the groups of the settings and of those that the original had besides.
fn candidates(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    layout: &Layout,
) -> Result<Vec<Candidate>> {
    let mut groups = layout.groups.clone();
    let values = [Value::Text(RESULT_PREFIX)];
    session
        .read(dialect.tables_with_prefix(), &values, &mut |row| {
            let name = row.text(0)?.unwrap_or_default();
            let group = name.strip_prefix(RESULT_PREFIX).unwrap_or_default();
            if !group.is_empty() && !group.ends_with(SET_ASIDE) {
                groups.push(group.to_owned());
            }
            Ok(true)
        })
        .map_err(failed_to(LOOK))?;
    let mut candidates = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        if groups[..place].contains(group) {
            continue;
        }
        let (staging, result) = (group.clone(), result_table(group));
        candidates.push(Candidate::new(result, Shape::Group, Copies::Rows));
        candidates.push(Candidate::new(staging, Shape::Group, Copies::Nothing));
    }
    let state = STATE_TABLE.to_owned();
    candidates.push(Candidate::new(state, Shape::State, Copies::Tasks));
    Ok(candidates)
}

const LOOK: &str = "look for tables of the original program";

/// Why a table of the original cannot get its other name.
fn obstacle(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    candidate: &Candidate,
) -> Result<Option<String>> {
    let Candidate { name, kept_as, .. } = candidate;
    if !dialect.name_fits(kept_as) {
        return Ok(Some(format!(
            "table `{name}` cannot be renamed: `{kept_as}` is too long a name"
        )));
    }
    let is_taken = schema::is_there(dialect, session, kept_as)?;
    Ok(is_taken
        .then(|| format!("table `{name}` cannot be renamed: there is a table `{kept_as}` already")))
}

impl Candidate {
    fn new(name: String, shape: Shape, copies: Copies) -> Self {
        Self {
            kept_as: format!("{name}{SET_ASIDE}"),
            name,
            shape,
            copies,
        }
    }

    fn take_over(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        adoption: Adoption,
    ) -> Result<AdoptedTable> {
        let copies = adoption == Adoption::Copy && self.copies != Copies::Nothing;
        let (rows, left_out) = match copies {
            true => {
                let source = origin::columns(dialect, session, &self.name)?;
                let (rows, all) = self
                    .replace(dialect, session, &source)
                    .map_err(|error| failed_to("copy a table of the original program")(error))?;
                (Some(rows), all.saturating_sub(rows))
            }
            false => {
                let rename = rename(dialect, &self.name, &self.kept_as);
                session
                    .run(&rename)
                    .map_err(failed_to("rename a table of the original program"))?;
                (None, 0)
            }
        };
        Ok(AdoptedTable {
            table: self.name.clone(),
            kept_as: self.kept_as.clone(),
            rows,
            left_out,
        })
    }

    /// Puts a table of ours in the place of the original's. Returns how many of how many rows it has.
    fn replace(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        source: &[String],
    ) -> std::result::Result<(u64, u64), DatabaseError> {
        if dialect.creates_in_transactions() {
            begin(session)?;
            session.run(&rename(dialect, &self.name, &self.kept_as))?;
            session.run(&self.create(dialect, &self.name))?;
            let copied = self.copy(dialect, session, source, &self.kept_as, &self.name)?;
            session.commit()?;
            return Ok(copied);
        }
        // Only one statement can put the two in each other's place.
        let beside = format!("{OWN_PREFIX}adopting");
        let (ours, original) = (dialect.quoted(&beside), dialect.quoted(&self.name));
        session.run(&format!("DROP TABLE IF EXISTS {ours}"))?;
        session.run(&self.create(dialect, &beside))?;
        begin(session)?;
        let copied = self.copy(dialect, session, source, &self.name, &beside)?;
        session.commit()?;
        let kept_as = dialect.quoted(&self.kept_as);
        session.run(&format!(
            "RENAME TABLE {original} TO {kept_as}, {ours} TO {original}"
        ))?;
        Ok(copied)
    }

    fn create(&self, dialect: &dyn Dialect, name: &str) -> String {
        match self.shape {
            Shape::State => schema::create_state(dialect, name),
            Shape::Group => schema::create_group_table(dialect, name, Access::ByIndex),
        }
    }

    fn copy(
        &self,
        dialect: &dyn Dialect,
        session: &mut dyn Session,
        source: &[String],
        from: &str,
        to: &str,
    ) -> std::result::Result<(u64, u64), DatabaseError> {
        let columns = match self.shape {
            Shape::State => STATE_COLUMNS,
            Shape::Group => GROUP_COLUMNS,
        };
        let values = columns.split(", ").map(|name| {
            let is_there = source
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name));
            value(dialect, name, is_there)
        });
        let values: Vec<String> = values.collect();
        let (values, from, to) = (values.join(", "), dialect.quoted(from), dialect.quoted(to));
        // Of two rows of one task the newer one is kept.
        let end = match self.copies {
            Copies::Tasks => format!(
                "ORDER BY create_time DESC {}",
                dialect.unless_there(&format!("{to}.task_id"))
            ),
            _ => String::new(),
        };
        let sql = format!(
            "INSERT INTO {to} ({columns}) SELECT {values} FROM {from}
             WHERE task_id IS NOT NULL {end}"
        );
        session.execute(&sql, &[])?;
        Ok((count(session, &to)?, count(session, &from)?))
    }
}

fn begin(session: &mut dyn Session) -> std::result::Result<(), DatabaseError> {
    session.begin(Transaction {
        durability: Durability::Full,
        owner: None,
    })
}

fn rename(dialect: &dyn Dialect, from: &str, to: &str) -> String {
    let (from, to) = (dialect.quoted(from), dialect.quoted(to));
    format!("ALTER TABLE {from} RENAME TO {to}")
}

/// `table` is quoted.
fn count(session: &mut dyn Session, table: &str) -> std::result::Result<u64, DatabaseError> {
    let mut count = 0;
    session.read(&format!("SELECT count(*) FROM {table}"), &[], &mut |row| {
        count = row
            .integer(0)?
            .and_then(|rows| u64::try_from(rows).ok())
            .unwrap_or(0);
        Ok(true)
    })?;
    Ok(count)
}

/// A column of ours from the original's, in which anything may be NULL.
fn value(dialect: &dyn Dialect, name: &str, is_there: bool) -> String {
    /// Columns of `state` that may be NULL.
    const MAYBE_TEXTS: [&str; 6] = [
        "prod_stat",
        "length_prod_table",
        "result",
        "uniq_source_author",
        "rate_of_label",
        "error_message",
    ];
    let text = dialect.as_text(name);
    match name {
        "create_time" | "check_point" => dialect.as_time(&text),
        "length_receive_table" | "length_output_table" => name.to_owned(),
        // A number of few digits is shown as it was.
        "peak_memory" | "run_time" => format!("CAST({text} AS {})", dialect.types().number),
        name if MAYBE_TEXTS.contains(&name) && !is_there => "NULL".to_owned(),
        name if MAYBE_TEXTS.contains(&name) => text,
        "match_meta" if !is_there => "'{}'".to_owned(),
        _ => format!("coalesce({text}, '')"),
    }
}
