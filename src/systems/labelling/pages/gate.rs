//! The gate of a job, on the page of its health: what it found, what was decided, and a form for those who may
//! decide.

use serde_json::{Value, json};

use crate::ui::{Answer, Asked, Frame, PageError, encoded};

/// What the page shows of a gate.
pub(super) struct GateCard {
    /// In a word, and its look.
    pub state: String,
    /// Threshold, figure, limit.
    pub breaches: Vec<(String, String, String)>,
    pub not_judged: Vec<String>,
    /// Who decided, when and why.
    pub decided: Option<(String, String, String)>,
    /// Where a form sends a decision; `None`: there is nothing to decide, or not by this visitor.
    pub approve: Option<String>,
    pub reject: String,
}

impl GateCard {
    /// `None`: the job has no gate, or has not come to it.
    pub fn of(frame: &Frame, job: &str, state: &str, gate: &Value) -> Option<Self> {
        let found = gate.as_object()?;
        let breaches = gate["breaches"].as_array().into_iter().flatten();
        let breaches: Vec<_> = breaches.map(breach).collect();
        let decided = found.get("decided");
        let is_held = decided.is_none() && !breaches.is_empty() && state == "parked";
        let word = match decided.and_then(|decided| decided["what"].as_str()) {
            Some("approved") => "gate-approved",
            Some("rejected") => "gate-rejected",
            Some(_) => "gate-expired",
            None if breaches.is_empty() => "gate-passed",
            None if is_held => "gate-held",
            None => "gate-undecided",
        };
        let not_judged = gate["not_judged"].as_array().into_iter().flatten();
        let path = |verb: &str| frame.path(&format!("/jobs/{}/health/{verb}", encoded(job)));
        Some(Self {
            state: frame.say(word),
            breaches,
            not_judged: not_judged
                .filter_map(|reason| reason.as_str().map(str::to_owned))
                .collect(),
            decided: decided.map(|decided| {
                let text = |name: &str| decided[name].as_str().unwrap_or("–").to_owned();
                (text("by"), text("at"), text("why"))
            }),
            approve: (is_held && frame.may_operate()).then(|| path("approve")),
            reject: path("reject"),
        })
    }
}

fn breach(breach: &Value) -> (String, String, String) {
    let key = breach["key"].as_str().unwrap_or_default();
    let key = match breach["label"].as_str() {
        Some(label) => format!("{key}.{label}"),
        None => key.to_owned(),
    };
    let [figure, threshold] = ["figure", "threshold"].map(|name| breach[name].to_string());
    (key, figure, threshold)
}

/// Sends a decision on, and shows the page again.
pub(super) async fn decide(asked: &Asked<'_>, job: &str, verb: &str) -> Result<Answer, PageError> {
    let fields = asked.form();
    let why = fields.into_iter().find(|(name, _)| name == "why");
    let why = why.map(|(_, why)| why).unwrap_or_default();
    let path = format!("/v1/jobs/{}/{verb}", encoded(job));
    asked.post(&path, Some(&json!({ "why": why }))).await?;
    Ok(asked.elsewhere(&format!("/jobs/{}/health", encoded(job))))
}
