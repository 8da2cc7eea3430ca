//! A run of a scrape: what became of it and why, the pages that it keeps, and what could not be used.

use askama::Template;

use super::data::read;
use super::previewing::more;
use super::scrape_data::{Run, RunDetail};
use super::scrape_shown::{PageRow, run_path, run_state, scrape_path};
use super::shown::{ProblemRow, moment};
use crate::clock;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, bytes, encoded, number};

#[derive(Template)]
#[template(path = "systems/prediction/pages/scrape_run.html")]
struct RunShown<'a> {
    frame: &'a Frame,
    run: &'a Run,
    scrape: String,
    state: Markup,
    /// Of the run, as a colour: it has not gone well, or has not ended.
    look: &'static str,
    job: String,
    ago: Markup,
    exact: Markup,
    figures: Vec<(String, String)>,
    facts: Vec<(String, String)>,
    /// The run whose pages it has extracted again.
    replay_of: Option<String>,
    kept_until: Option<Markup>,
    pages: Vec<PageRow>,
    problems: Vec<ProblemRow>,
    /// That only some of them are shown.
    more_problems: Option<String>,
}

pub(super) async fn show(asked: &Asked<'_>, name: &str, id: &str) -> Result<Answer, PageError> {
    let data = format!("/v1/scrapes/{name}/runs/{id}");
    let detail: RunDetail = read(asked.get(&data).await?);
    let frame = &asked.frame.clone().with_data(data.clone());
    let run = &detail.run;
    let has_failed = run.state == "failed";
    let at = run.ended_at.as_deref().or(run.began_at.as_deref());
    let (ago, exact) = moment(frame, at.unwrap_or_default());
    let has_begun = at.is_some();
    let pages = detail.pages.iter().map(|page| PageRow {
        href: Some(frame.path(&format!("{data}/pages/{}", page.number))),
        ..PageRow::of(frame, page)
    });
    let problems = detail.problems.iter().enumerate();
    let kept_until = run.pages_kept_until.as_deref().and_then(clock::parse);
    let shown = detail.problems.len();
    let template = RunShown {
        frame,
        scrape: frame.path(&scrape_path(&run.scrape)),
        state: run_state(frame, &run.state),
        look: if has_failed { "failed" } else { "waiting" },
        job: frame.path(&format!("/jobs/{}", encoded(&run.job_id))),
        ago: if has_begun { ago } else { Markup::default() },
        exact: if has_begun { exact } else { Markup::default() },
        figures: figures(frame, run),
        facts: facts(frame, run),
        replay_of: run
            .replay_of
            .as_deref()
            .map(|first| frame.path(&run_path(&run.scrape, first))),
        kept_until: kept_until.map(|until| frame.exact(until)),
        pages: pages.collect(),
        more_problems: more(frame, run.problems, shown),
        problems: problems
            .map(|(no, problem)| ProblemRow::of(frame, no, problem))
            .collect(),
        run,
    };
    Answer::page(&template)
}

/// What became of the rows.
pub(super) fn figures(frame: &Frame, run: &Run) -> Vec<(String, String)> {
    let rows = run.rows;
    let figures = [
        ("scrapes-found", rows.found),
        ("imports-inserted", rows.inserted),
        ("imports-updated", rows.updated),
        ("imports-unchanged", rows.unchanged),
        ("scrapes-left-out", rows.left_out),
        ("imports-problems", run.problems),
    ];
    let figures = figures.into_iter();
    let figures = figures.map(|(word, count)| (frame.say(word), number(count)));
    figures.collect()
}

fn facts(frame: &Frame, run: &Run) -> Vec<(String, String)> {
    let [began, ended] = [&run.began_at, &run.ended_at].map(|at| clock::parse(at.as_deref()?));
    let took = began.zip(ended);
    let took = took.map(|(began, ended)| frame.duration(ended - began));
    let unchanged = run.unchanged_pages;
    let pages = match unchanged {
        0 => number(run.pages),
        _ => {
            let unchanged = frame.words.count("scrapes-pages-unchanged", unchanged);
            format!("{} · {unchanged}", number(run.pages))
        }
    };
    let tables = run.tables.iter().map(|table| table.into.as_str());
    let tables = tables.collect::<Vec<_>>().join(", ");
    let facts = [
        ("scrapes-day", run.day.clone()),
        (
            "imports-version",
            run.version.map(|version| version.to_string()),
        ),
        ("imports-table", (!tables.is_empty()).then_some(tables)),
        ("scrapes-pages", Some(pages)),
        ("scrapes-size", Some(bytes(run.bytes))),
        (
            "scrapes-last-page",
            run.ended.as_deref().map(|ended| end_word(frame, ended)),
        ),
        ("scrapes-took", took),
        ("started-by", run.started_by.clone()),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(word, value)| Some((frame.say(word), value?)));
    facts.collect()
}

/// Why there was no further page; what has no words is shown as it is.
fn end_word(frame: &Frame, ended: &str) -> String {
    let id = format!("scrapes-ended-{}", ended.replace('_', "-"));
    match frame.words.has(&id) {
        true => frame.say(&id),
        false => ended.to_owned(),
    }
}
