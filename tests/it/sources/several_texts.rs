//! Posts of which several texts are wanted: those that are NULL are missing, and one has to be there.

use audience::systems::labelling::posts::{
    LeftOut, Post, ReadSpec, SliceLimits, Source, TextColumn,
};
use audience::systems::labelling::rules::matching::Row;
use audience::systems::labelling::rules::set::Field;

use super::database::{PostDatabase, PostRow};
use super::gathered::{restored, spec};
use crate::support::DatabaseKind;

/// The id, and what there is of each text.
type Found = (String, [Option<String>; Field::COUNT]);

fn fields(fields: &[TextColumn]) -> ReadSpec {
    ReadSpec {
        text: fields[0],
        fields: fields.to_vec(),
        ..spec("posts")
    }
}

/// Reads two rows at a time, each time with a reader that continues where another one ended.
fn read(source: &Source, spec: &ReadSpec) -> (Vec<Found>, LeftOut) {
    let mut left_out = source.without_id(spec).unwrap();
    let mut found = Vec::new();
    let limits = SliceLimits {
        rows: 2,
        bytes: usize::MAX,
    };
    for portion in source.plan(spec, 2).unwrap().portions {
        let mut position = None;
        loop {
            let mut reader = source.open(spec, &portion, position.as_ref()).unwrap();
            let visit = &mut |post: Post<'_>, row: Row<'_>| {
                assert_eq!((post.s_id, post.text), ("WH_F0001", ""));
                let texts = Field::ALL.map(|field| row.text(field).map(str::to_owned));
                found.push((post.id.to_owned(), texts));
                1
            };
            let end = reader.read_rows(limits, visit).unwrap();
            left_out.add(end.left_out);
            position = Some(restored(&end.position));
            if end.finished {
                break;
            }
        }
    }
    found.sort();
    (found, left_out)
}

fn row(id: Option<&str>, title: Option<&str>, content: Option<&str>, time: &str) -> PostRow {
    PostRow {
        id: id.map(str::to_owned),
        title: title.map(str::to_owned),
        content: content.map(str::to_owned),
        ..PostRow::at("", time)
    }
}

fn rows() -> Vec<PostRow> {
    let nobody = PostRow {
        author: None,
        ..row(Some("nobody"), Some("t"), Some("c"), "2020-02-01 00:00:00")
    };
    vec![
        row(Some("both"), Some("t1"), Some("c1"), "2020-01-01 00:00:00"),
        row(Some("title"), Some("t2"), None, "2020-01-01 00:00:00"),
        row(Some("content"), None, Some(""), "2020-01-01 00:00:00"),
        row(Some("neither"), None, None, "2020-01-01 00:00:00"),
        row(None, Some("t"), None, "2020-02-01 00:00:00"),
        row(None, None, None, "2020-02-01 00:00:00"),
        nobody,
        row(Some("last"), None, Some("c5"), "2020-12-31 23:59:59"),
    ]
}

fn texts(texts: [Option<&str>; Field::COUNT]) -> [Option<String>; Field::COUNT] {
    texts.map(|text| text.map(str::to_owned))
}

#[test]
fn a_post_takes_part_if_one_of_its_texts_is_there() {
    let types = [
        (DatabaseKind::Sqlite, "TEXT"),
        (DatabaseKind::Postgres, "TIMESTAMP"),
        (DatabaseKind::Postgres, "TEXT"),
        (DatabaseKind::MySql, "DATETIME"),
        (DatabaseKind::MySql, "VARCHAR(40)"),
    ];
    for (kind, time) in types {
        for is_indexed in [true, false] {
            let mut database = PostDatabase::with_table(kind, "VARCHAR(40)", time, is_indexed);
            database.insert(rows());
            let source = database.source();
            let place = format!("{kind:?} {time} {is_indexed}");
            let several = fields(&[TextColumn::Title, TextColumn::Content]);
            let (found, left_out) = read(&source, &several);
            let expected = [
                ("both", texts([None, Some("t1"), Some("c1"), None])),
                ("content", texts([None, None, Some(""), None])),
                ("last", texts([None, None, Some("c5"), None])),
                ("title", texts([None, Some("t2"), None, None])),
            ];
            let expected = expected.map(|(id, texts)| (id.to_owned(), texts));
            assert_eq!(found, expected, "{place}");
            assert_eq!(left_out.without_id, 1, "{place}");
            // Who wants the author, too, gets each row: it is there.
            let wanted = [TextColumn::Author, TextColumn::Title];
            let (found, left_out) = read(&source, &fields(&wanted));
            let expected = [
                ("both", texts([Some("ann"), Some("t1"), None, None])),
                ("content", texts([Some("ann"), None, None, None])),
                ("last", texts([Some("ann"), None, None, None])),
                ("neither", texts([Some("ann"), None, None, None])),
                ("title", texts([Some("ann"), Some("t2"), None, None])),
            ];
            let expected = expected.map(|(id, texts)| (id.to_owned(), texts));
            assert_eq!(found, expected, "{place}");
            assert_eq!(left_out.without_id, 2, "{place}");
        }
    }
}

#[test]
fn a_constant_in_the_place_of_a_column_is_always_there() {
    for kind in DatabaseKind::ALL {
        let time = match kind {
            DatabaseKind::Sqlite => "TEXT",
            DatabaseKind::Postgres => "TIMESTAMP",
            DatabaseKind::MySql => "DATETIME",
        };
        let mut database = PostDatabase::with_table(kind, "VARCHAR(40)", time, true);
        database.insert(rows());
        let mut wanted = fields(&[TextColumn::Title, TextColumn::SAreaId]);
        wanted.columns.s_area_id = ":everywhere".to_owned();
        let (found, _) = read(&database.source(), &wanted);
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(
            ids,
            ["both", "content", "last", "neither", "title"],
            "{kind:?}"
        );
        let (_, of_neither) = &found[3];
        assert_eq!(*of_neither, texts([None, None, None, Some("everywhere")]));
    }
}
