//! Which page of notifications a path is for, and what its buttons do.

use async_trait::async_trait;

use super::data::{Tested, read};
use super::{page, rule};
use crate::ui::{Answer, Asked, PageError, Room, encoded, find};

const ROOT: &str = "/notifications";

pub(super) struct NotificationsRoom;

#[async_trait]
impl Room for NotificationsRoom {
    fn root(&self) -> &'static str {
        ROOT
    }

    fn name(&self) -> &'static str {
        "notifications"
    }

    fn key(&self) -> char {
        'n'
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => page::show(asked, None).await,
            ["new-rule"] => rule::show_new(asked).await,
            ["rules", name] => rule::show(asked, name).await,
            // The addresses of answers, and of what was done.
            ["rules"] | ["rules", _, "test" | "remove"] => Ok(asked.elsewhere(ROOT)),
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        let (call, next) = match parts {
            ["read-all"] => {
                let form = asked.form();
                let up_to = find(&form, "up_to").unwrap_or_default();
                let call = format!("/v1/notifications/read-all?up_to={}", encoded(up_to));
                (call, ROOT.to_owned())
            }
            ["rules"] => return rule::add(asked).await,
            ["rules", name] => return rule::change(asked, name).await,
            ["rules", name, "remove"] => {
                let call = format!("/v1/notifications/rules/{name}");
                asked.delete(&call).await?;
                return Ok(asked.elsewhere("/notifications#rules"));
            }
            ["rules", rule, "test"] => {
                let call = format!("/v1/notifications/rules/{rule}/test");
                let tested: Tested = read(asked.post(&call, None).await?.body);
                return page::show(asked, Some(tested)).await;
            }
            [id, "read"] => (format!("/v1/notifications/{id}/read"), ROOT.to_owned()),
            ["deliveries", id, "replay"] => {
                let call = format!("/v1/notifications/deliveries/{id}/replay");
                (call, ROOT.to_owned())
            }
            ["jobs", job, "follow"] => (format!("/v1/jobs/{job}/follow"), format!("/jobs/{job}")),
            ["jobs", job, "unfollow"] => {
                asked.delete(&format!("/v1/jobs/{job}/follow")).await?;
                return Ok(asked.elsewhere(&format!("/jobs/{job}")));
            }
            _ => return Err(PageError::nothing_here()),
        };
        asked.post(&call, None).await?;
        Ok(asked.elsewhere(&next))
    }
}
