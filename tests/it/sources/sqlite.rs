//! What is found out about a table in a SQLite file, and how it is read.

use std::path::PathBuf;

use audience::systems::labelling::posts::{
    ColumnNames, Portion, Post, ReadSpec, SliceLimits, Source, SourceError, TextColumn,
};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use super::gathered::{EVERYTHING, moment, open_sqlite, owned, spec};

pub(super) const POSTS: &str =
    "CREATE TABLE posts (id, s_id, s_area_id, author, title, content, post_time);";
pub(super) const INDEX: &str = "CREATE INDEX by_time ON posts (post_time);";
pub(super) struct FileWithPosts {
    directory: TempDir,
    pub(super) connection: Connection,
}

impl FileWithPosts {
    pub(super) fn new(schema: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let connection = Connection::open(directory.path().join("posts.db")).unwrap();
        connection.execute_batch(schema).unwrap();
        Self {
            directory,
            connection,
        }
    }

    /// One post at each of these times, by the author `a`.
    pub(super) fn with_times(schema: &str, times: &[&str]) -> Self {
        let database = Self::new(schema);
        for time in times {
            let insert = "INSERT INTO posts VALUES (abs(random()), 's', 'area', 'a', 't', 'c', ?1)";
            database.connection.execute(insert, [time]).unwrap();
        }
        database
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("posts.db")
    }

    pub(super) fn source(&self) -> Source {
        open_sqlite(&self.path())
    }

    pub(super) fn check(&self) -> Result<(), SourceError> {
        self.source()
            .check("posts", &ColumnNames::default(), &[TextColumn::Author])
    }
}

/// Reads one portion from its beginning, everything in one slice.
fn read(source: &Source, spec: &ReadSpec, portion: &Portion) -> Vec<[String; 5]> {
    let mut rows = Vec::new();
    let mut keep = |row: Post<'_>| {
        rows.push(owned(row));
        0
    };
    source
        .open(spec, portion, None)
        .unwrap()
        .read_slice(EVERYTHING, &mut keep)
        .unwrap();
    rows
}

#[test]
fn portions_divide_the_time_between_the_first_and_the_last_row_of_the_range() {
    let times = [
        "2019-06-01 00:00:00",
        "2020-03-01 00:00:00",
        "2020-03-01 00:00:10",
    ];
    let database = FileWithPosts::with_times(&format!("{POSTS}{INDEX}"), &times);
    let plan = database.source().plan(&spec("posts"), 4).unwrap();
    let cuts: Vec<_> = plan
        .portions
        .iter()
        .map(|portion| serde_json::to_value(portion).unwrap())
        .collect();
    let cut = [
        json!("2020-03-01 00:00:02"),
        json!("2020-03-01 00:00:05"),
        json!("2020-03-01 00:00:07"),
    ];
    let between = |from, until| json!({ "times": { "from": from, "until": until } });
    assert_eq!(
        cuts,
        [
            between(json!(null), cut[0].clone()),
            between(cut[0].clone(), cut[1].clone()),
            between(cut[1].clone(), cut[2].clone()),
            between(cut[2].clone(), json!(null))
        ]
    );
    assert_eq!(plan.rows_estimate, Some(2));
    assert!(plan.time_ordered && plan.warnings.is_empty());
}

#[test]
fn a_short_time_is_divided_into_fewer_portions() {
    for (times, expected) in [
        (&[][..], 0),
        (&["2019-06-01 00:00:00", "2022-01-01"], 0),
        (&["2020-06-01 00:00:00"], 1),
        (&["2020-06-01 00:00:00", "2020-06-01 00:00:00.5"], 1),
        (&["2020-06-01 00:00:00", "2020-06-01 00:00:03"], 3),
        (&["2020-06-01 00:00:00", "2020-09-01 00:00:00"], 100),
        (&["2020-06-01 someday", "2020-06-01 someday"], 100),
    ] {
        let database = FileWithPosts::with_times(&format!("{POSTS}{INDEX}"), times);
        let plan = database.source().plan(&spec("posts"), 100).unwrap();
        assert_eq!(plan.portions.len(), expected, "{times:?}");
    }
}

#[test]
fn an_empty_table_has_no_portions_whatever_it_is() {
    for schema in [
        "",
        INDEX,
        "ALTER TABLE posts RENAME TO p; CREATE VIEW posts AS SELECT * FROM p",
    ] {
        let database = FileWithPosts::new(&format!("{POSTS}{schema}"));
        database.check().unwrap();
        assert_eq!(
            database.source().plan(&spec("posts"), 8).unwrap().portions,
            []
        );
    }
}

