//! Statements that all output databases understand, and what they keep in one column.
//!
//! Values are written as `?1`, `?2`, …; see `tables::Session`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Result, STATE_TABLE, SinkError, Stat, StateChange};
use crate::tables::Dialect;

/// The columns of staging and result tables.
pub(super) const GROUP_COLUMNS: &str = "id, task_id, source_author, panel, create_time, \
    field_content, match_content, match_meta";

pub(super) const STATE_COLUMNS: &str = "task_id, stat, prod_stat, model_type, predict_type, \
    date_range, target_table, create_time, peak_memory, length_receive_table, \
    length_output_table, length_prod_table, result, uniq_source_author, rate_of_label, run_time, \
    check_point, error_message";

/// Those of `state` behind the others, which earlier versions and the original program do not have.
pub(super) const RULE_SET_COLUMNS: &str = "rule_set, rule_set_version";

/// The columns to read of result tables, as texts.
pub(super) fn group_columns(dialect: &dyn Dialect) -> String {
    GROUP_COLUMNS.replace("create_time", &dialect.as_text("create_time"))
}

/// The columns to read of `state`; its times as texts.
pub(super) fn state_columns(dialect: &dyn Dialect) -> String {
    STATE_COLUMNS
        .replace("create_time", &dialect.as_text("create_time"))
        .replace("check_point", &dialect.as_text("check_point"))
        + ", "
        + RULE_SET_COLUMNS
}

/// A time as it is published, from what `Dialect::as_text` returns.
pub(super) fn spelled(mut time: String) -> String {
    const WHOLE_SECONDS: usize = "YYYY-MM-DD HH:MM:SS".len();
    if let Some((text, "")) = time.split_once(" BC")
        && let Some(rest) = text.strip_prefix("0001-")
    {
        time = format!("0000-{rest}");
    }
    let (end, fraction) = match time.as_bytes() {
        [_, .., b'0'] => (time.trim_end_matches('0').len(), time.get(WHOLE_SECONDS..)),
        _ => return time,
    };
    let digits = fraction.and_then(|fraction| fraction.strip_prefix('.'));
    if digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit())) {
        time.truncate(match end == WHOLE_SECONDS + 1 {
            true => WHOLE_SECONDS,
            false => end,
        });
    }
    time
}

pub(super) const GENERATION: &str =
    "SELECT generation FROM audience_output_task WHERE task_id = ?1";

pub(super) const RAISE_FENCE: &str =
    "UPDATE audience_output_task SET epoch = ?2 WHERE task_id = ?1 AND epoch <= ?2";

pub(super) const RAISE_FENCE_WITH_FIGURES: &str =
    "UPDATE audience_output_task SET epoch = ?2, figures = ?3
     WHERE task_id = ?1 AND epoch <= ?2";

pub(super) const INSERT_TASK: &str =
    "INSERT INTO audience_output_task (task_id, epoch, generation, figures, published)
     VALUES (?1, ?2, ?3, ?4, 0)";

pub(super) const FORGET_BATCHES: [&str; 3] = [
    FORGET_CHECKPOINTS,
    FORGET_AUTHORS,
    "DELETE FROM audience_beside WHERE task_id = ?1",
];

/// What belongs to the slices of an ended task and not to its result.
pub(super) const SWEEP_BATCHES: [&str; 3] = [
    FORGET_CHECKPOINTS,
    FORGET_AUTHORS,
    "DELETE FROM audience_beside WHERE task_id = ?1 AND (
         kind = 'health' OR NOT EXISTS (
             SELECT 1 FROM audience_output_task AS task
             WHERE task.task_id = ?1 AND task.published = 1))",
];

const FORGET_CHECKPOINTS: &str = "DELETE FROM audience_output_batch WHERE task_id = ?1";

/// From now on it has published nothing.
pub(super) const UNPUBLISH_TASK: &str =
    "UPDATE audience_output_task SET published = 0 WHERE task_id = ?1";

pub(super) const FORGET_STATE: &str = "DELETE FROM state WHERE task_id = ?1";

pub(super) const FORGET_TASK: &str = "DELETE FROM audience_output_task WHERE task_id = ?1";

pub(super) const FORGET_AUTHORS: &str = "DELETE FROM audience_output_author WHERE task_id = ?1";

/// What it has published (1) stays readable, as the result of an earlier generation (2).
pub(super) const RESTART_TASK: &str =
    "UPDATE audience_output_task SET generation = ?2, figures = ?3,
         published = CASE WHEN published = 0 THEN 0 ELSE 2 END
     WHERE task_id = ?1";

pub(super) const PUBLISHED_TASK: &str =
    "UPDATE audience_output_task SET figures = ?2, published = 1 WHERE task_id = ?1";

pub(super) const PROGRESS: &str =
    "SELECT figures, published FROM audience_output_task WHERE task_id = ?1";

pub(super) const CHECKPOINTS: &str =
    "SELECT batch_no, checkpoint FROM audience_output_batch WHERE task_id = ?1";

