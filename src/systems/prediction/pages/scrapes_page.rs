//! The list of scrapes.

use askama::Template;

use super::super::scraping::FLOW;
use super::data::read;
use super::room::ROOT;
use super::scrape_data::{About, Scrape, ScrapeList};
use super::scrape_shown::{FreshnessShown, RunRow, scrape_path};
use super::shown::mapping_path;
use super::waiting::waiting;
use crate::clock;
use crate::ui::{Answer, Asked, Frame, Markup, PageError};

#[derive(Template)]
#[template(path = "systems/prediction/pages/scrapes.html")]
struct ScrapesPage<'a> {
    frame: &'a Frame,
    new: String,
    waiting: Markup,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    href: String,
    host: String,
    /// The pattern of its times and their zone; `None`: it runs when somebody asks for it.
    schedule: Option<(String, &'static str)>,
    is_paused: bool,
    next: Option<Markup>,
    freshness: FreshnessShown,
    last: Option<RunRow>,
    table: Option<String>,
    /// What says instead where rows go, and where that is shown.
    mapping: Option<(String, String)>,
    run: String,
    run_label: String,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/scrapes";
    let list: ScrapeList = read(asked.get(data).await?);
    let frame = &asked.frame.clone().with_data(data);
    let rows = list.scrapes.iter().map(|scrape| row(frame, scrape));
    Answer::page(&ScrapesPage {
        frame,
        new: frame.path(&format!("{ROOT}/new-scrape")),
        waiting: waiting(asked, FLOW, "scrapes-scrape", None).await,
        rows: rows.collect(),
    })
}

fn row(frame: &Frame, scrape: &Scrape) -> Row {
    let name = &scrape.definition.name;
    let about = About::of(&scrape.definition.text);
    let next = scrape.next.first();
    let next = next.and_then(|next| clock::parse(next));
    let path = scrape_path(name);
    Row {
        href: frame.path(&path),
        host: about.host.unwrap_or_else(|| "–".to_owned()),
        schedule: about.schedule,
        is_paused: scrape.paused,
        next: next.map(|next| frame.exact(next)),
        freshness: FreshnessShown::of(frame, scrape),
        last: scrape.last_run.as_ref().map(|run| RunRow::of(frame, run)),
        table: about.table,
        mapping: about.mapping.map(|mapping| {
            let href = frame.path(&mapping_path(&mapping));
            (mapping, href)
        }),
        run: frame.path(&format!("{path}/run")),
        run_label: frame.words.with("scrapes-run-name", "name", name),
        name: name.clone(),
    }
}
