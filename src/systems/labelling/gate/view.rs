//! A gate as calls, pages and commands show it.

use entity::rule_gate;
use serde::Serialize;

use super::Judgement;
use crate::clock;

/// What was found, and what was decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateView {
    #[serde(flatten)]
    pub judgement: Judgement,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<DecisionView>,
}

/// Who let a job publish, or did not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionView {
    /// `None`: nobody has decided in time.
    pub by: Option<String>,
    pub at: String,
    pub why: Option<String>,
    /// `approved`, `rejected` or `expired`.
    pub what: String,
}

/// What a gate says that nothing has breached: nobody has decided anything.
pub(super) const PASSED: &str = "passed";

impl GateView {
    pub fn of(gate: &rule_gate::Model) -> Self {
        let decision = gate.decision.as_deref().filter(|what| *what != PASSED);
        Self {
            judgement: judgement(gate),
            decided: decision.map(|what| DecisionView {
                by: gate.decided_by.clone(),
                at: clock::rfc3339(gate.decided_at.unwrap_or(gate.held_at)),
                why: gate.why.clone(),
                what: what.to_owned(),
            }),
        }
    }
}

/// What was found. What an earlier version of the program wrote otherwise says nothing.
pub(super) fn judgement(gate: &rule_gate::Model) -> Judgement {
    serde_json::from_str(&gate.judgement).unwrap_or_default()
}

/// What a job waits for that is held.
pub(super) fn waiting(gate: &rule_gate::Model) -> String {
    let until = clock::steady::rfc3339(gate.expires_at);
    let breached = judgement(gate).sentence();
    format!(
        "held by the gate of its rules: {breached}; waits until {until} to be approved or rejected"
    )
}
