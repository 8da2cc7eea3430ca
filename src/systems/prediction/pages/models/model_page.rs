//! A model: its aliases, which move here, its versions, the history, and what its shadow answers.

use askama::Template;
use serde_json::json;

use super::super::data::read;
use super::super::shown::moment;
use super::data::{Alias, Model, Move, Shadow, Version};
use super::room::{model_calls, model_path};
use super::sending::{is_mended_here, send_version};
use crate::access::Role;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, bytes, encoded, find, number};

#[derive(Template)]
#[template(path = "systems/prediction/pages/models/model.html")]
struct ModelPage<'a> {
    frame: &'a Frame,
    fault: Option<&'a str>,
    name: String,
    /// Names and values.
    facts: Vec<(String, String)>,
    aliases: Vec<AliasRow>,
    versions: Vec<VersionRow>,
    /// Versions that an alias may point to, and whether they are proved.
    usable: Vec<(i32, bool)>,
    history: Vec<MoveRow>,
    shadow: Vec<ShadowRow>,
    may_remove: bool,
    here: String,
}

struct AliasRow {
    alias: String,
    version: i32,
    previous: Option<i32>,
    by: String,
    ago: Markup,
    exact: Markup,
    /// What the button says that goes back.
    back: String,
}

struct VersionRow {
    version: i32,
    state: Markup,
    reason: Option<String>,
    /// Aliases that point to it.
    aliases: Vec<String>,
    format: String,
    file: String,
    size: String,
    by: String,
    ago: Markup,
    exact: Markup,
    question: String,
}

struct MoveRow {
    alias: String,
    from: Option<i32>,
    to: i32,
    is_rollback: bool,
    by: String,
    ago: Markup,
}

struct ShadowRow {
    version: i32,
    shadow_version: i32,
    /// Compared, different, other label, failed, dropped.
    counts: [String; 5],
    ago: Markup,
}

pub(super) async fn show(
    asked: &Asked<'_>,
    name: &str,
    fault: Option<&PageError>,
) -> Result<Answer, PageError> {
    let data = model_calls(name);
    let model: Model = read(asked.get(&data).await?);
    let frame = &asked.frame.clone().with_data(data);
    let usable = model.versions.iter().filter(|row| row.state != "refused");
    let versions = model.versions.iter();
    let facts = [
        (
            "models-answers",
            model.version.map(|version| version.to_string()),
        ),
        ("models-format", model.format.clone()),
        (
            "models-task",
            model
                .task
                .as_deref()
                .map(|task| frame.say(&format!("models-task-{task}"))),
        ),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(word, value)| Some((frame.say(word), value?)));
    let template = ModelPage {
        frame,
        fault: fault.map(|fault| fault.detail.as_str()),
        facts: facts.collect(),
        usable: usable
            .map(|row| (row.version, row.state == "proved"))
            .collect(),
        versions: versions
            .map(|version| version_row(frame, version, &model.aliases))
            .collect(),
        aliases: model
            .aliases
            .iter()
            .map(|row| alias_row(frame, row))
            .collect(),
        history: model
            .history
            .iter()
            .map(|row| move_row(frame, row))
            .collect(),
        shadow: model
            .shadow
            .iter()
            .map(|row| shadow_row(frame, row))
            .collect(),
        may_remove: frame.has_role(Role::Admin),
        here: frame.path(&model_path(&model.name)),
        name: model.name,
    };
    Answer::page_or_fault(&template, fault)
}

/// Adds a version.
pub(super) async fn add(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let form = asked.file_form().await?;
    let added = send_version(asked, name, &form).await;
    shown_again(asked, name, added).await
}

/// Points an alias to a version.
pub(super) async fn point(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let fields = asked.file_form().await?.fields;
    let field = |name: &str| find(&fields, name).unwrap_or_default().trim();
    let alias = field("alias");
    let body = json!({
        "version": field("version").parse::<i32>().ok(),
        "unproved": !field("unproved").is_empty(),
    });
    let path = format!("{}/aliases/{}", model_calls(name), encoded(alias));
    let pointed = match alias.is_empty() {
        true => Err(PageError::invalid(asked.frame.say("models-alias-missing"))),
        false => asked.put(&path, &body).await.map(drop),
    };
    shown_again(asked, name, pointed).await
}

/// Points an alias to the version before.
pub(super) async fn roll_back(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let fields = asked.file_form().await?.fields;
    let alias = encoded(find(&fields, "alias").unwrap_or_default());
    let path = format!("{}/aliases/{alias}/rollback", model_calls(name));
    let back = asked.post(&path, None).await.map(drop);
    shown_again(asked, name, back).await
}

/// Removes a version.
pub(super) async fn remove(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let fields = asked.file_form().await?.fields;
    let version = encoded(find(&fields, "version").unwrap_or_default());
    let path = format!("{}/versions/{version}", model_calls(name));
    let removed = asked.delete(&path).await;
    shown_again(asked, name, removed).await
}

async fn shown_again(
    asked: &Asked<'_>,
    name: &str,
    done: Result<(), PageError>,
) -> Result<Answer, PageError> {
    match done {
        Ok(()) => Ok(asked.elsewhere(&model_path(name))),
        Err(error) if is_mended_here(&error) => show(asked, name, Some(&error)).await,
        Err(error) => Err(error),
    }
}

fn alias_row(frame: &Frame, row: &Alias) -> AliasRow {
    let (ago, exact) = moment(frame, &row.moved_at);
    let back = row.previous.map(|previous| {
        let texts: [(&str, &dyn std::fmt::Display); 2] =
            [("alias", &row.alias), ("version", &previous)];
        frame.words.with_all("models-back", &texts)
    });
    AliasRow {
        alias: row.alias.clone(),
        version: row.version,
        previous: row.previous,
        by: row.moved_by.clone(),
        ago,
        exact,
        back: back.unwrap_or_default(),
    }
}

fn version_row(frame: &Frame, row: &Version, aliases: &[Alias]) -> VersionRow {
    let (ago, exact) = moment(frame, &row.created_at);
    let look = match row.state.as_str() {
        "proved" => "succeeded",
        "refused" => "failed",
        _ => "held",
    };
    let pointing = aliases.iter().filter(|alias| alias.version == row.version);
    VersionRow {
        version: row.version,
        state: frame.marked(look, &frame.say(&format!("models-state-{}", row.state))),
        reason: row.reason.clone(),
        aliases: pointing.map(|alias| alias.alias.clone()).collect(),
        format: row.format.clone().unwrap_or_else(|| "–".to_owned()),
        file: row.file.clone(),
        size: bytes(row.bytes),
        by: row.created_by.clone(),
        ago,
        exact,
        question: frame
            .words
            .with("models-remove-ask", "version", row.version),
    }
}

fn move_row(frame: &Frame, row: &Move) -> MoveRow {
    MoveRow {
        alias: row.alias.clone(),
        from: row.from,
        to: row.to,
        is_rollback: row.rollback,
        by: row.moved_by.clone(),
        ago: moment(frame, &row.moved_at).0,
    }
}

fn shadow_row(frame: &Frame, row: &Shadow) -> ShadowRow {
    let counts = [
        row.compared,
        row.different,
        row.other_label,
        row.failed,
        row.dropped,
    ];
    ShadowRow {
        version: row.version,
        shadow_version: row.shadow_version,
        counts: counts.map(number),
        ago: moment(frame, &row.at).0,
    }
}
