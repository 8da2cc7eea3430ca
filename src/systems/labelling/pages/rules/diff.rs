//! What is different between two versions of a rule set, a line each.

use askama::Template;
use http::{Method, header};

use crate::http::V1Call;
use crate::ui::{Answer, Asked, Frame, PageError, encoded, query};

/// Lines that are shown; the call answers more.
const LINES_SHOWN: usize = 2_000;

#[derive(Template)]
#[template(path = "systems/labelling/pages/rules/diff.html")]
struct Shown<'a> {
    frame: &'a Frame,
    name: &'a str,
    here: String,
    from: String,
    to: String,
    /// Why there are none, in the words of the API.
    refusal: String,
    lines: Vec<String>,
    is_cut: bool,
}

pub(super) async fn show(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let version = |parameter: &str, usual: &str| match asked.parameter(parameter) {
        none if none.is_empty() => usual.to_owned(),
        given => given,
    };
    let (from, to) = (version("from", "active"), version("to", "newest"));
    let versions = query(&[("from", &*from), ("to", &*to)]);
    let data = format!("/v1/rule_sets/{}/diff{versions}", encoded(name));
    let call = V1Call {
        method: Method::GET,
        uri: &data,
        headers: vec![(header::ACCEPT, "text/plain".to_owned())],
        body: Vec::new(),
    };
    let answer = asked.send(call).await;
    let fault = (!answer.status.is_success()).then(|| PageError::of(&answer));
    let text = match fault {
        Some(_) => String::new(),
        None => String::from_utf8_lossy(&answer.bytes).into_owned(),
    };
    let frame = &asked.frame.clone().with_data(data);
    let shown = Shown {
        frame,
        name,
        here: frame.path(&format!("/rules/{}", encoded(name))),
        from,
        to,
        refusal: match &fault {
            Some(fault) => fault.detail.clone(),
            None => String::new(),
        },
        is_cut: text.lines().nth(LINES_SHOWN).is_some(),
        lines: text.lines().take(LINES_SHOWN).map(str::to_owned).collect(),
    };
    Answer::page_or_fault(&shown, fault.as_ref())
}
