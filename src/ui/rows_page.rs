//! What a job has published, row by row, with what matched.

use askama::Template;
use poem::http::{Method, StatusCode};
use serde::Deserialize;

use super::asked::{Answer, Asked};
use super::data::Job;
use super::error_page::PageError;
use super::figures;
use super::forms::{encoded, find, pairs, query};
use super::frame::Frame;
use super::jobs_page::title;
use super::markup::{Markup, escaped};

/// The parameters of the page: those of `GET /v1/jobs/{id}/rows`, by the same names.
const FILTERS: [&str; 4] = ["group", "panel", "q", "rule"];

/// Characters of a text that are shown on each side of what matched.
const AROUND: usize = 160;

#[derive(Template)]
#[template(path = "ui/templates/rows.html")]
struct RowsPage<'a> {
    frame: &'a Frame,
    title: String,
    id: &'a str,
    job_href: String,
    groups: Vec<GroupLink>,
    panels: Vec<String>,
    group: String,
    panel: String,
    q: String,
    rule: String,
    /// What the rows are limited to besides their group, and where they are not.
    chips: Vec<(String, String)>,
    rows: Vec<RowShown>,
    fault: Option<String>,
    /// Where the rows of the group and the panel are downloaded, in each form.
    download: String,
    first: Option<String>,
    next: Option<String>,
    note: &'static str,
}

/// A group, how many rows it has, and the page with them.
struct GroupLink {
    /// Empty: all.
    name: String,
    number: String,
    href: String,
    is_current: bool,
}

struct RowShown {
    author: String,
    place: String,
    group: String,
    panel: String,
    text: Markup,
    rule: String,
    rule_href: String,
    match_type: String,
    /// The model that labelled it, with its score.
    model: Option<(String, String)>,
    date: String,
    time: String,
}

/// A page of rows, as `/v1` answers it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RowList {
    rows: Vec<Row>,
    next: Option<String>,
    groups: Vec<Group>,
    panels: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Group {
    group: String,
    rows: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    source_author: String,
    panel: String,
    create_time: String,
    field_content: String,
    match_content: String,
    match_meta: String,
    group: String,
}

/// What matched.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Matched {
    rule: String,
    match_type: String,
    /// In bytes of the text.
    span: Option<(usize, usize)>,
    /// What labelled it where no rule matched.
    model: Option<String>,
    version: Option<i32>,
    score: Option<f64>,
}

impl Matched {
    /// The model with its version, and the score.
    fn model(&self) -> Option<(String, String)> {
        let (model, version, score) = (self.model.as_ref()?, self.version?, self.score?);
        Some((format!("{model}:{version}"), format!("{score:.4}")))
    }
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let given = pairs(asked.visit.query.as_bytes());
    let value = |name: &str| find(&given, name).unwrap_or_default().trim().to_owned();
    let filters = FILTERS.map(|name| (name, value(name)));
    let after = value("after");
    let job = format!("/v1/jobs/{}", encoded(id));
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    let data = format!("{job}/rows{}", query(&parameters));
    let answer = asked.visit.call(Method::GET, &data, None).await;
    let (list, fault) = match answer.status {
        StatusCode::OK => (RowList::deserialize(&answer.body).unwrap_or_default(), None),
        StatusCode::UNPROCESSABLE_ENTITY => (RowList::default(), Some(answer.detail().to_owned())),
        _ => return Err(PageError::of(&answer)),
    };
    let job = asked.visit.call(Method::GET, &job, None).await;
    // What was adopted is none of our jobs.
    let job = Job::of(&job.body).filter(|_| job.status == StatusCode::OK);
    let name = job.map_or_else(|| id.to_owned(), |job| title(asked, &job.summary));
    let frame = &asked.frame.clone().with_data(data);
    let links = Links {
        path: format!("/jobs/{}/rows", encoded(id)),
        frame,
        filters: &filters,
    };
    let value = |name: &str| links.value(name).to_owned();
    let download: Vec<_> = filters[..2].to_vec();
    let html = RowsPage {
        frame,
        title: name,
        id,
        job_href: frame.path(&format!("/jobs/{}", encoded(id))),
        groups: links.groups(&list.groups),
        panels: list.panels.unwrap_or_default(),
        group: value("group"),
        panel: value("panel"),
        q: value("q"),
        rule: value("rule"),
        chips: links.chips(),
        note: match (list.rows.is_empty(), list.next.is_some()) {
            (true, true) => "rows-none-yet",
            (true, false) => "rows-none",
            _ => "",
        },
        rows: list.rows.iter().map(|row| links.row(row)).collect(),
        download: {
            let query = query(&download);
            let more = if query.is_empty() { "?" } else { "&" };
            let path = format!("/v1/jobs/{}/result{query}{more}format=", encoded(id));
            frame.path(&path)
        },
        first: (!after.is_empty()).then(|| links.with(&[])),
        next: list.next.map(|next| links.with(&[("after", &next)])),
        fault,
    };
    let is_refused = html.fault.is_some();
    let html = html.render().map_err(|_| PageError::internal())?;
    Ok(match is_refused {
        true => Answer::Refused(StatusCode::UNPROCESSABLE_ENTITY, html),
        false => Answer::Page(html),
    })
}

