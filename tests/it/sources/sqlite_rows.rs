//! Each row of a SQLite file that takes part is visited exactly once, whatever the table is like.

use std::path::PathBuf;

use audience::systems::labelling::posts::{ReadSpec, SliceLimits, TextColumn};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::gathered::{IN_A_FILE, Numbers, OwnedRow, gather, in_utc, open_sqlite, owned, spec};

const COLUMNS: &str = "s_id, s_area_id, author, title, content, post_time";

/// Times around both ends of 2020, few enough that many rows share one.
const PLAIN_TIMES: &[&str] = &[
    "2019-12-31 23:59:59",
    "2020-01-01 00:00:00",
    "2020-01-01 00:00:01",
    "2020-03-01 12:00:00",
    "2020-03-01 12:00:00.25",
    "2020-03-01 12:00:01",
    "2020-06-30 23:59:59",
    "2020-12-31 23:59:59",
    "2020-12-31 23:59:59.000001",
    "2021-01-01 00:00:00",
];

const OTHER_TIMES: &[&str] = &[
    "2020-01-01",
    "2020-01-01T00:00:00",
    "2020-03-01T12:00",
    "2020-03-01T12:00:00.250000Z",
    "2021-01-01T07:00:00+08:00",
    "2020-01-01 06:00:00+08:00",
    "2019-12-31 20:00:00-05:00",
    "2020-12-31 23:00:00-05:00",
    "2020-02-30 00:00:00",
    "2020-05-05 soon",
    "",
    "never",
];

struct PostsInFile {
    _directory: TempDir,
    path: PathBuf,
    connection: Connection,
    numbers: Numbers,
    greatest_slices: [u64; 4],
}

impl PostsInFile {
    /// The schema has `{columns}` where the columns other than the id belong.
    fn new(schema: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("posts.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(&schema.replace("{columns}", COLUMNS))
            .unwrap();
        Self {
            _directory: directory,
            path,
            connection,
            numbers: Numbers(20_200_101),
            greatest_slices: [2, 9, 60, 500],
        }
    }

    fn insert(&mut self, rows: u32, times: &[&str]) {
        self.insert_ids(rows, times, |number| {
            Value::Text(format!("{:05}", number * 7919 % 100_000))
        });
    }

    fn insert_ids(&mut self, rows: u32, times: &[&str], id: impl Fn(u32) -> Value) {
        self.connection.execute_batch("BEGIN").unwrap();
        for number in 0..rows {
            let cells = [(); 5].map(|()| some_cell(&mut self.numbers));
            let [s_id, s_area_id, author, title, content] = cells;
            let post_time = match self.numbers.below(40) {
                0 => Value::Null,
                _ => Value::Text(self.numbers.one_of(times).to_owned()),
            };
            let sql = format!("INSERT INTO posts (id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)");
            let mut insert = self.connection.prepare_cached(&sql).unwrap();
            let row = params![
                id(number),
                s_id,
                s_area_id,
                author,
                title,
                content,
                post_time
            ];
            insert.execute(row).unwrap();
        }
        self.connection.execute_batch("COMMIT").unwrap();
    }

    fn assert_every_row_is_visited_once(&mut self, time_ordered: bool, check_claims: bool) {
        let source = open_sqlite(&self.path);
        let ways = [
            (TextColumn::Author, 1),
            (TextColumn::Content, 5),
            (TextColumn::Title, 3),
            (TextColumn::SAreaId, 40),
        ];
        for ((text, portions), greatest_slice) in ways.into_iter().zip(self.greatest_slices) {
            let spec = ReadSpec {
                text,
                ..spec("posts")
            };
            source.check("posts", &spec.columns, &[text]).unwrap();
            assert_eq!(
                source.plan(&spec, portions).unwrap().time_ordered,
                time_ordered
            );
            let ways = (portions, greatest_slice);
            let gathered = gather(&source, &spec, ways, &IN_A_FILE, &mut self.numbers);
            if check_claims {
                gathered.assert_claims_hold();
            }
            let expected = selected_plainly(&self.connection, &spec);
            assert!(!expected.is_empty());
            assert_eq!(
                gathered.sorted_rows(),
                expected,
                "{text:?} in {portions} portions"
            );
        }
    }
}

/// Mostly text, now and then whatever else SQLite lets a cell be.
fn some_cell(numbers: &mut Numbers) -> Value {
    match numbers.below(30) {
        0 => Value::Null,
        1 => Value::Integer(numbers.below(1000) as i64 - 500),
        2 => Value::Real(numbers.below(1000) as f64 / 7.0),
        3 => Value::Real(1e300),
        4 => Value::Blob("塊".as_bytes().to_vec()),
        5 => Value::Blob(vec![0xFF, b'x']),
        6 => Value::Text(String::new()),
        number => Value::Text(format!("WH_F{:04} 張", number * numbers.below(90))),
    }
}

fn all_times() -> Vec<&'static str> {
    [PLAIN_TIMES, OTHER_TIMES].concat()
}

