//! Which page of dispatch a path is for, and what its buttons do.

use async_trait::async_trait;
use serde_json::json;

use super::{service_page, services_page};
use crate::ui::{Answer, Asked, PageError, Room, encoded, find, query};

pub(super) const ROOT: &str = "/dispatch";

/// Letters that one press replays: as many as one call may.
const TOGETHER: u32 = 1_000;

pub(super) struct DispatchRoom;

#[async_trait]
impl Room for DispatchRoom {
    fn root(&self) -> &'static str {
        ROOT
    }

    fn name(&self) -> &'static str {
        "dispatch-nav"
    }

    fn key(&self) -> char {
        'd'
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => services_page::show(asked).await,
            [service] => service_page::show(asked, service).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            ["letters", "replay"] => replay_all(asked).await,
            ["letters", seq, "replay"] => {
                let call = format!("/v1/dispatch/dead_letters/{}/replay", encoded(seq));
                asked.post(&call, None).await?;
                Ok(asked.elsewhere(&format!("{ROOT}?replayed=1")))
            }
            _ => Err(PageError::nothing_here()),
        }
    }
}

/// Replays the letters that the filter of the page shows.
async fn replay_all(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let form = asked.form();
    let value = |name: &str| find(&form, name).filter(|value| !value.is_empty());
    let mut body = json!({ "limit": TOGETHER });
    for name in ["kind", "service"] {
        if let Some(value) = value(name) {
            body[name] = value.into();
        }
    }
    let answer = asked.post("/v1/dispatch/dead_letters/replay", Some(&body));
    let answer = answer.await?.body;
    let [replayed, refused] = ["replayed", "refused"].map(|name| answer[name].to_string());
    let (kind, service) = (value("kind"), value("service"));
    let next = query(&[
        ("replayed", replayed.as_str()),
        ("refused", refused.as_str()),
        ("kind", kind.unwrap_or_default()),
        ("service", service.unwrap_or_default()),
    ]);
    Ok(asked.elsewhere(&format!("{ROOT}{next}")))
}
