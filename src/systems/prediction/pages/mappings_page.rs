//! The list of mappings.

use askama::Template;

use super::data::{MappingList, read};
use super::shown::{mapping_path, moment};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded};

#[derive(Template)]
#[template(path = "systems/prediction/pages/mappings.html")]
struct MappingsPage<'a> {
    frame: &'a Frame,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    href: String,
    version: i32,
    by: String,
    ago: Markup,
    exact: Markup,
    /// Imports that were made with it, and the form that makes one.
    imports: String,
    new: String,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/mappings";
    let list: MappingList = read(asked.get(data).await?);
    let frame = &asked.frame.clone().with_data(data);
    let rows = list.mappings.into_iter().map(|mapping| {
        let (ago, exact) = moment(frame, &mapping.changed_at);
        let name = encoded(&mapping.name);
        Row {
            href: frame.path(&mapping_path(&mapping.name)),
            imports: frame.path(&format!("/imports?mapping={name}")),
            new: frame.path(&format!("/imports/new?from={name}")),
            name: mapping.name,
            version: mapping.version,
            by: mapping.changed_by,
            ago,
            exact,
        }
    });
    Answer::page(&MappingsPage {
        frame,
        rows: rows.collect(),
    })
}
