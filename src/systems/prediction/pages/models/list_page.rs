//! The list of models, and the form that adds one.

use askama::Template;

use super::super::data::read;
use super::data::{ModelList, Summary};
use super::room::{ROOT, model_path};
use super::sending::{is_mended_here, send_version};
use crate::ui::{Answer, Asked, Frame, PageError, find, number};

#[derive(Template)]
#[template(path = "systems/prediction/pages/models/list.html")]
struct ListPage<'a> {
    frame: &'a Frame,
    fault: Option<&'a str>,
    rows: Vec<Row>,
    add: String,
}

struct Row {
    name: String,
    href: String,
    /// Aliases, each with its version.
    aliases: Vec<(String, i32)>,
    newest: Option<i32>,
    versions: String,
    predict: String,
}

pub(super) async fn show(
    asked: &Asked<'_>,
    fault: Option<&PageError>,
) -> Result<Answer, PageError> {
    let data = "/v1/models";
    let list: ModelList = read(asked.get(data).await?);
    let frame = &asked.frame.clone().with_data(data);
    let template = ListPage {
        frame,
        fault: fault.map(|fault| fault.detail.as_str()),
        rows: list
            .models
            .into_iter()
            .map(|model| row(frame, model))
            .collect(),
        add: frame.path(ROOT),
    };
    Answer::page_or_fault(&template, fault)
}

/// Adds the first version of a model.
pub(super) async fn add(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let form = asked.file_form().await?;
    let name = find(&form.fields, "name").unwrap_or_default().trim();
    let added = match name.is_empty() {
        true => Err(PageError::invalid(asked.frame.say("models-name-missing"))),
        false => send_version(asked, name, &form).await,
    };
    match added {
        Ok(()) => Ok(asked.elsewhere(&model_path(name))),
        Err(error) if is_mended_here(&error) => show(asked, Some(&error)).await,
        Err(error) => Err(error),
    }
}

fn row(frame: &Frame, model: Summary) -> Row {
    let path = model_path(&model.name);
    let versions = u64::try_from(model.versions).unwrap_or_default();
    let aliases = model.aliases.into_iter();
    Row {
        href: frame.path(&path),
        predict: frame.path(&format!("{path}/predict")),
        aliases: aliases.map(|alias| (alias.alias, alias.version)).collect(),
        newest: model.newest,
        versions: number(versions),
        name: model.name,
    }
}