/// Addresses of this page with other filters.
struct Links<'a> {
    path: String,
    frame: &'a Frame,
    filters: &'a [(&'static str, String)],
}

impl Links<'_> {
    /// The page with these filters instead of its own of the same names.
    fn with(&self, others: &[(&str, &str)]) -> String {
        let own = self.filters.iter();
        let own = own.filter(|(name, _)| others.iter().all(|(other, _)| other != name));
        let own = own.map(|(name, value)| (*name, value.as_str()));
        let all: Vec<(&str, &str)> = own.chain(others.iter().copied()).collect();
        self.frame.path(&format!("{}{}", self.path, query(&all)))
    }

    fn value(&self, name: &str) -> &str {
        let found = self.filters.iter().find(|(own, _)| *own == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    fn groups(&self, groups: &[Group]) -> Vec<GroupLink> {
        let current = self.value("group");
        let link = |name: &str, rows: Option<u64>| GroupLink {
            name: name.to_owned(),
            number: rows.map_or_else(|| "–".to_owned(), figures::number),
            href: self.with(&[("group", name)]),
            is_current: name == current,
        };
        // A group without rows is not among those that are counted, if any are.
        let is_counted = groups.iter().any(|group| group.rows.is_some());
        let all = groups.iter().filter_map(|group| group.rows).sum();
        let all = link("", is_counted.then_some(all));
        let groups = groups.iter().map(|group| {
            let rows = group.rows.or(is_counted.then_some(0));
            link(&group.group, rows)
        });
        std::iter::once(all).chain(groups).collect()
    }

    fn chips(&self) -> Vec<(String, String)> {
        let limits = [
            ("panel", "rows-chip-panel"),
            ("rule", "rows-chip-rule"),
            ("q", "chip-q"),
        ];
        let set = limits
            .into_iter()
            .filter(|(name, _)| !self.value(name).is_empty());
        set.map(|(name, message)| {
            let text = self.frame.words.with(message, "value", self.value(name));
            (text, self.with(&[(name, "")]))
        })
        .collect()
    }

    fn row(&self, row: &Row) -> RowShown {
        let matched: Matched = serde_json::from_str(&row.match_meta).unwrap_or_default();
        let place = format!("{}_", row.field_content);
        let author = row.source_author.strip_prefix(&place);
        let (date, time) = row
            .create_time
            .split_once(' ')
            .unwrap_or((&row.create_time, ""));
        RowShown {
            author: author.unwrap_or(&row.source_author).to_owned(),
            place: row.field_content.clone(),
            group: row.group.clone(),
            panel: row.panel.clone(),
            text: marked(&row.match_content, matched.span),
            model: matched.model(),
            rule_href: self.with(&[("rule", &matched.rule)]),
            rule: matched.rule,
            match_type: matched.match_type,
            date: date.to_owned(),
            time: time.to_owned(),
        }
    }
}

/// The text around what matched, which is marked.
fn marked(text: &str, span: Option<(usize, usize)>) -> Markup {
    let parts = span.and_then(|(start, end)| {
        let (before, matched) = (text.get(..start)?, text.get(start..end)?);
        Some((before, matched, text.get(end..)?))
    });
    let (before, matched, after) = parts.unwrap_or(("", "", text));
    let mut html = String::new();
    let skipped = before.chars().count().saturating_sub(AROUND);
    if skipped > 0 {
        html.push('…');
    }
    let shown: String = before.chars().skip(skipped).collect();
    html.push_str(&escaped(&shown));
    if !matched.is_empty() {
        html.push_str(&format!(
            "<mark>{}</mark>",
            escaped(&cut(matched, 2 * AROUND))
        ));
    }
    html.push_str(&escaped(&cut(after, 2 * AROUND)));
    Markup::of(html)
}

/// The beginning of a text.
fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matched_is_marked_and_nothing_is_markup() {
        let marked = |text: &str, span| super::marked(text, span).to_string();
        assert_eq!(marked("很好吃!", Some((3, 9))), "很<mark>好吃</mark>!");
        assert_eq!(marked("<b>a", Some((0, 3))), "<mark>&lt;b&gt;</mark>a");
        // A span that is none of this text.
        for span in [None, Some((1, 3)), Some((9, 3)), Some((0, 99))] {
            assert_eq!(marked("很好<", span), "很好&lt;");
        }
        let long = format!("{}好吃{}", "前".repeat(200), "後".repeat(500));
        let shown = marked(&long, Some((600, 606)));
        assert!(shown.starts_with("…前") && shown.ends_with("後…"));
        assert_eq!(shown.matches('前').count(), AROUND);
    }
}
