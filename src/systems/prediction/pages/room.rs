//! Which page of imports a path is for.

use async_trait::async_trait;

use super::data::{MappingList, read};
use super::{import_page, lint_page, list_page, mapping_page, mappings_page, upload_page};
use crate::ui::{Answer, Asked, PageError, Room, Startable, encoded};

pub(super) const ROOT: &str = "/imports";

/// Mappings that the page of all that can be started lists.
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
        vec![Startable {
            icon: "file",
            title: frame.say("imports"),
            href: frame.path(ROOT),
            forms: [new].into_iter().chain(by_mapping).collect(),
        }]
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => list_page::show(asked).await,
            ["new"] => upload_page::show(asked).await,
            ["lint"] => lint_page::show(asked),
            ["mappings"] => mappings_page::show(asked).await,
            ["new-mapping"] => mapping_page::show_new(asked),
            ["mappings", name] => mapping_page::show(asked, name).await,
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
            [id, "remove"] => import_page::remove(asked, id).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}
