//! What the original program has left in an output.

use audience::systems::labelling::panels::{
    AdoptedTable, Adoption, Conflict, Layout, Sink, SinkError, open_sink,
};

use super::task::{Post, Task};
use crate::support::{DatabaseKind, LEASE, OLD_TASK, OwnDatabase, left_by_original, on_each_kind};

const POST: Post<'_> = (0, "7", "amy", "2020-01-01 00:00:00", "x", &[0]);

fn opened(database: &OwnDatabase) -> Sink {
    open_sink(&database.url, LEASE).unwrap()
}

fn adopted(sink: &Sink) -> Vec<AdoptedTable> {
    sink.adopt(&Task::layout(), Adoption::Copy).unwrap()
}

/// `id create_time match_content` of what the old task has published.
fn old_rows(sink: &Sink, group: &str) -> Vec<String> {
    let mut rows = Vec::new();
    sink.read_results(OLD_TASK, group, &mut |row| {
        rows.push(format!(
            "{} {} {}",
            row.id, row.create_time, row.match_content
        ));
        true
    })
    .unwrap();
    rows.sort();
    rows
}

fn of_original(refused: Result<(), SinkError>, table: &str) {
    let error = refused.unwrap_err();
    assert!(matches!(&error, SinkError::OfOriginal { table: found } if found == table));
    assert!(error.public_message().contains("audience migrate --adopt"));
    assert!(!error.is_transient());
}

#[test]
fn outputs_of_both_versions_of_the_original_are_adopted() {
    for version in ["2.1", "2.2"] {
        on_each_kind(|database| {
            left_by_original(database, version);
            let sink = opened(database);
            of_original(sink.prepare(), "state");
            of_original(sink.check(&Task::layout(), &[]), "Ptt");
            if version == "2.1" {
                // The table lacks a column.
                of_original(sink.newest_states(9).map(drop), "state");
                of_original(sink.state_of(OLD_TASK).map(drop), "state");
            }
            let table = |table: &str, rows| AdoptedTable {
                table: table.to_owned(),
                kept_as: format!("{table}_original"),
                rows,
                left_out: 0,
            };
            let expected = [
                table("wh_panel_mapping_Ptt", Some(2)),
                table("Ptt", None),
                table("state", Some(1)),
            ];
            assert_eq!(adopted(&sink), expected);
            // There is nothing left to do.
            assert_eq!(adopted(&sink), []);
            let state = sink.state_of(OLD_TASK).unwrap().unwrap();
            assert_eq!(state.create_time, "2019-05-05 01:02:03");
            assert_eq!(state.rate_of_label.as_deref(), Some("25"));
            assert_eq!((state.check_point, state.error_message), (None, None));
            assert_eq!(state.peak_memory, Some(12.3));
            let rows = ["1 2019-03-03 04:05:06 媽媽", "2  "];
            assert_eq!(old_rows(&sink, "Ptt"), rows);
            assert_eq!(sink.sample(OLD_TASK, "Ptt", 9).unwrap().len(), 2);
            // The output works for tasks of this program.
            let task = Task::begun(database, "t1");
            task.stage(1, &[POST]).unwrap();
            task.publish(Conflict::KeepAll).unwrap();
            assert_eq!(task.ids(), ["7 /male"]);
            assert_eq!(sink.newest_states(9).unwrap().len(), 2);
            assert_eq!(old_rows(&sink, "Ptt"), rows);
        });
    }
}

#[test]
fn ids_that_the_original_could_not_hold_fit_afterwards() {
    on_each_kind(|database| {
        left_by_original(database, "2.2");
        adopted(&opened(database));
        let task = Task::begun(database, "t1");
        let id = "7".repeat(200);
        let post = (1, id.as_str(), "amy", "2020-01-01 00:00:00", "x", &[0][..]);
        task.stage(1, &[post]).unwrap();
        task.publish(Conflict::KeepAll).unwrap();
        assert_eq!(task.ids(), [format!("{id} /male")]);
    });
}

