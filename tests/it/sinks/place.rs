//! Output databases of all kinds, each new and dropped at the end.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use audience::systems::labelling::panels::{Sink, open_sink};
use audience::tables::Blocking;
use rusqlite::Connection;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection};
use tempfile::TempDir;

/// As in the settings.
pub const LEASE: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    MySql,
}

/// An empty database.
pub struct Place {
    pub kind: Kind,
    pub url: String,
    /// Of the server, and the name of the database there.
    server: Option<(String, String)>,
    folder: TempDir,
}

/// Runs a test on an empty database of each kind; says which kind failed.
pub fn on_each_kind(test: impl Fn(&Place)) {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::MySql] {
        println!("on {kind:?}");
        test(&Place::new(kind));
    }
}

impl Place {
    pub fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variable = match kind {
            Kind::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("out.db").display());
                return Self {
                    kind,
                    url,
                    server: None,
                    folder,
                };
            }
            Kind::Postgres => "AUDIENCE_TEST_POSTGRES",
            Kind::MySql => "AUDIENCE_TEST_MYSQL",
        };
        let server = env::var(variable)
            .unwrap_or_else(|_| panic!("{variable} is missing: run the tests by scripts/test"));
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("audience_sink_{}_{number}", std::process::id());
        let place = Self {
            kind,
            url: with_database(&server, &name),
            server: Some((server, name)),
            folder,
        };
        place.on_the_server("CREATE DATABASE");
        place
    }

    pub fn sink(&self) -> Sink {
        let sink = open_sink(&self.url, LEASE).unwrap();
        sink.prepare().unwrap();
        sink
    }

    /// A name as an identifier.
    pub fn quoted(&self, name: &str) -> String {
        match self.kind {
            Kind::MySql => format!("`{}`", name.replace('`', "``")),
            Kind::Sqlite | Kind::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    pub fn run(&self, sql: &str) {
        match self.kind {
            Kind::Sqlite => {
                let path = self.url.strip_prefix("sqlite://").unwrap();
                Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
            Kind::Postgres | Kind::MySql => run(self.kind, &self.url, sql),
        }
    }

    /// The first column of what is selected.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.kind {
            Kind::Sqlite => {
                let path = self.url.strip_prefix("sqlite://").unwrap();
                let connection = Connection::open(path).unwrap();
                let mut statement = connection.prepare(sql.0.as_str()).unwrap();
                let rows = statement.query_map([], |row| row.get(0)).unwrap();
                rows.collect::<Result<_, _>>().unwrap()
            }
            Kind::Postgres => Blocking::new().unwrap().run(async {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            }),
            Kind::MySql => Blocking::new().unwrap().run(async {
                let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            }),
        }
    }

    pub fn count(&self, table: &str) -> u64 {
        let kind = match self.kind {
            Kind::MySql => "CHAR",
            Kind::Sqlite | Kind::Postgres => "TEXT",
        };
        let table = self.quoted(table);
        let counts = self.texts(&format!("SELECT CAST(count(*) AS {kind}) FROM {table}"));
        counts[0].parse().unwrap()
    }

    /// Names of a table's columns, in order.
    pub fn columns(&self, table: &str) -> Vec<String> {
        self.texts(&match self.kind {
            Kind::Sqlite => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
            Kind::Postgres => format!(
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
                 WHERE table_name = '{table}' AND table_schema = 'public'
                 ORDER BY ordinal_position"
            ),
            Kind::MySql => format!(
                "SELECT column_name FROM information_schema.columns
                 WHERE table_name = '{table}' AND table_schema = DATABASE()
                   AND extra NOT LIKE '%INVISIBLE%' ORDER BY ordinal_position"
            ),
        })
    }

    /// Ends every connection to this database, as a server does that restarts.
    pub fn end_connections(&self) {
        match self.kind {
            Kind::Sqlite => {}
            Kind::Postgres => self.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            ),
            Kind::MySql => {
                let others = self.texts(
                    "SELECT CAST(id AS CHAR) FROM information_schema.processlist
                     WHERE db = DATABASE() AND id <> CONNECTION_ID()",
                );
                for other in others {
                    self.run(&format!("KILL {other}"));
                }
            }
        }
    }

    fn on_the_server(&self, what: &str) {
        if let Some((server, name)) = &self.server {
            let name = self.quoted(name);
            run(self.kind, server, &format!("{what} {name}"));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Its files go with it.
        let _ = &self.folder;
        if self.kind == Kind::Postgres
            && let Some((server, name)) = &self.server
        {
            let name = self.quoted(name);
            run(
                self.kind,
                server,
                &format!("DROP DATABASE {name} WITH (FORCE)"),
            );
        } else {
            self.on_the_server("DROP DATABASE");
        }
    }
}

pub fn with_database(server: &str, name: &str) -> String {
    let (base, options) = server.split_once('?').unwrap_or((server, ""));
    format!("{}/{name}?{options}", base.trim_end_matches('/'))
}

fn run(kind: Kind, url: &str, sql: &str) {
    let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    Blocking::new().unwrap().run(async {
        if kind == Kind::Postgres {
            let mut connection = PgConnection::connect(url).await.unwrap();
            statement.execute(&mut connection).await.map(drop)
        } else {
            let mut connection = MySqlConnection::connect(url).await.unwrap();
            statement.execute(&mut connection).await.map(drop)
        }
        .unwrap();
    });
}
