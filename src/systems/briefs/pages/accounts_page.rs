//! Who has written the articles of a brief, with the sums of their articles.

use askama::Template;

use super::articles_page::{or_usual, orders};
use super::data::{AccountList, Brief, read};
use super::rows::AccountRow;
use super::shown::{Labels, brief_calls, brief_path};
use crate::ui::{Answer, Asked, Frame, PageError, query};

/// The parameters of the page: those of `GET /v1/briefs/{id}/accounts`, by the same names.
const FILTERS: [&str; 4] = ["platform", "user_name", "order_by", "order"];

/// What accounts are ordered by: the member, and its word.
const ORDERS: [(&str, &str); 7] = [
    ("interraction", "briefs-interraction"),
    ("article_count", "briefs-articles"),
    ("user_fans", "briefs-fans"),
    ("like", "briefs-like"),
    ("comment", "briefs-comment"),
    ("share", "briefs-share"),
    ("collect", "briefs-collect"),
];

#[derive(Template)]
#[template(path = "systems/briefs/pages/accounts_page.html")]
struct AccountsPage<'a> {
    frame: &'a Frame,
    brief: &'a Brief,
    here: String,
    back: String,
    fault: Option<&'a str>,
    platforms: Vec<(String, String, bool)>,
    user_name: String,
    orders: Vec<(&'static str, String, bool)>,
    is_ascending: bool,
    is_filtered: bool,
    accounts: Vec<AccountRow>,
    first: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let brief: Brief = read(asked.get(&brief_calls(id)).await?);
    let filters = FILTERS.map(|name| (name, or_usual(name, asked.parameter(name))));
    let after = asked.parameter("after");
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    let data = format!("{}/accounts{}", brief_calls(id), query(&parameters));
    let (list, fault): (AccountList, _) = match asked.get(&data).await {
        Ok(answer) => (read(answer), None),
        Err(fault) if fault.is_of_request() => (AccountList::default(), Some(fault)),
        Err(error) => return Err(error),
    };
    let labels = Labels::of(asked).await;
    let frame = &asked.frame.clone().with_data(data);
    let [platform, user_name, order_by, order] = &filters;
    let here = format!("{}/accounts", brief_path(id));
    let with = |more: &[(&'static str, String)]| {
        let all: Vec<_> = filters.iter().chain(more).cloned().collect();
        frame.path(&format!("{here}{}", query(&all)))
    };
    let template = AccountsPage {
        frame,
        back: frame.path(&brief_path(id)),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        platforms: labels.choices(&brief, &platform.1),
        user_name: user_name.1.clone(),
        orders: orders(frame, &ORDERS, &order_by.1),
        is_ascending: order.1 == "asc",
        is_filtered: filters[..2].iter().any(|(_, value)| !value.is_empty()),
        accounts: list
            .accounts
            .iter()
            .map(|account| AccountRow::of(&labels, account))
            .collect(),
        first: (!after.is_empty()).then(|| with(&[])),
        next: list.next.map(|next| with(&[("after", next)])),
        here: frame.path(&here),
        brief: &brief,
    };
    Answer::page_or_fault(&template, fault.as_ref())
}
