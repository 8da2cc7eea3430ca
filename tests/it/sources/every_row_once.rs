//! Each row that takes part is visited exactly once, whatever the table is like.

use audience::systems::labelling::posts::{
    Moment, Position, Post, ReadSpec, SliceLimits, TextColumn, Written, Zone,
};
use uuid::Uuid;

use super::database::{PostDatabase, PostRow};
use super::gathered::{
    EVERYTHING, IN_A_FILE, Numbers, ON_A_SERVER, expected, gather, in_utc, owned, restored, spec,
};
use crate::support::DatabaseKind;

/// Times around both ends of 2020, few enough that many rows share one.
const PLAIN_TIMES: &[&str] = &[
    "2019-12-31 23:59:59",
    "2020-01-01 00:00:00",
    "2020-01-01 00:00:01",
    "2020-03-01 12:00:00",
    "2020-03-01 12:00:01",
    "2020-06-30 23:59:59",
    "2020-12-31 23:59:59",
    "2021-01-01 00:00:00",
];

const FRACTIONS: &[&str] = &[
    "2019-12-31 23:59:59.999999",
    "2020-01-01 00:00:00.000001",
    "2020-03-01 12:00:00.25",
    "2020-03-01 12:00:00.123456",
    "2020-12-31 23:59:59.000001",
];

const OTHER_FORMS: &[&str] = &[
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
    "2020-03-01t12:00",
    // More than a day away from the clock of a zone, at both ends of its 2020.
    "2019-12-30T22:30:00-12:00",
    "2019-12-30T11:00:00-23:00",
    "2021-01-02T01:15+14:00",
    "2021-01-02T10:00+23:00",
    "",
    "never",
];

/// Texts that sort far from those of the same time.
const SCATTERED_FORMS: &[&str] = &[
    "2019/12/31 23:59:59",
    "2020/01/01",
    "2020/03/01 12:00:00.25",
    "2020/12/31t23:59z",
    "2021/01/01 07:00+0800",
    "2021/01/01",
    " 2020-03-01 12:00:01",
    "\t2020/06/30 23:59:59 ",
    "2020-06-30   23:59",
    " never",
    "2020/13/01",
    // Equal to others in collations that ignore case, or blanks at the end.
    "2020-03-01T12:00z",
    "2020-03-01t12:00Z",
    "2020-03-01 12:00:00  ",
    "2020-01-01t00:00:00",
];

/// Whatever may stand in a cell.
fn some_text(numbers: &mut Numbers) -> Option<String> {
    Some(match numbers.below(30) {
        0 => return None,
        1 => String::new(),
        2 => "it's \"quoted\" \\ 100% _ `x` $1 ? ; --".to_owned(),
        3 => "a\tb\r\nc\u{1E}d\u{1F}e".to_owned(),
        4 => "🦀 𠮷野家 e\u{301}".to_owned(),
        5 => " padded ".to_owned(),
        6 => "\\N".to_owned(),
        number => format!("WH_F{:04} 張", number * numbers.below(90)),
    })
}

fn some_posts(rows: u32, times: &[&str], id: impl Fn(u32) -> Option<String>) -> Vec<PostRow> {
    let mut numbers = Numbers(20_200_101);
    let post = |number| PostRow {
        id: id(number),
        s_id: some_text(&mut numbers),
        s_area_id: some_text(&mut numbers),
        author: some_text(&mut numbers),
        title: some_text(&mut numbers),
        content: some_text(&mut numbers),
        post_time: match numbers.below(40) {
            0 => None,
            _ => Some(times[numbers.below(times.len() as u64) as usize].to_owned()),
        },
    };
    (0..rows).map(post).collect()
}

fn text_id(number: u32) -> Option<String> {
    Some(format!("{:05}", number * 7919 % 100_000))
}

/// How a table is read: greatest slices for few rows and for many, and what times are.
struct Ways {
    greatest_slices: [u64; 4],
    time_ordered: bool,
    claims_hold: bool,
    zone: Option<Zone>,
    /// What a time means in the zone and how it is published.
    time: fn(Zone, &str) -> Option<(Moment, String)>,
}

const USUAL: Ways = Ways {
    greatest_slices: [20, 9, 60, 500],
    time_ordered: true,
    claims_hold: true,
    zone: None,
    time: |_, text| in_utc(text),
};

