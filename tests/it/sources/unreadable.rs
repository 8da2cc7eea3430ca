//! Rows whose time cannot be read are counted once each, the same wherever a table is kept, with and
//! without an index, whatever else they lack.

use std::fmt::Write;
use std::fs;

use audience::systems::labelling::posts::{
    ColumnNames, Moment, ReadSpec, Source, TextColumn, Unreadable, open_source,
};
use tempfile::TempDir;

use super::database::{PostDatabase, PostRow};
use super::gathered::{IN_A_FILE, Numbers, ON_A_SERVER, gather, spec};
use crate::support::DatabaseKind;

/// In the range, beside it and far from it.
const TEXTS: &[&str] = &[
    "2020-03-01 10:00:00",
    "2019-12-31T23:59:59.5-01:00",
    "2031-05-05",
    "1999/05/05 10:00",
    " 2020-03-01",
    "2020-03-01  10:00 ",
    "2016-02-29",
    "2020-05-32",
    "2020-02-30 10:00:00",
    "2020-06-15 24:00:00",
    "2020-06-15 10:00:00 +08:00",
    "2020-06-15 10:00 AM",
    "2020/06/31",
    "2031-02-30",
    "2019-02-29",
    "2019-02-30 10:00:00",
    "2019-06-31T10:00",
    "2019-06-15 24:00:00",
    "2019/06/31",
    "2031-13-01",
    "0000-00-00",
    "9999-99-99",
    "20200615",
    "soon",
    " ",
    "",
];

/// Of these an index of SQLite is not searched: they are far from the range, at an hour that there is.
const TEXTS_AT_AN_HOUR: &[&str] = &[
    "2015-06-15 10:75",
    "2015-06-15 10:00 AM",
    "2015-06-15T10:00Z",
];

/// A row that lacks nothing, and rows that lack each of what a job wants.
fn rows_at(number: usize, time: &str) -> Vec<PostRow> {
    let id = |place: usize| format!("{}", number * 10 + place);
    let whole = |place| PostRow::at(&id(place), time);
    vec![
        whole(0),
        PostRow {
            id: None,
            ..whole(1)
        },
        PostRow {
            s_id: None,
            ..whole(2)
        },
        PostRow {
            author: None,
            ..whole(3)
        },
        PostRow {
            content: None,
            ..whole(4)
        },
    ]
}

fn rows_of(times: &[&str]) -> Vec<PostRow> {
    let times = times.iter().enumerate();
    times
        .flat_map(|(number, time)| rows_at(number, time))
        .collect()
}

fn of_content() -> ReadSpec {
    ReadSpec {
        text: TextColumn::Content,
        ..spec("posts")
    }
}

/// How many a job comes across, in slices of several sizes.
fn counts(source: &Source, pace: &super::gathered::Pace) -> Vec<u64> {
    let spec = of_content();
    let Unreadable { rows: beside, .. } = source.unreadable(&spec).unwrap();
    let mut numbers = Numbers(20_200_229);
    [(1, 3), (4, 20), (2, 500)]
        .map(|sizes| beside + gather(source, &spec, sizes, pace, &mut numbers).unreadable)
        .to_vec()
}

fn assert_counted(database: &PostDatabase, expected: usize, what: &str) {
    let pace = match database.kind {
        DatabaseKind::Sqlite => IN_A_FILE,
        DatabaseKind::Postgres | DatabaseKind::MySql => ON_A_SERVER,
    };
    let found = counts(&database.source(), &pace);
    let kind = database.kind;
    assert_eq!(found, [expected as u64; 3], "{kind:?}, {what}");
}

#[test]
fn of_texts() {
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let mut texts = TEXTS.to_vec();
            if kind != DatabaseKind::Sqlite || !is_indexed {
                texts.extend_from_slice(TEXTS_AT_AN_HOUR);
            }
            let is_bad = |text: &&&str| Moment::parse(text).is_none();
            let expected = 5 * texts.iter().filter(is_bad).count();
            let mut database =
                PostDatabase::with_table(kind, "VARCHAR(20)", "VARCHAR(40)", is_indexed);
            database.insert(rows_of(&texts));
            assert_counted(&database, expected, &format!("indexed: {is_indexed}"));
        }
    }
}

