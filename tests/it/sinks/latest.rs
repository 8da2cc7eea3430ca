//! What readers find without the id of a task, and how fast.

use audience::systems::labelling::panels::{Conflict, Lineage, Publication};

use super::task::{Post, Task};
use crate::support::{DatabaseKind, OwnDatabase, on_each_kind};

fn post(id: &str) -> Post<'_> {
    (1, id, "amy", "2020-01-01 00:00:00", "x", &[0])
}

/// Publishes a row of this id from a rule set and a table.
fn publish(task: &Task, id: &str, rule_set: &str, table: &str) {
    task.stage(1, &[post(id)]).unwrap();
    let lineage = Lineage {
        rule_set: rule_set.to_owned(),
        source: "wh".to_owned(),
        table: table.to_owned(),
        version: None,
    };
    task.publish_as(&Publication {
        lineage: Some(lineage),
        ..task.publication(Conflict::KeepAll)
    })
    .unwrap();
}

fn shown(database: &OwnDatabase) -> Vec<String> {
    let view = database.quoted("latest_panels_Ptt");
    database.texts(&format!("SELECT id FROM {view} ORDER BY id"))
}

#[test]
fn a_view_shows_the_newest_task_of_each_rule_set_and_table() {
    on_each_kind(|database| {
        let first = Task::begun(database, "t9");
        publish(&first, "1", "food", "posts");
        assert_eq!(shown(database), ["1"]);
        publish(&Task::begun(database, "t2"), "2", "food", "comments");
        publish(&Task::begun(database, "t3"), "3", "cars", "posts");
        assert_eq!(shown(database), ["1", "2", "3"]);
        publish(&Task::begun(database, "t1"), "4", "food", "posts");
        assert_eq!(shown(database), ["2", "3", "4"]);
        // A task that has run again is the newest one.
        let mut again = first.clone();
        again.fence.generation += 1;
        again.begin().unwrap();
        publish(&again, "5", "food", "posts");
        assert_eq!(shown(database), ["2", "3", "5"]);
        // One that was removed leaves its place to the one before.
        database.run("DELETE FROM state WHERE task_id = 't9'");
        assert_eq!(shown(database), ["2", "3", "4"]);
        // The result as readers know it, and what it was made from.
        let columns = database.columns("latest_panels_Ptt").join(", ");
        assert_eq!(
            columns,
            "id, task_id, source_author, panel, create_time, field_content, match_content, \
             match_meta, rule_set, source, source_table"
        );
    });
}

#[test]
fn an_output_of_an_earlier_version_gets_its_views_too() {
    on_each_kind(|database| {
        let task = Task::begun(database, "t1");
        publish(&task, "1", "food", "posts");
        for group in &task.layout.groups {
            let view = database.quoted(&format!("latest_panels_{group}"));
            database.run(&format!("DROP VIEW {view}"));
        }
        database.run("DROP TABLE audience_output_published");
        publish(&Task::begun(database, "t2"), "2", "food", "posts");
        assert_eq!(shown(database), ["2"]);
    });
}

#[test]
fn a_table_in_the_place_of_a_view_is_left_alone() {
    on_each_kind(|database| {
        let view = database.quoted("latest_panels_Ptt");
        database.run(&format!("CREATE TABLE {view} (id VARCHAR(9))"));
        let task = Task::begun(database, "t1");
        publish(&task, "1", "food", "posts");
        assert_eq!(task.ids(), ["1 /male"]);
        assert!(shown(database).is_empty());
    });
}

#[test]
fn result_tables_have_the_indexes_that_readers_ask_for() {
    on_each_kind(|database| {
        Task::begun(database, "t1");
        let indexed = database.texts(match database.kind {
            DatabaseKind::Sqlite => {
                "SELECT columns.name FROM pragma_index_list('wh_panel_mapping_Ptt') AS indexes
                 JOIN pragma_index_info(indexes.name) AS columns ORDER BY 1"
            }
            DatabaseKind::Postgres => {
                "SELECT CAST(attname AS TEXT) FROM pg_index
                 JOIN pg_attribute ON attrelid = indexrelid
                 WHERE indrelid = CAST('\"wh_panel_mapping_Ptt\"' AS regclass) ORDER BY 1"
            }
            DatabaseKind::MySql => {
                "SELECT column_name FROM information_schema.statistics
                 WHERE table_schema = DATABASE() AND table_name = 'wh_panel_mapping_Ptt'
                   AND seq_in_index = 1 ORDER BY 1"
            }
        });
        assert_eq!(indexed, ["panel", "source_author", "task_id"]);
    });
}
