//! A labelling job: the funnel from rows to panels, groups, where time goes, and the first rows.

use askama::Template;
use serde::Deserialize;
use serde_json::Value;

use super::super::FLOW;
use super::form;
use crate::ui::{
    Example, FlowPages, Frame, Job, JobPart, JobSummary, JobView, Markup, NewJobForm, Start,
    number, percent,
};

/// Rows of each table that the page begins with.
const ROWS_SHOWN: usize = 12;

pub(super) struct LabellingPages;

/// What `/v1` says of the job.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Figures {
    published: bool,
    check_point: Option<String>,
    rows_received: u64,
    rows_labelled: u64,
    unmapped: u64,
    undated: u64,
    left_out: u64,
    without_id: u64,
    groups: Vec<Group>,
    peak_memory_mb: Option<f64>,
    rows_per_s: Option<f64>,
    stages: Vec<Stage>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Group {
    group: String,
    rows_published: u64,
    unique_authors: u64,
    rate_of_label: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stage {
    stage: String,
    seconds: f64,
    share: f64,
}

/// A published row.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    source_author: String,
    panel: String,
    create_time: String,
    match_content: String,
}

#[derive(Template)]
#[template(path = "systems/labelling/pages/job.html")]
struct Main<'a> {
    frame: &'a Frame,
    funnel: Vec<FunnelStep>,
    groups: Vec<GroupRow>,
    is_published: bool,
    result: Option<String>,
    /// The page of what the rules did.
    health: Option<String>,
    /// Where persons are explained.
    person: String,
    /// The page of all rows.
    all_rows: String,
    rows: Vec<Row>,
}

struct FunnelStep {
    name: String,
    number: String,
    /// Of the widest, in per cent.
    width: f64,
    note: String,
}

struct GroupRow {
    name: String,
    published: String,
    authors: String,
    width: f64,
    rate: String,
}

#[derive(Template)]
#[template(path = "systems/labelling/pages/side.html")]
struct Side<'a> {
    frame: &'a Frame,
    /// Name, number, where its share begins and how wide it is, in per cent.
    stages: Vec<StageShare>,
    facts: Vec<(String, String)>,
}

struct StageShare {
    no: usize,
    name: String,
    share: String,
    from: f64,
    width: f64,
}

impl FlowPages for LabellingPages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "labelling"
    }

    fn name(&self) -> &'static str {
        "labelling"
    }

    fn title(&self, job: &JobSummary) -> Option<String> {
        let set = job.asked("rule_set").or_else(|| job.asked("model_type"));
        set.map(str::to_owned)
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        let table = (job.asked("target_schema"), job.asked("target_table"));
        let table = match table {
            (Some(source), Some(table)) => Some(format!("{source}.{table}")),
            _ => None,
        };
        let parts = [job.asked("date_range"), job.asked("predict_type")];
        let parts = parts.into_iter().flatten().map(str::to_owned);
        parts.chain(table).collect()
    }

    fn examples(&self, frame: &Frame, schema: &Value) -> Vec<Example> {
        form::examples(frame, schema)
    }

    fn form(&self) -> Option<&'static NewJobForm> {
        Some(&form::FORM)
    }

    fn again(&self, job: &JobSummary) -> Vec<(&'static str, String)> {
        form::again(job)
    }

    fn found(&self, frame: &Frame, checked: &Value) -> Vec<(String, String)> {
        form::found(frame, checked)
    }

    fn start(&self, frame: &Frame) -> Option<Start> {
        Some(Start {
            icon: "labelling",
            title: frame.say("labelling-start"),
            text: frame.say("labelling-start-note"),
            line: "audience demo",
        })
    }

    fn calls(&self, job: &Job) -> Vec<String> {
        match job.detail.figures["published"].as_bool() {
            Some(true) => vec![format!("/v1/jobs/{}/sample?limit=4", job.summary.id)],
            _ => Vec::new(),
        }
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let figures = Figures::deserialize(&view.job.detail.figures).unwrap_or_default();
        JobPart {
            main: Markup::rendered(&main(view, &figures)),
            side: Markup::rendered(&side(view.frame, &figures)),
            request: request(view.frame, &view.job.summary),
            unit: None,
        }
    }
}

