//! Reads tables on database servers: PostgreSQL, MySQL and MariaDB.
//!
//! ```text
//! dialect   what the servers differ in when tables are read: postgres, mysql
//! shape     what a table is: its columns, how its times are kept, whether an index leads with them
//! divide    where the times of a range begin and end, and about how many rows it holds
//! select    the queries that read rows
//! packed    rows as the thread that streams them sends them
//! reader    rows ──► slices
//! whole     all rows of a table, by its key
//! ```
//!
//! A portion is one query, whose rows a thread of its own fetches while those before are worked
//! on. Nothing of the users' data is locked, and every transaction is read-only.

mod dialect;
mod divide;
mod invalid_dates;
mod mysql;
mod packed;
mod postgres;
mod reader;
mod same_time;
mod select;
mod shape;
mod time_kind;
mod whole;
mod without_id;

use std::sync::Arc;

use sqlx::{MySql, Postgres};

use self::dialect::ReadServer;
use self::reader::ServerReader;
use self::select::{PortionOf, Select};
use self::shape::ServerShape;
use self::whole::{Catalog, ServerRows};
use super::error::ReadError;
use super::left_out::LeftOut;
use super::portion::{Portion, Position, Share};
use super::source::{ReadPlan, Reader, Source, TableQuery};
use super::unreadable::Unreadable;
use super::whole::{Mark, RowCount, TableColumn, WholeReader, WholeTable};
use crate::servers::ServerKind;
use crate::tables::server::ServerSession;
use crate::tables::session::Purpose;

/// A source on the server that a URL names. Connects to nothing yet.
pub(super) fn open(kind: ServerKind, url: &str) -> Result<Arc<dyn Source>, ReadError> {
    Ok(match kind {
        ServerKind::Postgres => Arc::new(ServerSource::<Postgres>::of_url(url)?),
        ServerKind::MySql => Arc::new(ServerSource::<MySql>::of_url(url)?),
    })
}

/// A database on a server.
struct ServerSource<S: ReadServer> {
    options: S::Options,
}

impl<S: ReadServer> ServerSource<S> {
    fn of_url(url: &str) -> Result<Self, ReadError> {
        let (scheme, rest) = url.split_once(':').unwrap_or_default();
        // What is wrong with a URL is not shown: that may hold a password.
        let malformed = || ReadError::MalformedUrl {
            scheme: scheme.to_owned(),
        };
        // Without a host it would name whatever server is near.
        if !rest.starts_with("//") {
            return Err(malformed());
        }
        let options = S::options(url, Purpose::Read).map_err(|_| malformed())?;
        Ok(Self { options })
    }

    fn connect(&self, table: &str) -> Result<ServerSession<S>, ReadError> {
        ServerSession::open(&self.options, Purpose::Read).map_err(ReadError::not_connected(table))
    }

    /// Connects and finds out how the table can be read.
    fn look_at(&self, query: &TableQuery) -> Result<(ServerSession<S>, ServerShape), ReadError> {
        let mut session = self.connect(&query.table)?;
        let shape = ServerShape::of(&mut session, query)?;
        Ok((session, shape))
    }
}

impl<S: ReadServer> Source for ServerSource<S> {
    fn tables(&self) -> Result<Vec<String>, ReadError> {
        let mut session = self.connect("*")?;
        shape::tables(&mut session).map_err(ReadError::unreadable("*"))
    }

    fn check(&self, query: &TableQuery) -> Result<(), ReadError> {
        let (mut session, shape) = self.look_at(query)?;
        let strange = divide::strange_times(&mut session, &shape);
        match strange.map_err(ReadError::unreadable(&query.table))? {
            None => Ok(()),
            Some(found) => Err(query.times_unusable(found)),
        }
    }

    fn plan(&self, query: &TableQuery, portions_wanted: u32) -> Result<ReadPlan, ReadError> {
        let (mut session, shape) = self.look_at(query)?;
        let mut plan = ReadPlan {
            portions: Vec::new(),
            time_ordered: true,
            rows_estimate: None,
            warnings: shape.warning::<S>(query).into_iter().collect(),
        };
        divide::divide(&mut session, &shape, query, portions_wanted, &mut plan)
            .map_err(ReadError::unreadable(&query.table))?;
        Ok(plan)
    }

    fn unreadable(&self, query: &TableQuery) -> Result<Unreadable, ReadError> {
        let (mut session, shape) = self.look_at(query)?;
        divide::unreadable(&mut session, &shape, query).map_err(ReadError::unreadable(&query.table))
    }

    fn without_id(&self, query: &TableQuery) -> Result<LeftOut, ReadError> {
        let (mut session, shape) = self.look_at(query)?;
        without_id::without_id(&mut session, &shape, query)
            .map_err(ReadError::unreadable(&query.table))
    }

    fn count(&self, query: &TableQuery) -> Result<u64, ReadError> {
        let (mut session, shape) = self.look_at(query)?;
        divide::count(&mut session, &shape).map_err(ReadError::unreadable(&query.table))
    }

    fn open(
        &self,
        query: &TableQuery,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Box<dyn Reader>, ReadError> {
        let portion = match &portion.0 {
            Share::Times { from, until } => PortionOf::Times {
                from: from.as_deref(),
                until: until.as_deref(),
            },
            Share::OtherForms => PortionOf::OtherForms,
            _ => {
                let table = query.table.clone();
                return Err(ReadError::ForeignPosition { table });
            }
        };
        let (session, shape) = self.look_at(query)?;
        let select = Select::new::<S>(&shape, query, portion);
        let reached = from.map(|position| position.reached.clone());
        let options = self.options.clone();
        let reader = ServerReader::new(options, session, query.clone(), select, reached)?;
        Ok(Box::new(reader))
    }

    fn columns(&self, table: &str) -> Result<Vec<TableColumn>, ReadError> {
        let mut session = self.connect(table)?;
        Ok(Catalog::of(&mut session, table)?.into_columns())
    }

    fn count_whole(&self, table: &WholeTable) -> Result<RowCount, ReadError> {
        let mut session = self.connect(&table.name)?;
        let catalog = Catalog::of(&mut session, &table.name)?;
        let counted = catalog.count(&mut session, table);
        counted.map_err(ReadError::unreadable(&table.name))
    }

    fn open_whole(
        &self,
        table: &WholeTable,
        from: Option<&Mark>,
    ) -> Result<Box<dyn WholeReader>, ReadError> {
        let session = self.connect(&table.name)?;
        Ok(Box::new(ServerRows::open(session, table.clone(), from)?))
    }
}
