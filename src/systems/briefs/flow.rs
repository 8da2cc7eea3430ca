//! The flow `brief`, as others start it by name.

use async_trait::async_trait;
use chrono_tz::Tz;
use entity::job;
use serde_json::{Map, Value, json};
use tracing::warn;

use super::api::Briefs;
use super::collecting::{CollectKind, Collecting};
use super::exporting::ExportKind;
use super::params::{CollectParams, ExportParams};
use super::request::{self, BriefRequest, KnownPlatforms, RequestFault, shown_time};
use super::store::{Outcome, new_brief};
use crate::clock;
use crate::engine::seam::{
    AnyFlow, Choice, Composed, Composing, FlowDescription, NewRun, StepKind, SystemError,
};
use crate::engine::{CallerError, ErrorKind, Flow, FlowError, FlowStep, Flows};
use crate::telemetry::chain;

/// The name of the flow, as its jobs carry it, and of its member and its use.
pub(super) const FLOW: &str = "brief";

/// The queue of briefs.
pub(super) const QUEUE: &str = "briefs";

/// The names of its steps.
const COLLECT: &str = "collect";
const EXPORT: &str = "export";

/// From keywords to a zip.
pub(super) struct BriefFlow {
    pub collecting: Collecting,
    /// Shows what became of a brief.
    pub briefs: Briefs,
    pub zone: Tz,
    pub flows: Flows,
}

#[derive(Debug, thiserror::Error)]
enum BriefFlowError {
    #[error("the brief cannot be made a job")]
    Flow(#[from] FlowError),
    #[error("the brief cannot be stored")]
    Unstorable(#[from] serde_json::Error),
    #[error("the brief cannot be shown: {detail}")]
    NotShown { detail: String, may_pass: bool },
}

impl CallerError for BriefFlowError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotShown { may_pass: true, .. } => ErrorKind::Unavailable,
            Self::NotShown { .. } | Self::Flow(_) | Self::Unstorable(_) => ErrorKind::Internal,
        }
    }
}

impl From<RequestFault> for SystemError {
    fn from(fault: RequestFault) -> Self {
        Self::Misfit {
            place: fault.field,
            reason: fault.problem,
        }
    }
}

