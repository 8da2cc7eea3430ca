//! A scrape as the rest of the engine uses it.

use std::time::Duration;

use http::HeaderName;
use serde_json_path::JsonPath;

use super::path::CssPath;
use super::schedule::Schedule;
use super::template::Template;
use crate::systems::prediction::import::Conversion;

/// What is fetched when, and how it becomes rows.
#[derive(Clone, Debug)]
pub(crate) struct Scrape {
    pub name: String,
    /// `None`: it runs when somebody asks for it.
    pub schedule: Option<Schedule>,
    pub request: Request,
    pub pages: Pages,
    pub polite: Polite,
    pub retry: Retry,
    pub extract: Extract,
    pub expect: Expect,
    /// `None`: a mapping says where its rows go.
    pub into: Option<Target>,
    /// A name of the settings' outputs; `None`: the engine's database.
    pub output: Option<String>,
    /// `None`: it is never stale.
    pub stale_after: Option<Duration>,
    pub keep_raw_days: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub url: Template,
    pub headers: Vec<(HeaderName, Template)>,
    /// Of each request to a host; what a redirect leads to is another one.
    pub timeout: Duration,
}

/// How one page leads to the next.
#[derive(Clone, Debug)]
pub(crate) enum Pages {
    One,
    /// `{page}` counts, to the first page without rows.
    Numbered {
        from: u32,
        max: u32,
    },
    /// A page names the next one.
    Linked {
        next: NextPath,
        /// What it names is the value of this parameter of the query; `None`: a URL.
        param: Option<String>,
        max: u32,
    },
}

/// Where a page names the next one.
#[derive(Clone, Debug)]
pub(crate) enum NextPath {
    Css(CssPath),
    Json(JsonPath),
}

#[derive(Clone, Debug)]
pub(crate) struct Polite {
    pub obeys_robots: bool,
    /// Between two requests to a host.
    pub delay: Duration,
    pub user_agent: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    /// The first one included.
    pub tries: u32,
    pub first: Duration,
    pub longest: Duration,
}

/// How a page becomes rows.
#[derive(Clone, Debug)]
pub(crate) enum Extract {
    Html {
        rows: CssPath,
        fields: Vec<Field<CssPath>>,
    },
    Json {
        rows: JsonPath,
        fields: Vec<Field<JsonPath>>,
    },
    /// The name of a mapping.
    Import(String),
}

/// A column of the rows.
#[derive(Clone, Debug)]
pub(crate) struct Field<P> {
    pub name: String,
    pub path: P,
    pub conversion: Conversion,
}

/// What the rows of a run have to be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expect {
    pub min_rows: u64,
    /// The least share of rows in which a field has a value.
    pub filled: Vec<(String, f64)>,
}

/// Where rows go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub table: String,
    /// Names of columns.
    pub key: Vec<String>,
}

/// Columns that every scraped row has behind those of its fields.
pub(crate) const EVERY_ROW: [&str; 3] = ["day", "fetched_at", "_url"];

impl Pages {
    pub const fn are_numbered(&self) -> bool {
        matches!(self, Self::Numbered { .. })
    }
}

impl Scrape {
    /// The names of its secrets.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let headers = self.request.headers.iter();
        let headers = headers.flat_map(|(_, value)| value.secrets());
        self.request.url.secrets().chain(headers)
    }

    /// The name of the mapping that it needs.
    pub fn mapping(&self) -> Option<&str> {
        match &self.extract {
            Extract::Import(name) => Some(name),
            Extract::Html { .. } | Extract::Json { .. } => None,
        }
    }
}