fn assert_every_row_is_visited_once(database: &PostDatabase, ways: &Ways) {
    let source = database.source();
    let mut numbers = Numbers(20_201_231);
    let texts = [
        (TextColumn::Author, 1),
        (TextColumn::Content, 5),
        (TextColumn::Title, 3),
        (TextColumn::SAreaId, 20),
    ];
    let pace = match database.kind {
        DatabaseKind::Sqlite => IN_A_FILE,
        DatabaseKind::Postgres | DatabaseKind::MySql => ON_A_SERVER,
    };
    for ((text, portions), greatest_slice) in texts.into_iter().zip(ways.greatest_slices) {
        let spec = ReadSpec {
            text,
            zone: ways.zone,
            start: in_zone(ways, "2020-01-01"),
            end: in_zone(ways, "2020-12-31 23:59:59"),
            ..spec("posts")
        };
        source.check("posts", &spec.columns, &[text]).unwrap();
        let plan = source.plan(&spec, portions).unwrap();
        assert_eq!(plan.time_ordered, ways.time_ordered);
        let sizes = (portions, greatest_slice);
        let gathered = gather(&source, &spec, sizes, &pace, &mut numbers);
        if ways.claims_hold {
            gathered.assert_claims_hold();
        }
        let zone = ways.zone.unwrap_or_default();
        let expected = expected(&database.posts, &spec, |text| (ways.time)(zone, text));
        assert!(!expected.is_empty());
        let found = gathered.sorted_rows();
        assert!(
            found == expected,
            "{text:?} of {:?} in {portions} portions: {} rows, expected {}",
            database.kind,
            found.len(),
            expected.len()
        );
    }
}

/// How a table is read that has no index on its times: a file as it lies there.
fn without_an_index(kind: DatabaseKind) -> Ways {
    Ways {
        time_ordered: kind != DatabaseKind::Sqlite,
        ..USUAL
    }
}

/// The types of columns that hold points in time, to the microsecond.
fn exact_types(kind: DatabaseKind) -> &'static [&'static str] {
    match kind {
        DatabaseKind::Sqlite => &["TEXT"],
        DatabaseKind::Postgres => &["TIMESTAMP", "TIMESTAMPTZ"],
        DatabaseKind::MySql => &["DATETIME(6)", "TIMESTAMP(6) NULL"],
    }
}

#[test]
fn of_a_table_with_an_index_on_time() {
    for kind in DatabaseKind::ALL {
        for time in exact_types(kind) {
            let mut database =
                PostDatabase::with_table(kind, "VARCHAR(20) PRIMARY KEY", time, true);
            database.insert(some_posts(200, &[PLAIN_TIMES, FRACTIONS].concat(), text_id));
            assert_every_row_is_visited_once(&database, &USUAL);
        }
    }
}

#[test]
fn of_a_table_without_an_index_on_time() {
    for kind in DatabaseKind::ALL {
        for time in exact_types(kind) {
            let mut database =
                PostDatabase::with_table(kind, "VARCHAR(20) PRIMARY KEY", time, false);
            database.insert(some_posts(200, &[PLAIN_TIMES, FRACTIONS].concat(), text_id));
            assert_every_row_is_visited_once(&database, &without_an_index(kind));
        }
    }
}

#[test]
fn of_a_table_whose_times_are_whole_seconds_or_days() {
    for kind in DatabaseKind::SERVERS {
        let whole_seconds = match kind {
            DatabaseKind::Sqlite => "TEXT",
            DatabaseKind::Postgres => "TIMESTAMP(0)",
            DatabaseKind::MySql => "DATETIME",
        };
        let days = &[
            "2019-12-31",
            "2020-01-01",
            "2020-05-05",
            "2020-12-31",
            "2021-01-01",
        ];
        for (time, times) in [(whole_seconds, PLAIN_TIMES), ("DATE", days)] {
            let mut database = PostDatabase::with_table(kind, "INTEGER PRIMARY KEY", time, true);
            database.insert(some_posts(200, times, |number| Some(number.to_string())));
            assert_every_row_is_visited_once(&database, &USUAL);
        }
    }
}

#[test]
fn of_a_table_whose_times_are_text_that_is_not_in_order() {
    let times = [PLAIN_TIMES, OTHER_FORMS, SCATTERED_FORMS].concat();
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let time = "VARCHAR(40)";
            let mut database = PostDatabase::with_table(kind, "VARCHAR(20)", time, is_indexed);
            database.insert(some_posts(300, &times, text_id));
            let ways = Ways {
                claims_hold: false,
                time_ordered: false,
                ..USUAL
            };
            assert_every_row_is_visited_once(&database, &ways);
            for zone in [
                "Asia/Taipei",
                "Europe/Berlin",
                "Pacific/Kiritimati",
                "Pacific/Pago_Pago",
            ] {
                assert_every_row_is_visited_once(&database, &of_zone(zone, &ways));
            }
        }
    }
}

/// The same in a time zone. The rows are compared with what the calendar says.
fn of_zone(zone: &str, ways: &Ways) -> Ways {
    Ways {
        zone: Some(zone.parse().unwrap()),
        time: |zone, text| {
            let moment = Written::parse(text)?.in_zone(zone)?;
            Some((moment, zone.shown(moment)))
        },
        ..*ways
    }
}

