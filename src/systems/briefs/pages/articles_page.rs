//! All articles of a brief that are stored so far, filtered and ordered.

use askama::Template;

use super::data::{ArticleList, Brief, read};
use super::rows::ArticleRow;
use super::shown::{Labels, brief_calls, brief_path};
use crate::ui::{Answer, Asked, Frame, PageError, query};

/// The parameters of the page: those of `GET /v1/briefs/{id}/articles`, by the same names.
const FILTERS: [&str; 5] = ["platform", "keyword", "user_name", "order_by", "order"];

/// What articles are ordered by: the member, and its word.
pub(super) const ORDERS: [(&str, &str); 7] = [
    ("interraction", "briefs-interraction"),
    ("post_time", "briefs-posted"),
    ("like", "briefs-like"),
    ("comment", "briefs-comment"),
    ("share", "briefs-share"),
    ("collect", "briefs-collect"),
    ("user_fans", "briefs-fans"),
];

#[derive(Template)]
#[template(path = "systems/briefs/pages/articles_page.html")]
struct ArticlesPage<'a> {
    frame: &'a Frame,
    brief: &'a Brief,
    here: String,
    back: String,
    fault: Option<&'a str>,
    platforms: Vec<(String, String, bool)>,
    keywords: Vec<(String, bool)>,
    user_name: String,
    orders: Vec<(&'static str, String, bool)>,
    is_ascending: bool,
    is_filtered: bool,
    articles: Vec<ArticleRow>,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let brief: Brief = read(asked.get(&brief_calls(id)).await?);
    let filters = FILTERS.map(|name| (name, or_usual(name, asked.parameter(name))));
    let after = asked.parameter("after");
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    let data = format!("{}/articles{}", brief_calls(id), query(&parameters));
    let (list, fault): (ArticleList, _) = match asked.get(&data).await {
        Ok(answer) => (read(answer), None),
        Err(fault) if fault.is_of_request() => (ArticleList::default(), Some(fault)),
        Err(error) => return Err(error),
    };
    let labels = Labels::of(asked).await;
    let frame = &asked.frame.clone().with_data(data);
    let [platform, keyword, user_name, order_by, order] = &filters;
    let here = format!("{}/articles", brief_path(id));
    let with = |more: &[(&'static str, String)]| {
        let all: Vec<_> = filters.iter().chain(more).cloned().collect();
        frame.path(&format!("{here}{}", query(&all)))
    };
    let keywords = brief.keywords.iter();
    let template = ArticlesPage {
        frame,
        back: frame.path(&brief_path(id)),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        platforms: labels.choices(&brief, &platform.1),
        keywords: keywords
            .map(|own| (own.clone(), *own == keyword.1))
            .collect(),
        user_name: user_name.1.clone(),
        orders: orders(frame, &ORDERS, &order_by.1),
        is_ascending: order.1 == "asc",
        is_filtered: filters[..3].iter().any(|(_, value)| !value.is_empty()),
        articles: list
            .articles
            .iter()
            .map(|article| ArticleRow::of(frame, &labels, article))
            .collect(),
        first: (!after.is_empty()).then(|| with(&[])),
        next: list.next.map(|next| with(&[("after", next)])),
        here: frame.path(&here),
        brief: &brief,
    };
    Answer::page_or_fault(&template, fault.as_ref())
}

/// Without another wish, what has moved people most comes first.
pub(super) fn or_usual(name: &str, given: String) -> String {
    match (name, given.is_empty()) {
        ("order_by", true) => "interraction".to_owned(),
        ("order", true) => "desc".to_owned(),
        _ => given,
    }
}

/// Names with their words, and which is chosen.
pub(super) fn orders(
    frame: &Frame,
    known: &[(&'static str, &'static str)],
    chosen: &str,
) -> Vec<(&'static str, String, bool)> {
    let orders = known.iter();
    let orders = orders.map(|(name, word)| (*name, frame.say(word), *name == chosen));
    orders.collect()
}