#[test]
fn the_estimate_of_a_table_too_large_to_count_is_close() {
    let database = FileWithPosts::new(&format!(
        "{POSTS}{INDEX}
         WITH RECURSIVE second(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM second WHERE n < 399999)
         INSERT INTO posts SELECT n, 's', '', 'a', '', '', datetime('2020-01-02', n || ' seconds')
         FROM second"
    ));
    let estimate = database
        .source()
        .plan(&spec("posts"), 1)
        .unwrap()
        .rows_estimate
        .unwrap();
    assert!((396_000..404_000).contains(&estimate), "{estimate}");
}

#[test]
fn a_table_without_an_index_is_read_with_a_warning_that_says_how_to_make_one() {
    let database = FileWithPosts::with_times(POSTS, &["2020-01-01"; 10]);
    let source = database.source();
    let before = source.plan(&spec("posts"), 3).unwrap();
    let [warning] = &*before.warnings else {
        panic!("{:?}", before.warnings)
    };
    assert!(
        warning.contains("table `posts` has no index on `post_time`"),
        "{warning}"
    );
    let (_, statement) = warning.split_once("this would help: ").unwrap();

    database.connection.execute_batch(statement).unwrap();

    assert!(source.plan(&spec("posts"), 3).unwrap().warnings.is_empty());
    let rows = before
        .portions
        .iter()
        .flat_map(|portion| read(&source, &spec("posts"), portion));
    assert_eq!(
        rows.count(),
        10,
        "portions from before the index can still be read"
    );
}

#[test]
fn a_portion_by_time_cannot_be_read_once_the_index_was_dropped() {
    let database = FileWithPosts::with_times(&format!("{POSTS}{INDEX}"), &["2020-01-01"]);
    let source = database.source();
    let portion = source.plan(&spec("posts"), 1).unwrap().portions.remove(0);
    database
        .connection
        .execute_batch("DROP INDEX by_time")
        .unwrap();
    let error = source.open(&spec("posts"), &portion, None).err().unwrap();
    assert!(matches!(error, SourceError::IndexDropped { .. }), "{error}");
}

#[test]
fn names_of_tables_and_columns_may_hold_anything() {
    let database = FileWithPosts::new(
        r#"CREATE TABLE "we""ird; --" ("the id", "s""id", "select", "the 'time'");
           CREATE INDEX "in""dex" ON "we""ird; --" ("the 'time'");
           INSERT INTO "we""ird; --" VALUES (7, 's', 'a', '2020-05-05')"#,
    );
    let columns = ColumnNames {
        id: "THE ID".to_owned(),
        s_id: "s\"id".to_owned(),
        author: "select".to_owned(),
        post_time: "the 'time'".to_owned(),
        ..ColumnNames::default()
    };
    let spec = ReadSpec {
        columns,
        ..spec("we\"ird; --")
    };
    let source = database.source();
    source
        .check(&spec.table, &spec.columns, &[spec.text])
        .unwrap();
    let plan = source.plan(&spec, 1).unwrap();
    assert!(plan.time_ordered);
    assert_eq!(
        read(&source, &spec, &plan.portions[0]),
        [["7", "s", "a", "a", "2020-05-05 00:00:00"]]
    );
}

#[test]
fn a_view_may_be_called_like_our_copy() {
    let database = FileWithPosts::with_times(POSTS, &["2020-05-05"]);
    database
        .connection
        .execute_batch("CREATE VIEW copy AS SELECT * FROM posts")
        .unwrap();
    let source = database.source();
    let plan = source.plan(&spec("copy"), 4).unwrap();
    assert_eq!(read(&source, &spec("copy"), &plan.portions[0]).len(), 1);
    let [warning] = &*plan.warnings else {
        panic!("{:?}", plan.warnings)
    };
    assert!(warning.contains("rows of `copy` have no key"), "{warning}");
}

/// What a table without an index holds besides good times, with the number of bad ones.
const BAD_TIMES: &str = "INSERT INTO posts (id, post_time) VALUES
    (1, 1583020805), (2, 2458909.5), (3, x'00'), (4, ''), (5, '0000-00-00 00:00:00'), (6, 'soon'),
    (7, '2020-02-30'), (8, '20200301'), (9, '2031-13-01'), (10, '01/02/2020'), (11, ' '),
    (12, NULL), (13, '2020-03-01 10:00:00 UTC'), (14, '2020'), (15, '-1'), (16, '2031-02-30'),
    (17, '2019-02-30 10:00:00'), (18, '2019-06-15 24:00:00'), (19, '+1')";

