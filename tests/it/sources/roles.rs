//! Limits of the role, and pools of connections that others use, too.

use std::time::Duration;

use audience::systems::labelling::posts::{
    ColumnNames, Source, SourceError, TextColumn, open_source,
};

use super::database::{PostDatabase, PostRow};
use super::gathered::{EVERYTHING, moment, owned, spec};
use crate::support::{DatabaseKind, OwnDatabase, Pool};

/// The ids of all rows.
fn ids(source: &Source) -> Vec<String> {
    let spec = spec("posts");
    let mut ids = Vec::new();
    for portion in source.plan(&spec, 2).unwrap().portions {
        let mut reader = source.open(&spec, &portion, None).unwrap();
        let end = reader.read_slice(EVERYTHING, &mut |row| {
            ids.push(owned(row)[0].clone());
            0
        });
        assert!(end.unwrap().finished);
    }
    ids.sort();
    ids
}

#[test]
fn what_takes_longer_than_the_role_may_is_read() {
    for kind in DatabaseKind::SERVERS {
        let database = OwnDatabase::of_limited_role(kind, &[]);
        database.run(
            "CREATE TABLE posts (id INTEGER, s_id VARCHAR(9), s_area_id VARCHAR(9),
                 author VARCHAR(9), title VARCHAR(9), content VARCHAR(9),
                 post_time VARCHAR(30));
             INSERT INTO posts VALUES (1, 's', 'a', 'ann', 't', 'c', '2020-02-01 00:00:00'),
                                      (2, 's', 'a', 'bob', 't', 'c', '2020-02-02 00:00:00')",
        );
        database.slow_down_reading("posts");
        assert_eq!(ids(&database.source()), ["1", "2"], "{kind:?}");
    }
}

#[test]
fn a_source_behind_a_pool_of_others_leaves_nothing_in_its_sessions() {
    let pool = Pool::start("extra_float_digits");
    let kind = DatabaseKind::Postgres;
    let mut database = PostDatabase::with_table(kind, "INTEGER PRIMARY KEY", "TIMESTAMP", true);
    database.insert(vec![
        PostRow::at("1", &moment("2020-02-01").to_string()),
        PostRow::at("2", &moment("2020-02-02").to_string()),
    ]);
    let source = open_source(&pool.url(&database)).unwrap();
    assert_eq!(ids(&source), ["1", "2"]);
    pool.assert_clean(&database);
    // A reader that is dropped before its end.
    let spec = spec("posts");
    let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
    drop(source.open(&spec, &portion, None).unwrap());
    pool.assert_clean(&database);
}

#[test]
fn a_reader_that_is_slow_is_not_cut_off() {
    let limits = ["idle_in_transaction_session_timeout = '20ms'"];
    let database = OwnDatabase::of_limited_role(DatabaseKind::Postgres, &limits);
    database.run(
        "CREATE TABLE posts (id INTEGER, s_id TEXT, s_area_id TEXT, author TEXT, title TEXT,
                             content TEXT, post_time TIMESTAMP);
         INSERT INTO posts VALUES (1, 's', 'a', 'ann', 't', 'c', '2020-02-01 00:00:00')",
    );
    let source = database.source();
    let spec = spec("posts");
    let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
    let mut reader = source.open(&spec, &portion, None).unwrap();
    // Longer than the role may be silent.
    std::thread::sleep(Duration::from_millis(200));
    let end = reader.read_slice(EVERYTHING, &mut |_| 0);
    assert!(end.unwrap().finished);
}

#[test]
fn what_lasts_is_said_at_once() {
    let table = "CREATE TABLE posts (id INTEGER, s_id VARCHAR(9), s_area_id VARCHAR(9),
                     author VARCHAR(9), title VARCHAR(9), content VARCHAR(9),
                     post_time VARCHAR(30));
                 INSERT INTO posts VALUES (1, 's', 'a', 'ann', 't', 'c', '2020-02-01 00:00:00')";
    // For an hour.
    let limited = OwnDatabase::of_limited_role(DatabaseKind::MySql, &["MAX_QUERIES_PER_HOUR 12"]);
    limited.run(table);
    // As long as it is set up like that.
    let pool = Pool::of_mode("statement", "extra_float_digits");
    let pooled = OwnDatabase::new(DatabaseKind::Postgres);
    pooled.run(table);
    for (source, named) in [
        (limited.source(), "max_queries_per_hour"),
        (
            open_source(&pool.url(&pooled)).unwrap(),
            "a pool of connections",
        ),
    ] {
        let names = ColumnNames::default();
        let read = || {
            source.check("posts", &names, &[TextColumn::Author])?;
            let spec = spec("posts");
            for portion in source.plan(&spec, 1)?.portions {
                let mut reader = source.open(&spec, &portion, None)?;
                while !reader.read_slice(EVERYTHING, &mut |_| 0)?.finished {}
            }
            Ok::<(), SourceError>(())
        };
        // The limit is met after some queries.
        let error = std::iter::repeat_with(read).take(100).find_map(Result::err);
        let error = error.expect("it is met");
        let said = error.public_message();
        assert!(!error.is_transient() && said.contains(named), "{said}");
    }
}