impl BriefFlow {
    pub fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            member: Some(FLOW),
            uses: Some(FLOW),
            parked_for: None,
            summary: "Search platforms for keywords, and make a zip of what they have.",
            request: schema(),
            check: |request| check(request).map(drop),
            view: Some(view_schema()),
            examples: super::flow_examples::examples(),
        }
    }

    fn understood(&self, request: &Value) -> Result<BriefRequest, SystemError> {
        let known = self.collecting.platforms().known();
        let members = members(request)?;
        Ok(request::submit(
            members,
            &known,
            self.zone,
            clock::now_micros(),
        )?)
    }

    fn composed(&self, request: &BriefRequest, run: NewRun) -> Result<Composed, SystemError> {
        let collect = CollectParams {
            request: request.clone(),
        };
        let step = |name: &str, kind: &str, params: Value, after: &[&str]| FlowStep {
            name: name.to_owned(),
            kind: kind.to_owned(),
            params,
            after: after.iter().map(|name| (*name).to_owned()).collect(),
            delay_s: 0,
        };
        let unstorable = |error| SystemError::of(BriefFlowError::Unstorable(error));
        let collect = serde_json::to_value(collect).map_err(unstorable)?;
        let export = serde_json::to_value(ExportParams::default()).map_err(unstorable)?;
        let flow = Flow {
            name: FLOW.to_owned(),
            steps: vec![
                step(COLLECT, CollectKind::NAME, collect, &[]),
                step(EXPORT, ExportKind::NAME, export, &[COLLECT]),
            ],
        };
        let queue = run.queue.unwrap_or_else(|| QUEUE.to_owned());
        let id = run.id.unwrap_or_default();
        let rows = new_brief(&id, request).map_err(SystemError::of)?;
        let shown = self.shown(request);
        let job = flow.into_job(id, queue, shown, run.idempotency_key, Vec::new());
        let mut job = job.map_err(|error| SystemError::of(BriefFlowError::Flow(error)))?;
        job.title = Some(request.job_name.clone());
        job.subject = Some(request.job_name.clone());
        job.rows = Some(rows);
        Ok(Composed {
            job,
            warnings: Vec::new(),
        })
    }

    async fn figures(&self, job: &job::Model) -> Result<Value, SystemError> {
        let store = self.collecting.store();
        let Some(brief) = store.brief(&job.id).await.map_err(SystemError::of)? else {
            return Ok(Value::Null);
        };
        let progress = store.progress(&job.id).await.map_err(SystemError::of)?;
        let total = progress.of_platforms(&brief.request.platforms).total();
        let time = |micros: Option<i64>| micros.map(clock::rfc3339);
        Ok(json!({
            "stage": brief.stage,
            "outcome": brief.outcome.map(Outcome::name),
            "articles": brief.articles.unwrap_or(total.stored),
            "accounts": brief.accounts,
            "coverage": total.coverage(),
            "pages": total.planned(),
            "pages_done": total.done,
            "pages_failed": total.failed,
            "collected_at": time(brief.collected_at),
            "deadline_at": time(brief.deadline_at),
            "message": brief.message.or(total.message),
        }))
    }

    /// A request as it was understood, in the words of callers.
    fn shown(&self, request: &BriefRequest) -> Value {
        json!({
            "job_name": request.job_name, "platforms": request.platforms, "keywords": request.keywords,
            "start_time": shown_time(request.start_time, self.zone),
            "end_time": shown_time(request.end_time, self.zone),
            "max_pages": request.max_pages, "deadline_s": request.deadline_s,
            "match": request.matching.name(),
        })
    }
}

#[async_trait]
impl AnyFlow for BriefFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn choices(&self) -> Vec<Choice> {
        vec![Choice {
            member: "platforms",
            values: self.collecting.platforms().known().on,
            usual: None,
        }]
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let request = self.understood(&request)?;
        let composed = self.composed(&request, run);
        Ok(Box::pin(async move { composed }))
    }

    /// Missing while the store is away.
    async fn view(&self, job: &job::Model) -> Option<Value> {
        match self.figures(job).await {
            Ok(Value::Null) => None,
            Ok(figures) => Some(figures),
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }

    /// What `view` shows of it, with the path of its zip: tasks that come after it read it.
    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let found = self.collecting.store().brief_of_job(&job.id).await;
        let Some(found) = found.map_err(SystemError::of)? else {
            return Ok(Value::Null);
        };
        let mut shown = self.briefs.view(&found).await.map_err(|failure| {
            SystemError::of(BriefFlowError::NotShown {
                may_pass: failure.status.as_u16() == 503,
                detail: failure.detail,
            })
        })?;
        // Its steps may be those of a job that goes on.
        if let Some(outcome) = found.brief.outcome {
            shown["status"] = outcome.name().into();
        }
        let path = shown["zip"].as_str();
        let path = path.map(|zip| self.briefs.exports.path_of(zip).display().to_string());
        shown["path"] = json!(path);
        Ok(shown)
    }

    fn starts_itself(&self) -> bool {
        true
    }

    /// Pages that failed are asked for again.
    fn resumes_succeeded(&self) -> bool {
        true
    }

    async fn start_again(&self, job: &job::Model) -> Result<bool, SystemError> {
        let begun = self.collecting.store().next_stage(&job.id).await;
        let begun = begun.map_err(SystemError::of)?;
        if begun {
            self.flows.runtime().begin_again(&job.id);
        }
        Ok(begun)
    }
}

fn members(request: &Value) -> Result<&Map<String, Value>, SystemError> {
    request.as_object().ok_or_else(|| SystemError::Misfit {
        place: String::new(),
        reason: "expected an object".to_owned(),
    })
}