#[test]
fn what_the_original_left_can_be_set_aside() {
    on_each_kind(|database| {
        left_by_original(database, "2.2");
        let sink = opened(database);
        let aside = sink.adopt(&Task::layout(), Adoption::SetAside).unwrap();
        assert_eq!(aside.len(), 3);
        assert!(sink.newest_states(9).unwrap().is_empty());
        assert_eq!(database.count("state_original"), 1);
        assert_eq!(database.count("wh_panel_mapping_Ptt_original"), 2);
        assert_eq!(database.count("Ptt_original"), 2);
        Task::begun(database, "t1").stage(1, &[POST]).unwrap();
        // Of what was set aside nothing is adopted later.
        assert_eq!(adopted(&sink), []);
    });
}

#[test]
fn nothing_is_changed_where_anything_is_unexpected() {
    on_each_kind(|database| {
        left_by_original(database, "2.1");
        database.run("CREATE TABLE state_original (a INTEGER)");
        let other = database.quoted("其他");
        database.run(&format!("CREATE TABLE {other} (id INTEGER, mine INTEGER)"));
        for adoption in [Adoption::Copy, Adoption::SetAside] {
            let refused = opened(database).adopt(&Task::layout(), adoption);
            let message = refused.unwrap_err().public_message();
            for part in ["`state_original`", "`其他`", "id, mine"] {
                assert!(message.contains(part), "{message}");
            }
        }
        for table in ["state", "wh_panel_mapping_Ptt", "Ptt"] {
            assert!(database.count(table) > 0);
        }
    });
}

#[test]
fn what_was_interrupted_is_finished_by_the_next_call() {
    on_each_kind(|database| {
        left_by_original(database, "2.2");
        // One call took over a group, and one that came after it died while it copied the rest.
        let quoted = |name: &str| database.quoted(name);
        let (state, hidden) = (quoted("state"), quoted("hidden"));
        database.run(&format!("ALTER TABLE {state} RENAME TO {hidden}"));
        let sink = opened(database);
        assert_eq!(adopted(&sink).len(), 2);
        database.run(&format!("DROP TABLE {state}"));
        database.run(&format!("ALTER TABLE {hidden} RENAME TO {state}"));
        if database.kind == DatabaseKind::MySql {
            database.run("CREATE TABLE audience_adopting (task_id INTEGER)");
        }
        of_original(sink.prepare(), "state");
        let finished = adopted(&sink);
        assert_eq!(finished.len(), 1);
        assert_eq!((finished[0].rows, finished[0].left_out), (Some(1), 0));
        assert!(database.columns("audience_adopting").is_empty());
        assert_eq!(old_rows(&sink, "Ptt").len(), 2);
        assert!(sink.state_of(OLD_TASK).unwrap().is_some());
    });
}

#[test]
fn groups_that_are_not_in_the_settings_are_adopted_too() {
    on_each_kind(|database| {
        left_by_original(database, "2.1");
        let layout = Layout {
            groups: vec!["fb fans".to_owned()],
        };
        let sink = opened(database);
        assert_eq!(sink.adopt(&layout, Adoption::Copy).unwrap().len(), 3);
        assert_eq!(old_rows(&sink, "Ptt").len(), 2);
    });
}

#[test]
fn rows_of_no_task_and_a_task_twice_are_counted() {
    on_each_kind(|database| {
        left_by_original(database, "2.2");
        let rows = database.quoted("wh_panel_mapping_Ptt");
        database.run(&format!(
            "INSERT INTO {rows} (id, task_id) VALUES ('3', NULL);
             INSERT INTO state (task_id, stat, create_time)
                 VALUES (NULL, 'SUCCESS', NULL), ('{OLD_TASK}', 'FAILURE', '2018-01-01 00:00:00')"
        ));
        let sink = opened(database);
        let left_out = |table: &AdoptedTable| table.left_out;
        let adopted: Vec<_> = adopted(&sink).iter().map(left_out).collect();
        assert_eq!(adopted, [1, 0, 2]);
        let state = sink.state_of(OLD_TASK).unwrap().unwrap();
        assert_eq!(state.stat, "SUCCESS");
    });
}