pub(super) const FIRST_CHECKPOINT: &str =
    "INSERT INTO audience_output_batch (task_id, batch_no, slices, checkpoint)
     VALUES (?1, ?2, ?3, ?4)";

/// Meets no row unless the slice before it was the last one.
pub(super) const MOVE_CHECKPOINT: &str =
    "UPDATE audience_output_batch SET slices = ?3, checkpoint = ?4
     WHERE task_id = ?1 AND batch_no = ?2 AND slices = ?3 - 1";

pub(super) const INSERT_AUTHORS: &str =
    "INSERT INTO audience_output_author (task_id, batch_no, slice, hashes)
     VALUES (?1, ?2, ?3, ?4)";

pub(super) const AUTHORS: &str = "SELECT hashes FROM audience_output_author WHERE task_id = ?1";

pub(super) const INSERT_BESIDE: &str =
    "INSERT INTO audience_beside (task_id, kind, batch_no, seq, body) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(super) const FORGET_BESIDE_OF_KIND: &str =
    "DELETE FROM audience_beside WHERE task_id = ?1 AND kind = ?2";

pub(super) const BESIDE: &str =
    "SELECT batch_no, seq, body FROM audience_beside WHERE task_id = ?1 AND kind = ?2
     ORDER BY batch_no, seq";

/// For a task that starts over.
pub(super) const FORGET_FIGURES: &str =
    "UPDATE state SET length_receive_table = NULL, length_output_table = NULL,
         length_prod_table = NULL, result = NULL, uniq_source_author = NULL,
         rate_of_label = NULL, check_point = NULL, error_message = NULL
     WHERE task_id = ?1";

/// How a published task stands there, and what its owner should know.
pub(super) const SHOW_PUBLISHED: &str =
    "UPDATE state SET stat = ?2, prod_stat = ?3, error_message = ?4 WHERE task_id = ?1";

/// Of the memory of several processes that worked on a task the largest is shown.
pub(super) fn show_figures(dialect: &dyn Dialect) -> String {
    let greatest = dialect.greatest();
    let check_point = dialect.as_time_or_text(STATE_TABLE, "check_point", "?10");
    format!(
        "UPDATE state SET length_receive_table = ?2, length_output_table = ?3,
             length_prod_table = ?4, result = ?5, uniq_source_author = ?6, rate_of_label = ?7,
             peak_memory = {greatest}(coalesce(peak_memory, 0), ?8), run_time = ?9,
             check_point = coalesce({check_point}, check_point)
         WHERE task_id = ?1"
    )
}

pub(super) fn prod_stat(published_rows: u64) -> &'static str {
    if published_rows == 0 {
        "no_data"
    } else {
        "finish"
    }
}

/// Adds a pending task to `state`, from its id, `stat` and header.
pub(super) fn announce(dialect: &dyn Dialect) -> String {
    let create_time = dialect.as_time_or_text(STATE_TABLE, "create_time", "?7");
    format!(
        "INSERT INTO state (
             task_id, stat, model_type, predict_type, date_range, target_table, create_time,
             {RULE_SET_COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, {create_time}, ?8, ?9)"
    )
}

/// How to change a task's row in `state`: the statement, `stat` as `?2` and a text as `?3`.
pub(super) fn change<'c>(
    dialect: &dyn Dialect,
    change: &'c StateChange,
) -> (String, Stat, Option<&'c str>) {
    // A published task stays so, also when its process died right after.
    let unpublished = "AND NOT EXISTS (SELECT 1 FROM audience_output_task AS task
                                       WHERE task.task_id = ?1 AND task.published = 1)";
    let check_point = dialect.as_time_or_text(STATE_TABLE, "check_point", "?3");
    let labelled = format!("check_point = {check_point}, error_message = NULL, prod_stat = NULL");
    let (set, condition, stat, text) = match change {
        StateChange::Started => (
            "error_message = ?3, prod_stat = NULL",
            unpublished,
            Stat::Started,
            None,
        ),
        StateChange::Labelled { check_point } => (
            labelled.as_str(),
            unpublished,
            Stat::Success,
            Some(check_point),
        ),
        StateChange::LabellingFailed { error_message } => {
            ("error_message = ?3", "", Stat::Failure, Some(error_message))
        }
        StateChange::PublishingFailed { error_message } => (
            "error_message = ?3, prod_stat = 'failure'",
            "",
            Stat::Failure,
            Some(error_message),
        ),
        StateChange::Aborted => ("error_message = ?3", unpublished, Stat::Break, None),
    };
    let sql = format!("UPDATE state SET stat = ?2, {set} WHERE task_id = ?1 {condition}");
    (sql, stat, text.map(String::as_str))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(corrupt)
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(corrupt)
}

pub(super) fn corrupt(error: impl ToString) -> SinkError {
    SinkError::Corrupt {
        reason: error.to_string(),
    }
}

/// Hashes of authors as they are stored: eight bytes each, the lowest first.
pub(super) fn to_bytes(hashes: &[u64]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

pub(super) fn hashes_in(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().map(|eight| u64::from_le_bytes(*eight))
}
