//! What a worker says of its task, read and applied.

use std::time::SystemTime;

use entity::DispatchStatus;
use futures_util::future::join_all;
use serde_json::{Map, Value};

use super::bell::Bell;
use super::salvage;
use super::service::DispatchServices;
use super::task_id::TaskId;
use super::told::{self, Via};
use crate::engine::store::{Result, StoreError};
use crate::strict_json;
use crate::systems::dispatch::store::{
    DispatchStore, Progress, Report, Reported, Reporter, TaskReports,
};

/// Why an answer cannot be used, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    pub reason: String,
    /// The task, if that much could be read.
    pub task: Option<TaskId>,
    /// It would have ended the task, which has failed instead.
    pub failure: Option<Box<Answer>>,
}

/// An answer that came over the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub task: TaskId,
    pub report: Report,
}

/// Reads `{"task_id", "status", "message"?, "result"?, "attempt"?}`. An answer that does not name its
/// attempt may have it in a header; what is no attempt there is a header of somebody else.
pub fn read(payload: &[u8], attempt: Option<&str>) -> std::result::Result<Answer, Unusable> {
    let attempt = attempt_of(attempt);
    let mut read = read_plain(payload).map_err(|(reason, task)| {
        let failure = salvage::failure(payload, &reason);
        Unusable {
            failure: failure.map(|(task, report)| Box::new(Answer { task, report })),
            reason,
            task,
        }
    });
    let answer = match &mut read {
        Ok(answer) => Some(answer),
        Err(unusable) => unusable.failure.as_deref_mut(),
    };
    if let Some(Answer { report, .. }) = answer {
        report.attempt = report.attempt.or(attempt);
    }
    read
}

/// The attempt that a header names.
pub(super) fn attempt_of(header: Option<&str>) -> Option<i32> {
    header?.trim().parse().ok()
}

/// The same of an answer that is a member of the object that a body holds.
pub fn read_in(body: &[u8], name: &str) -> Option<std::result::Result<Answer, Unusable>> {
    let members = salvage::members(body);
    let mut named = members.iter().filter(|(member, _)| member == name);
    let (_, answer) = named.next()?;
    named.next().is_none().then(|| read(answer, None))
}

fn read_plain(payload: &[u8]) -> std::result::Result<Answer, (String, Option<TaskId>)> {
    let unusable = |reason: String| (reason, None);
    let value = strict_json::parse(payload)
        .map_err(|reason| unusable(format!("expected JSON: {reason}")))?;
    let Value::Object(mut members) = value else {
        return Err(unusable("expected an object".to_owned()));
    };
    let task_id = text(&mut members, "task_id").map_err(unusable)?;
    let task_id = task_id.ok_or_else(|| unusable("task_id: is missing".to_owned()))?;
    let task: TaskId = task_id
        .parse()
        .map_err(|error| unusable(format!("task_id: {error}, found `{task_id}`")))?;
    match report(&mut members, &task) {
        Ok(report) => Ok(Answer { task, report }),
        Err(reason) => Err((reason, Some(task))),
    }
}

fn report(members: &mut Map<String, Value>, task: &TaskId) -> std::result::Result<Report, String> {
    let status = text(members, "status")?.ok_or("status: is missing")?;
    let status = status_of(&status)
        .ok_or_else(|| format!("status: expected running, finished or failed, found `{status}`"))?;
    let message = text(members, "message")?;
    let result = match members.shift_remove("result") {
        None | Some(Value::Null) => None,
        Some(Value::Object(result)) => Some(Value::Object(result).to_string()),
        Some(_) => return Err("result: expected an object".to_owned()),
    };
    let progress = match members.shift_remove("progress") {
        None | Some(Value::Null) => None,
        Some(share) => {
            let progress = share.as_f64().and_then(Progress::of);
            Some(progress.ok_or("progress: expected a number from 0 to 1")?)
        }
    };
    let attempt = match members.shift_remove("attempt") {
        None | Some(Value::Null) => None,
        Some(attempt) => {
            let number = attempt.as_u64().and_then(|attempt| attempt.try_into().ok());
            Some(number.ok_or("attempt: expected a whole number from 0 to 2147483647")?)
        }
    };
    Ok(Report {
        job: task.job.clone(),
        status,
        message,
        result,
        progress,
        attempt,
        by: Reporter::Anybody,
    })
}

fn text(
    members: &mut Map<String, Value>,
    name: &str,
) -> std::result::Result<Option<String>, String> {
    match members.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{name}: expected a string")),
    }
}

/// A status that workers report.
pub fn status_of(word: &str) -> Option<DispatchStatus> {
    let reported = [
        DispatchStatus::Running,
        DispatchStatus::Finished,
        DispatchStatus::Failed,
    ];
    reported.into_iter().find(|status| status.as_str() == word)
}

/// In place of characters that cannot be stored.
pub(super) const REPLACEMENT: &str = "\u{FFFD}";

