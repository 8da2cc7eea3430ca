//! Which page a request is for, and what is sent of it.

use std::sync::Arc;

use askama::Template;
use async_trait::async_trait;
use poem::Response;
use poem::http::{HeaderValue, Method, StatusCode, header};

use super::cookies::Preferences;
use super::error_page::{ErrorPage, PageError};
use super::frame::Frame;
use super::packed::{self, Effort};
use super::pages::{FlowPages, Pages};
use super::words::{Catalogue, OWN, Words};
use super::{actions, assets, job_page, jobs_page, log_page, sign_in};
use crate::http::{Site, Visit};

/// The page loads and runs what is served here, and is shown in no frame.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'; object-src 'none'";

/// The pages of the engine, with those of all systems.
pub struct WebPages {
    catalogue: Arc<Catalogue>,
    flows: Vec<Arc<dyn FlowPages>>,
}

/// A visit with all that a page is made with.
pub(super) struct Asked<'a> {
    pub visit: Visit,
    pub frame: Frame,
    pub flows: &'a [Arc<dyn FlowPages>],
}

/// What a page has come to.
pub(super) enum Answer {
    Page(String),
    /// The same page, which is not there or was refused.
    Refused(StatusCode, String),
    /// To a path of this site, with cookies.
    Elsewhere(String, Vec<HeaderValue>),
}

impl WebPages {
    pub fn new(systems: Vec<Pages>) -> Self {
        let mut sources = vec![OWN];
        sources.extend(systems.iter().filter_map(|pages| pages.words));
        Self {
            catalogue: Arc::new(Catalogue::of(&sources)),
            flows: systems.into_iter().flat_map(|pages| pages.flows).collect(),
        }
    }
}

#[async_trait]
impl Site for WebPages {
    fn roots(&self) -> &'static [&'static str] {
        &["/jobs", "/sign-in", "/sign-out", "/preferences", "/static"]
    }

    async fn visit(&self, visit: Visit) -> Response {
        let takes_packed = packed::is_taken(&visit.headers);
        if let Some(name) = visit.path.strip_prefix("/static/") {
            return assets::answer(name, &visit.headers);
        }
        let preferences = Preferences::of(&visit.headers);
        let words = Words::new(&self.catalogue, preferences.language);
        let asked = Asked {
            frame: Frame::of(&visit, words, &preferences),
            flows: &self.flows,
            visit,
        };
        let answer = match asked.page().await {
            Ok(answer) => answer,
            Err(error) => asked.error(&error),
        };
        answer.into_response(takes_packed)
    }
}

impl Asked<'_> {
    async fn page(&self) -> Result<Answer, PageError> {
        let path = self.visit.path.trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        let is_post = match self.visit.method {
            Method::GET | Method::HEAD => false,
            Method::POST => true,
            _ => return Err(PageError::of_status(StatusCode::METHOD_NOT_ALLOWED)),
        };
        match (parts.as_slice(), is_post) {
            (["sign-in"], false) => return sign_in::show(self),
            (["sign-in"], true) => return sign_in::sign_in(self).await,
            (["sign-out"], true) => return sign_in::sign_out(self).await,
            (["preferences"], true) => return Ok(sign_in::prefer(self)),
            _ => {}
        }
        if self.visit.visitor.is_none() {
            return Ok(self.elsewhere(&self.frame.sign_in_path()));
        }
        match (parts.as_slice(), is_post) {
            ([""], false) => Ok(self.elsewhere("/jobs")),
            (["jobs"], false) => jobs_page::show(self).await,
            (["jobs", id], false) => job_page::show(self, id).await,
            (["jobs", id, "log"], false) => log_page::show(self, id).await,
            (["jobs", id, action], true) => actions::act(self, id, action).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    fn error(&self, error: &PageError) -> Answer {
        // The session has ended between the look at it and the call.
        if error.status == StatusCode::UNAUTHORIZED {
            return self.elsewhere(&self.frame.sign_in_path());
        }
        let page = ErrorPage {
            frame: &self.frame,
            error,
        };
        Answer::Refused(error.status, page.render().unwrap_or_default())
    }

    pub fn elsewhere(&self, path: &str) -> Answer {
        Answer::Elsewhere(path.to_owned(), Vec::new())
    }

    pub fn flow(&self, name: &str) -> Option<&dyn FlowPages> {
        let mut flows = self.flows.iter();
        let found = flows.find(|pages| pages.flow() == name);
        found.map(AsRef::as_ref)
    }
}

impl Answer {
    pub fn page(template: &impl Template) -> Result<Self, PageError> {
        let rendered = template.render();
        rendered.map(Self::Page).map_err(|_| PageError::internal())
    }

    fn into_response(self, takes_packed: bool) -> Response {
        let (status, html) = match self {
            Self::Page(html) => (StatusCode::OK, html),
            Self::Refused(status, html) => (status, html),
            Self::Elsewhere(path, cookies) => {
                let mut response = Response::builder()
                    .status(StatusCode::SEE_OTHER)
                    .header(header::LOCATION, path)
                    .header(header::CACHE_CONTROL, "no-store")
                    .finish();
                for cookie in cookies {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                return response;
            }
        };
        let response = Response::builder()
            .status(status)
            .content_type("text/html; charset=utf-8")
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::VARY, "Accept-Encoding, Accept-Language, Cookie");
        match takes_packed {
            true => response
                .header(header::CONTENT_ENCODING, packed::NAME)
                .body(packed::packed(html.as_bytes(), Effort::Least)),
            false => response.body(html),
        }
    }
}
