//! Limits of the role, and pools of connections that others use, too.

use audience::engine::seam::{ErrorClass, StepError};
use audience::servers;
use audience::systems::labelling::panels::{Conflict, SinkError, open_sink};
use audience::tables::Blocking;
use sqlx::{Connection, MySqlConnection, PgConnection};

use super::task::{Post, Task, commit};
use crate::support::{DatabaseKind, LEASE, OwnDatabase, Pool};

const POST: Post<'_> = (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0]);

#[test]
fn what_takes_longer_than_the_role_may_is_not_ended() {
    for kind in DatabaseKind::SERVERS {
        let database = OwnDatabase::of_limited_role(kind, &[]);
        let task = Task::begun(&database, "t1");
        for table in ["fb fans", "wh_panel_mapping_fb fans"] {
            database.slow_down(table);
        }
        task.stage(1, &[POST]).unwrap();
        task.publish(Conflict::KeepAll).unwrap();
        database.slow_down_reading("wh_panel_mapping_fb fans");
        database.slow_down_reading("state");
        assert_eq!(task.ids(), ["7 /male"], "{kind:?}");
        assert!(task.sink.state_of("t1").unwrap().is_some());
    }
}

#[test]
fn a_limit_that_cannot_be_set_is_named_and_nothing_is_tried_again() {
    let limits = ["temp_file_limit = '64kB'", "work_mem = '64kB'"];
    let database = OwnDatabase::of_limited_role(DatabaseKind::Postgres, &limits);
    let task = Task::begun(&database, "t1");
    let authors: Vec<_> = (0..5_000)
        .map(|no| format!("{no} {}", "a".repeat(200)))
        .collect();
    let posts: Vec<Post<'_>> = authors
        .iter()
        .map(|author| {
            (
                0,
                "7",
                author.as_str(),
                "2020-01-01 00:00:00",
                "x",
                &[0][..],
            )
        })
        .collect();
    task.stage(1, &posts).unwrap();
    let error = task.publish(Conflict::MajorityFirst).unwrap_err();
    assert!(!error.is_transient(), "{error:?}");
    assert_eq!(
        error.public_message(),
        "the output database failed to publish a group: \
         the role's temp_file_limit ended the statement"
    );
    assert_eq!(StepError::from(error).class(), ErrorClass::Final);
}

#[test]
fn what_a_server_says_is_repeated_without_data() {
    for (kind, sql, reason) in [
        (
            DatabaseKind::Postgres,
            "SET statement_timeout = 50; SELECT pg_sleep(30)",
            "the role's statement_timeout ended the statement",
        ),
        (
            DatabaseKind::Postgres,
            "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(30)",
            "its statement was cancelled",
        ),
        (
            DatabaseKind::Postgres,
            "SELECT CAST('amy' AS INTEGER)",
            "it answered with an error: invalid input syntax for type integer: '…'",
        ),
        (
            DatabaseKind::Postgres,
            "DO $$ BEGIN RAISE EXCEPTION 'amy is not liked'; END $$",
            "a trigger or a function of it refused this",
        ),
        (
            DatabaseKind::MySql,
            "SET SESSION max_statement_time = 0.05; SELECT SLEEP(30)",
            "the role's max_statement_time ended the statement",
        ),
        (
            DatabaseKind::MySql,
            "SELECT a FROM amy",
            "it answered with an error: Table '…' doesn't exist",
        ),
        (
            DatabaseKind::MySql,
            "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'amy is not liked'",
            "a trigger or a function of it refused this",
        ),
    ] {
        let database = OwnDatabase::new(kind);
        let error = Blocking::new().unwrap().run(async {
            match kind {
                DatabaseKind::Postgres => {
                    let mut connection = PgConnection::connect(&database.url).await.unwrap();
                    sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
                }
                _ => {
                    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
                    sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
                }
            }
        });
        let error = error.unwrap_err();
        assert_eq!(servers::reason(&error), reason);
        assert!(!servers::is_passing_trouble(&error), "{error:?}");
        let logged = servers::Said(error).to_string();
        assert!(!logged.contains("amy"), "{logged}");
    }
}

#[test]
fn an_output_behind_a_pool_of_others_leaves_nothing_in_its_sessions() {
    let pool = Pool::start("extra_float_digits");
    let database = OwnDatabase::new(DatabaseKind::Postgres);
    let mut task = Task::new(&database, "t1");
    task.sink = open_sink(&pool.url(&database), LEASE).unwrap();
    task.sink.prepare().unwrap();
    task.announce();
    task.begin().unwrap();
    let mut writer = task.writer();
    for no in 1..4 {
        commit(&mut writer, 0, no, &[POST]).unwrap();
        pool.assert_clean(&database);
    }
    let later = task.taken_over();
    later.begin().unwrap();
    let refused = commit(&mut writer, 0, 4, &[POST]).unwrap_err();
    assert!(matches!(refused, SinkError::Fenced), "{refused:?}");
    later.publish(Conflict::MajorityFirst).unwrap();
    pool.assert_clean(&database);
    assert_eq!(later.ids(), ["7 /male"]);
    assert_eq!(later.sink.sample("t1", "fb fans", 9).unwrap().len(), 1);
    pool.assert_clean(&database);
}
