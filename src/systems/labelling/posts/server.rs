//! Reads posts from database servers: PostgreSQL, MySQL and MariaDB.
//!
//! ```text
//! engine    what the servers differ in: postgres, mysql
//! shape     what a table is: its columns, how its times are kept, whether an index leads with them
//! divide    where the times of a range begin and end, and about how many rows it holds
//! select    the queries that read rows
//! link      a connection with the thread that drives it ──► parcels of packed rows ──► packed
//! reader    rows ──► slices
//! ```
//!
//! A portion is one query, whose rows a thread of its own fetches while those before are worked
//! on. Nothing of the users' data is locked, and every transaction is read-only.

mod divide;
mod engine;
mod link;
mod mysql;
mod packed;
mod postgres;
mod reader;
mod select;
mod shape;

use std::{marker::PhantomData, sync::Arc};

use self::{
    engine::Engine, link::Link, mysql::MySql, postgres::Postgres, reader::ServerReader,
    select::Select, shape::Shape,
};
use super::{
    ColumnNames, Plan, Portion, Position, ReadSpec, Reader, Source, SourceError, TextColumn,
    portion::Share,
};
use crate::servers::ServerKind;

/// A source on the server that a URL names. Connects to nothing yet.
pub(super) fn open(kind: ServerKind, url: &str) -> Result<Arc<dyn Source>, SourceError> {
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    // What is wrong with a URL is not said: that may hold a password.
    let malformed = || SourceError::MalformedUrl {
        scheme: scheme.to_owned(),
    };
    // Without a host it would name whatever server is near.
    if !rest.starts_with("//") {
        return Err(malformed());
    }
    Ok(match kind {
        ServerKind::Postgres => Arc::new(ServerSource::<Postgres>::new(
            Postgres::options(url).map_err(|_| malformed())?,
        )),
        ServerKind::MySql => Arc::new(ServerSource::<MySql>::new(
            MySql::options(url).map_err(|_| malformed())?,
        )),
    })
}

/// A database on a server.
struct ServerSource<E: Engine> {
    options: E::Options,
    engine: PhantomData<E>,
}

impl<E: Engine> ServerSource<E> {
    fn new(options: E::Options) -> Self {
        Self {
            options,
            engine: PhantomData,
        }
    }

    fn connect(&self, table: &str) -> Result<Link<E>, SourceError> {
        Link::new(&self.options).map_err(|cause| SourceError::Connect {
            table: table.to_owned(),
            cause: cause.into(),
        })
    }

    /// Connects and finds out how the table of a job can be read.
    fn look_at(&self, spec: &ReadSpec) -> Result<(Link<E>, Shape), SourceError> {
        let mut link = self.connect(&spec.table)?;
        let shape = Shape::of(&mut link, spec)?;
        Ok((link, shape))
    }
}

impl<E: Engine> Source for ServerSource<E> {
    fn tables(&self) -> Result<Vec<String>, SourceError> {
        let mut link = self.connect("*")?;
        shape::tables(&mut link).map_err(unreadable("*"))
    }

    fn check(
        &self,
        table: &str,
        columns: &ColumnNames,
        text: TextColumn,
    ) -> Result<(), SourceError> {
        let spec = ReadSpec::of_all_times(table, columns, text);
        let (mut link, shape) = self.look_at(&spec)?;
        match divide::strange_times(&mut link, &shape).map_err(unreadable(table))? {
            None => Ok(()),
            Some(found) => Err(SourceError::TimesUnusable {
                table: table.to_owned(),
                column: columns.post_time.clone(),
                found,
            }),
        }
    }

    fn plan(&self, spec: &ReadSpec, portions_wanted: u32) -> Result<Plan, SourceError> {
        let (mut link, shape) = self.look_at(spec)?;
        let mut plan = Plan {
            portions: Vec::new(),
            time_ordered: true,
            rows_estimate: None,
            warnings: shape.warning::<E>(spec).into_iter().collect(),
        };
        divide::divide(&mut link, &shape, spec, portions_wanted, &mut plan)
            .map_err(unreadable(&spec.table))?;
        Ok(plan)
    }

    fn open(
        &self,
        spec: &ReadSpec,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, SourceError> {
        let Share::Times { from: first, until } = &portion.0 else {
            let table = spec.table.clone();
            return Err(SourceError::ForeignPosition { table });
        };
        let (link, shape) = self.look_at(spec)?;
        let select = Select::new::<E>(&shape, spec, first.as_deref(), until.as_deref());
        let reached = from.map(|position| position.reached.clone());
        let reader =
            ServerReader::<E>::new(self.options.clone(), link, spec.clone(), select, reached)?;
        Ok(Box::new(reader))
    }
}

fn unreadable(table: &str) -> impl FnOnce(sqlx::Error) -> SourceError {
    move |cause| SourceError::Server {
        attempt: "read",
        table: table.to_owned(),
        cause: cause.into(),
    }
}
