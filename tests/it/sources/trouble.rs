//! What goes wrong with servers, whether trying again can help, and what may be said about it.

use std::error::Error;

use audience::systems::labelling::posts::{
    ColumnNames, Moment, SliceLimits, SourceError, TextColumn, open_source,
};

use super::database::{PostDatabase, PostRow};
use super::gathered::{EVERYTHING, expected, in_utc, moment, owned, restored, spec};
use crate::support::{DatabaseKind, url_of_database, wait_until};

fn check(url: &str) -> SourceError {
    let source = open_source(url).unwrap();
    let names = ColumnNames::default();
    source
        .check("posts", &names, &[TextColumn::Author])
        .unwrap_err()
}

/// An error with all its causes.
fn whole_text(error: &SourceError) -> String {
    let mut text = format!("{error} {}", error.public_message());
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error}");
        cause = error.source();
    }
    text
}

fn posts_a_second(rows: i64) -> Vec<PostRow> {
    let start = moment("2020-02-01").micros();
    let time = |number| Moment::from_micros(start + number * 1_000_000);
    let post = |number: i64| PostRow {
        author: Some("a".repeat(500)),
        ..PostRow::at(&number.to_string(), &time(number).unwrap().to_string())
    };
    (0..rows).map(post).collect()
}

fn table_of_seconds(kind: DatabaseKind, rows: i64) -> PostDatabase {
    let time = match kind {
        DatabaseKind::Sqlite => "TEXT",
        DatabaseKind::Postgres => "TIMESTAMP",
        DatabaseKind::MySql => "DATETIME",
    };
    let mut database = PostDatabase::with_table(kind, "INTEGER PRIMARY KEY", time, true);
    database.insert(posts_a_second(rows));
    database
}

#[test]
fn a_server_that_is_away_may_come_back() {
    for scheme in ["postgres", "mysql", "mariadb"] {
        let error = check(&format!("{scheme}://reader:s3cret@127.0.0.1:1/posts"));
        assert!(error.is_transient(), "{error:?}");
        assert_eq!(
            error.public_message(),
            "Table `posts` is on a database server: it cannot be reached."
        );
        assert!(!whole_text(&error).contains("s3cret"));
    }
}

#[test]
fn a_user_who_is_refused_stays_so_and_no_secret_is_told() {
    for kind in DatabaseKind::SERVERS {
        let database = PostDatabase::new(kind);
        let (scheme, rest) = database.url.split_once("://").map_or_else(
            || panic!("{}", database.url),
            |(scheme, rest)| {
                (
                    scheme.to_owned(),
                    rest.split_once('@').unwrap().1.to_owned(),
                )
            },
        );
        let error = check(&format!("{scheme}://nobody_here:s3cret@{rest}"));
        assert!(!error.is_transient(), "{error:?}");
        assert_eq!(
            error.public_message(),
            "Table `posts` is on a database server: it refused the user or the password."
        );
        assert!(!whole_text(&error).contains("s3cret"));
    }
}

#[test]
fn a_database_that_does_not_exist_will_not_by_itself() {
    for kind in DatabaseKind::SERVERS {
        let error = check(&url_of_database(kind, "audience_of_nobody"));
        assert!(!error.is_transient(), "{error:?}");
        assert_eq!(
            error.public_message(),
            "Table `posts` is on a database server: \
             it has no such database, or the user may not use it."
        );
    }
}

#[test]
fn a_malformed_url_is_not_shown() {
    for url in [
        "postgres://u:s3cret@host:port/x",
        "mysql://u:s3cret@[/x",
        "mariadb:s3cret@:x",
    ] {
        let Err(error) = open_source(url) else {
            panic!("{url} was understood")
        };
        assert!(!error.is_transient());
        assert!(!whole_text(&error).contains("s3cret") && !format!("{error:?}").contains("s3cret"));
    }
}