#[test]
fn of_a_file() {
    let directory = TempDir::new().unwrap();
    let mut file = "id,s_id,author,content,post_time\n".to_owned();
    for row in rows_of(TEXTS) {
        let cells = [row.id, row.s_id, row.author, row.content, row.post_time];
        writeln!(file, "{}", cells.map(Option::unwrap_or_default).join(",")).unwrap();
    }
    fs::write(directory.path().join("posts.csv"), file).unwrap();
    let source = open_source(&format!("csv://{}", directory.path().display())).unwrap();
    let is_bad = |text: &&&str| Moment::parse(text).is_none();
    let expected = 5 * TEXTS.iter().filter(is_bad).count() as u64;
    assert_eq!(counts(&source, &IN_A_FILE), [expected; 3]);
}

#[test]
fn of_dates_that_no_calendar_has() {
    for time in ["DATE", "DATETIME", "DATETIME(6)"] {
        for is_indexed in [true, false] {
            let mut database =
                PostDatabase::with_table(DatabaseKind::MySql, "VARCHAR(20)", time, is_indexed);
            let good = [
                "2020-03-01",
                "2016-02-29",
                "2020-02-29",
                "2031-12-31",
                "2019-01-01",
            ];
            let bad = [
                "0000-00-00",
                "2019-00-00",
                "2020-00-00",
                "2020-05-00",
                "2020-02-31",
                "2015-02-31",
                "2019-02-29",
                "1999-12-00",
                "2031-01-00",
            ];
            let before = "SET sql_mode = 'ALLOW_INVALID_DATES';";
            database.insert_after(before, rows_of(&[&good[..], &bad].concat()));
            let what = format!("{time}, indexed: {is_indexed}");
            assert_counted(&database, 5 * bad.len(), &what);
        }
    }
}

#[test]
fn of_points_in_time_outside_of_the_calendar() {
    for time in ["DATE", "TIMESTAMP", "TIMESTAMPTZ"] {
        for is_indexed in [true, false] {
            let mut database =
                PostDatabase::with_table(DatabaseKind::Postgres, "VARCHAR(20)", time, is_indexed);
            let good = ["2020-03-01", "2031-12-31", "2019-01-01"];
            let bad = ["infinity", "-infinity", "0044-03-15 BC", "12000-01-01"];
            database.insert(rows_of(&[&good[..], &bad].concat()));
            let what = format!("{time}, indexed: {is_indexed}");
            assert_counted(&database, 5 * bad.len(), &what);
        }
    }
}

#[test]
fn at_the_front_of_a_table_they_do_not_keep_the_rest_from_being_read() {
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            for bad in ["", "soon"] {
                let mut database =
                    PostDatabase::with_table(kind, "VARCHAR(20)", "VARCHAR(40)", is_indexed);
                let rows = (0..101).map(|number| PostRow::at(&number.to_string(), bad));
                database.insert(rows.collect());
                database.insert(vec![PostRow::at("good", "2020-03-01")]);
                let names = ColumnNames::default();
                let source = database.source();
                source
                    .check("posts", &names, &[TextColumn::Author])
                    .unwrap();
                assert_counted(&database, 101, &format!("`{bad}`, indexed: {is_indexed}"));
            }
        }
    }
}

#[test]
fn a_single_one_in_which_nothing_stands_is_counted() {
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let mut database =
                PostDatabase::with_table(kind, "VARCHAR(20)", "VARCHAR(40)", is_indexed);
            database.insert(vec![PostRow::at("1", "")]);
            let names = ColumnNames::default();
            let source = database.source();
            source
                .check("posts", &names, &[TextColumn::Author])
                .unwrap();
            assert_counted(&database, 1, &format!("indexed: {is_indexed}"));
        }
    }
}
