//! What is filled into the form of a brief, and the request that it makes.

use serde_json::{Map, Value, json};

use super::data::Brief;
use crate::ui::find;

/// The fields, as members of the request are named.
pub(super) const FIELDS: [&str; 8] = [
    "job_name",
    "platforms",
    "keywords",
    "start_time",
    "end_time",
    "max_pages",
    "deadline_s",
    "match",
];

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entered {
    pub name: String,
    /// One a line.
    pub keywords: String,
    pub platforms: Vec<String>,
    /// As fields of dates have them: `2026-11-01T00:00:00`.
    pub start: String,
    pub end: String,
    pub max_pages: String,
    pub deadline_s: String,
    pub matching: String,
}

impl Entered {
    pub fn of(fields: &[(String, String)]) -> Self {
        let field = |name: &str| find(fields, name).unwrap_or_default().trim().to_owned();
        let platforms = fields.iter().filter(|(name, _)| name == "platforms");
        Self {
            name: field("job_name"),
            keywords: field("keywords").replace('\r', ""),
            platforms: platforms
                .map(|(_, value)| value.clone())
                .filter(|name| !name.is_empty())
                .collect(),
            start: field("start_time"),
            end: field("end_time"),
            max_pages: field("max_pages"),
            deadline_s: field("deadline_s"),
            matching: field("match"),
        }
    }

    pub fn of_brief(brief: &Brief) -> Self {
        Self {
            name: brief.job_name.clone(),
            keywords: brief.keywords.join("\n"),
            platforms: brief.platforms.clone(),
            start: local(&brief.start_time),
            end: local(&brief.end_time),
            max_pages: brief.max_pages.to_string(),
            deadline_s: brief.deadline_s.to_string(),
            matching: brief.matching.clone(),
        }
    }

    pub fn has_platform(&self, name: &str) -> bool {
        self.platforms.iter().any(|own| own == name)
    }

    /// Whether what a platform has found counts.
    pub fn is_by_platform(&self) -> bool {
        self.matching == "platform"
    }

    /// Keywords with the numbers of their lines, from 1; empty lines are none.
    pub fn lines(&self) -> Vec<(usize, String)> {
        let lines = self.keywords.lines().enumerate();
        lines
            .map(|(no, line)| (no + 1, line.trim().to_owned()))
            .filter(|(_, line)| !line.is_empty())
            .collect()
    }

    /// The request; what is empty is left out.
    pub fn request(&self) -> Map<String, Value> {
        let keywords = self.lines().into_iter().map(|(_, line)| line);
        let keywords: Vec<String> = keywords.collect();
        let mut request = Map::new();
        let mut add = |name: &str, value: Value, is_empty: bool| {
            if !is_empty {
                request.insert(name.to_owned(), value);
            }
        };
        add("job_name", json!(self.name), self.name.is_empty());
        // What is missing is said by the API, in its words.
        add("keywords", json!(keywords), false);
        let platforms = &self.platforms;
        add("platforms", json!(platforms), platforms.is_empty());
        add(
            "start_time",
            json!(spelled(&self.start)),
            self.start.is_empty(),
        );
        add("end_time", json!(spelled(&self.end)), self.end.is_empty());
        let max_pages = &self.max_pages;
        add("max_pages", number(max_pages), max_pages.is_empty());
        let deadline = &self.deadline_s;
        add("deadline_s", number(deadline), deadline.is_empty());
        add("match", json!(self.matching), self.matching.is_empty());
        request
    }

    /// Members that are not as a brief has them.
    pub fn changes(&self, brief: &Brief) -> Map<String, Value> {
        let before = Self::of_brief(brief).request();
        let mut changes = self.request();
        changes.retain(|name, value| before.get(name) != Some(&*value));
        changes
    }
}

/// A number; what is none is sent as it is, and refused by its name.
fn number(text: &str) -> Value {
    match text.parse::<u64>() {
        Ok(number) => json!(number),
        Err(_) => json!(text),
    }
}

/// `2026-11-01T00:00` as callers write it: `2026-11-01 00:00:00`.
fn spelled(field: &str) -> String {
    let text = field.replacen('T', " ", 1);
    match text.len() {
        10 => format!("{text} 00:00:00"),
        16 => format!("{text}:00"),
        _ => text,
    }
}

/// The same for a field of the form. A time that names its zone is cut to what it shows.
fn local(text: &str) -> String {
    let text = text.replacen(' ', "T", 1);
    text.chars().take("2026-11-01T00:00:00".len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Entered {
        let pairs = pairs.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Entered::of(&pairs.collect::<Vec<_>>())
    }

    fn brief() -> Brief {
        Brief {
            job_name: "n".to_owned(),
            keywords: vec!["a".to_owned()],
            platforms: vec!["bili".to_owned()],
            start_time: "2026-11-01 00:00:00".to_owned(),
            end_time: "2026-11-27 23:59:59".to_owned(),
            max_pages: 20,
            deadline_s: 300,
            matching: "text".to_owned(),
            ..Brief::default()
        }
    }

    #[test]
    fn a_form_makes_a_request() {
        let entered = fields(&[
            ("job_name", " "),
            ("keywords", "防晒霜\r\n\r\n 粉底液 \r\n"),
            ("platforms", "bili"),
            ("platforms", "douyin"),
            ("start_time", "2026-11-01T00:00"),
            ("end_time", "2026-11-27T23:59:59"),
            ("max_pages", "5"),
            ("deadline_s", "soon"),
        ]);
        let expected = json!({
            "keywords": ["防晒霜", "粉底液"],
            "platforms": ["bili", "douyin"],
            "start_time": "2026-11-01 00:00:00",
            "end_time": "2026-11-27 23:59:59",
            "max_pages": 5,
            "deadline_s": "soon",
        });
        assert_eq!(Value::Object(entered.request()), expected);
        let lines = [(1, "防晒霜".to_owned()), (3, "粉底液".to_owned())];
        assert_eq!(entered.lines(), lines);
        assert_eq!(
            Value::Object(fields(&[]).request()),
            json!({"keywords": []})
        );
    }

    #[test]
    fn only_what_differs_is_changed() {
        let mut entered = Entered::of_brief(&brief());
        assert_eq!(entered.start, "2026-11-01T00:00:00");
        assert!(entered.changes(&brief()).is_empty());
        entered.keywords = "a\nb".to_owned();
        entered.max_pages = "9".to_owned();
        let expected = json!({"keywords": ["a", "b"], "max_pages": 9});
        assert_eq!(Value::Object(entered.changes(&brief())), expected);
    }
}
