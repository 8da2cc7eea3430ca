//! A database of a test's own on each of the servers, with a table of posts.

use std::env;

use audience::servers::ServerKind;
use audience::systems::labelling::posts::{Source, open_source};
use audience::tables::Blocking;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, Row};
use uuid::Uuid;

pub(super) const SERVERS: [ServerKind; 2] = [ServerKind::Postgres, ServerKind::MySql];

/// A row of the table; `None` is NULL.
#[derive(Clone, Default)]
pub(super) struct PostRow {
    pub(super) id: Option<String>,
    pub(super) s_id: Option<String>,
    pub(super) s_area_id: Option<String>,
    pub(super) author: Option<String>,
    pub(super) title: Option<String>,
    pub(super) content: Option<String>,
    pub(super) post_time: Option<String>,
}

impl PostRow {
    pub(super) fn at(id: &str, post_time: &str) -> Self {
        let some = |text: &str| Some(text.to_owned());
        Self {
            id: some(id),
            s_id: some("WH_F0001"),
            s_area_id: some("area"),
            author: some("ann"),
            title: some("title"),
            content: some("content"),
            post_time: some(post_time),
        }
    }
}

enum Session {
    Postgres(PgConnection),
    MySql(MySqlConnection),
}

pub(super) struct Database {
    pub(super) kind: ServerKind,
    name: String,
    // Dropped before what drives it.
    session: Option<Session>,
    blocking: Blocking,
    pub(super) posts: Vec<PostRow>,
}

impl Database {
    pub(super) fn new(kind: ServerKind) -> Self {
        let blocking = Blocking::new().unwrap();
        let name = format!("audience_{}", Uuid::now_v7().simple());
        let create = format!("CREATE DATABASE {name}");
        let mut server = Self {
            kind,
            session: Some(connect(&blocking, kind, "")),
            name,
            blocking,
            posts: Vec::new(),
        };
        server.execute(&create);
        server.session = Some(connect(&server.blocking, kind, &server.name));
        server
    }

    /// With a table of posts whose id and time are of these types, and an index on the time if
    /// one is wanted.
    pub(super) fn with_table(kind: ServerKind, id: &str, time: &str, is_indexed: bool) -> Self {
        let mut database = Self::new(kind);
        let text = database.either("TEXT", "LONGTEXT CHARACTER SET utf8mb4");
        database.execute(&format!(
            "CREATE TABLE posts (id {id}, s_id {text}, s_area_id {text}, author {text},
                                 title {text}, content {text}, post_time {time})"
        ));
        if is_indexed {
            database.execute("CREATE INDEX by_time ON posts (post_time)");
        }
        database
    }

    /// What is written differently on the two.
    pub(super) fn either<'a>(&self, postgres: &'a str, mysql: &'a str) -> &'a str {
        match self.kind {
            ServerKind::Postgres => postgres,
            ServerKind::MySql => mysql,
        }
    }

    pub(super) fn insert(&mut self, posts: Vec<PostRow>) {
        for some in posts.chunks(200) {
            let rows: Vec<String> = some.iter().map(|post| self.values(post)).collect();
            self.execute(&format!(
                "INSERT INTO posts (id, s_id, s_area_id, author, title, content, post_time)
                 VALUES {}",
                rows.join(", ")
            ));
        }
        self.posts.extend(posts);
    }

    fn values(&self, post: &PostRow) -> String {
        let cells = [
            &post.id,
            &post.s_id,
            &post.s_area_id,
            &post.author,
            &post.title,
            &post.content,
            &post.post_time,
        ];
        let values = cells.map(|cell| match (cell, self.kind) {
            (None, _) => "NULL".to_owned(),
            (Some(text), ServerKind::Postgres) => format!("'{}'", text.replace('\'', "''")),
            (Some(text), ServerKind::MySql) => {
                format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
            }
        });
        format!("({})", values.join(", "))
    }

    pub(super) fn execute(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self.session.as_mut().unwrap() {
            Session::Postgres(session) => {
                self.blocking.run(session.execute(sql)).unwrap();
            }
            Session::MySql(session) => {
                self.blocking.run(session.execute(sql)).unwrap();
            }
        }
    }

    /// The first cell of the first row.
    pub(super) fn number(&mut self, sql: &str) -> i64 {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let cell: String = match self.session.as_mut().unwrap() {
            Session::Postgres(session) => {
                let row = self.blocking.run(session.fetch_one(sql)).unwrap();
                row.try_get_unchecked(0).unwrap()
            }
            Session::MySql(session) => {
                let row = self.blocking.run(session.fetch_one(sql)).unwrap();
                row.try_get_unchecked(0).unwrap()
            }
        };
        cell.parse().unwrap()
    }

    /// How many other sessions use the database.
    pub(super) fn other_sessions(&mut self) -> i64 {
        let sql = self.either(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "SELECT count(*) FROM information_schema.processlist
             WHERE db = database() AND id <> connection_id()",
        );
        self.number(sql)
    }

    pub(super) fn url(&self) -> String {
        url(self.kind, &self.name)
    }

    pub(super) fn source(&self) -> Source {
        open_source(&self.url()).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let force = self.either(" WITH (FORCE)", "");
        let drop = format!("DROP DATABASE {}{force}", self.name);
        self.session = None;
        self.session = Some(connect(&self.blocking, self.kind, ""));
        self.execute(&drop);
        self.session = None;
    }
}

fn connect(blocking: &Blocking, kind: ServerKind, database: &str) -> Session {
    let url = url(kind, database);
    match kind {
        ServerKind::Postgres => {
            Session::Postgres(blocking.run(PgConnection::connect(&url)).unwrap())
        }
        ServerKind::MySql => Session::MySql(blocking.run(MySqlConnection::connect(&url)).unwrap()),
    }
}

/// The URL of a database on the server that the tests use.
pub(super) fn url(kind: ServerKind, database: &str) -> String {
    let variable = match kind {
        ServerKind::Postgres => "AUDIENCE_TEST_POSTGRES",
        ServerKind::MySql => "AUDIENCE_TEST_MYSQL",
    };
    let base = env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} has to name a server: scripts/test starts one and sets it")
    });
    let (server, options) = base.split_once('?').unwrap_or((&base, ""));
    format!("{}/{database}?{options}", server.trim_end_matches('/'))
}
