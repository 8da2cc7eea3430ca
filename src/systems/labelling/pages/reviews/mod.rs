//! Pages of reviews: a list of them, and the rows of one, judged one by one with three keys.

mod judge;
mod list;
mod marked;

use async_trait::async_trait;

use crate::access::Role;
use crate::ui::{Answer, Asked, PageError, Room};

pub(super) struct ReviewsRoom;

const ROOT: &str = "/reviews";

#[async_trait]
impl Room for ReviewsRoom {
    fn root(&self) -> &'static str {
        ROOT
    }

    fn name(&self) -> &'static str {
        "reviews"
    }

    fn key(&self) -> char {
        'v'
    }

    /// Who judges rows sees their texts.
    fn role(&self) -> Role {
        Role::Operator
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => list::show(asked).await,
            [review] => judge::show(asked, review).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [review, "judge"] => judge::judge(asked, review).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}
