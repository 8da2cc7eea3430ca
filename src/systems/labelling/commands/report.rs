//! What commands print when a task has ended.

use serde_json::{Value, json};

use crate::clock;
use crate::printable::{columns, padded, printable};
use crate::process;
use crate::systems::labelling::{ResultRow, StageTimes, StateRow, TaskView};

/// One JSON object with everything about a task.
pub(super) fn json(view: &TaskView) -> Value {
    let state = view.state.clone().unwrap_or_default();
    let figures = view.figures.clone().unwrap_or_default();
    let mut report = json!({
        "task_id": view.job.id.as_str(),
        "stat": state.stat,
        "prod_stat": state.prod_stat,
        "model_type": state.model_type,
        "predict_type": state.predict_type,
        "date_range": state.date_range,
        "target_table": state.target_table,
        "create_time": state.create_time,
        "length_receive_table": state.length_receive_table,
        "length_output_table": state.length_output_table,
        "length_prod_table": state.length_prod_table,
        "result": state.result,
        "uniq_source_author": state.uniq_source_author,
        "rate_of_label": state.rate_of_label,
        "check_point": state.check_point,
        "unmapped_rows": figures.unmapped,
        "undated_rows": figures.undated,
        "left_out_rows": figures.left_out.rows,
        "without_id_rows": figures.left_out.without_id,
        "left_out_named": figures.left_out.named,
        "run_time_s": run_time_s(view),
        "rows_per_s": rows_per_s(figures.received_total(), run_time_s(view)),
        "stage_seconds": stage_seconds(figures.times),
        "peak_memory_mb": state.peak_memory.unwrap_or(0.0).max(process::peak_memory_mb()),
        "error_message": view.job.error.clone().or(state.error_message),
    });
    if let Some(rule_set) = state.rule_set {
        report["rule_set"] = rule_set.into();
        report["rule_set_version"] = state.rule_set_version.into();
    }
    report
}

/// From the first beginning to the end, pauses between runs included.
fn run_time_s(view: &TaskView) -> f64 {
    let end = view.job.ended_at.unwrap_or_else(clock::now_micros);
    let started = view.job.started_at.unwrap_or(end);
    ((end - started).max(0) as f64 / 1e3).round() / 1e3
}

fn rows_per_s(rows: u64, seconds: f64) -> f64 {
    (rows as f64 / seconds.max(0.001)).round()
}

/// Reading, matching and writing overlap.
fn stage_seconds(times: StageTimes) -> Value {
    let stages = times.stages().into_iter();
    stages
        .map(|(stage, seconds, _)| (stage.to_owned(), Value::from(seconds)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Whether the task did what it was asked to.
pub(super) fn succeeded(state: Option<&StateRow>) -> bool {
    state.is_some_and(|state| {
        state.stat == "SUCCESS" && matches!(state.prod_stat.as_deref(), Some("finish" | "no_data"))
    })
}

/// The figures for people.
pub(super) fn figures(view: &TaskView) -> String {
    let all = json(view);
    let mut text = String::new();
    let shown = [
        ("task", "task_id"),
        ("status", "stat"),
        ("publishing", "prod_stat"),
        ("range", "date_range"),
        ("rows received", "length_receive_table"),
        ("rows labelled", "length_output_table"),
        ("not in a group", "unmapped_rows"),
        ("without a time", "undated_rows"),
        ("without an id", "without_id_rows"),
        ("left out", "left_out_rows"),
        ("seconds", "run_time_s"),
        ("rows per second", "rows_per_s"),
        ("peak memory, MB", "peak_memory_mb"),
        ("error", "error_message"),
    ];
    for (name, key) in shown {
        // What was left out is said on stderr.
        let is_warning = key == "error_message" && succeeded(view.state.as_ref());
        if !all[key].is_null() && !is_warning {
            let value = all[key]
                .as_str()
                .map_or_else(|| all[key].to_string(), str::to_owned);
            text.push_str(&format!("{name:<16} {}\n", printable(&value)));
        }
    }
    text.push_str(&shares(view));
    text + &groups(&all)
}

/// Where the time went, on one line.
fn shares(view: &TaskView) -> String {
    let times = view.figures.as_ref().map(|figures| figures.times);
    let stages = times.unwrap_or_default().stages();
    let shares = stages.map(|(stage, _, share)| format!("{stage} {share} %"));
    format!("{:<16} {}\n", "time went to", shares.join(", "))
}

/// A line a group: published rows, distinct authors, the rate.
fn groups(all: &Value) -> String {
    let column = |key: &str| -> Vec<String> {
        let joined = all[key].as_str().unwrap_or_default();
        joined
            .split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let names = column("result");
    if names.is_empty() {
        return String::new();
    }
    let (published, authors, rates) = (
        column("length_prod_table"),
        column("uniq_source_author"),
        column("rate_of_label"),
    );
    let shown = |name: &String| printable(name).into_owned();
    let names: Vec<String> = names.iter().map(shown).collect();
    let width = names.iter().map(|name| columns(name)).max();
    let width = width.unwrap_or(0).max(16);
    let mut text = format!(
        "\n{:<width$} {:>10} {:>10} {:>8}\n",
        "group", "published", "authors", "rate %"
    );
    for (no, name) in names.iter().enumerate() {
        let at = |column: &[String]| column.get(no).cloned().unwrap_or_default();
        let line = format!(
            "{} {:>10} {:>10} {:>8}\n",
            padded(name, width),
            at(&published),
            at(&authors),
            at(&rates)
        );
        text.push_str(&line);
    }
    text
}

/// A published row with what matched, for people.
pub(super) fn row(row: &ResultRow) -> String {
    let meta: Value = serde_json::from_str(&row.match_meta).unwrap_or_default();
    let rule = meta["rule"].as_str().unwrap_or_default();
    let how = meta["match_type"].as_str().unwrap_or_default();
    let text: String = row.match_content.chars().take(40).collect();
    let (panel, time) = (padded(&row.panel, 8), padded(&row.create_time, 20));
    let field = &row.field_content;
    let shown = format!("{panel} {time} {field}  “{text}” matched “{rule}” ({how})");
    printable(&shown).into_owned()
}
