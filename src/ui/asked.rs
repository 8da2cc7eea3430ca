//! A visit with all that a page is made with, and what the page has come to.

use std::sync::Arc;

use askama::Template;
use poem::Response;
use poem::http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::error_page::{ErrorPage, PageError};
use super::file_form::FileForm;
use super::forms;
use super::frame::Frame;
use super::packed::{self, Effort};
use super::pages::FlowPages;
use crate::http::{V1Answer, V1Call, Visit};

/// The page loads and runs what is served here, and is shown in no frame.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'; object-src 'none'";

/// A visit with all that a page is made with.
pub struct Asked<'a> {
    pub(super) visit: Visit,
    pub frame: Frame,
    pub(super) flows: &'a [Arc<dyn FlowPages>],
}

/// What a page has come to.
pub enum Answer {
    Page(String),
    /// The same page, which is not there or was refused.
    Refused(StatusCode, String),
    /// To a path of this site, with cookies.
    Elsewhere(String, Vec<HeaderValue>),
}

impl Asked<'_> {
    /// What `/v1` answers to a `GET`.
    pub async fn get(&self, path: &str) -> Result<Value, PageError> {
        let answer = self.visit.call(Method::GET, path, None).await;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            _ => Err(PageError::of(&answer)),
        }
    }

    /// A file that `/v1` answers with.
    pub async fn get_bytes(&self, path: &str) -> Result<Vec<u8>, PageError> {
        let answer = self.visit.call(Method::GET, path, None).await;
        match answer.status {
            StatusCode::OK => Ok(answer.bytes.into()),
            _ => Err(PageError::of(&answer)),
        }
    }

    /// The same for a part without which the page is shown, too: null if there is no answer.
    pub async fn get_part(&self, path: &str) -> Value {
        self.get(path).await.unwrap_or_default()
    }

    /// Does something by `/v1`.
    pub async fn post(&self, path: &str, body: Option<&Value>) -> Result<V1Answer, PageError> {
        let answer = self.visit.call(Method::POST, path, body).await;
        match answer.status.is_success() {
            true => Ok(answer),
            false => Err(PageError::of(&answer)),
        }
    }

    /// Stores something by `/v1`.
    pub async fn put(&self, path: &str, body: &Value) -> Result<V1Answer, PageError> {
        let answer = self.visit.call(Method::PUT, path, Some(body)).await;
        match answer.status.is_success() {
            true => Ok(answer),
            false => Err(PageError::of(&answer)),
        }
    }

    /// Takes something back by `/v1`.
    pub async fn delete(&self, path: &str) -> Result<(), PageError> {
        let answer = self.visit.call(Method::DELETE, path, None).await;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(PageError::of(&answer)),
        }
    }

    /// The path of the page, without the prefix of a proxy.
    pub fn path(&self) -> &str {
        &self.visit.path
    }

    /// A parameter of the address; empty: it is not there.
    pub fn parameter(&self, name: &str) -> String {
        let given = self.parameters();
        let value = forms::find(&given, name).unwrap_or_default();
        value.trim().to_owned()
    }

    /// All parameters of the address.
    pub fn parameters(&self) -> Vec<(String, String)> {
        forms::pairs(self.visit.query.as_bytes())
    }

    /// The fields of the form that was sent.
    pub fn form(&self) -> Vec<(String, String)> {
        forms::pairs(&self.visit.form)
    }

    /// The form that was sent, with its file.
    pub async fn file_form(&self) -> Result<FileForm, PageError> {
        FileForm::of(&self.visit).await
    }

    /// What `/v1` answers to a call, whatever that is.
    pub async fn send(&self, call: V1Call<'_>) -> V1Answer {
        self.visit.send(call).await
    }

    pub(super) fn error(&self, error: &PageError) -> Answer {
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

    /// To another page.
    pub fn elsewhere(&self, path: &str) -> Answer {
        Answer::Elsewhere(path.to_owned(), Vec::new())
    }

    pub(super) fn flow(&self, name: &str) -> Option<&dyn FlowPages> {
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

    /// The page, or with a fault the page that says it.
    pub fn page_or_fault(
        template: &impl Template,
        fault: Option<&PageError>,
    ) -> Result<Self, PageError> {
        let html = template.render().map_err(|_| PageError::internal())?;
        Ok(match fault {
            Some(fault) => Self::Refused(fault.status, html),
            None => Self::Page(html),
        })
    }

    pub(super) fn into_response(self, takes_packed: bool) -> Response {
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