#[test]
fn of_a_table_with_an_index_on_time() {
    let mut database = PostsInFile::new(
        "CREATE TABLE posts (id TEXT PRIMARY KEY, {columns});
         CREATE INDEX by_time ON posts (post_time)",
    );
    database.insert(3_000, PLAIN_TIMES);
    database.assert_every_row_is_visited_once(true, true);
}

#[test]
fn of_a_table_with_times_in_every_form() {
    let mut database = PostsInFile::new(
        "CREATE TABLE posts (id TEXT PRIMARY KEY, {columns});
         CREATE INDEX by_time ON posts (post_time)",
    );
    database.insert(3_000, &all_times());
    database.assert_every_row_is_visited_once(true, false);
}

#[test]
fn of_a_table_whose_times_are_declared_as_such() {
    let columns = COLUMNS.replace("post_time", "post_time DATETIME");
    let mut database = PostsInFile::new(&format!(
        "CREATE TABLE posts (id VARCHAR(20), {columns});
         CREATE INDEX by_time ON posts (post_time)"
    ));
    database.insert(1_000, PLAIN_TIMES);
    database.assert_every_row_is_visited_once(true, true);
}

#[test]
fn of_a_table_whose_times_compare_without_case() {
    let columns = COLUMNS.replace("post_time", "post_time TEXT COLLATE NOCASE");
    let mut database = PostsInFile::new(&format!(
        "CREATE TABLE posts (id TEXT, {columns});
         CREATE INDEX by_time ON posts (post_time)"
    ));
    database.insert(1_000, &all_times());
    database.assert_every_row_is_visited_once(true, false);
}

#[test]
fn of_a_table_whose_index_has_other_columns_too() {
    let mut database = PostsInFile::new(
        "CREATE TABLE posts (id TEXT PRIMARY KEY, {columns});
         CREATE INDEX by_time ON posts (post_time, s_id)",
    );
    database.insert(1_000, PLAIN_TIMES);
    database.assert_every_row_is_visited_once(true, true);
}

#[test]
fn of_a_table_whose_primary_key_begins_with_the_time() {
    let mut database =
        PostsInFile::new("CREATE TABLE posts (id TEXT, {columns}, PRIMARY KEY (post_time, id))");
    database.insert(1_000, PLAIN_TIMES);
    database.assert_every_row_is_visited_once(true, true);
}

#[test]
fn of_a_table_without_an_index_on_time() {
    let mut database = PostsInFile::new("CREATE TABLE posts (id TEXT PRIMARY KEY, {columns})");
    database.insert(3_000, &all_times());
    database.assert_every_row_is_visited_once(false, true);
}

