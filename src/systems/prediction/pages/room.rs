//! Which page of imports, mappings and scrapes a path is for.

use async_trait::async_trait;

use super::data::{MappingList, read};
use super::scrape_data::ScrapeList;
use super::scrape_page::{self, SCRAPES};
use super::scrape_shown::scrape_path;
use super::{
    import_page, lint_page, list_page, mapping_page, mappings_page, scrape_run_page, scrapes_page,
    upload_page,
};
use crate::ui::{Answer, Asked, PageError, Room, Startable, encoded};

pub(super) const ROOT: &str = "/imports";

/// Mappings, and scrapes, that the page of all that can be started lists.
const LISTED: usize = 100;

pub(super) struct ImportsRoom;

#[async_trait]
impl Room for ImportsRoom {
    fn root(&self) -> &'static str {
        ROOT
    }

    fn name(&self) -> &'static str {
        "imports"
    }

    fn key(&self) -> char {
        'i'
    }

    fn shows_everything(&self) -> bool {
        true
    }

    fn takes_files(&self) -> bool {
        true
    }

    async fn startables(&self, asked: &Asked<'_>) -> Vec<Startable> {
        vec![imports(asked).await, scrapes(asked).await]
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => list_page::show(asked).await,
            ["new"] => upload_page::show(asked).await,
            ["lint"] => lint_page::show(asked),
            ["mappings"] => mappings_page::show(asked).await,
            ["new-mapping"] => mapping_page::show_new(asked),
            ["mappings", name] => mapping_page::show(asked, name).await,
            ["scrapes"] => scrapes_page::show(asked).await,
            ["new-scrape"] => scrape_page::show_new(asked),
            ["scrapes", name] => scrape_page::show(asked, name).await,
            ["scrapes", name, "runs", id] => scrape_run_page::show(asked, name, id).await,
            [id] => import_page::show(asked, id).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            ["new"] => upload_page::act(asked).await,
            ["lint"] => lint_page::judge(asked).await,
            ["new-mapping"] => mapping_page::add(asked).await,
            ["mappings", name] => mapping_page::change(asked, name).await,
            ["mappings", name, "remove"] => mapping_page::remove(asked, name).await,
            ["new-scrape"] => scrape_page::add(asked).await,
            ["scrapes", name] => scrape_page::change(asked, name).await,
            ["scrapes", name, "remove"] => scrape_page::remove(asked, name).await,
            ["scrapes", name, "run"] => scrape_page::start(asked, name, "run", &["day"]).await,
            ["scrapes", name, "replay"] => {
                scrape_page::start(asked, name, "replay", &["from", "to"]).await
            }
            [id, "remove"] => import_page::remove(asked, id).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}

async fn imports(asked: &Asked<'_>) -> Startable {
    let frame = &asked.frame;
    let known: MappingList = read(asked.get_part("/v1/mappings").await);
    let path = format!("{ROOT}/new");
    let new = (
        frame.say("imports-new"),
        frame.path(&path),
        frame.say("imports-new-note"),
    );
    let by_mapping = known.mappings.iter().take(LISTED).map(|mapping| {
        let path = format!("{path}?from={}", encoded(&mapping.name));
        let name = frame.words.with("imports-new-by", "name", &mapping.name);
        (name, frame.path(&path), String::new())
    });
    Startable {
        icon: "file",
        title: frame.say("imports"),
        href: frame.path(ROOT),
        forms: [new].into_iter().chain(by_mapping).collect(),
    }
}

async fn scrapes(asked: &Asked<'_>) -> Startable {
    let frame = &asked.frame;
    let known: ScrapeList = read(asked.get_part(SCRAPES.calls).await);
    let new = (
        frame.say("scrapes-new"),
        frame.path(&format!("{ROOT}/new-scrape")),
        frame.say("scrapes-new-note"),
    );
    let by_name = known.scrapes.iter().take(LISTED).map(|scrape| {
        let name = &scrape.definition.name;
        let path = format!("{}#run", scrape_path(name));
        let title = frame.words.with("scrapes-run-name", "name", name);
        (title, frame.path(&path), String::new())
    });
    Startable {
        icon: "download",
        title: frame.say("scrapes"),
        href: frame.path(SCRAPES.pages),
        forms: [new].into_iter().chain(by_name).collect(),
    }
}
