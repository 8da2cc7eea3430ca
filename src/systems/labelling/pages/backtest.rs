//! What a backtest has found: figures, labels, moves, rules that changed, and the rows that differ.

use std::cmp::Reverse;

use askama::Template;
use async_trait::async_trait;
use serde_json::Value;

use super::backtest_job::{counts, set};
use crate::ui::{Answer, Asked, Frame, JobPage, PageError, encoded, number, query};

/// Pairs of labels that are shown, of those with the most rows.
const MOVES_SHOWN: usize = 50;

/// Rules that are shown, of those with the most differing rows.
const RULES_SHOWN: usize = 200;

/// Examples of each kind that are shown, and characters of their texts.
const EXAMPLES_SHOWN: usize = 5;
const CHARACTERS_SHOWN: usize = 300;

pub(super) struct BacktestPage;

#[derive(Template)]
#[template(path = "systems/labelling/pages/backtest.html")]
struct Shown<'a> {
    frame: &'a Frame,
    title: String,
    id: &'a str,
    job_href: String,
    downloads: Vec<(String, String)>,
    figures: Vec<(String, String)>,
    labels: Vec<LabelRow>,
    /// From, to, rows.
    moves: Vec<(String, String, String)>,
    rules: Vec<RuleRow>,
    /// The label, rule or kind whose rows are listed.
    chosen: String,
    rows: Vec<ChangedRow>,
    next: Option<String>,
    examples: Vec<ExampleRow>,
}

struct LabelRow {
    name: String,
    href: String,
    entered: String,
    left: String,
}

struct RuleRow {
    id: String,
    href: String,
    label: String,
    text: String,
    change: String,
    counts: [String; 3],
}

struct ChangedRow {
    id: String,
    time: String,
    author: String,
    from: String,
    to: String,
}

struct ExampleRow {
    id: String,
    time: String,
    kind: String,
    from: String,
    to: String,
    texts: Vec<(String, String)>,
}

#[async_trait]
impl JobPage for BacktestPage {
    fn name(&self) -> &'static str {
        "backtest"
    }

    async fn show(&self, asked: &Asked<'_>, job: &str) -> Result<Answer, PageError> {
        let path = format!("/v1/jobs/{}", encoded(job));
        let data = format!("{path}/changes");
        let given = ["kind", "label", "rule", "after"].map(|name| (name, asked.parameter(name)));
        let wanted = |with_place: bool| -> Vec<(&str, &str)> {
            let given = given.iter();
            let given =
                given.filter(|(name, value)| !value.is_empty() && (with_place || *name != "after"));
            given.map(|(name, value)| (*name, value.as_str())).collect()
        };
        let list = asked
            .get(&format!("{data}{}", query(&wanted(true))))
            .await?;
        let shown = asked.get(&path).await?;
        let report = &shown["figures"];
        let frame = &asked.frame.clone().with_data(data.clone());
        let own = frame.path(&format!("/jobs/{}/backtest", encoded(job)));
        let of = |name: &str, value: &str| format!("{own}{}", query(&[(name, value)]));
        let chosen = wanted(false);
        let chosen: Vec<&str> = chosen.iter().map(|(_, value)| *value).collect();
        let shown = Shown {
            frame,
            title: shown["title"].as_str().unwrap_or(job).to_owned(),
            id: job,
            job_href: frame.path(&format!("/jobs/{}", encoded(job))),
            downloads: downloads(frame, &data),
            figures: figures(frame, report),
            labels: labels(report, |label| of("label", label)),
            moves: moves(report),
            rules: rules(frame, report, |rule| of("rule", rule)),
            chosen: chosen.join(", "),
            rows: rows(&list),
            next: list["next"].as_str().map(|next| {
                let mut parameters = wanted(false);
                parameters.push(("after", next));
                format!("{own}{}", query(&parameters))
            }),
            examples: examples(frame, report),
        };
        Answer::page(&shown)
    }
}

fn downloads(frame: &Frame, data: &str) -> Vec<(String, String)> {
    let subjects = ["rows", "members"].into_iter();
    let all = subjects.flat_map(|subject| {
        let formats = ["csv", "xlsx", "jsonl"].into_iter();
        formats.map(move |format| {
            let word = frame.say(&format!("backtest-{subject}"));
            let href = frame.path(&format!("{data}?of={subject}&format={format}"));
            (format!("{word} · {}", format.to_uppercase()), href)
        })
    });
    all.collect()
}

