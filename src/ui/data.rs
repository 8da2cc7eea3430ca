//! What `/v1` answers, as far as pages show it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::clock;

/// A job in short.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct JobSummary {
    pub id: String,
    pub flow: String,
    pub queue: String,
    pub title: Option<String>,
    pub state: String,
    pub created_at: String,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub waiting: Option<String>,
    pub error: Option<String>,
    pub cancel_requested: bool,
    pub started_by: Option<String>,
    /// How long such jobs usually take.
    pub usual_s: Option<f64>,
    pub trace_id: String,
    /// How much of what runs is done, from 0 to 1.
    pub fraction: Option<f64>,
    pub request: Value,
}

impl JobSummary {
    /// Microseconds since 1970, like the others.
    pub fn created(&self) -> i64 {
        clock::parse(&self.created_at).unwrap_or_default()
    }

    pub fn started(&self) -> Option<i64> {
        clock::parse(self.started_at.as_deref()?)
    }

    pub fn ended(&self) -> Option<i64> {
        clock::parse(self.ended_at.as_deref()?)
    }

    pub fn has_ended(&self) -> bool {
        matches!(
            self.state.as_str(),
            "succeeded" | "failed" | "cancelled" | "skipped"
        )
    }

    /// A member of its request that is a text.
    pub fn asked(&self, member: &str) -> Option<&str> {
        self.request.get(member)?.as_str()
    }
}

/// A page of jobs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobList {
    pub jobs: Vec<JobSummary>,
    pub next: Option<String>,
    /// By state.
    pub counts: Option<Map<String, Value>>,
}

impl JobList {
    pub fn of(answer: &Value) -> Self {
        Self::deserialize(answer).unwrap_or_default()
    }
}

/// A job in full.
#[derive(Clone, Debug, Default)]
pub struct Job {
    pub summary: JobSummary,
    pub detail: JobDetail,
}

/// What a job in full has besides.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct JobDetail {
    pub steps: Vec<Step>,
    pub rows: u64,
    pub rows_per_s: f64,
    pub eta_s: Option<u64>,
    pub attempts: Vec<Attempt>,
    pub last_error: Option<String>,
    pub figures: Value,
    /// Actions by their names.
    pub can: BTreeMap<String, Permission>,
}

/// Whether an action would be done now.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Permission {
    pub allowed: bool,
    pub reason: Option<String>,
    /// What the visitor lacks, if that is all.
    pub required_role: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Step {
    pub name: String,
    pub kind: String,
    pub state: String,
    pub batches_done: u32,
    pub batches_total: u32,
    pub rows: u64,
    pub rows_per_s: f64,
    pub fraction: Option<f64>,
    pub notes: Vec<String>,
    pub error: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attempt {
    pub step: String,
    pub batch: i32,
    pub no: i32,
    pub outcome: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    pub error: Option<String>,
}

impl Attempt {
    pub fn started(&self) -> i64 {
        clock::parse(&self.started_at).unwrap_or_default()
    }

    pub fn ended(&self) -> Option<i64> {
        clock::parse(self.ended_at.as_deref()?)
    }
}

impl Job {
    /// `None`: it is no job.
    pub(super) fn of(answer: &Value) -> Option<Self> {
        Some(Self {
            summary: JobSummary::deserialize(answer).ok()?,
            detail: JobDetail::deserialize(answer).ok()?,
        })
    }
}

/// Some lines of a log.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LogPage {
    pub lines: Vec<LogLine>,
    pub next: i64,
    pub more: bool,
    /// There are lines before these.
    pub earlier: bool,
    /// Of those that are asked for, in all.
    pub total: Option<u64>,
}

impl LogPage {
    pub fn of(answer: &Value) -> Self {
        Self::deserialize(answer).unwrap_or_default()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LogLine {
    pub seq: i64,
    pub at: String,
    pub level: String,
    pub message: String,
    pub fields: Map<String, Value>,
}

/// A job in the course of time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Timeline {
    pub from: Option<String>,
    pub until: Option<String>,
    pub part_s: f64,
    pub one_in: u32,
    pub steps: Vec<StepTimeline>,
    pub attempts: Option<Vec<Attempt>>,
    pub marks: Vec<TimelineMark>,
    pub waits: Vec<TimelineWait>,
}

impl Timeline {
    pub fn of(answer: &Value) -> Self {
        Self::deserialize(answer).unwrap_or_default()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StepTimeline {
    pub name: String,
    pub state: String,
    pub from: Option<String>,
    pub until: Option<String>,
    pub attempts: u64,
    pub failed: u64,
    pub density: Vec<DensityPart>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DensityPart {
    pub part: u32,
    pub at_work: f64,
    pub completed: u64,
    pub failed: u64,
    pub interrupted: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TimelineMark {
    pub at: String,
    pub kind: String,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TimelineWait {
    pub from: String,
    pub until: Option<String>,
    pub reason: Option<String>,
    pub parked: bool,
}
