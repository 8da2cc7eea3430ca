//! The bodies of the answers.

use poem_openapi::{Object, Union};

use crate::systems::labelling::StateRow;
use crate::systems::labelling::api::samples::SampleRow;

/// The outcome of `create_task`.
#[derive(Object)]
pub(crate) struct TaskCreated {
    /// 200, or 400, 501, 503, 500.
    error_code: u16,
    /// The configuration as understood, or a sentence that says what is wrong.
    error_message: UnderstoodOrText,
}

#[derive(Union)]
enum UnderstoodOrText {
    Understood(Box<Understood>),
    Text(String),
}

/// A labelling request as it was understood.
#[derive(Object)]
struct Understood {
    model_type: String,
    predict_type: String,
    /// The fields that a mixed model names itself; left out if it names none.
    #[oai(rename = "in")]
    fields: Option<Vec<String>>,
    start_time: String,
    end_time: String,
    target_schema: String,
    target_table: String,
    output_schema: String,
    countdown: u32,
    queue: String,
    /// Null where a model labels, as the version and the number of rules.
    rule_set: Option<String>,
    rule_set_version: Option<String>,
    labels: Vec<String>,
    row_labels: String,
    exclusive: bool,
    author_conflict: String,
    /// How many there are.
    rules: Option<u64>,
    /// The model that labels; left out where rules do, as its version and the score that is enough.
    model: Option<String>,
    model_version: Option<i32>,
    min_score: Option<f64>,
    /// `<start_time> - <end_time>`.
    date_range: String,
    /// 32 lower-case hexadecimal digits.
    task_id: String,
    /// What seems odd about the rules; left out if nothing does.
    warnings: Option<Vec<String>>,
}

/// The newest tasks.
#[derive(Object)]
pub(crate) struct TaskList {
    /// 200 or 500.
    pub error_code: u16,
    pub error_message: String,
    /// Left out when there is an error.
    #[oai(skip_serializing_if_is_none)]
    pub content: Option<Vec<TaskState>>,
}

/// The outcome of `check_status`.
#[derive(Union)]
pub(crate) enum StatusOrOutcome {
    Status(TaskStatus),
    Outcome(Outcome),
}

/// Where a task is.
#[derive(Object)]
pub(crate) struct TaskStatus {
    /// 200.
    pub error_code: u16,
    pub error_message: String,
    /// `PENDING`, `STARTED`, `SUCCESS`, `FAILURE` or `BREAK`.
    pub status: String,
    /// `finish`, `no_data`, `failure`, or null before the end.
    pub prod_status: Option<String>,
    /// Groups that have rows, joined by commas.
    pub result: Option<String>,
}

/// A sample of what a task published.
#[derive(Object)]
pub(crate) struct TaskSample {
    /// 200, 400, 404 or 500.
    pub error_code: u16,
    /// Rows, or a sentence that says what is wrong.
    pub error_message: RowsOrText,
}

#[derive(Union)]
pub(crate) enum RowsOrText {
    Rows(Vec<SampleRow>),
    Text(String),
}

/// What an operation did.
#[derive(Object)]
pub(crate) struct Outcome {
    /// 200, or 400, 404, 500.
    pub error_code: u16,
    pub error_message: String,
}

/// A row of the table `state`.
#[derive(Object)]
pub(crate) struct TaskState {
    task_id: String,
    /// `PENDING`, `STARTED`, `SUCCESS`, `FAILURE` or `BREAK`.
    stat: String,
    /// `finish`, `no_data`, `failure`, or null before the end.
    prod_stat: Option<String>,
    model_type: String,
    predict_type: String,
    /// `<start_time> - <end_time>`.
    date_range: String,
    /// Name of the source.
    target_table: String,
    create_time: String,
    /// In MB.
    peak_memory: Option<f64>,
    length_receive_table: Option<i64>,
    length_output_table: Option<i64>,
    /// Published rows of each group of `result`, joined by commas.
    length_prod_table: Option<String>,
    /// Groups that have rows, joined by commas.
    result: Option<String>,
    /// Authors of each group of `result`, joined by commas.
    uniq_source_author: Option<String>,
    /// Per cent, of each group of `result`, joined by commas.
    rate_of_label: Option<String>,
    /// In minutes.
    run_time: Option<f64>,
    /// Everything up to this `post_time` is durably labelled.
    check_point: Option<String>,
    error_message: Option<String>,
    /// The rule set that labels, if it has versions or is a mixed model.
    #[oai(skip_serializing_if_is_none)]
    rule_set: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    rule_set_version: Option<String>,
}

impl Outcome {
    pub fn new(error_code: u16, error_message: impl Into<String>) -> Self {
        Self {
            error_code,
            error_message: error_message.into(),
        }
    }
}

impl From<StateRow> for TaskState {
    fn from(row: StateRow) -> Self {
        let StateRow {
            task_id,
            stat,
            prod_stat,
            model_type,
            predict_type,
            date_range,
            target_table,
            create_time,
            peak_memory,
            length_receive_table,
            length_output_table,
            length_prod_table,
            result,
            uniq_source_author,
            rate_of_label,
            run_time,
            check_point,
            error_message,
            rule_set,
            rule_set_version,
        } = row;
        Self {
            task_id,
            stat,
            prod_stat,
            model_type,
            predict_type,
            date_range,
            target_table,
            create_time,
            peak_memory,
            length_receive_table,
            length_output_table,
            length_prod_table,
            result,
            uniq_source_author,
            rate_of_label,
            run_time,
            check_point,
            error_message,
            rule_set,
            rule_set_version,
        }
    }
}
