//! Reads `source`: the git repository of a project.

use super::context::Context;
use super::fault::{Faults, quoted};
use super::format::{SOME_TIME_OR_NONE, duration};
use super::model::{Source, StatusCall};
use super::shape::{Key, Mapping, Shape};
use super::spot::Spot;
use crate::systems::pipelines::git::Address;
use crate::webhooks::Forge;

const FORGES: [(&str, Forge); 3] = [
    ("github", Forge::Github),
    ("gitlab", Forge::Gitlab),
    ("gitea", Forge::Gitea),
];

const API: &str = "Address of its API; commits get the state of their runs there.";

pub(super) const KEYS: Mapping = Mapping::of(&[
    Key::required(
        "git",
        Shape::Text,
        "Address of the repository: https, ssh, or file.",
    ),
    Key::optional("ref", Shape::Text, "Branch or tag; main."),
    Key::optional(
        "path",
        Shape::Text,
        "The project file in the repository; project.yaml.",
    ),
    Key::optional(
        "poll",
        Shape::Formatted(&SOME_TIME_OR_NONE),
        "How often the repository is looked at; none.",
    ),
    Key::optional(
        "status",
        Shape::Keys(&Mapping {
            keys: &[
                Key::required("repo", Shape::Text, "The repository as the forge names it."),
                Key::required("token", Shape::Text, "Name of a secret."),
            ],
            variants: || FORGE_KEYS.to_vec(),
            needs_variant: true,
            others: None,
        }),
        "The forge that learns what became of a commit.",
    ),
]);

const FORGE_KEYS: [&[Key]; 3] = [
    &[Key::required("github", Shape::Text, API)],
    &[Key::required("gitlab", Shape::Text, API)],
    &[Key::required("gitea", Shape::Text, API)],
];

pub(super) fn read(spot: &Spot<'_>, context: &Context<'_>, faults: &mut Faults) -> Option<Source> {
    let git = read_git(&spot.get("git")?, context, faults);
    for key in ["ref", "path"] {
        if let Some(below) = spot.get(key) {
            check_name(&below, faults);
        }
    }
    let path = spot.get("path");
    if let (Some(below), Some(text)) = (&path, spot.text_at("path"))
        && (text.starts_with('/') || text.split('/').any(|part| part == ".."))
    {
        faults.value(below, "expected a path inside of the repository");
    }
    let status = spot.get("status");
    let status = status.and_then(|below| read_status(&below, context, faults));
    Some(Source {
        git: git?,
        r#ref: spot.text_at("ref").unwrap_or("main").to_owned(),
        path: spot.text_at("path").unwrap_or("project.yaml").to_owned(),
        poll: spot.text_at("poll").and_then(duration),
        status,
    })
}

fn read_git(spot: &Spot<'_>, context: &Context<'_>, faults: &mut Faults) -> Option<Address> {
    let written = spot.text()?;
    let is_allowed = context.surroundings.git_file.unwrap_or(true);
    let address =
        Address::parse(written).and_then(|address| match address.is_directory() && !is_allowed {
            true => Err("directories are file: addresses, and need `pipelines.git_file`"),
            false => Ok(address),
        });
    if let Err(problem) = &address {
        faults.value(spot, format!("found {}; {problem}", quoted(written)));
    }
    address.ok()
}

fn check_name(spot: &Spot<'_>, faults: &mut Faults) {
    let text = spot.text().unwrap_or_default();
    let is_odd = |character: char| character.is_whitespace() || character.is_control();
    if text.is_empty() || text.starts_with('-') || text.chars().any(is_odd) {
        faults.value(spot, format!("found {}; expected a name", quoted(text)));
    }
}

fn read_status(spot: &Spot<'_>, context: &Context<'_>, faults: &mut Faults) -> Option<StatusCall> {
    let (name, forge) = FORGES
        .iter()
        .find(|(name, _)| spot.node.entry(name).is_some())?;
    let api = spot.get(name)?;
    let text = api.text()?;
    if !text.starts_with("https://") && !text.starts_with("http://") {
        faults.value(
            &api,
            format!("found {}; expected http:// or https://", quoted(text)),
        );
    }
    let token = spot.get("token")?;
    context.check_secret(token.text()?, &token, faults);
    Some(StatusCall {
        forge: *forge,
        api: text.to_owned(),
        repo: spot.text_at("repo")?.to_owned(),
        token: token.text()?.to_owned(),
    })
}
