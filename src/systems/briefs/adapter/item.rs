//! Reads an item of an answer, a line or a row of a file, or a message, as an article.

use std::collections::HashMap;
use std::fmt;

use chrono_tz::Tz;
use serde_json::Value;

use super::json::text_of;
use super::model::{Field, FieldType, From, Target};
use super::values::{count, plain_text};
use crate::systems::briefs::article::Article;

/// Longer ids are no ids.
const ID_MAX: usize = 191;

/// Why an item is left out, and where that is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// As it stands in the map.
    pub path: String,
    pub problem: &'static str,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// Reads items by a map.
pub(crate) struct ItemReader<'m> {
    map: &'m [Field],
    zone: Tz,
    now: i64,
}

impl<'m> ItemReader<'m> {
    /// `now` is the time of the answer, in microseconds; `zone` that of times without one.
    pub fn new(map: &'m [Field], zone: Tz, now: i64) -> Self {
        Self { map, zone, now }
    }

    pub fn read(&self, item: &Value) -> Result<Article, Rejected> {
        let mut article = Article::default();
        let mut has_time = false;
        let mut texts: HashMap<&'static str, String> = HashMap::new();
        for field in self.map {
            if matches!(field.from, From::Template(_)) {
                continue;
            }
            if field.target == Target::Topics {
                article.topics = self.topics(field, item);
                continue;
            }
            let Some(found) = first(&field.from, item) else {
                continue;
            };
            let Some(text) = text_of(found) else {
                continue;
            };
            match &field.kind {
                FieldType::Time(reader) => {
                    let zone = field.zone.unwrap_or(self.zone);
                    let time = reader.read(&text, zone, self.now);
                    article.post_time = time.map_err(|_| rejected(field, "expected a time"))?;
                    has_time = true;
                    texts.insert(field.target.name(), text.into_owned());
                }
                FieldType::Count => {
                    // A count that cannot be read is not known.
                    let mut value = count(&text).ok().flatten();
                    if field.zero_is_null && value == Some(0) {
                        value = None;
                    }
                    article.set_number(field.target, value);
                }
                FieldType::Text | FieldType::Html => {
                    let text = clean(field, &text);
                    if !text.is_empty() {
                        texts.insert(field.target.name(), text.clone());
                        article.set_text(field.target, text);
                    }
                }
            }
        }
        self.fill(&mut article, &texts);
        self.complete(&article, has_time)?;
        Ok(article)
    }

    /// Fields that are made of others.
    fn fill(&self, article: &mut Article, texts: &HashMap<&'static str, String>) {
        for field in self.map {
            if let From::Template(template) = &field.from {
                let filled = template.fill_fields(|name| texts.get(name).cloned());
                if let Some(text) = filled {
                    article.set_text(field.target, text);
                }
            }
        }
    }

    fn complete(&self, article: &Article, has_time: bool) -> Result<(), Rejected> {
        let missing = |target: Target, problem| {
            let field = self.map.iter().find(|field| field.target == target);
            Rejected {
                path: field.map_or_else(|| target.name().to_owned(), |field| field.from.shown()),
                problem,
            }
        };
        if article.id.is_empty() {
            return Err(missing(Target::Id, "expected an id"));
        }
        if article.id.chars().count() > ID_MAX {
            return Err(missing(Target::Id, "the id is longer than 191 characters"));
        }
        if !has_time {
            return Err(missing(Target::PostTime, "expected a time"));
        }
        if article.title.is_none() && article.content.is_none() {
            let has_content = self.map.iter().any(|field| field.target == Target::Content);
            let target = match has_content {
                true => Target::Content,
                false => Target::Title,
            };
            return Err(missing(target, "expected a title or a content"));
        }
        Ok(())
    }

    fn topics(&self, field: &Field, item: &Value) -> Vec<String> {
        let found = match &field.from {
            From::Path(path) => path.query(item).all(),
            From::Column(name) => item.get(name).into_iter().collect(),
            From::Template(_) => Vec::new(),
        };
        let each = found.into_iter().flat_map(|found| match found {
            Value::Array(values) => values.iter().collect(),
            other => vec![other],
        });
        let mut topics: Vec<String> = Vec::new();
        for topic in each.filter_map(text_of) {
            // A cell of a file holds several.
            let parts: Vec<&str> = match &field.from {
                From::Column(_) => topic.split([',', '，', ';', '；', '|', '、']).collect(),
                _ => vec![&topic],
            };
            for part in parts {
                let topic = clean(field, part);
                if !topic.is_empty() && !topics.contains(&topic) {
                    topics.push(topic);
                }
            }
        }
        topics
    }
}

fn first<'v>(from: &From, item: &'v Value) -> Option<&'v Value> {
    match from {
        From::Path(path) => path.query(item).first(),
        From::Column(name) => item.get(name),
        From::Template(_) => None,
    }
}

/// Without what no database stores and nobody sees.
fn clean(field: &Field, text: &str) -> String {
    let text = match field.kind {
        FieldType::Html => plain_text(text),
        _ => text.trim().to_owned(),
    };
    let is_shown = |found: char| !found.is_control() || matches!(found, '\n' | '\t' | '\r');
    match text.chars().all(is_shown) {
        true => text,
        false => text.chars().filter(|found| is_shown(*found)).collect(),
    }
}

fn rejected(field: &Field, problem: &'static str) -> Rejected {
    Rejected {
        path: field.from.shown(),
        problem,
    }
}

impl From {
    /// As it stands in the map.
    fn shown(&self) -> String {
        match self {
            Self::Path(path) => path.to_string(),
            Self::Column(name) => name.clone(),
            Self::Template(_) => "the template".to_owned(),
        }
    }
}

impl Article {
    fn set_text(&mut self, target: Target, text: String) {
        match target {
            Target::Id => self.id = text,
            Target::Url => self.url = Some(text),
            Target::Title => self.title = Some(text),
            Target::Content => self.content = Some(text),
            Target::UserId => self.user_id = Some(text),
            Target::UserName => self.user_name = Some(text),
            Target::PostTime | Target::Count(_) | Target::Topics | Target::UserFans => {}
        }
    }

    fn set_number(&mut self, target: Target, value: Option<i64>) {
        match target {
            Target::Count(count) => self.counts.set(count, value),
            Target::UserFans => self.user_fans = value,
            _ => {}
        }
    }
}

/// The fields of the map of which an item has nothing, each with its place.
pub(crate) fn missing(map: &[Field], item: &Value) -> Vec<(&'static str, String)> {
    let read = map
        .iter()
        .filter(|field| !matches!(field.from, From::Template(_)));
    let missing = read.filter(|field| first(&field.from, item).is_none_or(Value::is_null));
    missing
        .map(|field| (field.target.name(), field.from.shown()))
        .collect()
}

/// The members that an item has and no field reads.
pub(crate) fn unread(map: &[Field], item: &Value) -> Vec<String> {
    let read: Vec<String> = map.iter().map(|field| field.from.shown()).collect();
    let Value::Object(members) = item else {
        return Vec::new();
    };
    let is_read = |name: &str| {
        read.iter().any(|path| {
            let below = path.strip_prefix("$.").or_else(|| path.strip_prefix("$['"));
            let below = below.unwrap_or(path);
            let rest = below.strip_prefix(name);
            rest.is_some_and(|rest| {
                !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')
            })
        })
    };
    let names = members.keys().filter(|name| !is_read(name));
    names.cloned().collect()
}
