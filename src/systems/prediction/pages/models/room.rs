//! Which page of models a path is for.

use async_trait::async_trait;

use super::{list_page, model_page, predict_page};
use crate::ui::{Answer, Asked, PageError, Room, encoded};

pub(super) const ROOT: &str = "/models";

pub(in super::super) struct ModelsRoom;

#[async_trait]
impl Room for ModelsRoom {
    fn root(&self) -> &'static str {
        ROOT
    }

    fn name(&self) -> &'static str {
        "models"
    }

    fn key(&self) -> char {
        'm'
    }

    fn shows_everything(&self) -> bool {
        true
    }

    fn takes_files(&self) -> bool {
        true
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => list_page::show(asked, None).await,
            [name] => model_page::show(asked, name, None).await,
            [name, "predict"] => predict_page::show(asked, name).await,
            _ => Err(PageError::nothing_here()),
        }
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        match parts {
            [] => list_page::add(asked).await,
            [name, "versions"] => model_page::add(asked, name).await,
            [name, "aliases"] => model_page::point(asked, name).await,
            [name, "rollback"] => model_page::roll_back(asked, name).await,
            [name, "remove"] => model_page::remove(asked, name).await,
            [name, "predict"] => predict_page::ask(asked, name).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}

/// The page of a model.
pub(super) fn model_path(name: &str) -> String {
    format!("{ROOT}/{}", encoded(name))
}

/// Its calls.
pub(super) fn model_calls(name: &str) -> String {
    format!("/v1/models/{}", encoded(name))
}