/// A moment of the clock by which a table is read.
fn in_zone(ways: &Ways, text: &str) -> Moment {
    let zone = ways.zone.unwrap_or_default();
    Written::parse(text).unwrap().in_zone(zone).unwrap()
}

#[test]
fn of_a_table_whose_clock_is_in_another_zone() {
    for kind in DatabaseKind::SERVERS {
        let time = exact_types(kind)[0];
        for is_indexed in [true, false] {
            let mut database = PostDatabase::with_table(kind, "VARCHAR(20)", time, is_indexed);
            database.insert(some_posts(200, &[PLAIN_TIMES, FRACTIONS].concat(), text_id));
            for zone in ["Asia/Taipei", "Europe/Berlin"] {
                assert_every_row_is_visited_once(&database, &of_zone(zone, &USUAL));
            }
        }
    }
}

/// Seconds and milliseconds around both ends of 2020.
const NUMBERS: &[&str] = &[
    "1577836799",
    "1577836800",
    "1577836801",
    "1583020805",
    "1609459199",
    "1609459200",
    "1577836799999",
    "1577836800000",
    "1583020805250",
    "1609459199000",
    "1609459199001",
    "0",
    "-1",
];

const NUMBERS_WITH_FRACTIONS: &[&str] = &["1577836799.75", "1577836800.5", "1609459199.25"];

/// Whole microseconds, so that a number with a fraction is exact.
fn of_number(_: Zone, text: &str) -> Option<(Moment, String)> {
    let number: f64 = text.parse().unwrap();
    let micros = if number < 1e11 {
        number * 1e6
    } else {
        number * 1e3
    };
    let moment = Moment::from_micros(micros as i64)?;
    Some((moment, moment.to_string()))
}

#[test]
fn of_a_table_whose_times_are_numbers() {
    let all = [NUMBERS, NUMBERS_WITH_FRACTIONS].concat();
    let types = [
        ("BIGINT", NUMBERS),
        ("DOUBLE PRECISION", &*all),
        ("DECIMAL(20, 3)", &*all),
    ];
    for kind in DatabaseKind::ALL {
        for (time, times) in types {
            for is_indexed in [true, false] {
                let mut database = PostDatabase::with_table(kind, "VARCHAR(20)", time, is_indexed);
                database.insert(some_posts(300, times, text_id));
                let ways = Ways {
                    claims_hold: false,
                    time_ordered: false,
                    time: of_number,
                    ..USUAL
                };
                assert_every_row_is_visited_once(&database, &ways);
            }
        }
    }
}

#[test]
fn of_a_table_whose_times_are_text_in_every_form() {
    let times = [PLAIN_TIMES, FRACTIONS, OTHER_FORMS].concat();
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let time = "VARCHAR(40)";
            let mut database = PostDatabase::with_table(kind, "VARCHAR(20)", time, is_indexed);
            database.insert(some_posts(200, &times, text_id));
            let ways = Ways {
                claims_hold: false,
                time_ordered: is_indexed || kind != DatabaseKind::Sqlite,
                ..USUAL
            };
            assert_every_row_is_visited_once(&database, &ways);
        }
    }
}

#[test]
fn of_a_table_with_ids_of_other_types() {
    for kind in DatabaseKind::SERVERS {
        let uuid = |number: u32| Uuid::from_u128(u128::from(number) * 0x1234_5678_9ABC_DEF1_2345);
        let uuids = match kind {
            DatabaseKind::Sqlite => "TEXT",
            DatabaseKind::Postgres => "UUID",
            DatabaseKind::MySql => "CHAR(36) CHARACTER SET latin1",
        };
        let decimal = |number: u32| Some(format!("{}.{:02}", number / 3, number % 3));
        let mut tables: Vec<(&str, Vec<PostRow>)> = vec![
            (
                "BIGINT",
                some_posts(200, PLAIN_TIMES, |number| match number {
                    0 => Some(i64::MIN.to_string()),
                    1 => Some(i64::MAX.to_string()),
                    number => Some((i64::from(number) * 977 - 50_000).to_string()),
                }),
            ),
            (
                uuids,
                some_posts(200, PLAIN_TIMES, |number| Some(uuid(number).to_string())),
            ),
            ("NUMERIC(10, 2)", some_posts(200, PLAIN_TIMES, decimal)),
        ];
        if kind == DatabaseKind::MySql {
            tables.push(("VARBINARY(20)", some_posts(200, PLAIN_TIMES, text_id)));
        }
        for (id, posts) in tables {
            let time = exact_types(kind)[0];
            let mut database = PostDatabase::with_table(kind, id, time, true);
            database.insert(posts);
            assert_every_row_is_visited_once(&database, &USUAL);
        }
    }
}

