//! What the original program leaves in an output.

use super::{DatabaseKind, OwnDatabase};

/// The task that it has run.
pub(crate) const OLD_TASK: &str = "0123456789abcdef0123456789abcdef";

/// The tables of the original in one of its versions, with a task.
pub(crate) fn left_by_original(database: &OwnDatabase, version: &str) {
    let (time, text, number) = match database.kind {
        DatabaseKind::Postgres => ("TIMESTAMP", "TEXT", "REAL"),
        DatabaseKind::MySql => ("DATETIME", "LONGTEXT", "FLOAT"),
        DatabaseKind::Sqlite => ("DATETIME", "TEXT", "FLOAT"),
    };
    let end = match database.kind {
        DatabaseKind::MySql => "CHARACTER SET utf8mb4",
        DatabaseKind::Postgres | DatabaseKind::Sqlite => "",
    };
    let (rate, error, no_error) = match version {
        "2.1" => ("INT", String::new(), ""),
        _ => ("TEXT", format!(", error_message {text}"), ", NULL"),
    };
    database.run(&format!(
        "CREATE TABLE state (task_id VARCHAR(32), stat VARCHAR(32), prod_stat VARCHAR(10),
             model_type VARCHAR(32), predict_type VARCHAR(32), date_range {text},
             target_table VARCHAR(32), create_time {time}, peak_memory {number},
             length_receive_table INT, length_output_table INT,
             length_prod_table VARCHAR(100), result {text}, uniq_source_author VARCHAR(100),
             rate_of_label {rate}, run_time {number}, check_point {time}{error}) {end};
         INSERT INTO state VALUES ('{OLD_TASK}', 'SUCCESS', 'finish', 'keyword_model', 'author_name',
             '2019-01-01 00:00:00 - 2020-01-01 00:00:00', 'wh', '2019-05-05 01:02:03', 12.3,
             10, 5, '1', 'Ptt', '4', '25', 0.5, NULL{no_error})"
    ));
    for table in ["wh_panel_mapping_Ptt", "Ptt"] {
        let table = database.quoted(table);
        database.run(&format!(
            "CREATE TABLE {table} (id VARCHAR(32), task_id VARCHAR(32), source_author {text},
                 panel VARCHAR(200), create_time {time}, field_content {text},
                 match_content {text}) {end};
             INSERT INTO {table} VALUES
                 ('1', '{OLD_TASK}', 'WH_1_amy', '/male', '2019-03-03 04:05:06', 'WH_1', '媽媽'),
                 ('2', '{OLD_TASK}', 'WH_1_bob', '/male', NULL, NULL, NULL)"
        ));
    }
}
