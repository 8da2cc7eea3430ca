//! Which page a request is for, and what is sent of it.

use std::sync::Arc;

use async_trait::async_trait;
use poem::Response;
use poem::http::{Method, StatusCode};

use super::asked::{Answer, Asked};
use super::audit_page::AuditRoom;
use super::bulk_job::BulkPages;
use super::cookies::Preferences;
use super::error_page::PageError;
use super::frame::Frame;
use super::pages::{FlowPages, Pages};
use super::rooms::{JobPage, Room};
use super::runtime_page::RuntimeRoom;
use super::settings_page::SettingsRoom;
use super::tools::Tool;
use super::words::{Catalogue, OWN, Words};
use super::{
    actions, assets, bulk_page, job_page, jobs_page, log_page, new_page, packed, rows_page,
    saved_views, sign_in,
};
use crate::http::{Site, Visit};

/// The first parts of the paths of pages that are no rooms.
const OWN_ROOTS: [&str; 6] = [
    "/jobs",
    "/new",
    "/sign-in",
    "/sign-out",
    "/preferences",
    "/static",
];

/// The pages of the engine, with those of all systems.
pub struct WebPages {
    catalogue: Arc<Catalogue>,
    flows: Vec<Arc<dyn FlowPages>>,
    rooms: Vec<Arc<dyn Room>>,
    job_pages: Vec<Arc<dyn JobPage>>,
    tools: Vec<Arc<dyn Tool>>,
    roots: Vec<&'static str>,
}

impl WebPages {
    pub fn new(systems: Vec<Pages>) -> Self {
        let mut sources = vec![OWN];
        sources.extend(systems.iter().filter_map(|pages| pages.words));
        let mut pages = Self {
            catalogue: Arc::new(Catalogue::of(&sources)),
            flows: Vec::new(),
            rooms: Vec::new(),
            job_pages: Vec::new(),
            tools: Vec::new(),
            roots: OWN_ROOTS.to_vec(),
        };
        for system in systems {
            pages.flows.extend(system.flows);
            pages.rooms.extend(system.rooms);
            pages.job_pages.extend(system.job_pages);
            pages.tools.extend(system.tools);
        }
        pages.flows.push(Arc::new(BulkPages));
        // What is for fewer stands last.
        let own: [Arc<dyn Room>; 3] = [
            Arc::new(RuntimeRoom),
            Arc::new(AuditRoom),
            Arc::new(SettingsRoom),
        ];
        pages.rooms.extend(own);
        pages
            .roots
            .extend(pages.rooms.iter().map(|room| room.root()));
        pages
    }
}

#[async_trait]
impl Site for WebPages {
    fn roots(&self) -> &[&'static str] {
        &self.roots
    }

    fn takes_files(&self, path: &str) -> bool {
        let first = path.trim_start_matches('/').split('/').next();
        self.room_of(first.unwrap_or_default())
            .is_some_and(|room| room.takes_files())
    }

    async fn visit(&self, visit: Visit) -> Response {
        let takes_packed = packed::is_taken(&visit.headers);
        if let Some(name) = visit.path.strip_prefix("/static/") {
            return assets::answer(name, &visit.headers);
        }
        let preferences = Preferences::of(&visit.headers);
        let words = Words::new(&self.catalogue, preferences.language);
        let mut asked = Asked {
            frame: Frame::of(&visit, words, &preferences, &self.rooms),
            flows: &self.flows,
            visit,
        };
        if asked.visit.visitor.is_some() {
            for tool in &self.tools {
                let shown = tool.show(&asked).await;
                asked.frame.add_tool(shown);
            }
        }
        let answer = match self.page(&asked).await {
            Ok(answer) => answer,
            Err(error) => asked.error(&error),
        };
        answer.into_response(takes_packed)
    }
}

impl WebPages {
    async fn page(&self, asked: &Asked<'_>) -> Result<Answer, PageError> {
        let path = asked.visit.path.trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        let is_post = match asked.visit.method {
            Method::GET | Method::HEAD => false,
            Method::POST => true,
            _ => return Err(PageError::of_status(StatusCode::METHOD_NOT_ALLOWED)),
        };
        match (parts.as_slice(), is_post) {
            (["sign-in"], false) => return sign_in::show(asked),
            (["sign-in"], true) => return sign_in::sign_in(asked).await,
            (["sign-out"], true) => return sign_in::sign_out(asked).await,
            (["preferences"], true) => return Ok(sign_in::prefer(asked)),
            _ => {}
        }
        if asked.visit.visitor.is_none() {
            return Ok(asked.elsewhere(&asked.frame.sign_in_path()));
        }
        match (parts.as_slice(), is_post) {
            ([""], false) => Ok(asked.elsewhere("/jobs")),
            (["jobs"], false) => jobs_page::show(asked).await,
            (["jobs", "bulk"], true) => bulk_page::confirm(asked).await,
            (["jobs", "bulk", "start"], true) => bulk_page::start(asked).await,
            (["jobs", "views"], true) => saved_views::save(asked).await,
            (["jobs", "views", "remove"], true) => saved_views::remove(asked).await,
            (["jobs", id], false) => job_page::show(asked, id).await,
            (["jobs", id, "log"], false) => log_page::show(asked, id).await,
            (["jobs", id, "rows"], false) => rows_page::show(asked, id).await,
            (["jobs", id, page], false) => self.job_page(page)?.show(asked, id).await,
            (["jobs", id, action], true) => actions::act(asked, id, action).await,
            (["jobs", id, page, action], true) => self.job_page(page)?.act(asked, id, action).await,
            (["new"], false) => new_page::list(asked, &self.rooms).await,
            (["new", flow], false) => new_page::show(asked, flow).await,
            (["new", flow], true) => new_page::start(asked, flow).await,
            (parts, is_post) => self.room(asked, parts, is_post).await,
        }
    }

    async fn room(
        &self,
        asked: &Asked<'_>,
        parts: &[&str],
        is_post: bool,
    ) -> Result<Answer, PageError> {
        let (first, rest) = parts.split_first().ok_or_else(PageError::nothing_here)?;
        let room = self.room_of(first).ok_or_else(PageError::nothing_here)?;
        match is_post {
            true => room.act(asked, rest).await,
            false => room.show(asked, rest).await,
        }
    }

    /// The page of a system about a job.
    fn job_page(&self, name: &str) -> Result<&dyn JobPage, PageError> {
        let mut pages = self.job_pages.iter();
        let found = pages.find(|page| page.name() == name);
        found.map(AsRef::as_ref).ok_or_else(PageError::nothing_here)
    }

    /// The room whose root is `/first`.
    fn room_of(&self, first: &str) -> Option<&dyn Room> {
        let mut rooms = self.rooms.iter();
        let found = rooms.find(|room| room.root().strip_prefix('/') == Some(first));
        found.map(AsRef::as_ref)
    }
}
