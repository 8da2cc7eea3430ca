//! Who did what.

use askama::Template;
use async_trait::async_trait;
use serde::Deserialize;

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use super::figures;
use super::forms::query;
use super::frame::Frame;
use super::markup::Markup;
use super::rooms::Room;
use crate::access::Role;
use crate::clock;

/// The parameters of the page: those of `GET /v1/audit`, by the same names.
const FILTERS: [&str; 6] = ["who", "operation", "what", "result", "from", "to"];

const RESULTS: [&str; 3] = ["done", "refused", "failed"];

pub(super) struct AuditRoom;

#[derive(Template)]
#[template(path = "ui/templates/audit.html")]
struct AuditPage<'a> {
    frame: &'a Frame,
    /// Name, value and label of the filters that are texts.
    texts: Vec<(&'static str, String, String)>,
    dates: Vec<(&'static str, String, String)>,
    results: Vec<(&'static str, String, bool)>,
    is_filtered: bool,
    fault: Option<&'a str>,
    rows: Vec<Row>,
    is_first: bool,
    newest: String,
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Calls {
    calls: Vec<Call>,
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Call {
    at: String,
    until: String,
    count: u64,
    who: Option<String>,
    operation: String,
    what: Option<String>,
    address: Option<String>,
    result: String,
    status: Option<u64>,
}

struct Row {
    at: Markup,
    /// The last of several, and how many they are.
    until: Option<(Markup, String)>,
    who: String,
    operation: String,
    what: String,
    address: String,
    look: &'static str,
    result: String,
    status: String,
}

#[async_trait]
impl Room for AuditRoom {
    fn root(&self) -> &'static str {
        "/audit"
    }

    fn name(&self) -> &'static str {
        "nav-audit"
    }

    fn key(&self) -> char {
        'a'
    }

    fn role(&self) -> Role {
        Role::Admin
    }

    fn shows_everything(&self) -> bool {
        true
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        if !parts.is_empty() {
            return Err(PageError::nothing_here());
        }
        let filters = FILTERS.map(|name| (name, asked.parameter(name)));
        let after = asked.parameter("after");
        let mut parameters = filters.to_vec();
        parameters.push(("after", after.clone()));
        let data = format!("/v1/audit{}", query(&parameters));
        let (calls, fault) = match asked.get(&data).await {
            Ok(answer) => (Calls::deserialize(answer).unwrap_or_default(), None),
            Err(fault) if fault.is_of_request() => (Calls::default(), Some(fault)),
            Err(error) => return Err(error),
        };
        let frame = &asked.frame.clone().with_data(data);
        let with = |after: &str| {
            let own = filters.iter().map(|(name, value)| (*name, value.as_str()));
            let all: Vec<_> = own.chain([("after", after)]).collect();
            frame.path(&format!("/audit{}", query(&all)))
        };
        let labelled = |names: &[&str]| {
            let filters = filters.iter().filter(|(name, _)| names.contains(name));
            let labelled = filters.map(|(name, value)| {
                let label = frame.say(&format!("audit-{name}"));
                (*name, value.clone(), label)
            });
            labelled.collect()
        };
        let result = |result: &'static str| {
            let is_chosen = filters.iter().any(|(_, value)| value == result);
            (result, frame.say(&format!("audit-{result}")), is_chosen)
        };
        let page = AuditPage {
            frame,
            texts: labelled(&["who", "operation", "what"]),
            dates: labelled(&["from", "to"]),
            results: RESULTS.map(result).to_vec(),
            is_filtered: !after.is_empty() || filters.iter().any(|(_, value)| !value.is_empty()),
            fault: fault.as_ref().map(|fault| fault.detail.as_str()),
            rows: calls
                .calls
                .iter()
                .map(|call| Row::of(frame, call))
                .collect(),
            is_first: after.is_empty(),
            newest: with(""),
            next: calls.next.map(|next| with(&next)),
        };
        Answer::page_or_fault(&page, fault.as_ref())
    }
}

impl Row {
    fn of(frame: &Frame, call: &Call) -> Self {
        let moment = |text: &str| {
            let at = clock::parse(text);
            at.map(|at| frame.exact(at)).unwrap_or_default()
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        let times = || format!("×{}", figures::number(call.count));
        Self {
            at: moment(&call.at),
            until: (call.count > 1).then(|| (moment(&call.until), times())),
            who: text(&call.who),
            operation: call.operation.clone(),
            what: text(&call.what),
            address: text(&call.address),
            look: match call.result.as_str() {
                "done" => "succeeded",
                "refused" => "blocked",
                _ => "failed",
            },
            result: frame.say(&format!("audit-{}", call.result)),
            status: call
                .status
                .map(|status| status.to_string())
                .unwrap_or_default(),
        }
    }
}
