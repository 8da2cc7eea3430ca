//! Databases of a test's own, one of each kind, gone when it has passed.

use std::future::Future;

use sqlx::{Connection, Executor, MySqlConnection, PgConnection};
use tempfile::TempDir;

/// An empty database.
pub(crate) struct TestDatabase {
    pub url: String,
    pub kind: &'static str,
    /// Of the server without a database; empty for a file.
    server: String,
    name: String,
    _folder: Option<TempDir>,
}

const SERVERS: [(&str, &str); 2] = [
    ("postgres", "AUDIENCE_TEST_POSTGRES"),
    ("mysql", "AUDIENCE_TEST_MYSQL"),
];

/// Runs a test on a database of each kind. What is left of a failed test can be looked at.
pub(crate) async fn each<F: Future<Output = ()>>(test: impl Fn(String) -> F) {
    for kind in ["sqlite", "postgres", "mysql"] {
        let database = TestDatabase::of(kind).await;
        eprintln!("on {}", database.kind);
        test(database.url.clone()).await;
        database.drop_it().await;
    }
}

impl TestDatabase {
    pub(crate) async fn of(kind: &'static str) -> Self {
        let Some((_, variable)) = SERVERS.iter().find(|(server, _)| *server == kind) else {
            return Self::file();
        };
        let server = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} names no server: run the tests with scripts/test, which starts one")
        });
        Self::at(kind, &server).await
    }

    fn file() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            url: format!("sqlite://{}", folder.path().join("store.db").display()),
            kind: "sqlite",
            server: String::new(),
            name: String::new(),
            _folder: Some(folder),
        }
    }

    /// A new one on this server.
    pub(crate) async fn at(kind: &'static str, server: &str) -> Self {
        let name = format!("audience_store_{}", uuid::Uuid::now_v7().simple());
        let (before, options) = server.split_once('?').unwrap_or((server, ""));
        let before = before.trim_end_matches('/');
        let url = format!("{before}/{name}?{options}");
        let database = Self {
            url,
            kind,
            server: server.to_owned(),
            name,
            _folder: None,
        };
        database.tell_server("CREATE DATABASE").await;
        database
    }

    pub(crate) async fn drop_it(self) {
        if !self.server.is_empty() {
            self.tell_server("DROP DATABASE").await;
        }
    }

    async fn tell_server(&self, what: &str) {
        let name = &self.name;
        if self.kind == "postgres" {
            let force = if what.starts_with("DROP") {
                " WITH (FORCE)"
            } else {
                ""
            };
            let mut server = PgConnection::connect(&self.server).await.unwrap();
            let sql = sqlx::AssertSqlSafe(format!("{what} \"{name}\"{force}"));
            server.execute(sql).await.unwrap();
        } else {
            let mut server = MySqlConnection::connect(&self.server).await.unwrap();
            let sql = sqlx::AssertSqlSafe(format!("{what} `{name}`"));
            server.execute(sql).await.unwrap();
        }
    }
}

/// Says something to a database of a test in its own words.
pub(crate) async fn say(url: &str, sql: &str) -> u64 {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(sql).await.unwrap().rows_affected()
    } else if url.starts_with("mysql") {
        let mut connection = MySqlConnection::connect(url).await.unwrap();
        connection.execute(sql).await.unwrap().rows_affected()
    } else {
        let file = url.trim_start_matches("sqlite://");
        let connection = rusqlite::Connection::open(file).unwrap();
        connection
            .busy_timeout(std::time::Duration::from_secs(30))
            .unwrap();
        connection.execute(&sql.0, []).unwrap() as u64
    }
}
