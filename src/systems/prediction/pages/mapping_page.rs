//! A mapping: its text and its versions.

use askama::Template;

use super::data::{Definition, read};
use super::room::ROOT;
use super::shown::{mapping_path, moment};
use super::versioned::{Kind, Seen, TextForm, entered};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded};

pub(super) const MAPPINGS: Kind = Kind {
    calls: "/v1/mappings",
    pages: "/imports/mappings",
    key: "import",
    word: "imports-mapping",
    save: "imports-save",
    name_help: "imports-name-help",
    name_needed: "imports-name-needed",
    name_taken: "imports-name-taken",
};

#[derive(Template)]
#[template(path = "systems/prediction/pages/mapping.html")]
struct MappingPage<'a> {
    frame: &'a Frame,
    /// `None`: it is new.
    known: Option<Known>,
    said: Markup,
    text: Markup,
}

/// A mapping that is stored.
struct Known {
    name: String,
    version: i32,
    by: String,
    ago: Markup,
    exact: Markup,
    versions: Markup,
    imports: String,
    new: String,
    remove: String,
    question: String,
    /// Of what is there, to remove it.
    tag: String,
}

const BEGINNING: &str = "import: \ntables:\n  - into: \n    start: \n    columns:\n      \n";

/// Where a new one is stored.
const NEW: &str = "/imports/new-mapping";

pub(super) fn show_new(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let form = TextForm {
        text: BEGINNING.to_owned(),
        ..TextForm::default()
    };
    new_page(asked, &form)
}

pub(super) async fn show(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let (seen, form) = MAPPINGS.look(asked, name).await?;
    page(asked, seen, &form).await
}

/// Stores a new mapping under the name in its text.
pub(super) async fn add(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let (mut form, _) = entered(asked).await?;
    match MAPPINGS.add(asked, &mut form).await? {
        Some(done) => Ok(done),
        None => new_page(asked, &form),
    }
}

/// Stores another text.
pub(super) async fn change(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let (mut form, _) = entered(asked).await?;
    match MAPPINGS.change(asked, name, &mut form).await? {
        Some(done) => Ok(done),
        None => page(asked, MAPPINGS.stored(asked, name).await?, &form).await,
    }
}

/// Removes a mapping that has not changed since it was seen.
pub(super) async fn remove(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let (mut form, _) = entered(asked).await?;
    match MAPPINGS.remove(asked, name, &mut form).await? {
        Some(done) => Ok(done),
        None => page(asked, MAPPINGS.stored(asked, name).await?, &form).await,
    }
}

fn new_page(asked: &Asked<'_>, form: &TextForm) -> Result<Answer, PageError> {
    let frame = &asked.frame.clone().with_data(MAPPINGS.calls);
    let template = MappingPage {
        frame,
        known: None,
        said: MAPPINGS.said(frame, "", form),
        text: MAPPINGS.card(frame, NEW, form, Markup::default()),
    };
    let fault = form.status.map(PageError::of_status);
    Answer::page_or_fault(&template, fault.as_ref())
}

async fn page(asked: &Asked<'_>, (seen, tag): Seen, form: &TextForm) -> Result<Answer, PageError> {
    let mapping: Definition = read(seen);
    let name = encoded(&mapping.name);
    let frame = &asked
        .frame
        .clone()
        .with_data(format!("{}/{name}", MAPPINGS.calls));
    let here = mapping_path(&mapping.name);
    let (ago, exact) = moment(frame, &mapping.changed_at);
    let template = MappingPage {
        frame,
        said: MAPPINGS.said(frame, &mapping.name, form),
        text: MAPPINGS.card(frame, &here, form, Markup::default()),
        known: Some(Known {
            versions: MAPPINGS.versions(asked, &mapping, form).await,
            version: mapping.version,
            by: mapping.changed_by,
            ago,
            exact,
            imports: frame.path(&format!("{ROOT}?mapping={name}")),
            new: frame.path(&format!("{ROOT}/new?from={name}")),
            remove: frame.path(&format!("{here}/remove")),
            question: frame
                .words
                .with("imports-remove-mapping-ask", "name", &mapping.name),
            name: mapping.name,
            tag,
        }),
    };
    let fault = form.status.map(PageError::of_status);
    Answer::page_or_fault(&template, fault.as_ref())
}
