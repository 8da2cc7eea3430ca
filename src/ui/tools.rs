//! What stands at the head of every page, beside the search.

use async_trait::async_trait;

use super::asked::Asked;
use super::markup::Markup;

/// Something at the head of every page that a visitor who has signed in sees.
#[async_trait]
pub trait Tool: Send + Sync {
    async fn show(&self, asked: &Asked<'_>) -> Markup;
}
