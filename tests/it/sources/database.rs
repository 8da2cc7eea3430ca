//! A database of a test's own, with a table of posts.

use std::ops::Deref;

use audience::tables::Blocking;
use sqlx::{Connection, MySqlConnection, PgConnection};

use crate::support::{DatabaseKind, OwnDatabase};

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

pub(super) struct PostDatabase {
    database: OwnDatabase,
    pub(super) posts: Vec<PostRow>,
}

impl Deref for PostDatabase {
    type Target = OwnDatabase;

    fn deref(&self) -> &OwnDatabase {
        &self.database
    }
}

impl PostDatabase {
    pub(super) fn new(kind: DatabaseKind) -> Self {
        Self {
            database: OwnDatabase::new(kind),
            posts: Vec::new(),
        }
    }

    /// With a table of posts whose id and time are of these types, and an index on the time if
    /// one is wanted.
    pub(super) fn with_table(kind: DatabaseKind, id: &str, time: &str, is_indexed: bool) -> Self {
        let database = Self::new(kind);
        let text = match kind {
            DatabaseKind::Sqlite | DatabaseKind::Postgres => "TEXT",
            DatabaseKind::MySql => "LONGTEXT CHARACTER SET utf8mb4",
        };
        database.run(&format!(
            "CREATE TABLE posts (id {id}, s_id {text}, s_area_id {text}, author {text},
                                 title {text}, content {text}, post_time {time})"
        ));
        if is_indexed {
            database.run("CREATE INDEX by_time ON posts (post_time)");
        }
        database
    }

    pub(super) fn insert(&mut self, posts: Vec<PostRow>) {
        self.insert_after("", posts);
    }

    /// Inserts in a session that ran some statements before.
    pub(super) fn insert_after(&mut self, statements: &str, posts: Vec<PostRow>) {
        let inserts: Vec<String> = posts
            .chunks(200)
            .map(|some| {
                let rows: Vec<String> = some.iter().map(|post| self.values(post)).collect();
                format!(
                    "INSERT INTO posts (id, s_id, s_area_id, author, title, content, post_time)
                     VALUES {};",
                    rows.join(", ")
                )
            })
            .collect();
        for insert in inserts {
            self.run(&format!("{statements} {insert}"));
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
        let values = cells.map(|cell| {
            let Some(text) = cell else {
                return "NULL".to_owned();
            };
            let text = text.replace('\'', "''");
            match self.kind {
                DatabaseKind::Sqlite | DatabaseKind::Postgres => format!("'{text}'"),
                DatabaseKind::MySql => format!("'{}'", text.replace('\\', "\\\\")),
            }
        });
        format!("({})", values.join(", "))
    }

    /// What is written differently on the two servers.
    pub(super) fn either<'a>(&self, postgres: &'a str, mysql: &'a str) -> &'a str {
        match self.kind {
            DatabaseKind::Sqlite => panic!("a file is on no server"),
            DatabaseKind::Postgres => postgres,
            DatabaseKind::MySql => mysql,
        }
    }

    /// Counts the other sessions that use the database, over one of its own.
    pub(super) fn session_counter(&self) -> SessionCounter {
        let blocking = Blocking::new().unwrap();
        let session = match self.kind {
            DatabaseKind::Sqlite => panic!("a file has no sessions"),
            DatabaseKind::Postgres => {
                Session::Postgres(blocking.run(PgConnection::connect(&self.url)).unwrap())
            }
            DatabaseKind::MySql => {
                Session::MySql(blocking.run(MySqlConnection::connect(&self.url)).unwrap())
            }
        };
        SessionCounter { session, blocking }
    }
}

pub(super) struct SessionCounter {
    // Dropped before what drives it.
    session: Session,
    blocking: Blocking,
}

enum Session {
    Postgres(PgConnection),
    MySql(MySqlConnection),
}

impl SessionCounter {
    pub(super) fn others(&mut self) -> i64 {
        match &mut self.session {
            Session::Postgres(session) => {
                let count = sqlx::query_scalar(
                    "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
                self.blocking.run(count.fetch_one(session)).unwrap()
            }
            Session::MySql(session) => {
                let count = sqlx::query_scalar(
                    "SELECT count(*) FROM information_schema.processlist
                     WHERE db = database() AND id <> connection_id()",
                );
                self.blocking.run(count.fetch_one(session)).unwrap()
            }
        }
    }
}
