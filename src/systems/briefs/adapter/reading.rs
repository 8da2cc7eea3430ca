//! Reads an answer: whether it is good, its articles, and what comes next.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json_path::JsonPath;

use super::item::{ItemReader, Rejected};
use super::json::{self, equal};
use super::model::{Adapter, Condition, Http, Means, Paging};
use crate::systems::briefs::article::Article;

/// What a good answer holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub articles: Vec<Article>,
    /// The items of the answer, rejected ones included.
    pub received: u64,
    pub rejected: u64,
    /// Where the first rejected item has nothing that can be read, and why.
    pub first_rejected: Option<Rejected>,
    pub next: Next,
}

/// What an answer says of the pages behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Next {
    /// Nothing: pages are numbered, and asked until one is empty.
    #[default]
    Unknown,
    /// So many pages there are, the first one included.
    Pages(u64),
    /// The next page is asked with these.
    Cursor(BTreeMap<String, Value>),
    /// There is none.
    End,
}

/// Why an answer is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AnswerFault {
    #[error("the answer is not JSON")]
    NotJson,
    #[error("the answer says that it is not good: {path} is {found}")]
    NotOk { path: String, found: String },
    #[error("the answer has no items at {path}")]
    NoItems { path: String },
    #[error("no item of the answer can be read: {0}")]
    AllRejected(Rejected),
    #[error("{path} is {found}")]
    Means {
        means: Means,
        path: String,
        found: String,
    },
}

/// Texts of answers are shown this far.
const SHOWN_MAX: usize = 60;

/// Reads the body of an answer. `now` is its time, in microseconds; `zone` that of times without one.
pub(crate) fn read(
    adapter: &Adapter,
    http: &Http,
    body: &[u8],
    now: i64,
    zone: chrono_tz::Tz,
) -> Result<Answer, AnswerFault> {
    let root = json::parse(body).ok_or(AnswerFault::NotJson)?;
    judge(http, &root)?;
    let items = items(http, &root)?;
    let reader = ItemReader::new(&adapter.map, zone, now);
    let mut answer = Answer {
        received: items.len() as u64,
        ..Answer::default()
    };
    for item in items {
        match reader.read(item) {
            Ok(article) => answer.articles.push(article),
            Err(rejected) => {
                answer.rejected += 1;
                answer.first_rejected.get_or_insert(rejected);
            }
        }
    }
    match &answer.first_rejected {
        Some(rejected) if answer.articles.is_empty() => {
            return Err(AnswerFault::AllRejected(rejected.clone()));
        }
        _ => {}
    }
    answer.next = next(http, &root);
    Ok(answer)
}

/// The items of an answer as they came; none if it is no good one.
pub(crate) fn raw_items(http: &Http, body: &[u8]) -> Vec<Value> {
    let root = json::parse(body).unwrap_or_default();
    let found = items(http, &root).unwrap_or_default();
    found.into_iter().cloned().collect()
}

fn judge(http: &Http, root: &Value) -> Result<(), AnswerFault> {
    for (condition, means) in &http.errors {
        if condition.holds(root) {
            return Err(AnswerFault::Means {
                means: *means,
                path: condition.path.to_string(),
                found: condition.found(root),
            });
        }
    }
    match &http.ok {
        Some(ok) if !ok.holds(root) => Err(AnswerFault::NotOk {
            path: ok.path.to_string(),
            found: ok.found(root),
        }),
        _ => Ok(()),
    }
}

fn items<'v>(http: &Http, root: &'v Value) -> Result<Vec<&'v Value>, AnswerFault> {
    let paths = &http.items;
    let has_list = match &paths.list {
        Some(list) => list.query(root).iter().any(|found| found.is_array()),
        None => true,
    };
    let found = paths.items.query(root).all();
    if !has_list {
        return Err(AnswerFault::NoItems {
            path: paths.items.to_string(),
        });
    }
    // A path without a bracket leads to the array itself.
    match (found.as_slice(), &paths.list) {
        ([Value::Array(items)], None) => Ok(items.iter().collect()),
        (_, None) => Err(AnswerFault::NoItems {
            path: paths.items.to_string(),
        }),
        (_, Some(_)) => Ok(found),
    }
}

fn next(http: &Http, root: &Value) -> Next {
    match &http.paging {
        Paging::Numbered {
            size,
            total,
            total_pages,
            ..
        } => {
            let number = |path: &Option<JsonPath>| {
                let found = path.as_ref()?.query(root).first()?;
                json::count_of(found)
            };
            if let Some(pages) = number(total_pages) {
                return Next::Pages(pages);
            }
            match number(total) {
                Some(total) => Next::Pages(total.div_ceil(u64::from(*size))),
                None => Next::Unknown,
            }
        }
        Paging::Cursor { more, cursors } => {
            if more.as_ref().is_some_and(|more| !more.holds(root)) {
                return Next::End;
            }
            let cursors: BTreeMap<String, Value> = cursors
                .iter()
                .filter_map(|(name, path)| {
                    let found = path.query(root).first()?;
                    let is_empty = found.is_null() || found.as_str() == Some("");
                    (!is_empty).then(|| (name.clone(), found.clone()))
                })
                .collect();
            match cursors.is_empty() {
                true => Next::End,
                false => Next::Cursor(cursors),
            }
        }
    }
}

impl Condition {
    pub fn holds(&self, root: &Value) -> bool {
        let found = self.path.query(root).first();
        found.is_some_and(|found| self.is.iter().any(|wanted| equal(wanted, found)))
    }

    /// What its path finds, for people.
    fn found(&self, root: &Value) -> String {
        let Some(found) = self.path.query(root).first() else {
            return "missing".to_owned();
        };
        let text = match found {
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            other => other.to_string(),
        };
        text.chars().take(SHOWN_MAX).collect()
    }
}
