//! A rule set as a text that can be changed and tried on a table; nothing is stored.

use askama::Template;
use serde_json::{Value, json};

use super::tried::{Finding, Tried};
use crate::ui::{Answer, Asked, Frame, PageError, encoded, find};

/// Rows of each label that are shown.
const EXAMPLES: u32 = 5;

/// What a set begins with that is not there.
const EMPTY: &str =
    "model_type: mixed_model\nin: [content]\nlabels:\n  - name: food\n    rules:\n      - 拉麵\n";

/// The rows of a sample, unless somebody says how many.
const ROWS: &str = "10000";

#[derive(Template)]
#[template(path = "systems/labelling/pages/rules/edit.html")]
struct Shown<'a> {
    frame: &'a Frame,
    set: String,
    action: String,
    form: Entered,
    /// Name and tables of each source.
    sources: Vec<(String, Vec<String>)>,
    /// Why it was refused, in the words of the API.
    refusal: String,
    /// Everything there is to say of the rules; `None`: nobody has asked for that alone.
    findings: Option<Vec<Finding>>,
    tried: Option<Tried>,
}

/// What was filled in.
#[derive(Default)]
struct Entered {
    text: String,
    source: String,
    table: String,
    start: String,
    end: String,
    rows: String,
    seed: String,
}

impl Entered {
    fn of(form: &[(String, String)]) -> Self {
        let value = |name: &str| find(form, name).unwrap_or_default().to_owned();
        Self {
            text: value("text"),
            source: value("source"),
            table: value("table"),
            start: value("start"),
            end: value("end"),
            rows: value("rows"),
            seed: value("seed"),
        }
    }

    /// The body of a preview; what is left empty is as set on the server.
    fn body(&self) -> Value {
        let mut body = json!({
            "rules": {"document": self.text}, "predict_type": "content", "examples": EXAMPLES,
        });
        for (member, value) in [
            ("source", &self.source),
            ("table", &self.table),
            ("start_time", &self.start),
            ("end_time", &self.end),
        ] {
            if !value.is_empty() {
                body[member] = value.as_str().into();
            }
        }
        if !self.rows.is_empty() {
            body["sample"] = json!({"rows": figure(&self.rows)});
            if !self.seed.is_empty() {
                body["sample"]["seed"] = figure(&self.seed);
            }
        }
        body
    }
}

/// A number, or what stands there, which the call refuses by name.
fn figure(text: &str) -> Value {
    let number = text.trim().parse::<u64>();
    number.map_or_else(|_| text.into(), Value::from)
}

pub(super) async fn show(asked: &Asked<'_>, set: &str) -> Result<Answer, PageError> {
    let path = format!("/v1/rule_sets/{}/versions/active?format=yaml", encoded(set));
    let text = match asked.get_bytes(&path).await {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        // A set that is not stored begins here.
        Err(_) => format!("name: {set}\n{EMPTY}"),
    };
    let form = Entered {
        text,
        rows: ROWS.to_owned(),
        seed: "1".to_owned(),
        ..Entered::default()
    };
    page(asked, set, form, None, None).await
}

pub(super) async fn act(asked: &Asked<'_>, set: &str) -> Result<Answer, PageError> {
    let fields = asked.form();
    let form = Entered::of(&fields);
    if find(&fields, "do") == Some("lint") {
        return page(asked, set, form, None, None).await;
    }
    match asked.post("/v1/rules/preview", Some(&form.body())).await {
        Ok(answer) => {
            let tried = Tried::of(&asked.frame, &answer.body);
            page(asked, set, form, Some(tried), None).await
        }
        Err(error) if error.is_of_request() => page(asked, set, form, None, Some(&error)).await,
        Err(error) => Err(error),
    }
}

async fn page(
    asked: &Asked<'_>,
    set: &str,
    form: Entered,
    tried: Option<Tried>,
    fault: Option<&PageError>,
) -> Result<Answer, PageError> {
    let list = asked.get_part("/v1/sources").await;
    // A preview says it, too, unless it was refused.
    let findings = match &tried {
        Some(_) => None,
        None => findings(asked, &form.text).await,
    };
    let sources = list["sources"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sources = sources.map(|source| {
        let tables = source["tables"].as_array().into_iter().flatten();
        (text(&source["name"]), tables.map(text).collect())
    });
    let frame = &asked.frame;
    let shown = Shown {
        frame,
        set: set.to_owned(),
        action: frame.path(&format!("/rules/{}/edit", encoded(set))),
        form,
        sources: sources.collect(),
        refusal: fault.map(|fault| fault.detail.clone()).unwrap_or_default(),
        findings,
        tried,
    };
    Answer::page_or_fault(&shown, fault)
}

/// `None`: the rules cannot be looked at, e.g. as they are too long.
async fn findings(asked: &Asked<'_>, text: &str) -> Option<Vec<Finding>> {
    let body = json!({"rules": {"document": text}});
    let answer = asked.post("/v1/rules/lint", Some(&body)).await.ok()?;
    Some(Finding::all(&answer.body))
}