#[test]
fn of_a_table_whose_indexes_on_time_are_of_no_use() {
    let mut database = PostsInFile::new(
        "CREATE TABLE posts (id TEXT PRIMARY KEY, {columns});
         CREATE INDEX descending ON posts (post_time DESC);
         CREATE INDEX other_rules ON posts (post_time COLLATE NOCASE);
         CREATE INDEX in_part ON posts (post_time) WHERE post_time > '2020-06-01';
         CREATE INDEX computed ON posts (date(post_time));
         CREATE INDEX behind ON posts (s_id, post_time)",
    );
    database.insert(1_000, PLAIN_TIMES);
    database.assert_every_row_is_visited_once(false, true);
}

#[test]
fn of_a_table_with_integer_ids() {
    for index in ["", "CREATE INDEX by_time ON posts (post_time)"] {
        let mut database = PostsInFile::new(&format!(
            "CREATE TABLE posts (id INTEGER PRIMARY KEY, {{columns}}); {index}"
        ));
        let far_apart = |number: u32| match number {
            0 => Value::Integer(i64::MIN),
            1 => Value::Integer(i64::MAX),
            number => Value::Integer(i64::from(number) * 977 - 500_000),
        };
        database.insert_ids(2_000, PLAIN_TIMES, far_apart);
        database.assert_every_row_is_visited_once(!index.is_empty(), true);
    }
}

#[test]
fn of_a_table_without_rowid() {
    for index in ["", "CREATE INDEX by_time ON posts (post_time)"] {
        let mut database = PostsInFile::new(&format!(
            "CREATE TABLE posts (id PRIMARY KEY, {{columns}}) WITHOUT ROWID; {index}"
        ));
        let of_any_type = |number: u32| match number % 4 {
            0 => Value::Integer(number.into()),
            1 => Value::Real(f64::from(number) / 3.0),
            2 => Value::Blob(number.to_string().into_bytes()),
            _ => Value::Text(format!("{number}")),
        };
        database.insert_ids(800, PLAIN_TIMES, of_any_type);
        database.assert_every_row_is_visited_once(true, true);
    }
}

#[test]
fn of_a_table_without_rowid_that_is_keyed_by_something_else() {
    let mut database = PostsInFile::new(
        "CREATE TABLE posts (number INTEGER, id, {columns}, PRIMARY KEY (id, number)) WITHOUT ROWID;
         CREATE INDEX by_time ON posts (post_time);
         CREATE TRIGGER unused AFTER DELETE ON posts BEGIN SELECT 1; END",
    );
    database
        .connection
        .execute_batch("ALTER TABLE posts RENAME TO kept")
        .unwrap();
    database
        .connection
        .execute_batch(
            "CREATE VIEW posts AS SELECT * FROM kept;
             CREATE TRIGGER insert_post INSTEAD OF INSERT ON posts BEGIN
                 INSERT INTO kept VALUES (abs(random()), new.id, new.s_id, new.s_area_id,
                     new.author, new.title, new.content, new.post_time);
             END",
        )
        .unwrap();
    database.insert(1_000, &all_times());
    database
        .connection
        .execute_batch("DROP VIEW posts; ALTER TABLE kept RENAME TO posts")
        .unwrap();
    database.assert_every_row_is_visited_once(true, false);
}

#[test]
fn of_a_view_even_if_its_ids_repeat() {
    let mut database = PostsInFile::new("CREATE TABLE posts (id TEXT, {columns})");
    database.insert_ids(1_000, PLAIN_TIMES, |number| match number % 50 {
        0 => Value::Null,
        _ => Value::Integer((number % 100).into()),
    });
    database
        .connection
        .execute_batch(
            "ALTER TABLE posts RENAME TO kept;
             CREATE VIEW posts AS SELECT * FROM kept
                 UNION ALL SELECT * FROM kept WHERE rowid % 3 = 0 ORDER BY author",
        )
        .unwrap();
    database.assert_every_row_is_visited_once(true, true);
}

