//! Rows that would take part if they had an id are counted, wherever they are kept.

use audience::systems::labelling::posts::{LeftOut, Source};

use super::database::{PostDatabase, PostRow};
use super::gathered::{EVERYTHING, spec};
use crate::support::DatabaseKind;

fn without(id: Option<&str>, author: Option<&str>, time: &str) -> PostRow {
    PostRow {
        id: id.map(str::to_owned),
        author: author.map(str::to_owned),
        ..PostRow::at("", time)
    }
}

/// What a job would come across, and how many rows take part.
fn left_out(source: &Source) -> (LeftOut, usize) {
    let spec = spec("posts");
    let mut found = source.without_id(&spec).unwrap();
    let mut rows = 0;
    for portion in source.plan(&spec, 2).unwrap().portions {
        let mut reader = source.open(&spec, &portion, None).unwrap();
        let visit = &mut |_: audience::systems::labelling::posts::Post<'_>| {
            rows += 1;
            0
        };
        found.add(reader.read_slice(EVERYTHING, visit).unwrap().left_out);
    }
    (found, rows)
}

#[test]
fn rows_without_an_id_are_counted_if_they_lack_nothing_else() {
    let types: [(DatabaseKind, &[&str]); 3] = [
        (DatabaseKind::Sqlite, &["TEXT"]),
        (
            DatabaseKind::Postgres,
            &["TEXT", "TIMESTAMP", "TIMESTAMPTZ"],
        ),
        (
            DatabaseKind::MySql,
            &["VARCHAR(40)", "DATETIME", "TIMESTAMP"],
        ),
    ];
    for (kind, times) in types {
        for time in times {
            for is_indexed in [true, false] {
                let mut database = PostDatabase::with_table(kind, "VARCHAR(40)", time, is_indexed);
                database.insert(vec![
                    without(Some("1"), Some("ann"), "2020-01-01 00:00:00"),
                    without(None, Some("ann"), "2020-01-01 00:00:00"),
                    without(None, Some("ann"), "2020-01-01 00:00:00"),
                    without(None, None, "2020-06-01 00:00:00"),
                    without(None, Some("ann"), "2020-12-31 23:59:59"),
                    without(None, Some("ann"), "2019-12-31 23:59:59"),
                    without(None, Some("ann"), "2021-01-01 00:00:00"),
                    without(Some("2"), Some("ann"), "2020-12-31 23:59:59"),
                ]);
                let (found, rows) = left_out(&database.source());
                let what = format!("{kind:?}, {time}, indexed: {is_indexed}");
                assert_eq!((found.without_id, found.rows, rows), (3, 0, 2), "{what}");
                let named = found.named.iter().map(|row| row.time.as_str());
                let named: Vec<_> = named.collect();
                assert!(named.contains(&"2020-01-01 00:00:00"), "{what}: {named:?}");
                assert!(named.contains(&"2020-12-31 23:59:59"), "{what}: {named:?}");
            }
        }
    }
}
