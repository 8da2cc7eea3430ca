//! The body of an action on many jobs.

use entity::{JobId, JobState};
use poem_openapi::Object;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::engine::bulk::{BulkAction, Choice, StoredFilter};
use crate::http::body::Body;
use crate::http::error::Failure;

const IDS_MAX: usize = 1_000;

/// As in `GET /v1/jobs`.
const STARTER_CHARS_MAX: usize = 255;
const TEXT_CHARS_MAX: usize = 200;

/// What to do, with which jobs: either `jobs` or `filter`.
#[derive(Object, Deserialize)]
pub(super) struct BulkRequest {
    /// `cancel` or `rerun`.
    #[oai(validator(pattern = "^(cancel|rerun)$"))]
    action: String,
    /// Their ids.
    #[oai(validator(min_items = 1, max_items = 1000))]
    jobs: Option<Vec<String>>,
    filter: Option<BulkFilter>,
}

impl Body for BulkRequest {}

/// The filters of `GET /v1/jobs`; without any: all jobs. Without a state, `cancel` is about unfinished
/// jobs only.
#[derive(Object, Deserialize)]
struct BulkFilter {
    state: Option<String>,
    flow: Option<String>,
    queue: Option<String>,
    #[oai(validator(max_length = 255))]
    started_by: Option<String>,
    #[oai(validator(max_length = 200))]
    q: Option<String>,
    /// A date or a moment (RFC 3339).
    from: Option<String>,
    /// The same.
    to: Option<String>,
}

impl BulkRequest {
    pub fn read(self) -> Result<(BulkAction, Choice), Failure> {
        let mut actions = BulkAction::ALL.into_iter();
        let action = actions.find(|action| action.as_str() == self.action);
        let action = action.ok_or_else(|| Failure::invalid("action: expected cancel or rerun"))?;
        let choice = match (self.jobs, self.filter) {
            (Some(jobs), None) => Choice::Jobs(ids(jobs)?),
            (None, Some(filter)) => Choice::Filter(filter.read(action)?),
            _ => return Err(Failure::invalid("body: expected either jobs or filter")),
        };
        Ok((action, choice))
    }
}

/// The newest first, each once.
fn ids(texts: Vec<String>) -> Result<Vec<JobId>, Failure> {
    if !(1..=IDS_MAX).contains(&texts.len()) {
        let detail = format!("jobs: expected 1 to {IDS_MAX} ids; more are chosen by a filter");
        return Err(Failure::invalid(detail));
    }
    let read = texts.iter().enumerate().map(|(no, id)| {
        let wrong = |_| Failure::invalid(format!("jobs[{no}]: expected the id of a job"));
        id.parse::<JobId>().map_err(wrong)
    });
    let mut ids = read.collect::<Result<Vec<JobId>, Failure>>()?;
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.dedup();
    Ok(ids)
}

impl BulkFilter {
    fn read(self, action: BulkAction) -> Result<StoredFilter, Failure> {
        let moment = |name: &str, text: Option<String>| {
            let wrong = || {
                let expected = "expected a date or a moment (RFC 3339)";
                Failure::invalid(format!("filter.{name}: {expected}"))
            };
            let text = text.filter(|text| !text.is_empty());
            text.map(|text| clock::parse(&text).ok_or_else(wrong))
                .transpose()
        };
        let state = self.state.filter(|state| !state.is_empty());
        if let Some(state) = &state
            && state.parse::<JobState>().is_err()
        {
            let all: Vec<&str> = JobState::ALL.iter().map(|state| state.as_str()).collect();
            let detail = format!("filter.state: expected {}", all.join(", "));
            return Err(Failure::invalid(detail));
        }
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let texts = [
            ("started_by", &self.started_by, STARTER_CHARS_MAX),
            ("q", &self.q, TEXT_CHARS_MAX),
        ];
        for (name, text, most) in texts {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > most)
            {
                let detail = format!("filter.{name}: expected at most {most} characters");
                return Err(Failure::invalid(detail));
            }
        }
        Ok(StoredFilter {
            is_unfinished: action == BulkAction::Cancel && state.is_none(),
            state,
            flow: some(self.flow),
            queue: some(self.queue),
            started_by: some(self.started_by),
            text: some(self.q),
            from: moment("from", self.from)?,
            to: moment("to", self.to)?,
            // What comes from now on is not meant.
            until: Some(JobId::new()),
        })
    }
}

/// As the request of the job shows it: the filters, or the number of jobs.
pub(super) fn shown(choice: &Choice) -> Value {
    let filter = match choice {
        Choice::Jobs(jobs) => return json!(jobs.len()),
        Choice::Filter(filter) => filter,
    };
    let texts = [
        ("state", filter.state.clone()),
        ("flow", filter.flow.clone()),
        ("queue", filter.queue.clone()),
        ("started_by", filter.started_by.clone()),
        ("q", filter.text.clone()),
        ("from", filter.from.map(clock::rfc3339)),
        ("to", filter.to.map(clock::rfc3339)),
    ];
    let texts = texts.into_iter();
    let set = texts.filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
    Value::Object(set.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::read;

    fn refused(body: Value) -> String {
        match read::<BulkRequest>(body) {
            Ok(request) => request.read().unwrap_err().detail,
            Err(misfit) => misfit.to_string(),
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (body, expected) in [
            (
                json!({ "action": "remove" }),
                "action: expected cancel or rerun",
            ),
            (
                json!({ "action": "cancel" }),
                "body: expected either jobs or filter",
            ),
            (
                json!({ "action": "cancel", "jobs": ["x"], "filter": {} }),
                "body: expected either jobs or filter",
            ),
            (
                json!({ "action": "rerun", "jobs": [] }),
                "jobs: expected 1 to 1000 ids; more are chosen by a filter",
            ),
            (
                json!({ "action": "rerun", "jobs": ["0".repeat(32), "x"] }),
                "jobs[1]: expected the id of a job",
            ),
            (
                json!({ "action": "rerun", "filter": { "from": "soon" } }),
                "filter.from: expected a date or a moment (RFC 3339)",
            ),
            (
                json!({ "action": "rerun", "filter": { "q": "x".repeat(201) } }),
                "filter.q: expected at most 200 characters",
            ),
        ] {
            assert_eq!(refused(body.clone()), expected, "{body}");
        }
        let unknown = refused(json!({ "action": "rerun", "filter": { "limit": 1 } }));
        assert!(
            unknown.starts_with("filter.limit: unknown field"),
            "{unknown}"
        );
    }

    #[test]
    fn ids_are_taken_from_the_newest_to_the_oldest() {
        let [one, two] = [JobId::new(), JobId::new()];
        let body = json!({ "action": "cancel", "jobs": [one, two, one] });
        let (action, choice) = read::<BulkRequest>(body).unwrap().read().unwrap();
        assert_eq!(action, BulkAction::Cancel);
        assert_eq!(choice, Choice::Jobs(vec![two, one]));
    }
}
