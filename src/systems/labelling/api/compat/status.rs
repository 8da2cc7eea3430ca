//! The words and sentences that this API has for states and errors.

use entity::{JobState, job};

use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::systems::labelling::panels::UnknownOutput;
use crate::systems::labelling::posts::UnknownSource;
use crate::systems::labelling::{LabellingError, StateRow};

/// `status` of a task. Of one that runs, or waits between its steps, its row in `state` says how
/// far it is; a row that was not reached in time must not contradict how the job ended.
pub(crate) fn status(job: &job::Model, row: Option<&StateRow>) -> String {
    if job.cancel_requested && !job.state.has_ended() {
        return word(JobState::Cancelled).to_owned();
    }
    match row {
        Some(row) if matches!(job.state, JobState::Running | JobState::Parked) => row.stat.clone(),
        _ => word(job.state).to_owned(),
    }
}

/// The word of `state` for the state of a job.
pub(crate) fn word(state: JobState) -> &'static str {
    match state {
        JobState::Blocked | JobState::Queued => "PENDING",
        JobState::Running | JobState::Parked => "STARTED",
        JobState::Succeeded => "SUCCESS",
        JobState::Failed | JobState::Skipped => "FAILURE",
        JobState::Cancelled => "BREAK",
    }
}

/// Code and message of a task that was not created.
pub(crate) fn not_created(error: &LabellingError) -> (u16, String) {
    let why = why(error);
    match error {
        LabellingError::StartNotBeforeEnd
        | LabellingError::TimeOutOfRange
        | LabellingError::NoLedgerOfModelType
        | LabellingError::NotIncremental { .. } => (400, why),
        LabellingError::Rules(_)
        | LabellingError::UnknownRuleSet { .. }
        | LabellingError::UnreadableRules { .. }
        | LabellingError::FaultyRules { .. }
        | LabellingError::NotMixed { .. }
        | LabellingError::FieldsTwice
        | LabellingError::Uncompilable(_)
        | LabellingError::UnusableModel { .. }
        | LabellingError::NoRules { .. } => not_read(&why),
        LabellingError::Model(_) | LabellingError::RuleSet(_)
            if error.kind() == ErrorKind::Invalid =>
        {
            not_read(&why)
        }
        LabellingError::UnknownOutput(_)
        | LabellingError::Sink(_)
        | LabellingError::Output { .. }
        | LabellingError::OutputSilent
        | LabellingError::NoOutput { .. } => (
            503,
            format!("Cannot connect to output schema, additional error message: {why}"),
        ),
        LabellingError::Model(_)
        | LabellingError::RuleSet(_)
        | LabellingError::NotInTask { .. }
        | LabellingError::UnknownSource(_)
        | LabellingError::Source { .. }
        | LabellingError::Groups(_)
        | LabellingError::Flow(_)
        | LabellingError::Store(_)
        | LabellingError::Unstorable { .. }
        | LabellingError::ThreadLost => (
            500,
            format!("failed to start a labeling task, additional error message: {why}"),
        ),
    }
}

/// What labels cannot be used: callers know one sentence for rules, whatever stands in their place.
fn not_read(why: &str) -> (u16, String) {
    (
        501,
        format!(
            "Cannot read pattern file, probably unknown file path or file is not exist, \
             additional error message: {why}"
        ),
    )
}

/// What went wrong. Callers know one sentence for all troubles of the engine's database, and sources and
/// outputs by the names of the body.
pub(crate) fn why(error: &LabellingError) -> String {
    match error {
        LabellingError::Store(_) => error.to_string(),
        LabellingError::UnknownSource(UnknownSource::Source { name, known }) => {
            format!("target schema `{name}` is not in the settings; known are: {known}")
        }
        LabellingError::UnknownSource(UnknownSource::Table {
            source_name,
            table,
            known,
        }) => format!(
            "target table `{table}` of `{source_name}` is not in the settings; known are: {known}"
        ),
        LabellingError::UnknownOutput(UnknownOutput { name, known }) => {
            format!("output schema `{name}` is not in the settings; known are: {known}")
        }
        _ => error.public_message(),
    }
}

pub(crate) fn is_queue_full(error: &LabellingError) -> bool {
    matches!(error, LabellingError::Store(StoreError::QueueFull { .. }))
}

/// The message for an invalid id.
pub(crate) fn malformed(id: &str, reason: &entity::ParseJobIdError) -> String {
    format!("{id} is not in proper format, {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::store::example_job;
    use entity::JobId;

    fn job(state: JobState, cancel_requested: bool) -> job::Model {
        job::Model {
            state,
            cancel_requested,
            ..example_job()
        }
    }

    #[test]
    fn the_row_in_state_is_what_callers_see() {
        let row = |stat: &str| StateRow {
            stat: stat.to_owned(),
            ..StateRow::default()
        };
        let running = job(JobState::Running, false);
        assert_eq!(status(&running, Some(&row("SUCCESS"))), "SUCCESS");
        assert_eq!(status(&running, None), "STARTED");
        let in_its_countdown = job(JobState::Parked, false);
        assert_eq!(status(&in_its_countdown, Some(&row("SUCCESS"))), "SUCCESS");
        assert_eq!(status(&in_its_countdown, None), "STARTED");
        let cancelled_in_it = job(JobState::Parked, true);
        assert_eq!(status(&cancelled_in_it, Some(&row("SUCCESS"))), "BREAK");
        let stopping = job(JobState::Running, true);
        assert_eq!(status(&stopping, Some(&row("STARTED"))), "BREAK");
        let stopped_too_late = job(JobState::Succeeded, true);
        assert_eq!(status(&stopped_too_late, Some(&row("SUCCESS"))), "SUCCESS");
        assert_eq!(status(&job(JobState::Queued, false), None), "PENDING");
    }

    #[test]
    fn an_error_has_the_code_and_the_words_that_callers_know() {
        let unknown_set = LabellingError::UnknownRuleSet {
            name: "x".to_owned(),
            known: "a, b".to_owned(),
        };
        for (error, code, message) in [
            (
                LabellingError::StartNotBeforeEnd,
                400,
                "start_time must be earlier than end_time",
            ),
            (
                unknown_set,
                501,
                "Cannot read pattern file, probably unknown file path or file is not exist, \
                 additional error message: rule set `x` is not in the settings; known are: a, b",
            ),
            (
                LabellingError::ThreadLost,
                500,
                "failed to start a labeling task, additional error message: a worker thread \
                 ended early",
            ),
        ] {
            assert_eq!(not_created(&error), (code, message.to_owned()));
        }
    }

    #[test]
    fn a_malformed_id_is_answered_with_its_length() {
        let message = |id: &str| malformed(id, &id.parse::<JobId>().unwrap_err());
        assert_eq!(
            message("短短"),
            "短短 is not in proper format, expect 32 digits get 2 digits"
        );
        let upper = "A".repeat(32);
        assert!(
            message(&upper)
                .ends_with("expect 32 lower-case hexadecimal digits, get other characters")
        );
    }
}
