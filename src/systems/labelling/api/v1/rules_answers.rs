//! Answers to previews and explanations, as they are documented; they are written by what makes them.

use std::collections::HashMap;

use poem_openapi::Object;
use serde_json::Value;

/// What a set does on the rows that were looked at.
#[derive(Object)]
pub(crate) struct PreviewAnswered {
    /// Rows that were looked at.
    rows: u64,
    /// Those that a job would count as received.
    received: u64,
    /// Whether there were more rows than a million, than there was time for in 30 seconds, or than there is memory
    /// for.
    partial: bool,
    /// How the rows were chosen; absent: they are all rows of the range.
    sample: Option<SampleAnswered>,
    /// 0: they were still there from the preview before.
    read_ms: u64,
    match_ms: u64,
    /// As of a job.
    health: HashMap<String, Value>,
    /// What authors should look at, also by these rows.
    lint: HashMap<String, Value>,
    /// Rows by label, each with its id, time, fields and the hits of the label's rules.
    examples: HashMap<String, Vec<HashMap<String, Value>>>,
    /// Rows without a label.
    none: Vec<HashMap<String, Value>>,
    /// The rules that take the most time.
    slowest: Vec<SlowRuleView>,
}

/// A sample as it was read.
#[derive(Object)]
struct SampleAnswered {
    rows: u64,
    seed: u64,
    /// How many of the thousand windows of the range were read.
    windows: u32,
}

/// A rule that takes time.
#[derive(Object)]
struct SlowRuleView {
    rule: String,
    label: String,
    ns_per_row: u64,
}

/// A row, or a person with its rows.
#[derive(Object)]
pub(crate) struct Explained {
    /// The set with its version.
    set: HashMap<String, Value>,
    /// Of a row: the filter that drops it; null: none does.
    dropped: Option<Value>,
    /// Of a row: its texts as rules see them.
    folded: Option<HashMap<String, String>>,
    /// Of a row: each label, whether it is `given`, `matched`, `excepted` or `no`, and why.
    labels: Option<Vec<HashMap<String, Value>>>,
    given: Option<Vec<String>>,
    /// Of a row: rules that are nearly true, at most five.
    misses: Option<Vec<HashMap<String, Value>>>,
    /// Of a person.
    source_author: Option<String>,
    /// Of a person: the label that it is about.
    panel: Option<String>,
    /// Of a person: `published`, `lost`, `tie` or `none`.
    outcome: Option<String>,
    /// Of a person: rows by label.
    votes: Option<HashMap<String, u64>>,
    /// Of a person: its rows, each as a row, the newest first.
    rows: Option<Vec<HashMap<String, Value>>>,
    /// Of a person: the row that stands for it in the panel.
    published: Option<HashMap<String, Value>>,
    /// Of a person: where its rows are from.
    from: Option<String>,
    /// Of a person: whether there are more rows than a thousand, or than there was time for.
    cut: Option<bool>,
}