/// Reports on one task, in the order in which they came, each with the way that it came.
#[derive(Clone, Debug)]
pub struct Reports {
    pub task: TaskId,
    pub reports: Vec<(Report, Via)>,
}

/// Applies a report to its task. A task of another service than its id says is unknown.
pub async fn apply(
    store: &DispatchStore,
    services: &DispatchServices,
    bell: &Bell,
    task: &TaskId,
    report: Report,
    via: Via,
) -> Result<Reported> {
    let reports = Reports {
        task: task.clone(),
        reports: vec![(report, via)],
    };
    let outcome = apply_all(store, services, bell, &[reports]).await.pop();
    let mut reported = outcome.unwrap_or(Err(StoreError::Closed))?;
    Ok(reported.pop().unwrap_or(Reported::Unknown))
}

/// Applies reports to their tasks, all together, and returns what became of each. Those on one task
/// are applied all or not at all.
pub async fn apply_all(
    store: &DispatchStore,
    services: &DispatchServices,
    bell: &Bell,
    tasks: &[Reports],
) -> Vec<Result<Vec<Reported>>> {
    let began = SystemTime::now();
    let outcomes = store
        .report_all(tasks.iter().map(|task| task.storable(services)).collect())
        .await;
    let mut reported = outcomes.iter().flatten().flatten();
    if reported.any(|reported| *reported == Reported::Done) {
        bell.ring();
    }
    let done = tasks.iter().zip(&outcomes);
    let done = done.filter_map(|(task, outcome)| Some((task, outcome.as_ref().ok()?)));
    let spans = done.flat_map(|(Reports { task, reports }, reported)| {
        let reports = reports.iter().zip(reported);
        reports.map(move |((report, via), reported)| {
            told::reported(store, task, report, reported, *via, began)
        })
    });
    join_all(spans).await;
    outcomes
}

impl Reports {
    fn storable(&self, services: &DispatchServices) -> TaskReports {
        let reports = self.reports.iter().map(|(report, _)| Report {
            // PostgreSQL has no texts with NUL.
            message: report
                .message
                .as_ref()
                .map(|message| message.replace('\0', REPLACEMENT)),
            ..report.clone()
        });
        TaskReports {
            job: self.task.job.clone(),
            service: self.task.service.clone(),
            patience: services.patience(&self.task.service),
            reports: reports.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::JobId;

    #[test]
    fn an_answer_is_read() {
        let task_id = format!("ts_aaa_{}", JobId::new());
        let text = format!(
            r#"{{"task_id":"{task_id}","status":"finished","message":"m","result":{{"a":1}},"attempt":2,"worker":"w"}}"#
        );
        let answer = read(text.as_bytes(), None).unwrap();
        assert_eq!(answer.task.to_string(), task_id);
        assert_eq!(answer.report.status, DispatchStatus::Finished);
        assert_eq!(answer.report.result.as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(answer.report.attempt, Some(2));
    }

    #[test]
    fn the_attempt_is_that_of_the_answer_or_else_of_its_header() {
        let id = format!("ts_aaa_{}", JobId::new());
        let with = |member: &str, header| {
            let text = format!(r#"{{"task_id":"{id}","status":"running"{member}}}"#);
            read(text.as_bytes(), header).unwrap().report.attempt
        };
        for (member, header, expected) in [
            ("", None, None),
            ("", Some("2"), Some(2)),
            ("", Some("x"), None),
            ("", Some(""), None),
            ("", Some("99999999999"), None),
            (r#","attempt":null"#, Some("2"), Some(2)),
            (r#","attempt":3"#, Some("2"), Some(3)),
            (r#","attempt":3"#, Some("x"), Some(3)),
        ] {
            assert_eq!(with(member, header), expected, "{member} {header:?}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let id = format!("ts_aaa_{}", JobId::new());
        for (payload, told) in [
            ("", "expected JSON"),
            ("\u{0}", "expected JSON"),
            ("[]", "expected an object"),
            ("{}", "task_id: is missing"),
            (r#"{"task_id":5}"#, "task_id: expected a string"),
            (r#"{"task_id":"x"}"#, "task_id: expected ts_"),
            (&format!(r#"{{"task_id":"{id}"}}"#), "status: is missing"),
            (
                &format!(r#"{{"task_id":"{id}","status":"waiting"}}"#),
                "status: expected running, finished or failed, found `waiting`",
            ),
            (
                &format!(r#"{{"task_id":"{id}","status":"finished","result":[1]}}"#),
                "result: expected an object",
            ),
            (
                &format!(r#"{{"task_id":"{id}","status":"failed","attempt":"1"}}"#),
                "attempt: expected a whole number",
            ),
        ] {
            let reason = read(payload.as_bytes(), None).unwrap_err().reason;
            assert!(reason.starts_with(told), "{payload}: {reason}");
        }
        let unusable = read(format!(r#"{{"task_id":"{id}"}}"#).as_bytes(), None).unwrap_err();
        assert_eq!(unusable.task.unwrap().to_string(), id);
    }
}
