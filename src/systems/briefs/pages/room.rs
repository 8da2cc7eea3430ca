//! Which page of briefs a path is for.

use async_trait::async_trait;

use super::shown::brief_path;
use super::{
    accounts_page, articles_page, brief_page, change_page, list_page, new_page, tables_page,
};
use crate::ui::{Answer, Asked, PageError, Room, Startable, encoded};

pub(super) const ROOT: &str = "/briefs";

/// Which platforms are known, and why one is off.
pub(super) const PLATFORMS: &str = "/v1/brief-platforms";

pub(super) struct BriefsRoom;

#[async_trait]
impl Room for BriefsRoom {
    fn root(&self) -> &'static str {
        ROOT
    }

    fn name(&self) -> &'static str {
        "briefs"
    }

    fn key(&self) -> char {
        'b'
    }

    /// A hundred keywords are longer than other forms.
    fn takes_files(&self) -> bool {
        true
    }

    async fn startables(&self, asked: &Asked<'_>) -> Vec<Startable> {
        let frame = &asked.frame;
        let new = (
            frame.say("briefs-new"),
            frame.path(&format!("{ROOT}/new")),
            frame.say("briefs-new-note"),
        );
        vec![Startable {
            icon: "search",
            title: frame.say("briefs"),
            href: frame.path(ROOT),
            forms: vec![new],
        }]
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => list_page::show(asked).await,
            ["new"] => new_page::show(asked).await,
            [id] => brief_page::show(asked, id, None).await,
            [id, "articles"] => articles_page::show(asked, id).await,
            [id, "accounts"] => accounts_page::show(asked, id).await,
            [id, "tables"] => tables_page::show(asked, id).await,
            [id, "change"] => change_page::show(asked, id).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            ["new"] => new_page::submit(asked).await,
            [id, "change"] => change_page::change(asked, id).await,
            [id, action @ ("cancel" | "resume")] => act_on(asked, id, action).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}

/// Cancels the job of a brief, or resumes it: what failed is fetched again.
async fn act_on(asked: &Asked<'_>, id: &str, action: &str) -> Result<Answer, PageError> {
    let call = format!("/v1/jobs/{}/{action}", encoded(id));
    match asked.post(&call, None).await {
        Ok(_) => Ok(asked.elsewhere(&brief_path(id))),
        Err(error) if error.is_of_request() => brief_page::show(asked, id, Some(&error)).await,
        Err(error) => Err(error),
    }
}
