//! A job that imports a file: what became of the rows, and the first problems.

use askama::Template;
use serde_json::Value;

use super::super::importing::FLOW;
use super::data::{Import, ProblemPage, read};
use super::import_page::problems_path;
use super::shown::{ProblemRow, counts, import_path, mapping_of};
use crate::ui::{FlowPages, Frame, Job, JobPart, JobSummary, JobView, Markup, Start, number};

/// Problems that the page begins with.
const SHOWN: u32 = 10;

pub(super) struct ImportPages;

#[derive(Template)]
#[template(path = "systems/prediction/pages/job.html")]
struct Main<'a> {
    frame: &'a Frame,
    figures: Vec<(String, String)>,
    href: String,
    problems: Vec<ProblemRow>,
}

impl FlowPages for ImportPages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "file"
    }

    fn name(&self) -> &'static str {
        "imports"
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        let mapping = job.asked("mapping").map(str::to_owned);
        let version = job.request["mapping_version"].as_i64();
        let version = version.map(|version| version.to_string());
        mapping.into_iter().chain(version).collect()
    }

    fn start(&self, frame: &Frame) -> Option<Start> {
        Some(Start {
            icon: "file",
            title: frame.say("imports-start"),
            text: frame.say("imports-start-note"),
            line: "audience demo import",
        })
    }

    fn calls(&self, job: &Job) -> Vec<String> {
        match job.detail.figures["import"].as_str() {
            Some(id) => vec![format!("/v1{}", import_path(id)), problems_path(id, SHOWN)],
            None => Vec::new(),
        }
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let frame = view.frame;
        let answer = |at: usize| view.answers.get(at).cloned().unwrap_or_default();
        let import: Import = read(answer(0));
        let problems: ProblemPage = read(answer(1));
        let main = match import.id.is_empty() {
            true => Markup::default(),
            false => Markup::rendered(&main(frame, &import, &problems)),
        };
        JobPart {
            main,
            request: request(frame, &view.job.summary),
            ..JobPart::default()
        }
    }
}

fn main<'a>(frame: &'a Frame, import: &Import, problems: &ProblemPage) -> Main<'a> {
    let [inserted, updated, unchanged, replaced] = counts(import.rows);
    let problem = |(no, problem)| ProblemRow::of(frame, no, problem);
    Main {
        frame,
        figures: vec![
            (frame.say("imports-inserted"), inserted),
            (frame.say("imports-updated"), updated),
            (frame.say("imports-unchanged"), unchanged),
            (frame.say("imports-replaced"), replaced),
            (frame.say("imports-problems"), number(import.problems)),
        ],
        href: frame.path(&import_path(&import.id)),
        problems: problems.problems.iter().enumerate().map(problem).collect(),
    }
}

/// What was asked for, as far as people look for it.
fn request(frame: &Frame, job: &JobSummary) -> Vec<(String, String)> {
    let asked: Import = read(Value::clone(&job.request));
    let strict = match asked.strict {
        true => "imports-yes",
        false => "imports-no",
    };
    let facts = [
        ("imports-file", Some(asked.file.clone())),
        ("imports-mapping", Some(mapping_of(&asked))),
        ("imports-output", asked.output.clone()),
        ("imports-strict", Some(frame.say(strict))),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(name, value)| Some((frame.say(name), value?)));
    facts.collect()
}
