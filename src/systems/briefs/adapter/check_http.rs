//! What an adapter of the kind http has to say besides.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::{Map, Value};
use serde_json_path::JsonPath;
use url::Url;

use super::check::Check;
use super::model::{Body, Condition, Http, ItemsPath, Means, Paging};
use super::template::{JsonTemplate, Template};
use super::units;
use super::written::{
    WrittenAdapter, WrittenCondition, WrittenMeans, WrittenNext, WrittenPages, WrittenRequest,
};

/// Headers that are not for adapters: they say how long the body is and to whom it goes.
const OWN_HEADERS: [&str; 6] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "accept-encoding",
    "content-encoding",
];

const SIZE: u32 = 20;

/// More items are not asked for at once.
const SIZE_MAX: u32 = 10_000;

/// Shorter windows make more sequences than a brief may have pages.
const WINDOW_LEAST: Duration = Duration::from_secs(60);

/// How a request is asked, besides its base.
struct Asked {
    method: Method,
    path: Template,
    query: Vec<(String, Template)>,
    headers: Vec<(HeaderName, Template)>,
    body: Body,
}

impl Check<'_> {
    pub(super) fn http(&mut self, written: &WrittenAdapter) -> Option<Http> {
        for (key, is_there) in [
            ("base", written.base.is_some()),
            ("request", written.request.is_some()),
            ("items", written.items.is_some()),
        ] {
            if !is_there {
                self.fault("kind", format!("the kind http needs `{key}`"));
            }
        }
        let base = written.base.as_deref().and_then(|base| self.base(base));
        let asked = written
            .request
            .as_ref()
            .and_then(|asked| self.request(asked));
        let ok = written.ok.as_ref();
        let ok = ok.and_then(|condition| self.condition("ok", condition));
        let errors = self.errors(written);
        let items = written.items.as_deref().and_then(|path| self.items(path));
        let paging = self.paging(written.pages.as_ref(), written.next.as_ref());
        let windows = written.windows.as_deref();
        let windows = windows.and_then(|text| self.windows(text));
        let (asked, paging) = (asked?, paging?);
        self.fits(&asked, &paging, windows.is_some());
        Some(Http {
            base: base?,
            method: asked.method,
            path: asked.path,
            query: asked.query,
            headers: asked.headers,
            body: asked.body,
            ok,
            errors,
            items: items?,
            paging,
            windows,
            newest_first: written.newest_first.unwrap_or(false),
        })
    }

    fn base(&mut self, text: &str) -> Option<Url> {
        let expected = "expected a URL that begins with http:// or https://, without a user, a query or a fragment";
        let url = Url::parse(text).ok().filter(|url| {
            ["http", "https"].contains(&url.scheme())
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if url.is_none() {
            self.fault("base", expected);
        }
        url
    }

    fn request(&mut self, written: &WrittenRequest) -> Option<Asked> {
        let method = match written.method.as_deref() {
            None => match written.json.is_some() || written.form.is_some() {
                true => Method::POST,
                false => Method::GET,
            },
            Some("GET") => Method::GET,
            Some("POST") => Method::POST,
            Some(other) => {
                let problem = format!("unknown method `{other}`; expected GET or POST");
                self.fault("request.method", problem);
                Method::GET
            }
        };
        let has_body = written.json.is_some() || written.form.is_some();
        if has_body && method == Method::GET {
            self.fault("request.method", "a request with a body is a POST");
        }
        if !written.path.starts_with('/') {
            self.fault("request.path", "expected a path that begins with `/`");
        }
        if written.path.contains(['?', '#']) {
            self.fault("request.path", "write what stands behind `?` under `query`");
        }
        let path = self.template("request.path", &written.path);
        let query = self.pairs("request.query", &written.query);
        let headers = self.headers(&written.headers);
        let body = match (&written.json, &written.form) {
            (None, None) => Body::None,
            (Some(json), None) => match JsonTemplate::parse(json, "request.json") {
                Ok(template) => Body::Json(template),
                Err((key, fault)) => {
                    self.fault(&key, fault.to_string());
                    Body::None
                }
            },
            (None, Some(form)) => Body::Form(self.pairs("request.form", form)),
            (Some(_), Some(_)) => {
                self.fault("request.form", "expected `json` or `form`, not both");
                Body::None
            }
        };
        let asked = Asked {
            method,
            path: path?,
            query,
            headers,
            body,
        };
        for template in asked.templates() {
            self.uses(template);
        }
        Some(asked)
    }

    fn pairs(&mut self, key: &str, written: &Map<String, Value>) -> Vec<(String, Template)> {
        let mut pairs = Vec::with_capacity(written.len());
        for (name, value) in written {
            let at = format!("{key}.{name}");
            let Some(text) = self.text(&at, value) else {
                continue;
            };
            pairs.extend(self.template(&at, &text).map(|value| (name.clone(), value)));
        }
        pairs
    }

    fn headers(&mut self, written: &Map<String, Value>) -> Vec<(HeaderName, Template)> {
        let mut headers = Vec::with_capacity(written.len());
        for (name, value) in written {
            let at = format!("request.headers.{name}");
            let Ok(header) = name.parse::<HeaderName>() else {
                self.fault(&at, "invalid header name; expected letters, digits and -");
                continue;
            };
            if OWN_HEADERS.contains(&header.as_str()) {
                self.fault(&at, "this header is set by the program");
                continue;
            }
            let Some(text) = self.text(&at, value) else {
                continue;
            };
            headers.extend(self.template(&at, &text).map(|value| (header, value)));
        }
        headers
    }

    /// A text, or a number or boolean as one.
    fn text(&mut self, key: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => {
                self.fault(key, "expected a text");
                None
            }
        }
    }

    fn condition(&mut self, key: &str, written: &WrittenCondition) -> Option<Condition> {
        self.path_and_values(key, &written.path, &written.is)
    }

    fn path_and_values(&mut self, key: &str, path: &str, values: &[Value]) -> Option<Condition> {
        if values.is_empty() {
            self.fault(&format!("{key}.is"), "expected at least one value");
        }
        if values
            .iter()
            .any(|value| value.is_object() || value.is_array())
        {
            let expected = "expected texts, numbers, booleans or null";
            self.fault(&format!("{key}.is"), expected);
        }
        let path = self.path(&format!("{key}.path"), path)?;
        Some(Condition {
            path,
            is: values.to_vec(),
        })
    }

    fn errors(&mut self, written: &WrittenAdapter) -> Vec<(Condition, Means)> {
        let mut errors = Vec::with_capacity(written.errors.len());
        for (no, error) in written.errors.iter().enumerate() {
            let means = match error.means {
                WrittenMeans::Transient => Means::Transient,
                WrittenMeans::RateLimited => Means::RateLimited,
                WrittenMeans::Auth => Means::Auth,
                WrittenMeans::Quota => Means::Quota,
                WrittenMeans::Gone => Means::Gone,
            };
            let key = format!("errors[{no}]");
            let condition = self.path_and_values(&key, &error.path, &error.is);
            errors.extend(condition.map(|condition| (condition, means)));
        }
        errors
    }

    fn items(&mut self, text: &str) -> Option<ItemsPath> {
        let items = self.path("items", text)?;
        // The path before the last bracket at the end is one, too, or there is no bracket.
        let list = text
            .trim_end()
            .strip_suffix(']')
            .and_then(before_last_bracket)
            .and_then(|list| JsonPath::parse(list).ok());
        let list = list.or_else(|| before_any_bracket(text));
        Some(ItemsPath { items, list })
    }

    fn paging(
        &mut self,
        pages: Option<&WrittenPages>,
        next: Option<&WrittenNext>,
    ) -> Option<Paging> {
        match (pages, next) {
            (Some(_), Some(_)) => {
                self.fault("next", "expected `pages` or `next`, not both");
                None
            }
            (None, Some(next)) => {
                let more = next.more.as_ref();
                let more = more.and_then(|more| self.condition("next.more", more));
                if next.cursor.is_empty() {
                    self.fault("next.cursor", "expected at least one cursor");
                }
                let mut cursors = Vec::with_capacity(next.cursor.len());
                for (name, path) in &next.cursor {
                    let at = format!("next.cursor.{name}");
                    let Some(path) = self.text(&at, path) else {
                        continue;
                    };
                    cursors.extend(self.path(&at, &path).map(|path| (name.clone(), path)));
                }
                Some(Paging::Cursor { more, cursors })
            }
            (pages, None) => {
                let size = pages.and_then(|pages| pages.size).unwrap_or(SIZE);
                if !(1..=SIZE_MAX).contains(&size) {
                    let expected = format!("expected a number from 1 to {SIZE_MAX}");
                    self.fault("pages.size", expected);
                }
                let total = pages.and_then(|pages| pages.total.as_deref());
                let total_pages = pages.and_then(|pages| pages.total_pages.as_deref());
                if total.is_some() && total_pages.is_some() {
                    let expected = "expected `total` or `total_pages`, not both";
                    self.fault("pages.total_pages", expected);
                }
                Some(Paging::Numbered {
                    first: pages.and_then(|pages| pages.first).unwrap_or(1),
                    size,
                    total: total.and_then(|path| self.path("pages.total", path)),
                    total_pages: total_pages.and_then(|path| self.path("pages.total_pages", path)),
                })
            }
        }
    }

    fn windows(&mut self, text: &str) -> Option<Duration> {
        let window = units::duration(text).filter(|window| *window >= WINDOW_LEAST);
        if window.is_none() {
            self.fault("windows", "expected a duration from 60s, such as 12h or 7d");
        }
        window
    }

    /// Whether the request has the places that its paging and its windows need.
    fn fits(&mut self, asked: &Asked, paging: &Paging, has_windows: bool) {
        let templates = asked.templates();
        let ranges = templates.iter().map(|template| template.range());
        let has = ranges.fold((false, false), |has, (from, to)| (has.0 | from, has.1 | to));
        if has_windows && has != (true, true) {
            self.fault("windows", "needs {from} and {to} in the request");
        }
        match paging {
            Paging::Cursor { cursors, .. } => {
                let used: Vec<&str> = templates.iter().flat_map(|found| found.cursors()).collect();
                for name in &used {
                    if !cursors.iter().any(|(known, _)| known == name) {
                        let problem = format!("{{cursor.{name}}} is not among `next.cursor`");
                        self.fault("request", problem);
                    }
                }
                for (name, _) in cursors {
                    if !used.contains(&name.as_str()) {
                        let problem = format!("the request has no place {{cursor.{name}}}");
                        self.fault(&format!("next.cursor.{name}"), problem);
                    }
                }
            }
            Paging::Numbered { .. } => {
                if templates
                    .iter()
                    .any(|template| template.cursors().count() > 0)
                {
                    self.fault("request", "a place {cursor.NAME} needs `next.cursor`");
                }
            }
        }
    }
}

impl Asked {
    fn templates(&self) -> Vec<&Template> {
        let mut templates = vec![&self.path];
        templates.extend(self.query.iter().map(|(_, template)| template));
        templates.extend(self.headers.iter().map(|(_, template)| template));
        match &self.body {
            Body::None => {}
            Body::Json(json) => templates.extend(json.templates()),
            Body::Form(form) => templates.extend(form.iter().map(|(_, template)| template)),
        }
        templates
    }
}

/// `$.data[*` → `$.data`. Brackets within the last one, and in quotes, are passed over.
fn before_last_bracket(text: &str) -> Option<&str> {
    let mut depth = 1;
    let mut quoted = None;
    for (at, found) in text.char_indices().rev() {
        match (quoted, found) {
            (Some(quote), found) if quote == found => quoted = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quoted = Some(found),
            (None, ']') => depth += 1,
            (None, '[') if depth == 1 => return Some(&text[..at]),
            (None, '[') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `$.data.cards[*].mblog` → `$.data.cards`.
fn before_any_bracket(text: &str) -> Option<JsonPath> {
    let end = text.rfind(']')?;
    JsonPath::parse(before_last_bracket(&text[..end])?).ok()
}