#[test]
fn what_a_table_lacks_is_named() {
    for kind in DatabaseKind::SERVERS {
        let database = PostDatabase::new(kind);
        database.run("CREATE TABLE posts (id INTEGER, author VARCHAR(9), post_time TIME)");
        let source = database.source();
        let mut names = ColumnNames::default();
        let missing = source
            .check("nothing", &names, &[TextColumn::Author])
            .unwrap_err();
        assert!(
            matches!(&missing, SourceError::TableMissing { present, .. } if present == &["posts"]),
            "{missing:?}"
        );
        let lacking = source
            .check("posts", &names, &[TextColumn::Content])
            .unwrap_err();
        assert_eq!(
            lacking.public_message(),
            "Table `posts` lacks `s_id`, `content`: its columns are `id`, `author`, `post_time`."
        );
        names.s_id = "author".to_owned();
        let unusable = source
            .check("posts", &names, &[TextColumn::Author])
            .unwrap_err();
        assert!(
            matches!(&unusable, SourceError::TimesUnusable { column, .. } if column == "post_time"),
            "{unusable:?}"
        );
    }
}

#[test]
fn text_that_holds_no_times_is_refused() {
    for kind in DatabaseKind::ALL {
        let mut database = PostDatabase::with_table(kind, "INTEGER", "VARCHAR(20)", true);
        database.insert(vec![PostRow::at("1", "yesterday")]);
        let error = check(&database.url);
        assert!(
            matches!(error, SourceError::TimesUnusable { .. }),
            "{error:?}"
        );
        database.insert(vec![PostRow::at("2", "2020-01-01")]);
        let names = ColumnNames::default();
        database
            .source()
            .check("posts", &names, &[TextColumn::Author])
            .unwrap();
    }
}

#[test]
fn a_session_that_is_ended_by_the_server_is_trouble_that_passes() {
    for kind in DatabaseKind::SERVERS {
        let database = table_of_seconds(kind, 20_000);
        let source = database.source();
        let spec = spec("posts");
        let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
        let mut reader = source.open(&spec, &portion, None).unwrap();
        let limits = SliceLimits {
            rows: 500,
            bytes: usize::MAX,
        };
        let mut rows = Vec::new();
        let end = reader.read_slice(limits, &mut |row| {
            rows.push(owned(row));
            0
        });
        let position = restored(&end.unwrap().position);
        database.end_connections();
        let error = loop {
            match reader.read_slice(limits, &mut |_| 0) {
                Ok(end) => assert!(!end.finished, "{kind:?} read everything"),
                Err(error) => break error,
            }
        };
        assert!(error.is_transient(), "{kind:?}: {error:?}");
        drop(reader);
        let mut reader = source.open(&spec, &portion, Some(&position)).unwrap();
        let end = reader.read_slice(EVERYTHING, &mut |row| {
            rows.push(owned(row));
            0
        });
        assert!(end.unwrap().finished);
        rows.sort();
        assert!(rows == expected(&database.posts, &spec, in_utc));
    }
}

#[test]
fn a_reader_that_is_dropped_leaves_no_query_behind() {
    for kind in DatabaseKind::SERVERS {
        let database = table_of_seconds(kind, 20_000);
        // One that is blocked sending, and one whose server has nothing to send yet.
        let sleep = database
            .either("pg_sleep(600)::text", "sleep(600)")
            .to_owned();
        database.run(&format!(
            "CREATE VIEW slow AS SELECT id, s_id, author, post_time,
                    CASE WHEN id >= 0 THEN {sleep} END AS title FROM posts"
        ));
        let mut sessions = database.session_counter();
        for (table, text) in [("posts", TextColumn::Author), ("slow", TextColumn::Title)] {
            let source = database.source();
            let mut spec = spec("posts");
            let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
            (spec.table, spec.text) = (table.to_owned(), text);
            let reader = source.open(&spec, &portion, None).unwrap();
            wait_until("the reader has a session", || sessions.others() == 1);
            drop(reader);
            wait_until("its session is closed", || sessions.others() == 0);
        }
    }
}
