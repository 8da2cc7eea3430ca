//! Signing in and out, and what a viewer prefers.

use askama::Template;
use poem::http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use super::asked::{Answer, Asked};
use super::cookies;
use super::error_page::PageError;
use super::forms::{self, own_path};
use super::frame::Frame;
use crate::http::V1Answer;

/// Where visitors are led who have asked for nothing else.
const HOME: &str = "/jobs";

#[derive(Template)]
#[template(path = "ui/templates/sign-in.html")]
struct SignInPage<'a> {
    frame: &'a Frame,
    /// Where to go afterwards.
    next: &'a str,
    fault: Option<String>,
}

pub(super) fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let pairs = forms::pairs(asked.visit.query.as_bytes());
    let next = next(&pairs);
    if asked.visit.visitor.is_some() {
        return Ok(asked.elsewhere(next));
    }
    let page = SignInPage {
        frame: &asked.frame,
        next,
        fault: None,
    };
    Answer::page(&page)
}

/// Asks for a session as any caller does.
pub(super) async fn sign_in(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let pairs = forms::pairs(&asked.visit.form);
    let next = next(&pairs);
    let token = forms::find(&pairs, "token").unwrap_or_default().trim();
    let body = json!({ "token": token });
    let call = asked.visit.call(Method::POST, "/v1/session", Some(&body));
    let answer = call.await;
    if answer.status.is_success() {
        return Ok(Answer::Elsewhere(next.to_owned(), set_cookies(&answer)));
    }
    let fault = match answer.status {
        StatusCode::UNAUTHORIZED => asked.frame.say("sign-in-unknown"),
        StatusCode::TOO_MANY_REQUESTS => {
            let pause = answer.headers.get(header::RETRY_AFTER);
            let seconds = pause.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
            let seconds = seconds.unwrap_or(1);
            asked.frame.words.count("sign-in-too-many", seconds)
        }
        _ => return Err(PageError::of(&answer)),
    };
    let page = SignInPage {
        frame: &asked.frame,
        next,
        fault: Some(fault),
    };
    let html = page.render().map_err(|_| PageError::internal())?;
    Ok(Answer::Refused(StatusCode::UNPROCESSABLE_ENTITY, html))
}

/// Ends the sessions of the visitor's token.
pub(super) async fn sign_out(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let answer = asked.visit.call(Method::DELETE, "/v1/session", None).await;
    match answer.status {
        status if status.is_success() => Ok(Answer::Elsewhere(
            "/sign-in".to_owned(),
            set_cookies(&answer),
        )),
        // There is none any more.
        StatusCode::UNAUTHORIZED => Ok(asked.elsewhere("/sign-in")),
        _ => Err(PageError::of(&answer)),
    }
}

/// Keeps what a viewer has chosen.
pub(super) fn prefer(asked: &Asked<'_>) -> Answer {
    let pairs = forms::pairs(&asked.visit.form);
    let is_by_tls = asked.visit.address.starts_with("https:");
    let kept = cookies::kept(&pairs, &asked.visit.prefix, is_by_tls);
    let kept = kept
        .iter()
        .filter_map(|cookie| HeaderValue::from_str(cookie).ok());
    Answer::Elsewhere(next(&pairs).to_owned(), kept.collect())
}

fn next(pairs: &[(String, String)]) -> &str {
    let next = forms::find(pairs, "next").and_then(own_path);
    next.filter(|next| !next.starts_with("/sign-in?"))
        .unwrap_or(HOME)
}

fn set_cookies(answer: &V1Answer) -> Vec<HeaderValue> {
    let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
    cookies.cloned().collect()
}
