//! What is found out about a table before it is read.

use audience::systems::labelling::posts::{ColumnNames, Moment, ReadSpec, TextColumn};

use super::database::{PostDatabase, PostRow};
use super::gathered::{EVERYTHING, expected, in_utc, moment, owned, spec};
use crate::support::DatabaseKind;

fn usual(kind: DatabaseKind, is_indexed: bool) -> PostDatabase {
    let time = match kind {
        DatabaseKind::Sqlite => "TEXT",
        DatabaseKind::Postgres => "TIMESTAMP",
        DatabaseKind::MySql => "DATETIME(6)",
    };
    PostDatabase::with_table(kind, "INTEGER PRIMARY KEY", time, is_indexed)
}

/// Reads a table in one slice.
fn read(database: &PostDatabase, spec: &ReadSpec) -> Vec<[String; 5]> {
    let source = database.source();
    let mut rows = Vec::new();
    for portion in source.plan(spec, 1).unwrap().portions {
        let mut reader = source.open(spec, &portion, None).unwrap();
        let end = reader.read_slice(EVERYTHING, &mut |row| {
            rows.push(owned(row));
            0
        });
        assert!(end.unwrap().finished);
    }
    rows.sort();
    rows
}

#[test]
fn an_empty_table_has_no_portions() {
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let database = usual(kind, is_indexed);
            let source = database.source();
            let names = ColumnNames::default();
            source
                .check("posts", &names, &[TextColumn::Author])
                .unwrap();
            let plan = source.plan(&spec("posts"), 4).unwrap();
            assert!(plan.portions.is_empty());
            assert_eq!(plan.rows_estimate, Some(0), "{kind:?}");
        }
    }
}

#[test]
fn a_table_without_an_index_on_time_is_warned_of_and_another_is_not() {
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let mut database = usual(kind, is_indexed);
            database.insert(vec![PostRow::at("1", "2020-01-01 00:00:00")]);
            let warnings = database.source().plan(&spec("posts"), 4).unwrap().warnings;
            assert_eq!(warnings.is_empty(), is_indexed);
            if let [warning] = &*warnings {
                let (_, statement) = warning.split_once("help: ").unwrap();
                // It does help.
                database.run(statement);
                let plan = database.source().plan(&spec("posts"), 4).unwrap();
                assert!(plan.warnings.is_empty(), "{statement}");
            }
        }
    }
}

#[test]
fn portions_and_the_estimate_follow_the_rows_of_the_range() {
    for kind in DatabaseKind::SERVERS {
        let mut database = usual(kind, true);
        let second = |number: i64| {
            let start = moment("2020-02-01").micros();
            Moment::from_micros(start + number * 1_000_000).unwrap()
        };
        let post = |number: i64| PostRow::at(&number.to_string(), &second(number).to_string());
        database.insert((0..4_000).map(post).collect());
        database.run(database.either("ANALYZE posts", "ANALYZE TABLE posts"));
        let narrow = ReadSpec {
            start: second(1_000),
            end: second(1_999),
            ..spec("posts")
        };
        let plan = database.source().plan(&narrow, 4).unwrap();
        assert_eq!(plan.portions.len(), 4);
        let estimate = plan.rows_estimate.unwrap();
        assert!((500..=2_000).contains(&estimate), "{kind:?}: {estimate}");
        let rows = read(&database, &narrow);
        assert!(rows == expected(&database.posts, &narrow, in_utc));
        assert_eq!(rows.len(), 1_000);
    }
}

#[test]
fn ranges_are_exact_to_the_microsecond_at_both_ends() {
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let mut database = usual(kind, is_indexed);
            let times = ["00.999999", "01", "01.000001", "01.5", "01.500001"];
            let post = |(id, second): (usize, &&str)| {
                PostRow::at(&id.to_string(), &format!("2020-03-01 12:00:{second}"))
            };
            database.insert(times.iter().enumerate().map(post).collect());
            let spec = ReadSpec {
                start: moment("2020-03-01 12:00:01"),
                end: moment("2020-03-01 12:00:01.5"),
                ..spec("posts")
            };
            let ids: Vec<String> = read(&database, &spec)
                .into_iter()
                .map(|[id, ..]| id)
                .collect();
            assert_eq!(ids, ["1", "2", "3"]);
            let ever = ReadSpec {
                start: moment("0000-01-01"),
                end: moment("9999-12-31 23:59:59.999999"),
                ..spec
            };
            assert_eq!(read(&database, &ever).len(), 5);
        }
    }
}

#[test]
fn times_that_are_no_moments_do_not_take_part() {
    for kind in DatabaseKind::ALL {
        let mut database = usual(kind, true);
        let (before, early, late) = match kind {
            DatabaseKind::Sqlite => ("", "", "infinity"),
            DatabaseKind::Postgres => ("", "-infinity", "infinity"),
            DatabaseKind::MySql => (
                "SET sql_mode = '';",
                "0000-00-00 00:00:00",
                "2020-00-00 00:00:00",
            ),
        };
        let posts = [early, "2020-03-01 12:00:00", late];
        let post = |(id, time): (usize, &&str)| PostRow::at(&id.to_string(), time);
        database.insert_after(before, posts.iter().enumerate().map(post).collect());
        let rows = read(&database, &spec("posts"));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0][0], "1");
    }
}

#[test]
fn names_are_found_whatever_they_are_made_of() {
    for kind in DatabaseKind::ALL {
        let mut database = usual(kind, true);
        database.insert(vec![PostRow::at("1", "2020-01-01 00:00:00")]);
        let table = "po.st's \" ` \\ %_ 張";
        let column = "who's \" ` \\ 誰";
        database.run(&format!(
            "ALTER TABLE posts RENAME COLUMN author TO {}",
            database.quoted(column)
        ));
        let renamed = database.quoted(table);
        database.run(&format!("ALTER TABLE posts RENAME TO {renamed}"));
        assert_eq!(database.source().tables().unwrap(), [table]);
        let mut spec = spec(table);
        spec.columns.author = column.to_owned();
        spec.columns.post_time = "POST_TIME".to_owned();
        let rows = read(&database, &spec);
        assert_eq!(
            rows,
            [["1", "WH_F0001", "ann", "ann", "2020-01-01 00:00:00"]]
        );
    }
}

#[test]
fn a_table_of_another_schema_is_found_by_its_full_name() {
    for kind in DatabaseKind::SERVERS {
        let mut database = usual(kind, true);
        database.insert(vec![PostRow::at("1", "2020-01-01 00:00:00")]);
        let table = match kind {
            DatabaseKind::Sqlite => continue,
            DatabaseKind::Postgres => {
                database.run("CREATE SCHEMA team; ALTER TABLE posts SET SCHEMA team");
                assert_eq!(database.source().tables().unwrap(), ["team.posts"]);
                "team.posts".to_owned()
            }
            DatabaseKind::MySql => {
                let url = &database.url;
                let (server, _) = url.split_once('?').unwrap();
                format!("{}.posts", server.rsplit('/').next().unwrap())
            }
        };
        assert_eq!(read(&database, &spec(&table)).len(), 1);
    }
}
