//! The list of briefs, searched by name, keyword, platform and status.

use askama::Template;
use chrono_tz::Tz;

use super::data::{Brief, BriefList, PlatformList, read};
use super::room::{PLATFORMS, ROOT};
use super::shown::{Moment, brief_path, optional, state};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, percent, query};

/// The parameters of the page: those of `GET /v1/briefs`, by the same names.
const FILTERS: [&str; 4] = ["name", "keyword", "platform", "status"];

const STATUSES: [&str; 7] = [
    "waiting",
    "running",
    "exporting",
    "finished",
    "partial",
    "failed",
    "canceled",
];

/// Keywords that stand in a line.
const KEYWORDS: usize = 5;

#[derive(Template)]
#[template(path = "systems/briefs/pages/list.html")]
struct ListPage<'a> {
    frame: &'a Frame,
    name: String,
    keyword: String,
    platforms: Vec<(String, String, bool)>,
    statuses: Vec<(&'static str, String, bool)>,
    is_filtered: bool,
    fault: Option<&'a str>,
    rows: Vec<Row>,
    is_first: bool,
    newest: String,
    next: Option<String>,
}

struct Row {
    href: String,
    name: String,
    state: Markup,
    message: Option<String>,
    keywords: String,
    /// All of them.
    title: String,
    platforms: String,
    articles: String,
    accounts: String,
    coverage: String,
    created: Moment,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let filters = FILTERS.map(|name| (name, asked.parameter(name)));
    let after = asked.parameter("after");
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    let data = format!("/v1/briefs{}", query(&parameters));
    let (list, fault): (BriefList, _) = match asked.get(&data).await {
        Ok(answer) => (read(answer), None),
        Err(fault) if fault.is_of_request() => (BriefList::default(), Some(fault)),
        Err(error) => return Err(error),
    };
    let known: PlatformList = read(asked.get_part(PLATFORMS).await);
    let frame = &asked.frame.clone().with_data(data);
    let [name, keyword, platform, status] = &filters;
    let with = |more: &[(&'static str, String)]| {
        let all: Vec<_> = filters.iter().chain(more).cloned().collect();
        frame.path(&format!("{ROOT}{}", query(&all)))
    };
    let label = |wanted: &str| {
        let mut known = known.platforms.iter();
        let found = known.find(|known| known.platform == wanted);
        found.map_or_else(|| wanted.to_owned(), |known| known.label.clone())
    };
    let platforms = known.platforms.iter();
    let template = ListPage {
        frame,
        name: name.1.clone(),
        keyword: keyword.1.clone(),
        platforms: platforms
            .map(|known| {
                let own = known.platform.clone();
                let is_chosen = own == platform.1;
                (own, known.label.clone(), is_chosen)
            })
            .collect(),
        statuses: STATUSES
            .map(|own| {
                let word = frame.say(&format!("briefs-status-{own}"));
                (own, word, own == status.1)
            })
            .to_vec(),
        is_filtered: filters.iter().any(|(_, value)| !value.is_empty()) || !after.is_empty(),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        rows: list
            .briefs
            .iter()
            .map(|brief| row(frame, brief, known.zone(), &label))
            .collect(),
        is_first: after.is_empty(),
        newest: with(&[]),
        next: list.next.map(|next| with(&[("after", next)])),
    };
    Answer::page_or_fault(&template, fault.as_ref())
}

fn row(frame: &Frame, brief: &Brief, zone: Option<Tz>, label: &dyn Fn(&str) -> String) -> Row {
    let first: Vec<&str> = brief
        .keywords
        .iter()
        .take(KEYWORDS)
        .map(String::as_str)
        .collect();
    let more = brief.keywords.len().saturating_sub(KEYWORDS);
    let mut keywords = first.join(", ");
    if more > 0 {
        keywords.push_str(&format!(" +{more}"));
    }
    let platforms = brief.platforms.iter();
    let platforms: Vec<String> = platforms.map(|name| label(name)).collect();
    Row {
        href: frame.path(&brief_path(&brief.job_id)),
        name: brief.job_name.clone(),
        state: state(frame, &brief.status),
        message: brief.message.clone().filter(|message| !message.is_empty()),
        keywords,
        title: brief.keywords.join(", "),
        platforms: platforms.join(", "),
        articles: optional(brief.article_count),
        accounts: optional(brief.account_count),
        coverage: brief.coverage.map_or_else(|| "–".to_owned(), percent),
        created: Moment::of(frame, zone, &brief.create_time),
    }
}