#[test]
fn of_a_table_with_a_column_that_is_called_rowid() {
    for (names, all_are_hidden) in [
        ("rowid", false),
        ("rowid, _rowid_", false),
        ("ROWID, _rowid_, oid", true),
    ] {
        for index in ["", "CREATE INDEX by_time ON posts (post_time)"] {
            let mut database = PostsInFile::new(&format!(
                "CREATE TABLE posts (id TEXT PRIMARY KEY, {{columns}}, {names}); {index}"
            ));
            database.insert_ids(500, PLAIN_TIMES, |number| match number % 9 {
                0 => Value::Null,
                _ => Value::Text(number.to_string()),
            });
            let time_ordered = all_are_hidden || !index.is_empty();
            database.assert_every_row_is_visited_once(time_ordered, true);
        }
    }
}

#[test]
fn of_fifty_thousand_that_share_one_moment() {
    let mut database = PostsInFile::new(
        "CREATE TABLE posts (id TEXT PRIMARY KEY, {columns});
         CREATE INDEX by_time ON posts (post_time)",
    );
    database.insert(50_000, &["2020-07-01 08:00:00"]);
    database.greatest_slices = [300, 1_000, 5_000, 100_000];
    database.assert_every_row_is_visited_once(true, true);
}

#[test]
fn while_others_write_to_the_table() {
    let mut database = PostsInFile::new(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE posts (id TEXT PRIMARY KEY, {columns});
         CREATE INDEX by_time ON posts (post_time)",
    );
    database.insert(1_000, PLAIN_TIMES);
    let source = open_sqlite(&database.path);
    let spec = spec("posts");
    let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
    let mut reader = source.open(&spec, &portion, None).unwrap();
    let expected = selected_plainly(&database.connection, &spec);
    let mut rows = Vec::new();
    let mut finished = false;
    while !finished {
        let limits = SliceLimits {
            rows: 50,
            bytes: usize::MAX,
        };
        let end = reader.read_slice(limits, &mut |row| {
            rows.push(owned(row));
            0
        });
        finished = end.unwrap().finished;
        // No reader holds a transaction between slices: the log can be emptied at any time.
        let busy: i64 = database
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .unwrap();
        assert_eq!(busy, 0);
        let number = rows.len();
        let earlier = "INSERT INTO posts (id, s_id, author, post_time)
                       VALUES ('new' || ?1, 's', 'a', '2019-12-31 23:59:59')";
        database
            .connection
            .execute(earlier, [number as i64])
            .unwrap_or_default();
    }
    rows.sort();
    assert_eq!(rows, expected);
}

/// The rows that take part, by a plain SELECT.
fn selected_plainly(connection: &Connection, spec: &ReadSpec) -> Vec<OwnedRow> {
    let columns = &spec.columns;
    let text = match spec.text {
        TextColumn::Author => &columns.author,
        TextColumn::Content => &columns.content,
        TextColumn::Title => &columns.title,
        TextColumn::SAreaId => &columns.s_area_id,
    };
    let names = [
        &columns.id,
        &columns.s_id,
        &columns.author,
        text,
        &columns.post_time,
    ];
    let cells = names
        .map(|name| format!("CAST(\"{name}\" AS TEXT)"))
        .join(", ");
    let sql = format!(
        "SELECT {cells} FROM \"{}\" WHERE typeof(\"{}\") = 'text'",
        spec.table.replace('"', "\"\""),
        columns.post_time
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut taking_part = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cell = |column| {
            let cell = row.get_ref_unwrap(column);
            Some(String::from_utf8_lossy(cell.as_bytes_or_null().unwrap()?).into_owned())
        };
        if let (Some(id), Some(s_id), Some(author), Some(text), Some(post_time)) =
            (cell(0), cell(1), cell(2), cell(3), cell(4))
            && let Some((moment, shown)) = in_utc(&post_time)
            && spec.start <= moment
            && moment <= spec.end
        {
            taking_part.push([id, s_id, author, text, shown]);
        }
    }
    taking_part.sort();
    taking_part
}
