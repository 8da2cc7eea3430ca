//! What is wrong with an output is said without its secrets.

use audience::systems::labelling::panels::{Conflict, Layout, SinkError, TaskHeader, open_sink};

use super::task::{Post, Task, commit};
use crate::support::{DatabaseKind, LEASE, OwnDatabase, on_each_kind};

const POST: Post<'_> = (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0]);
const SECRET: &str = "s3cret";

#[test]
fn a_table_of_somebody_else_is_left_alone() {
    on_each_kind(|database| {
        let task = Task::new(database, "t1");
        let table = database.quoted("Ptt");
        database.run(&format!("CREATE TABLE {table} (id INTEGER)"));
        for refused in [task.sink.check(&task.layout, &[]), task.begin().map(drop)] {
            let error = refused.unwrap_err();
            assert!(matches!(&error, SinkError::OtherColumns { table, .. } if table == "Ptt"));
            assert!(!error.is_transient());
        }
        assert_eq!(database.columns("Ptt"), ["id"]);
    });
}

#[test]
fn a_state_of_somebody_else_is_found_before_a_task_begins() {
    for kind in DatabaseKind::ALL {
        let database = OwnDatabase::new(kind);
        database.run("CREATE TABLE state (task_id INTEGER, stat INTEGER)");
        let error = open_sink(&database.url, LEASE)
            .unwrap()
            .prepare()
            .unwrap_err();
        assert!(matches!(&error, SinkError::OtherColumns { table, .. } if table == "state"));
        assert!(error.public_message().contains("uniq_source_author"));
        assert_eq!(database.columns("state"), ["task_id", "stat"]);
        assert!(database.columns("audience_output_task").is_empty());
    }
}

#[test]
fn a_group_whose_table_cannot_be_named_is_refused() {
    let layout = Layout {
        groups: vec!["g".to_owned(), "長".repeat(48)],
    };
    for kind in DatabaseKind::SERVERS {
        let error = OwnDatabase::new(kind)
            .sink()
            .check(&layout, &[])
            .unwrap_err();
        assert!(matches!(&error, SinkError::NameTooLong { group } if *group == layout.groups[1]));
        assert!(error.public_message().contains(&layout.groups[1]));
    }
}

#[test]
fn a_url_that_cannot_be_read_is_not_shown() {
    for url in [
        "postgres://u:s3cret@host:port/db",
        "postgres://u:s3cret@host/db?sslmode=s3cret",
        "mysql://u:s3cret@host:99999/db",
        "mysql://u:s3cret@host/db?ssl-mode=s3cret",
        "oracle://u:s3cret@host",
        "s3cret",
    ] {
        let error = open_sink(url, LEASE).err().unwrap();
        let shown = format!("{error} {error:?} {}", error.public_message());
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn what_is_wrong_with_a_server_is_said_without_secrets() {
    for (kind, nobody) in [
        (DatabaseKind::Postgres, "postgres://u:s3cret@127.0.0.1:1/db"),
        (DatabaseKind::MySql, "mysql://u:s3cret@127.0.0.1:1/db"),
    ] {
        let error = open_sink(nobody, LEASE).unwrap().prepare().unwrap_err();
        assert!(error.is_transient(), "{error:?}");
        let message = error.public_message();
        assert!(message.ends_with("it cannot be reached"), "{message}");
        let database = OwnDatabase::new(kind);
        let missing = database.url.replace("audience_own", "audience_none");
        let error = open_sink(&missing, LEASE).unwrap().prepare().unwrap_err();
        assert!(!error.is_transient(), "{error:?}");
        let message = error.public_message();
        assert!(message.contains("no such database"), "{message}");
    }
    let database = OwnDatabase::new(DatabaseKind::MySql);
    let stranger = database.url.replace("root@", "nobody:s3cret@");
    let error = open_sink(&stranger, LEASE).unwrap().prepare().unwrap_err();
    assert!(!error.is_transient());
    let shown = format!("{error} {error:?} {}", error.public_message());
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(
        shown.contains("it refused the user or the password"),
        "{shown}"
    );
}

#[test]
fn connections_that_the_server_ended_are_replaced() {
    for kind in DatabaseKind::SERVERS {
        let database = OwnDatabase::new(kind);
        let task = Task::begun(&database, "t1");
        let mut writer = task.writer();
        database.end_connections();
        commit(&mut writer, 0, 1, &[POST]).unwrap();
        assert!(task.sink.state_of("t1").unwrap().is_some());
        database.end_connections();
        task.publish(Conflict::KeepAll).unwrap();
        assert_eq!(task.ids(), ["7 /male"]);
    }
}

#[test]
fn a_database_that_accepts_no_connections_is_waited_for() {
    let kind = DatabaseKind::Postgres;
    let (closed, other) = (OwnDatabase::new(kind), OwnDatabase::new(kind));
    let accepts = |accepts: bool| {
        let name = closed.name();
        other.run(&format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS {accepts}"
        ));
    };
    accepts(false);
    let sink = open_sink(&closed.url, LEASE).unwrap();
    let error = sink.prepare().unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    accepts(true);
    sink.prepare().unwrap();
}

#[test]
fn a_statement_with_the_code_of_a_closed_database_is_not_waited_for() {
    let database = OwnDatabase::new(DatabaseKind::Postgres);
    let sink = database.sink();
    // A view that nothing can be inserted into.
    database.run(
        "ALTER TABLE state RENAME TO rows_of_state;
         CREATE VIEW state AS SELECT DISTINCT * FROM rows_of_state",
    );
    let header = TaskHeader {
        model_type: "keyword_model".to_owned(),
        predict_type: "author_name".to_owned(),
        date_range: "2020-01-01 00:00:00 - 2021-01-01 00:00:00".to_owned(),
        target_table: "posts".to_owned(),
        rule_set: None,
        rule_set_version: None,
    };
    let announced = sink.announce("t1", &header, "2020-01-01 00:00:00");
    let error = announced.unwrap_err();
    assert!(!error.is_transient(), "{error:?}");
    assert!(format!("{error:?}").contains("55000"), "{error:?}");
}