/// Reads a request without knowing which platforms there are.
fn check(request: &Value) -> Result<BriefRequest, SystemError> {
    let members = members(request)?;
    let named = members.get("platforms").and_then(Value::as_array);
    let names = named.into_iter().flatten().filter_map(Value::as_str);
    let mut known = KnownPlatforms {
        on: names.map(str::to_owned).collect(),
        off: Vec::new(),
    };
    if known.on.is_empty() {
        known.on.push("all".to_owned());
    }
    Ok(request::submit(
        members,
        &known,
        Tz::UTC,
        clock::now_micros(),
    )?)
}

fn schema() -> Value {
    let time = |description: &str| {
        json!({
            "type": ["string", "null"], "description": description,
            "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$",
        })
    };
    let number = |most: u32, usual: u32, description: &str| {
        json!({
            "type": ["integer", "null"], "minimum": 1, "maximum": most, "default": usual,
            "description": description,
        })
    };
    json!({
        "title": "NewBrief",
        "description": "Keywords that platforms are searched for.",
        "type": "object",
        "properties": {
            "job_name": {
                "type": ["string", "null"], "maxLength": 200,
                "description": "What people call it; without it, the first keyword.",
            },
            "platforms": {
                "type": ["array", "null"], "items": { "type": "string" }, "maxItems": 16,
                "description": "Names of platforms; without it, all that can be asked.",
            },
            "keywords": {
                "type": "array", "items": { "type": "string", "maxLength": 100 },
                "minItems": 1, "maxItems": 100,
                "description": "Blanks mean and, `|` or (binds tighter), `-` in front not, `\"…\"` keeps blanks.",
            },
            "start_time": time("`YYYY-MM-DD HH:MM:SS` in `briefs.time_zone`; without it, 30 days before the end."),
            "end_time": time("The same; without it, now."),
            "max_pages": number(1_000, 20, "Pages of a query."),
            "deadline_s": number(86_400, 300, "Seconds from the first page on, after which open pages fail."),
            "match": {
                "type": ["string", "null"], "enum": ["text", "platform", null], "default": "text",
                "description": "Whether articles count whose texts fulfil a keyword, or those that a platform found.",
            },
        },
        "required": ["keywords"],
        "additionalProperties": false,
    })
}

fn view_schema() -> Value {
    let count =
        |description: &str| json!({ "type": "integer", "minimum": 0, "description": description });
    let maybe =
        |description: &str| json!({ "type": ["string", "null"], "description": description });
    json!({
        "title": "BriefFigures",
        "description": "How far a brief has got.",
        "type": "object",
        "properties": {
            "stage": count("Number of the export that is made next, or was made last."),
            "outcome": maybe("`finished`, `partial` or `failed`, once no page is open any more."),
            "articles": count("Articles that are stored."),
            "accounts": {
                "type": ["integer", "null"], "minimum": 0,
                "description": "Accounts that wrote them, once it is exported.",
            },
            "coverage": {
                "type": "number", "minimum": 0, "maximum": 1,
                "description": "Pages that are done, of those that have ended.",
            },
            "pages": count("Pages that count so far."),
            "pages_done": count("Those whose articles are stored."),
            "pages_failed": count("Those that failed."),
            "collected_at": maybe("When no page was open any more."),
            "deadline_at": maybe("When open pages fail."),
            "message": maybe("What is to be known of it."),
        },
        "required": [
            "stage", "outcome", "articles", "accounts", "coverage", "pages", "pages_done",
            "pages_failed", "collected_at", "deadline_at", "message",
        ],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_checked_without_knowing_the_platforms() {
        let good = json!({ "keywords": ["防晒霜"], "platforms": ["anything"] });
        assert_eq!(check(&good).unwrap().platforms, ["anything"]);
        for (request, expected) in [
            (json!([]), "expected an object"),
            (
                json!({}),
                "keywords: expected a list of at least one keyword",
            ),
            (json!({ "keywords": ["-x"] }), "keywords[0]: "),
        ] {
            let error = check(&request).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
