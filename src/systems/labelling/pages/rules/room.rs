//! Which page of rule sets a path is for.

use async_trait::async_trait;

use super::{diff, edit, set, sets, version};
use crate::ui::{Answer, Asked, PageError, Room};

pub(in crate::systems::labelling::pages) struct RulesRoom;

#[async_trait]
impl Room for RulesRoom {
    fn root(&self) -> &'static str {
        "/rules"
    }

    fn name(&self) -> &'static str {
        "rules"
    }

    fn key(&self) -> char {
        'u'
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => sets::show(asked).await,
            [set] => set::show(asked, set).await,
            [set, "edit"] => edit::show(asked, set).await,
            [set, "diff"] => diff::show(asked, set).await,
            [set, "versions", version] => version::show(asked, set, version).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [set, "edit"] => edit::act(asked, set).await,
            [set, "active"] => set::activate(asked, set).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}
