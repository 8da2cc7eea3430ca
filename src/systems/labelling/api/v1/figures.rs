//! What a labelling job has come to, as `/v1/jobs/{job_id}` shows it.

use poem_openapi::Object;
use poem_openapi::types::ToJSON;
use serde_json::Value;

use crate::systems::labelling::{LeftOut, LeftOutRow, StageTimes, StateRow, TaskFigures, TaskView};

/// What a labelling job has come to.
#[derive(Object)]
pub(crate) struct Figures {
    /// `PENDING`, `STARTED`, `SUCCESS`, `FAILURE` or `BREAK`; null before the task is in `state`.
    pub stat: Option<String>,
    /// `finish`, `no_data`, `failure`, or null before the end.
    pub prod_stat: Option<String>,
    /// Whether its panels can be read.
    pub published: bool,
    /// Everything up to this `post_time` is durably labelled.
    pub check_point: Option<String>,
    /// The rule set that labels, if it has versions or is a mixed model.
    #[oai(skip_serializing_if_is_none)]
    pub rule_set: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub rule_set_version: Option<String>,
    /// Rows that took part.
    pub rows_received: u64,
    /// Staged rows: one per row and label.
    pub rows_labelled: u64,
    /// Rows whose `s_id` is in no group.
    pub unmapped: u64,
    /// Those of them that went to no group.
    pub skipped: u64,
    /// Rows left out because their `post_time` cannot be read.
    pub undated: u64,
    /// Rows left out because they are malformed, or because the output can never store them.
    pub left_out: u64,
    /// Rows left out because their `id` is NULL.
    pub without_id: u64,
    /// The first of the rows that were left out for what stands in them.
    pub left_out_named: Vec<LeftOutFigure>,
    /// Groups that have rows.
    pub groups: Vec<GroupFigures>,
    pub peak_memory_mb: Option<f64>,
    pub run_time_minutes: Option<f64>,
    /// Rows received per second of run time.
    pub rows_per_s: Option<f64>,
    /// Where the time of what is durable went: `read`, `match`, `write`, `publish`. The first three
    /// work at the same time.
    pub stages: Vec<StageFigures>,
}

/// A row that was left out.
#[derive(Debug, PartialEq, Object)]
pub(crate) struct LeftOutFigure {
    /// Empty if it is NULL.
    pub id: String,
    pub time: String,
    pub why: String,
}

/// What one stage of a labelling job took.
#[derive(Debug, PartialEq, Object)]
pub(crate) struct StageFigures {
    pub stage: String,
    pub seconds: f64,
    /// Per cent of the seconds of all stages.
    pub share: f64,
}

/// What a labelling job has come to in one group.
#[derive(Debug, PartialEq, Object)]
pub(crate) struct GroupFigures {
    pub group: String,
    pub rows_published: u64,
    /// Distinct authors among all rows received.
    pub unique_authors: u64,
    /// Per cent of the authors that are published.
    pub rate_of_label: f64,
}

/// The figures of a task as JSON.
pub(crate) fn shown(view: TaskView) -> Value {
    Figures::from(view).to_json().unwrap_or_default()
}

impl From<TaskView> for Figures {
    fn from(view: TaskView) -> Self {
        let counts = view.figures.unwrap_or_else(|| TaskFigures::new(0));
        let row = view.state;
        Self {
            stat: row.as_ref().map(|row| row.stat.clone()),
            prod_stat: row.as_ref().and_then(|row| row.prod_stat.clone()),
            published: view.published,
            check_point: row.as_ref().and_then(|row| row.check_point.clone()),
            rule_set: row.as_ref().and_then(|row| row.rule_set.clone()),
            rule_set_version: row.as_ref().and_then(|row| row.rule_set_version.clone()),
            rows_received: counts.received_total(),
            rows_labelled: counts.staged_total(),
            unmapped: counts.unmapped,
            skipped: counts.skipped,
            undated: counts.undated,
            left_out: counts.left_out.rows,
            without_id: counts.left_out.without_id,
            left_out_named: named(&counts.left_out),
            groups: row.as_ref().map(groups).unwrap_or_default(),
            peak_memory_mb: row.as_ref().and_then(|row| row.peak_memory),
            run_time_minutes: row.as_ref().and_then(|row| row.run_time),
            rows_per_s: row
                .as_ref()
                .and_then(|row| row.run_time)
                .filter(|minutes| *minutes > 0.0)
                .map(|minutes| (counts.received_total() as f64 / minutes / 60.0).round()),
            stages: stages(counts.times),
        }
    }
}

fn named(left_out: &LeftOut) -> Vec<LeftOutFigure> {
    let named = left_out.named.iter().cloned();
    named
        .map(|LeftOutRow { id, time, why }| LeftOutFigure { id, time, why })
        .collect()
}

fn stages(times: StageTimes) -> Vec<StageFigures> {
    let stages = times.stages().into_iter();
    stages
        .map(|(stage, seconds, share)| StageFigures {
            stage: stage.to_owned(),
            seconds,
            share,
        })
        .collect()
}

/// Takes the comma-joined figures of `state` apart.
pub(super) fn groups(row: &StateRow) -> Vec<GroupFigures> {
    let parts = |text: &Option<String>| -> Vec<String> {
        let text = text.as_deref().unwrap_or_default();
        text.split(',').map(str::to_owned).collect()
    };
    let published = parts(&row.length_prod_table);
    let authors = parts(&row.uniq_source_author);
    let rates = parts(&row.rate_of_label);
    let names = parts(&row.result).into_iter().enumerate();
    names
        .filter(|(_, group)| !group.is_empty())
        .map(|(at, group)| GroupFigures {
            group,
            rows_published: number(&published, at),
            unique_authors: number(&authors, at),
            rate_of_label: number(&rates, at),
        })
        .collect()
}

fn number<T: std::str::FromStr + Default>(texts: &[String], at: usize) -> T {
    let text = texts.get(at).map(String::as_str).unwrap_or_default();
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_figures_are_taken_apart() {
        let row = StateRow {
            result: Some("fbfans,Ptt".to_owned()),
            length_prod_table: Some("467,3".to_owned()),
            uniq_source_author: Some("4000,8".to_owned()),
            rate_of_label: Some("11.68,37.5".to_owned()),
            ..StateRow::default()
        };
        let of = |group: &str, rows_published, unique_authors, rate_of_label| GroupFigures {
            group: group.to_owned(),
            rows_published,
            unique_authors,
            rate_of_label,
        };
        assert_eq!(
            groups(&row),
            [of("fbfans", 467, 4000, 11.68), of("Ptt", 3, 8, 37.5)]
        );
        assert_eq!(groups(&StateRow::default()), []);
    }
}
