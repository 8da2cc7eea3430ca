//! Databases of all kinds, each new for a test and dropped at the end.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use audience::systems::labelling::panels::{Sink, open_sink};
use audience::systems::labelling::posts::{Source, open_source};
use audience::tables::Blocking;
use rusqlite::Connection;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection};
use tempfile::TempDir;

/// As in the settings.
pub(crate) const LEASE: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
    MySql,
}

impl DatabaseKind {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];
    pub(crate) const SERVERS: [Self; 2] = [Self::Postgres, Self::MySql];
}

/// An empty database.
pub(crate) struct OwnDatabase {
    pub kind: DatabaseKind,
    pub url: String,
    /// Of the server, and the name of the database there.
    server: Option<(String, String)>,
    /// Whether the URL is of a role of its own, named like the database.
    has_role: bool,
    /// Its files go with it.
    _folder: TempDir,
}

/// Runs a test on an empty database of each kind; says which kind failed.
pub(crate) fn on_each_kind(test: impl Fn(&OwnDatabase)) {
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        test(&OwnDatabase::new(kind));
    }
}

impl OwnDatabase {
    pub fn new(kind: DatabaseKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = match kind {
            DatabaseKind::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("out.db").display());
                return Self {
                    kind,
                    url,
                    server: None,
                    has_role: false,
                    _folder: folder,
                };
            }
            DatabaseKind::Postgres | DatabaseKind::MySql => server_of(kind),
        };
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("audience_own_{}_{number}", std::process::id());
        let database = Self {
            kind,
            url: with_database(&server, &name),
            server: Some((server, name)),
            has_role: false,
            _folder: folder,
        };
        database.on_the_server("CREATE DATABASE");
        database
    }

    /// On a server, owned by a role whose statements may take 200 ms, and which has these other
    /// settings.
    pub fn of_limited_role(kind: DatabaseKind, settings: &[&str]) -> Self {
        let mut database = Self::new(kind);
        let (server, name) = database.server.clone().unwrap();
        let sql = match kind {
            DatabaseKind::Postgres => {
                let settings = ["statement_timeout = '200ms'"].iter().chain(settings);
                let set = settings.map(|setting| format!("; ALTER ROLE {name} SET {setting}"));
                let set = set.collect::<String>();
                format!("CREATE ROLE {name} LOGIN; ALTER DATABASE {name} OWNER TO {name}{set}")
            }
            _ => format!(
                "CREATE USER {name}@localhost WITH MAX_STATEMENT_TIME 0.2 {};
                 GRANT ALL ON {name}.* TO {name}@localhost",
                settings.join(" ")
            ),
        };
        run(kind, &server, &sql);
        database.url = database.url_as(&name);
        database.has_role = true;
        database
    }

    /// The URL of a new role on the server with these rights on the tables that are there.
    pub fn url_of_new_role(&mut self, rights: &str) -> String {
        let (server, name) = self.server.clone().unwrap();
        let role = match self.kind {
            DatabaseKind::Postgres => format!("CREATE ROLE {name} LOGIN"),
            _ => format!("CREATE USER {name}@localhost"),
        };
        run(self.kind, &server, &role);
        self.has_role = true;
        self.grant(rights);
        self.url_as(&name)
    }

    /// The URL for a user, or for a user and a password with a colon between them.
    fn url_as(&self, who: &str) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap();
        let (_, place) = rest.split_once('@').unwrap();
        format!("{scheme}://{who}@{place}")
    }

    /// Whether a user may do this.
    pub fn lets(&self, user: &str, password: &str, sql: &str) -> bool {
        let url = self.url_as(&format!("{user}:{password}"));
        try_run(self.kind, &url, sql).is_ok()
    }

    /// Lets its role make tables, too.
    pub fn let_role_make_tables(&self) {
        if self.kind == DatabaseKind::Postgres {
            let name = self.name();
            self.run(&format!("GRANT CREATE ON SCHEMA public TO {name}"));
        }
    }

    /// Gives its role these rights on the tables that are there.
    pub fn grant(&self, rights: &str) {
        let name = self.name();
        self.run(&match self.kind {
            DatabaseKind::Postgres => {
                format!("GRANT {rights} ON ALL TABLES IN SCHEMA public TO {name}")
            }
            _ => format!("GRANT {rights} ON {name}.* TO {name}@localhost"),
        });
    }

    /// Takes all rights from its role, on this table or on all.
    pub fn revoke(&self, table: Option<&str>) {
        let name = self.name();
        self.run(&match (self.kind, table) {
            (DatabaseKind::Postgres, Some(table)) => {
                format!("REVOKE ALL ON {} FROM {name}", self.quoted(table))
            }
            (DatabaseKind::Postgres, None) => {
                format!("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
            }
            _ => format!("REVOKE ALL PRIVILEGES ON {name}.* FROM {name}@localhost"),
        });
        // MySQL looks at rights when a database is chosen.
        self.end_connections();
    }

    /// Makes each statement that inserts into a table take longer than the role may.
    pub fn slow_down(&self, table: &str) {
        let trigger = self.quoted(&format!("slow {table}"));
        let table = self.quoted(table);
        self.run(&match self.kind {
            DatabaseKind::Postgres => format!(
                "CREATE OR REPLACE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS
                     $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
                 CREATE TRIGGER {trigger} BEFORE INSERT ON {table}
                     FOR EACH STATEMENT EXECUTE FUNCTION take_long()"
            ),
            _ => format!(
                "CREATE TRIGGER {trigger} BEFORE INSERT ON {table} FOR EACH ROW DO SLEEP(0.5)"
            ),
        });
    }

    /// Puts a view in the place of a table, with the same rows, that takes longer to read than the
    /// role may.
    pub fn slow_down_reading(&self, table: &str) {
        let kept = self.quoted(&format!("kept {table}"));
        let table = self.quoted(table);
        let rows = match self.kind {
            DatabaseKind::Postgres => format!("{kept} CROSS JOIN pg_sleep(0.5)"),
            _ => format!("{kept} WHERE SLEEP(0.5) = 0"),
        };
        self.run(&format!(
            "ALTER TABLE {table} RENAME TO {kept}; CREATE VIEW {table} AS SELECT {kept}.* FROM {rows}"
        ));
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.server.as_ref().unwrap().1
    }

    pub fn sink(&self) -> Sink {
        let sink = open_sink(&self.url, LEASE).unwrap();
        sink.prepare().unwrap();
        sink
    }

    pub fn source(&self) -> Source {
        open_source(&self.url).unwrap()
    }

    /// A name as an identifier.
    pub fn quoted(&self, name: &str) -> String {
        match self.kind {
            DatabaseKind::MySql => format!("`{}`", name.replace('`', "``")),
            DatabaseKind::Sqlite | DatabaseKind::Postgres => {
                format!("\"{}\"", name.replace('"', "\"\""))
            }
        }
    }

    pub fn run(&self, sql: &str) {
        match self.kind {
            DatabaseKind::Sqlite => {
                let path = self.url.strip_prefix("sqlite://").unwrap();
                Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
            DatabaseKind::Postgres | DatabaseKind::MySql => run(self.kind, &self.url, sql),
        }
    }

    /// The first column of what is selected.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.kind {
            DatabaseKind::Sqlite => {
                let path = self.url.strip_prefix("sqlite://").unwrap();
                let connection = Connection::open(path).unwrap();
                let mut statement = connection.prepare(sql.0.as_str()).unwrap();
                let rows = statement.query_map([], |row| row.get(0)).unwrap();
                rows.collect::<Result<_, _>>().unwrap()
            }
            DatabaseKind::Postgres => Blocking::new().unwrap().run(async {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            }),
            DatabaseKind::MySql => Blocking::new().unwrap().run(async {
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
            DatabaseKind::MySql => "CHAR",
            DatabaseKind::Sqlite | DatabaseKind::Postgres => "TEXT",
        };
        let table = self.quoted(table);
        let counts = self.texts(&format!("SELECT CAST(count(*) AS {kind}) FROM {table}"));
        counts[0].parse().unwrap()
    }

    /// Names of a table's columns, in order.
    pub fn columns(&self, table: &str) -> Vec<String> {
        self.texts(&match self.kind {
            DatabaseKind::Sqlite => {
                format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid")
            }
            DatabaseKind::Postgres => format!(
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
                 WHERE table_name = '{table}' AND table_schema = 'public'
                 ORDER BY ordinal_position"
            ),
            DatabaseKind::MySql => format!(
                "SELECT column_name FROM information_schema.columns
                 WHERE table_name = '{table}' AND table_schema = DATABASE()
                   AND extra NOT LIKE '%INVISIBLE%' ORDER BY ordinal_position"
            ),
        })
    }

    /// Ends every connection to this database, as a server does that restarts.
    pub fn end_connections(&self) {
        match self.kind {
            DatabaseKind::Sqlite => {}
            DatabaseKind::Postgres => self.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            ),
            DatabaseKind::MySql => {
                let others = self.texts(
                    "SELECT CAST(id AS CHAR) FROM information_schema.processlist
                     WHERE db = DATABASE() AND id <> CONNECTION_ID()",
                );
                for other in others {
                    // Fails if it has ended by itself.
                    try_run(self.kind, &self.url, &format!("KILL {other}")).ok();
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

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        if self.kind == DatabaseKind::Postgres
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
        if let (true, Some((server, name))) = (self.has_role, &self.server) {
            let role = match self.kind {
                DatabaseKind::MySql => format!("USER {name}@localhost"),
                _ => format!("ROLE {name}"),
            };
            run(self.kind, server, &format!("DROP {role}"));
        }
    }
}

/// The URL of a database on the server that the tests use.
pub(crate) fn url_of_database(kind: DatabaseKind, name: &str) -> String {
    with_database(&server_of(kind), name)
}

fn server_of(kind: DatabaseKind) -> String {
    let variable = match kind {
        DatabaseKind::Sqlite => panic!("a file is on no server"),
        DatabaseKind::Postgres => "AUDIENCE_TEST_POSTGRES",
        DatabaseKind::MySql => "AUDIENCE_TEST_MYSQL",
    };
    env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is missing: run the tests by scripts/test"))
}

fn with_database(server: &str, name: &str) -> String {
    let (base, options) = server.split_once('?').unwrap_or((server, ""));
    format!("{}/{name}?{options}", base.trim_end_matches('/'))
}

fn run(kind: DatabaseKind, url: &str, sql: &str) {
    try_run(kind, url, sql).unwrap();
}

fn try_run(kind: DatabaseKind, url: &str, sql: &str) -> sqlx::Result<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    Blocking::new().unwrap().run(async {
        if kind == DatabaseKind::Postgres {
            let mut connection = PgConnection::connect(url).await.unwrap();
            statement.execute(&mut connection).await.map(drop)
        } else {
            let mut connection = MySqlConnection::connect(url).await.unwrap();
            statement.execute(&mut connection).await.map(drop)
        }
    })
}
