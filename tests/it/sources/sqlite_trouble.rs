//! What cannot be read of a SQLite file, and what is said about it.

use std::fs;

use audience::systems::labelling::posts::{ColumnNames, ReadSpec, SourceError, TextColumn};
use tempfile::TempDir;

use super::gathered::{open_sqlite, spec};
use super::sqlite::{FileWithPosts, INDEX, POSTS};

#[test]
fn every_missing_column_is_named_and_those_that_are_there() {
    let database = FileWithPosts::new("CREATE TABLE posts (id, AUTHOR, content, post_time)");
    let source = database.source();
    let columns = ColumnNames {
        s_id: "site".to_owned(),
        ..ColumnNames::default()
    };
    let error = source
        .check("posts", &columns, &[TextColumn::Title])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "table `posts` lacks `site`, `title`: \
         its columns are `id`, `AUTHOR`, `content`, `post_time`"
    );
    // A column that no job needs may be missing, one that is needed is never read as a string.
    let columns = ColumnNames {
        s_id: "id".to_owned(),
        ..columns
    };
    source
        .check("posts", &columns, &[TextColumn::Content])
        .unwrap();
    let spec = ReadSpec {
        text: TextColumn::Title,
        ..spec("posts")
    };
    assert!(matches!(
        source.plan(&spec, 1),
        Err(SourceError::ColumnsMissing { .. })
    ));
}

#[test]
fn a_missing_table_is_named_with_those_that_exist() {
    let database = FileWithPosts::new(&format!(
        "{POSTS} CREATE VIEW recent AS SELECT * FROM posts"
    ));
    let source = database.source();
    assert_eq!(source.tables().unwrap(), ["posts", "recent"]);
    let error = source
        .check("post", &ColumnNames::default(), &[TextColumn::Author])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "found no table `post` in the source: it holds `posts`, `recent`"
    );
}

#[test]
fn times_that_are_not_text_are_refused() {
    let view = "ALTER TABLE posts RENAME TO p; CREATE VIEW posts AS SELECT * FROM p;";
    for shape in ["", INDEX, view] {
        for (value, found) in [
            ("1577836800", "values of type integer"),
            ("1577836800.5", "values of type real"),
            ("x'32303230'", "values of type blob"),
            ("'01/02/2020'", "text of another form"),
            ("'soon'", "text of another form"),
        ] {
            let insert = format!("INSERT INTO posts (post_time) VALUES (NULL), ({value});");
            let error = FileWithPosts::new(&format!("{POSTS}{insert}{shape}"))
                .check()
                .unwrap_err();
            let message = format!(
                "failed to read times from `posts`.`post_time`: it holds {found}, \
                 expected is text `YYYY-MM-DD HH:MM:SS`"
            );
            assert_eq!(error.to_string(), message);
        }
    }
}

#[test]
fn what_is_missing_is_waited_for_and_what_is_no_database_is_not() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("letters.db");
    let missing = open_sqlite(&path).tables().unwrap_err();
    assert!(
        matches!(missing, SourceError::SourceMissing { .. }),
        "{missing}"
    );
    fs::write(&path, "Dear database, ".repeat(1000)).unwrap();
    let error = open_sqlite(&path).plan(&spec("posts"), 1).unwrap_err();
    assert!(
        missing.is_transient(),
        "it may have been moved away for a while"
    );
    assert!(!error.is_transient());
    for message in [missing.public_message(), error.public_message()] {
        assert!(
            !message.contains("letters") && !message.contains("SELECT"),
            "{message}"
        );
    }
    assert_eq!(
        error.public_message(),
        "Table `posts` cannot be read: the file is not a database."
    );
}

#[test]
fn a_locked_database_can_be_read_later() {
    let database = FileWithPosts::with_times(POSTS, &["2020-01-01"]);
    database
        .connection
        .execute_batch("BEGIN EXCLUSIVE")
        .unwrap();
    let error = database.source().plan(&spec("posts"), 1).unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(
        error.public_message(),
        "Table `posts` cannot be read at the moment: it is locked by another process."
    );
    database.connection.execute_batch("COMMIT").unwrap();
    database.source().plan(&spec("posts"), 1).unwrap();
}
