//! A rule set: its versions, which of them is active, and which was when.

use askama::Template;
use http::{Method, header};
use serde_json::{Value, json};

use crate::access::Role;
use crate::clock;
use crate::http::{V1Answer, V1Call};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, find, number, query};

/// Activations that are shown.
const HISTORY: &str = "20";

#[derive(Template)]
#[template(path = "systems/labelling/pages/rules/set.html")]
struct Shown<'a> {
    frame: &'a Frame,
    name: &'a str,
    /// Why it was refused, in the words of the API.
    refusal: String,
    here: String,
    of_settings: bool,
    /// What the visitor has seen, for `If-Match`.
    tag: String,
    versions: Vec<VersionRow>,
    /// Where older versions are.
    next: Option<String>,
    history: Vec<ActivationRow>,
    may_activate: bool,
}

struct VersionRow {
    number: i64,
    href: String,
    is_active: bool,
    /// Labels, rules, warnings.
    counts: [String; 3],
    form: String,
    by: String,
    why: String,
    at: Markup,
}

struct ActivationRow {
    /// From which version to which.
    moved: String,
    by: String,
    why: String,
    at: Markup,
}

pub(super) async fn show(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    page(asked, name, None).await
}

/// Activates the version of the form.
pub(super) async fn activate(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let form = asked.form();
    let field = |name: &str| find(&form, name).unwrap_or_default().trim().to_owned();
    let body = json!({ "version": field("version").parse::<i32>().ok(), "why": field("why") });
    let uri = format!("/v1/rule_sets/{}/active", encoded(name));
    let call = V1Call {
        method: Method::PUT,
        uri: &uri,
        headers: vec![
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::IF_MATCH, field("tag")),
        ],
        body: body.to_string().into_bytes(),
    };
    let answer = asked.send(call).await;
    match answer.status.is_success() {
        true => Ok(asked.elsewhere(&format!("/rules/{}", encoded(name)))),
        false => page(asked, name, Some(&PageError::of(&answer))).await,
    }
}

async fn page(
    asked: &Asked<'_>,
    name: &str,
    fault: Option<&PageError>,
) -> Result<Answer, PageError> {
    let set_name = encoded(name);
    let data = format!("/v1/rule_sets/{set_name}");
    let set = looked_at(asked, &data).await?;
    let tag = set.headers.get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    let after = asked.parameter("after");
    let older: Vec<(&str, &str)> = match after.as_str() {
        "" => Vec::new(),
        after => vec![("after", after)],
    };
    let versions = asked
        .get(&format!("{data}/versions{}", query(&older)))
        .await?;
    let history = asked
        .get_part(&format!("{data}/history?limit={HISTORY}"))
        .await;
    let frame = &asked.frame.clone().with_data(data);
    let here = frame.path(&format!("/rules/{set_name}"));
    let rows = |value: &Value, member: &str| value[member].as_array().cloned().unwrap_or_default();
    let of_settings = set.body["of_settings"] == true;
    let shown = Shown {
        frame,
        name,
        refusal: fault.map(|fault| fault.detail.clone()).unwrap_or_default(),
        of_settings,
        tag: tag.to_owned(),
        versions: rows(&versions, "versions")
            .iter()
            .map(|row| version(frame, &here, row))
            .collect(),
        next: versions["next"]
            .as_i64()
            .map(|next| format!("{here}?after={next}")),
        history: rows(&history, "activations")
            .iter()
            .map(|row| activation(frame, row))
            .collect(),
        may_activate: !of_settings && frame.has_role(Role::Admin),
        here,
    };
    Answer::page_or_fault(&shown, fault)
}

async fn looked_at(asked: &Asked<'_>, uri: &str) -> Result<V1Answer, PageError> {
    let call = V1Call {
        method: Method::GET,
        uri,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let answer = asked.send(call).await;
    match answer.status.is_success() {
        true => Ok(answer),
        false => Err(PageError::of(&answer)),
    }
}

fn version(frame: &Frame, here: &str, row: &Value) -> VersionRow {
    let number_of = |value: &Value| number(value.as_u64().unwrap_or_default());
    let version = row["version"].as_i64().unwrap_or_default();
    VersionRow {
        number: version,
        href: format!("{here}/versions/{version}"),
        is_active: row["active"] == true,
        counts: [&row["labels"], &row["rules"], &row["lint"]["W"]].map(number_of),
        form: text(&row["format"]),
        by: text(&row["by"]),
        why: text(&row["why"]),
        at: moment(frame, &row["created"]),
    }
}

fn activation(frame: &Frame, row: &Value) -> ActivationRow {
    let to = &row["to"];
    ActivationRow {
        moved: match row["from"].as_i64() {
            Some(from) => format!("{from} → {to}"),
            None => to.to_string(),
        },
        by: text(&row["by"]),
        why: text(&row["why"]),
        at: moment(frame, &row["at"]),
    }
}

fn moment(frame: &Frame, text: &Value) -> Markup {
    let at = text.as_str().and_then(clock::parse);
    frame.ago(at.unwrap_or_default())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