#[test]
fn of_a_table_and_a_view_with_rows_that_are_equal_in_everything() {
    for kind in DatabaseKind::ALL {
        for is_view in [false, true] {
            let time = exact_types(kind)[0];
            let mut database = PostDatabase::with_table(kind, "VARCHAR(20)", time, true);
            let posts = some_posts(200, PLAIN_TIMES, |number| {
                (number % 50 != 0).then(|| (number % 20).to_string())
            });
            database.insert(posts.clone());
            database.insert(posts);
            if is_view {
                database.run("ALTER TABLE posts RENAME TO kept");
                database.run("CREATE VIEW posts AS SELECT * FROM kept");
            }
            assert_every_row_is_visited_once(&database, &USUAL);
        }
    }
}

#[test]
fn of_thousands_that_share_one_moment() {
    for kind in DatabaseKind::ALL {
        for id in ["VARCHAR(20) PRIMARY KEY", "VARCHAR(20)"] {
            let mut database = PostDatabase::with_table(kind, id, exact_types(kind)[0], true);
            let times = ["2020-07-01 08:00:00", "2020-07-01 08:00:01"];
            database.insert(some_posts(4_000, &times, text_id));
            let ways = Ways {
                greatest_slices: [400, 1_000, 3_000, 100_000],
                ..USUAL
            };
            assert_every_row_is_visited_once(&database, &ways);
        }
    }
}

#[test]
fn of_texts_of_many_megabytes() {
    for kind in DatabaseKind::SERVERS {
        let time = exact_types(kind)[0];
        let mut database = PostDatabase::with_table(kind, "INTEGER PRIMARY KEY", time, true);
        for (id, megabytes) in [1, 8, 1, 8, 8].into_iter().enumerate() {
            // Two of the largest share a time.
            let time = format!("2020-03-01 12:00:0{}", id.min(3));
            database.insert(vec![PostRow {
                content: Some("長".repeat((megabytes << 20) / 3)),
                ..PostRow::at(&id.to_string(), &time)
            }]);
        }
        let spec = ReadSpec {
            text: TextColumn::Content,
            ..spec("posts")
        };
        let source = database.source();
        let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
        let mut reader = source.open(&spec, &portion, None).unwrap();
        let limits = SliceLimits {
            rows: 100,
            bytes: 4 << 20,
        };
        let mut rows = Vec::new();
        let mut finished = false;
        while !finished {
            let mut in_slice = 0;
            let keep = &mut |row: Post<'_>| {
                in_slice += 1;
                rows.push(owned(row));
                row.text.len()
            };
            finished = reader.read_slice(limits, keep).unwrap().finished;
            assert!(in_slice <= 1, "{kind:?}: {in_slice} rows in a slice");
        }
        rows.sort();
        assert!(rows == expected(&database.posts, &spec, in_utc), "{kind:?}");
    }
}

#[test]
fn when_a_new_reader_continues_at_any_position() {
    for kind in DatabaseKind::ALL {
        for is_indexed in [true, false] {
            let time = exact_types(kind).last().copied().unwrap();
            let mut database = PostDatabase::with_table(kind, "VARCHAR(20)", time, is_indexed);
            let times = [
                "2020-03-01 12:00:00",
                "2020-03-01 12:00:01",
                "2020-03-01 12:00:02",
            ];
            let posts = some_posts(16, &times, |number| Some((number % 4).to_string()));
            database.insert(posts);
            let spec = spec("posts");
            let source = database.source();
            let portion = source.plan(&spec, 1).unwrap().portions.remove(0);
            let read = |from: Option<&Position>, limits, slices: usize| {
                let mut reader = source.open(&spec, &portion, from).unwrap();
                let mut rows = Vec::new();
                for _ in 0..slices {
                    let end = reader.read_slice(limits, &mut |row| {
                        rows.push(owned(row));
                        0
                    });
                    let end = end.unwrap();
                    if end.finished {
                        return (rows, None);
                    }
                    let position = restored(&end.position);
                    if slices == 1 {
                        return (rows, Some(position));
                    }
                }
                (rows, None)
            };
            let one = SliceLimits { rows: 1, bytes: 1 };
            let expected = expected(&database.posts, &spec, in_utc);
            let (mut before, mut position) = read(None, one, 1);
            let mut positions = 0;
            while let Some(from) = position {
                let (after, _) = read(Some(&from), EVERYTHING, 100);
                let mut all = [before.clone(), after].concat();
                all.sort();
                assert!(all == expected, "{kind:?} from {from:?}");
                let (next, reached) = read(Some(&from), one, 1);
                before.extend(next);
                position = reached;
                positions += 1;
            }
            assert!(positions >= expected.len());
        }
    }
}