#[test]
fn times_that_cannot_be_read_are_counted_and_named_wherever_they_are() {
    let view = "ALTER TABLE posts RENAME TO p; CREATE VIEW posts AS SELECT * FROM p;";
    let datetime = &*POSTS.replace("post_time", "post_time DATETIME");
    let text = &*POSTS.replace("post_time", "post_time TEXT");
    for (schema, shape) in [
        (text, ""),
        (text, INDEX),
        (POSTS, ""),
        (POSTS, INDEX),
        (datetime, ""),
        (datetime, INDEX),
        (POSTS, view),
    ] {
        let good = ["2020-02-02", "2020/02/03", "1999-01-01", "2031-01-01"];
        let database = FileWithPosts::with_times(schema, &good);
        let bad_and_shape = format!("{BAD_TIMES};{shape}");
        database.connection.execute_batch(&bad_and_shape).unwrap();
        database.check().unwrap();
        let source = database.source();
        let mut found = source.unreadable(&spec("posts")).unwrap();
        let mut rows = 0;
        let mut complete_to = None;
        for portion in source.plan(&spec("posts"), 3).unwrap().portions {
            let mut reader = source.open(&spec("posts"), &portion, None).unwrap();
            let end = reader.read_slice(EVERYTHING, &mut |_| {
                rows += 1;
                0
            });
            let end = end.unwrap();
            found.add(end.unreadable);
            complete_to = complete_to.max(end.complete_to);
        }
        assert_eq!((found.rows, rows), (18, 2), "{schema}{shape}");
        assert_eq!(found.named.len(), 3);
        assert_eq!(complete_to, Some(moment("2020-02-03")));
        assert_eq!(source.count(&spec("posts")).unwrap(), 23);
    }
}

#[test]
fn numbers_are_times_only_in_a_column_of_numbers() {
    for (kind, expected) in [
        ("INTEGER", 1),
        ("BIGINT", 1),
        ("REAL", 1),
        ("", 0),
        ("TEXT", 0),
    ] {
        for index in ["", INDEX] {
            let schema = POSTS.replace("post_time", &format!("post_time {kind}")) + index;
            let database = FileWithPosts::with_times(&schema, &["2020-02-02"]);
            let insert = "INSERT INTO posts VALUES (7, 's', 'area', 'b', 't', 'c', 1583020805)";
            database.connection.execute_batch(insert).unwrap();
            let source = database.source();
            let mut rows = Vec::new();
            for portion in source.plan(&spec("posts"), 3).unwrap().portions {
                rows.extend(read(&source, &spec("posts"), &portion));
            }
            assert_eq!(rows.len(), 1 + expected, "{kind} {index}");
            let number = rows.iter().find(|row| row[2] == "b");
            assert!(
                number.is_none_or(|row| row[4] == "2020-03-01 00:00:05"),
                "{rows:?}"
            );
        }
    }
}

#[test]
fn a_moment_cut_in_the_middle_is_not_complete() {
    let times = [
        "2020-01-01",
        "2020-01-02",
        "2020-01-02",
        "2020-01-02 00:00",
        "2020-01-03",
    ];
    let database = FileWithPosts::with_times(&format!("{POSTS}{INDEX}"), &times);
    let source = database.source();
    let portion = source.plan(&spec("posts"), 1).unwrap().portions.remove(0);
    let mut position = None;
    let mut complete_to = Vec::new();
    for _ in 0..6 {
        let mut reader = source
            .open(&spec("posts"), &portion, position.as_ref())
            .unwrap();
        let limits = SliceLimits { rows: 0, bytes: 0 };
        let end = reader.read_slice(limits, &mut |_| 1).unwrap();
        assert_eq!(end.finished, complete_to.len() == 5);
        position = Some(end.position);
        complete_to.push(
            end.complete_to
                .map(|moment| moment.to_string()[..10].to_owned()),
        );
    }
    let [first, second, third] =
        ["2020-01-01", "2020-01-02", "2020-01-03"].map(|day| Some(day.to_owned()));
    assert_eq!(
        complete_to,
        [None, first.clone(), first.clone(), first, second, third]
    );
}

#[test]
fn a_text_of_many_megabytes_ends_the_slice_that_it_fills() {
    let database = FileWithPosts::with_times(&format!("{POSTS}{INDEX}"), &["2020-01-01"; 3]);
    let content = "長文".repeat(2 << 20);
    database
        .connection
        .execute("UPDATE posts SET content = ?1", [&content])
        .unwrap();
    let source = database.source();
    let spec = ReadSpec {
        text: TextColumn::Content,
        ..spec("posts")
    };
    let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
    let mut reader = source.open(&spec, &portion, None).unwrap();
    let limits = SliceLimits {
        rows: 100,
        bytes: 4 << 20,
    };
    for _ in 0..3 {
        let mut rows = 0;
        let end = reader.read_slice(limits, &mut |row| {
            assert_eq!(row.text, content);
            rows += 1;
            row.text.len()
        });
        assert_eq!((rows, end.unwrap().rows_scanned), (1, 1));
    }
}
