use rusqlite::{Connection, params};

use super::queries::Queries;
use crate::tables::read::moment::{Moment, Zone};
use crate::tables::read::source::{Nullable, TableQuery, WantedColumn};

const POSTS: &str = "CREATE TABLE posts (id, s_id, s_area_id, author, title, content, post_time);";
const INDEX: &str = "CREATE INDEX by_time ON posts (post_time);";

fn posts() -> TableQuery {
    let columns = ["id", "s_id", "author"].map(|name| WantedColumn {
        name: name.to_owned(),
        may_be_empty: false,
    });
    TableQuery {
        table: "posts".to_owned(),
        time: "post_time".to_owned(),
        columns: columns.to_vec(),
        nullable: Nullable::default(),
        start: Moment::EARLIEST,
        end: Moment::LATEST,
        zone: Zone::UTC,
    }
}

#[test]
fn both_halves_of_a_slice_seek_in_the_index_and_sort_nothing() {
    for (schema, tie) in [
        (POSTS.to_owned(), "rowid"),
        (POSTS.replace("(id,", "(id INTEGER PRIMARY KEY,"), "rowid"),
        (
            POSTS
                .replace("(id,", "(id TEXT PRIMARY KEY,")
                .replace(");", ") WITHOUT ROWID;"),
            "id",
        ),
    ] {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&(schema + INDEX)).unwrap();
        let queries = Queries::new(&posts(), "by_time", tie);
        for query in queries.all() {
            let sql = format!("EXPLAIN QUERY PLAN {query}");
            let mut explain = connection.prepare(&sql).unwrap();
            let steps: Vec<String> = explain
                .query_map(params![0, 0, 0], |row| row.get("detail"))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            let [only] = &*steps else { panic!("{steps:?}") };
            assert!(
                only.starts_with("SEARCH source USING INDEX by_time (post_time"),
                "{only}"
            );
        }
        let rest_of_moment = queries.all()[1];
        let sql = format!("EXPLAIN QUERY PLAN {rest_of_moment}");
        let step: String = connection
            .query_row(&sql, params![0, 0, 0], |row| row.get("detail"))
            .unwrap();
        assert!(
            step.ends_with(&format!("(post_time=? AND {tie}>?)")),
            "{step}"
        );
    }
}
