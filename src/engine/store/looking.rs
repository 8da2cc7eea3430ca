//! Looks whether a database can hold the engine's tables, and changes nothing.

use std::io;
use std::time::Duration;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{
    Connection as _, Error as SqlxError, MySqlConnection, PgConnection, SqlitePool,
};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr,
    SqlxSqliteConnector, Statement,
};

use super::connect::{ACQUIRE_TIMEOUT, Place, has_all_tables};
use super::{Result, StoreError, pool, query};
use crate::servers;

/// For a connection that only looks at the tables.
const LOOKED_AT_FOR: Duration = Duration::from_secs(15);

/// How long a file that another program has locked is waited for.
const LOCKED_FOR: Duration = Duration::from_secs(5);

/// How long a file is searched for damage: a large one is searched in part.
const SEARCHED_FOR: Duration = Duration::from_secs(30);

/// What the engine does with its tables. No row fits, but the rights are looked at all the same.
const WRITES: [&str; 3] = [
    "INSERT INTO audience_job SELECT * FROM audience_job WHERE 1 = 0",
    "UPDATE audience_job SET queue = queue WHERE 1 = 0",
    "DELETE FROM audience_job WHERE 1 = 0",
];

/// Has two columns of one name, so that it is never made; the rights are looked at before that.
const MAKES_NOTHING: &str = "CREATE TABLE audience_right_to_make (one INT, one INT)";

impl Place {
    /// Whether a server can be connected to. A pool would try again and again, and then only say that
    /// its time is over.
    pub(super) async fn attempt(&self) -> std::result::Result<(), DbErr> {
        let attempt = async {
            match self {
                Self::File(_) => Ok::<(), SqlxError>(()),
                Self::Postgres(options) => {
                    let connection = PgConnection::connect_with(options).await?;
                    // That it was made is what was asked.
                    connection.close().await.ok();
                    Ok(())
                }
                Self::MySql(options) => {
                    let connection = MySqlConnection::connect_with(options).await?;
                    connection.close().await.ok();
                    Ok(())
                }
            }
        };
        let attempted = tokio::time::timeout(ACQUIRE_TIMEOUT, attempt).await;
        let late = |_| SqlxError::Io(io::ErrorKind::TimedOut.into());
        let attempted = attempted.map_err(late).and_then(|attempted| attempted);
        attempted.map_err(|cause| DbErr::Conn(RuntimeErr::SqlxError(cause.into())))
    }

    /// Whether the database is there and has all tables; `None`: it is a file that is made when the
    /// program starts.
    pub(super) async fn has_tables(&self) -> Result<Option<bool>> {
        let Some(connection) = self.connect_to_look().await? else {
            return Ok(None);
        };
        let found = has_all_tables(&connection).await;
        connection.close().await.ok();
        found.map(Some)
    }

    /// The same, and whether the engine can work there: its user has the rights, and the file is not
    /// damaged.
    pub(super) async fn examine(&self) -> Result<Option<bool>> {
        let Some(connection) = self.connect_to_look().await? else {
            return Ok(None);
        };
        let examined = async {
            let has_tables = has_all_tables(&connection).await?;
            expect_rights(&connection, has_tables).await?;
            expect_undamaged(&connection).await?;
            Ok(Some(has_tables))
        };
        let examined = examined.await;
        connection.close().await.ok();
        examined
    }

    /// `None`: it is a file that is not there.
    async fn connect_to_look(&self) -> Result<Option<DatabaseConnection>> {
        self.expect_usable()?;
        let Self::File(path) = self else {
            self.attempt().await.map_err(pool::not_connected)?;
            let connection = Database::connect(self.options(1, LOOKED_AT_FOR)).await;
            return connection.map(Some).map_err(pool::not_connected);
        };
        if !path.exists() {
            return Ok(None);
        }
        // Its journal stays as it is, unlike that of a file that the engine works with.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .busy_timeout(LOCKED_FOR);
        let connection = SqlitePool::connect_with(options).await;
        let connection = connection.map_err(|cause| {
            StoreError::Connect(DbErr::Conn(RuntimeErr::SqlxError(cause.into())))
        })?;
        Ok(Some(SqlxSqliteConnector::from_sqlx_sqlite_pool(connection)))
    }
}

/// Fails if the user of a server may not do what the engine does: write to its tables, or make them.
pub(super) async fn expect_rights(connection: &DatabaseConnection, has_tables: bool) -> Result<()> {
    if connection.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    if has_tables {
        for write in WRITES {
            let written = connection.execute_unprepared(write).await;
            written.map_err(query("write to the engine's tables"))?;
        }
        return Ok(());
    }
    match connection.execute_unprepared(MAKES_NOTHING).await {
        Err(DbErr::Exec(RuntimeErr::SqlxError(cause))) if servers::is_column_twice(&cause) => {
            Ok(())
        }
        made => made.map(drop).map_err(StoreError::Migrate),
    }
}

async fn expect_undamaged(connection: &DatabaseConnection) -> Result<()> {
    if connection.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let attempted = "search the file for damage";
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA quick_check(1)");
    let searched = tokio::time::timeout(SEARCHED_FOR, connection.query_one_raw(check)).await;
    let Ok(found) = searched else {
        return Ok(());
    };
    let found: Option<String> = match found.map_err(query(attempted))? {
        Some(row) => row.try_get_by_index(0).map_err(query(attempted))?,
        None => None,
    };
    match found.as_deref() {
        Some("ok") | None => Ok(()),
        Some(_) => Err(StoreError::UnusableFile {
            reason: "the file is damaged".to_owned(),
        }),
    }
}
