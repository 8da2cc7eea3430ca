//! Whole pages: all that is below one path, with an entry in the navigation.

use async_trait::async_trait;

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use crate::access::Role;

/// Things of one kind that can be started, for the page that lists all of them.
pub struct Startable {
    pub icon: &'static str,
    pub title: String,
    pub href: String,
    /// Each with its form: a name, an address, and what it is for.
    pub forms: Vec<(String, String, String)>,
}

/// The pages below one path.
#[async_trait]
pub trait Room: Send + Sync {
    /// The first part of each of its paths, such as `/audit`.
    fn root(&self) -> &'static str;

    /// The id of the message that names it in the navigation.
    fn name(&self) -> &'static str;

    /// The key that leads to it behind `g`.
    fn key(&self) -> char;

    /// Whoever may do less finds no entry in the navigation.
    fn role(&self) -> Role {
        Role::Viewer
    }

    /// It shows what belongs to all: a visitor whose token has limits finds no entry either.
    fn shows_everything(&self) -> bool {
        false
    }

    /// Whether its forms may have a file in them.
    fn takes_files(&self) -> bool {
        false
    }

    /// What can be started from its pages.
    async fn startables(&self, _asked: &Asked<'_>) -> Vec<Startable> {
        Vec::new()
    }

    /// The page at a path; `parts` are those behind the root.
    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError>;

    /// What a form or a button at a path does.
    async fn act(&self, _asked: &Asked<'_>, _parts: &[&str]) -> Result<Answer, PageError> {
        Err(PageError::nothing_here())
    }
}

/// A page of a system about one job, below the page of that job: `/jobs/{id}/health`.
#[async_trait]
pub trait JobPage: Send + Sync {
    /// The last part of its path.
    fn name(&self) -> &'static str;

    async fn show(&self, asked: &Asked<'_>, job: &str) -> Result<Answer, PageError>;

    /// What a form or a button on it does, at `/jobs/{id}/{name}/{action}`.
    async fn act(
        &self,
        _asked: &Asked<'_>,
        _job: &str,
        _action: &str,
    ) -> Result<Answer, PageError> {
        Err(PageError::nothing_here())
    }
}