fn main<'a>(view: &JobView<'a>, figures: &Figures) -> Main<'a> {
    let frame = view.frame;
    let rows = view.answers.first().map(|answer| &answer["rows"]);
    let rows = rows.and_then(|rows| Vec::<Row>::deserialize(rows).ok());
    let mut rows = rows.unwrap_or_default();
    rows.truncate(ROWS_SHOWN);
    let id = &view.job.summary.id;
    Main {
        frame,
        funnel: funnel(frame, figures),
        groups: groups(figures),
        is_published: figures.published,
        result: figures
            .published
            .then(|| frame.path(&format!("/v1/jobs/{id}/result"))),
        health: (figures.rows_received > 0).then(|| frame.path(&format!("/jobs/{id}/health"))),
        person: frame.path(&format!("/jobs/{id}/person")),
        all_rows: frame.path(&format!("/jobs/{id}/rows")),
        rows,
    }
}

fn funnel(frame: &Frame, figures: &Figures) -> Vec<FunnelStep> {
    let published: u64 = figures
        .groups
        .iter()
        .map(|group| group.rows_published)
        .sum();
    let all = figures.rows_received.max(figures.rows_labelled).max(1);
    let step = |name: &str, count: u64, note: String| FunnelStep {
        name: frame.say(name),
        number: number(count),
        width: share(count, all) * 100.0,
        note,
    };
    let of_received = percent(share(figures.rows_labelled, figures.rows_received.max(1)));
    let of_received = frame
        .words
        .with("labelling-of-received", "share", of_received);
    let mut last = step("labelling-published", published, String::new());
    if !figures.published {
        last.number = "–".to_owned();
        last.width = 0.0;
        last.note = frame.say("labelling-not-published");
    }
    vec![
        step("labelling-received", figures.rows_received, String::new()),
        step("labelling-labelled", figures.rows_labelled, of_received),
        last,
    ]
}

fn groups(figures: &Figures) -> Vec<GroupRow> {
    let most = figures
        .groups
        .iter()
        .map(|group| group.unique_authors)
        .max();
    let most = most.unwrap_or(1).max(1);
    let row = |group: &Group| GroupRow {
        name: group.group.clone(),
        published: match figures.published {
            true => number(group.rows_published),
            false => "–".to_owned(),
        },
        authors: number(group.unique_authors),
        width: share(group.unique_authors, most) * 100.0,
        rate: match figures.published {
            true => percent(group.rate_of_label / 100.0),
            false => "–".to_owned(),
        },
    };
    figures.groups.iter().map(row).collect()
}

fn share(part: u64, all: u64) -> f64 {
    part as f64 / all as f64
}

fn side<'a>(frame: &'a Frame, figures: &Figures) -> Side<'a> {
    let mut from = 0.0;
    let mut stages = Vec::new();
    for (at, stage) in figures.stages.iter().enumerate() {
        if stage.seconds > 0.0 {
            stages.push(StageShare {
                no: at + 1,
                name: frame.say(&format!("labelling-stage-{}", stage.stage)),
                share: percent(stage.share / 100.0),
                from,
                width: stage.share,
            });
            from += stage.share;
        }
    }
    let count = |id: &str, count: u64| (count > 0).then(|| (frame.say(id), number(count)));
    let facts = [
        figures
            .check_point
            .clone()
            .map(|point| (frame.say("labelling-check-point"), point)),
        figures.rows_per_s.map(|rows| {
            let rows = frame.words.with("per-second", "n", number(rows as u64));
            (frame.say("labelling-speed"), rows)
        }),
        figures
            .peak_memory_mb
            .map(|memory| (frame.say("labelling-memory"), format!("{memory:.1} MB"))),
        count("labelling-unmapped", figures.unmapped),
        count("labelling-undated", figures.undated),
        count("labelling-left-out", figures.left_out),
        count("labelling-without-id", figures.without_id),
    ];
    Side {
        frame,
        stages,
        facts: facts.into_iter().flatten().collect(),
    }
}

/// What was asked for, as far as people look for it.
fn request(frame: &Frame, job: &JobSummary) -> Vec<(String, String)> {
    const SHOWN: [(&str, &str); 12] = [
        ("rule_set", "labelling-rule-set"),
        ("model", "labelling-model"),
        ("model_version", "labelling-model-version"),
        ("min_score", "labelling-min-score"),
        ("labels", "labelling-labels"),
        ("rules", "labelling-rules"),
        ("predict_type", "labelling-column"),
        ("date_range", "labelling-range"),
        ("target_schema", "labelling-source"),
        ("target_table", "labelling-table"),
        ("output_schema", "labelling-output"),
        ("row_labels", "labelling-row-labels"),
    ];
    let shown = SHOWN.iter().filter_map(|(member, name)| {
        let value = match job.request.get(*member)? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            Value::Array(values) => {
                let texts = values.iter().filter_map(Value::as_str);
                texts.collect::<Vec<_>>().join(" · ")
            }
            value => value.to_string(),
        };
        Some((frame.say(name), value))
    });
    shown.collect()
}