fn figures(frame: &Frame, report: &Value) -> Vec<(String, String)> {
    let members = &report["members"];
    let sets = [
        ("backtest-base", "base"),
        ("backtest-candidate", "candidate"),
    ];
    let sets = sets.into_iter();
    let mut figures: Vec<(String, String)> = sets
        .filter_map(|(word, member)| Some((frame.say(word), set(&report[member])?)))
        .collect();
    figures.extend(counts(frame, &report["rows"]));
    for kind in ["entered", "left", "kept"] {
        let word = frame.say(&format!("backtest-members-{kind}"));
        figures.push((word, counted(&members[kind])));
    }
    if let Some(drift) = report["drift"].as_f64() {
        figures.push((frame.say("backtest-drift"), format!("{drift:.4}")));
    }
    figures
}

/// Those with the most changes first.
fn labels(report: &Value, href: impl Fn(&str) -> String) -> Vec<LabelRow> {
    let labels = report["labels"].as_object().into_iter().flatten();
    let mut labels: Vec<_> = labels.collect();
    labels.sort_by_key(|(_, rows)| Reverse(sum(rows, &["entered", "left"])));
    let labels = labels.into_iter().map(|(name, rows)| LabelRow {
        name: name.clone(),
        href: href(name),
        entered: counted(&rows["entered"]),
        left: counted(&rows["left"]),
    });
    labels.collect()
}

fn moves(report: &Value) -> Vec<(String, String, String)> {
    let cells = report["matrix"].as_array().into_iter().flatten();
    let mut moved: Vec<&Value> = cells.filter(|cell| cell["from"] != cell["to"]).collect();
    moved.sort_by_key(|cell| Reverse(cell["rows"].as_u64()));
    moved.truncate(MOVES_SHOWN);
    let moved = moved.into_iter();
    moved
        .map(|cell| {
            let (from, to) = (label(&cell["from"]), label(&cell["to"]));
            (from, to, counted(&cell["rows"]))
        })
        .collect()
}

fn rules(frame: &Frame, report: &Value, href: impl Fn(&str) -> String) -> Vec<RuleRow> {
    const KINDS: [&str; 3] = ["entered", "left", "changed"];
    let rules = report["rules"].as_array().into_iter().flatten();
    let mut rules: Vec<&Value> = rules.collect();
    rules.sort_by_key(|rule| Reverse(sum(rule, &KINDS)));
    rules.truncate(RULES_SHOWN);
    let rules = rules.into_iter().map(|rule| {
        let id = text(rule, "rule");
        RuleRow {
            href: href(&id),
            id,
            label: text(rule, "label"),
            text: text(rule, "text"),
            change: frame.say(&format!("backtest-rule-{}", text(rule, "change"))),
            counts: KINDS.map(|kind| counted(&rule[kind])),
        }
    });
    rules.collect()
}

fn rows(list: &Value) -> Vec<ChangedRow> {
    let rows = list["rows"].as_array().into_iter().flatten();
    let rows = rows.map(|row| ChangedRow {
        id: text(row, "id"),
        time: text(row, "post_time"),
        author: text(row, "source_author"),
        from: label(&row["from"]),
        to: label(&row["to"]),
    });
    rows.collect()
}

fn examples(frame: &Frame, report: &Value) -> Vec<ExampleRow> {
    let kinds = report["examples"].as_object().into_iter().flatten();
    let examples = kinds.flat_map(|(kind, rows)| {
        let rows = rows.as_array().into_iter().flatten();
        rows.take(EXAMPLES_SHOWN).map(move |row| ExampleRow {
            id: text(row, "id"),
            time: text(row, "post_time"),
            kind: frame.say(&format!("backtest-{kind}")),
            from: label(&row["from"]),
            to: label(&row["to"]),
            texts: texts(&row["fields"]),
        })
    });
    examples.collect()
}

fn texts(fields: &Value) -> Vec<(String, String)> {
    let fields = fields.as_object().into_iter().flatten();
    let texts = fields.map(|(field, text)| {
        let text = text.as_str().unwrap_or_default();
        let shown: String = text.chars().take(CHARACTERS_SHOWN).collect();
        (field.clone(), shown)
    });
    texts.collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn label(value: &Value) -> String {
    value.as_str().unwrap_or("–").to_owned()
}

fn counted(count: &Value) -> String {
    count.as_u64().map_or_else(|| "–".to_owned(), number)
}

fn sum(value: &Value, names: &[&str]) -> u64 {
    let counts = names.iter().filter_map(|name| value[name].as_u64());
    counts.sum()
}
