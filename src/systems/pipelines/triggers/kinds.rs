//! Triggers of project files, as the engine's service has them.

use super::filling;
use crate::engine::seam;
use crate::engine::store::blob_digest;
use crate::engine::triggers::catchup::Rule;
use crate::engine::triggers::cron::Cron;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::project::{Trigger, TriggerKind};

/// The first part of the ids.
pub(super) const SOURCE: &str = "pipelines";

/// The id of a trigger.
pub(crate) fn id_of(project: &str, trigger: &str) -> String {
    format!("{SOURCE}/{project}/{trigger}")
}

/// The triggers of a project that can fire.
pub(crate) fn of_project(known: &KnownProject) -> Vec<seam::Trigger> {
    let triggers = known.project.triggers.iter();
    triggers
        .filter_map(|trigger| self::trigger(known, trigger))
        .collect()
}

/// `None`: it cannot fire, and why has been logged.
pub(super) fn trigger(known: &KnownProject, trigger: &Trigger) -> Option<seam::Trigger> {
    let id = id_of(&known.project.name, &trigger.name);
    match kind(known, trigger) {
        Ok(kind) => Some(seam::Trigger {
            digest: blob_digest(definition(known, trigger).as_bytes()),
            id,
            kind,
            overlap: trigger.overlap,
            is_paused: trigger.paused,
        }),
        Err(reason) => {
            tracing::warn!(trigger = id, reason, "a trigger cannot fire");
            None
        }
    }
}

fn kind(known: &KnownProject, trigger: &Trigger) -> Result<seam::TriggerKind, String> {
    Ok(match &trigger.kind {
        TriggerKind::Cron {
            fields,
            timezone,
            catchup,
            window,
            max,
            jitter,
        } => seam::TriggerKind::Cron {
            cron: Cron::parse(fields, *timezone).map_err(|faults| faults.join("; "))?,
            jitter: *jitter,
            rule: Rule {
                catchup: *catchup,
                window: *window,
                max: *max,
            },
        },
        TriggerKind::File {
            directory,
            regex,
            poll,
            settle,
            ..
        } => {
            let directory = filling::directory(known, trigger, directory)?;
            seam::TriggerKind::File(seam::FileRule {
                // What begins with a slash stands for itself.
                directory: known.directory.root().join(directory),
                name: regex.clone(),
                poll: *poll,
                settle: *settle,
            })
        }
        TriggerKind::After { .. } => seam::TriggerKind::After,
        TriggerKind::Webhook { .. } | TriggerKind::Form { .. } => seam::TriggerKind::Outside,
    })
}

/// What says when it fires: a trigger that starts other tasks from now on has missed nothing.
fn definition(known: &KnownProject, trigger: &Trigger) -> String {
    match &trigger.kind {
        TriggerKind::Cron {
            fields, timezone, ..
        } => format!("cron {fields} {timezone}"),
        TriggerKind::File {
            directory, name, ..
        } => format!("file {directory} {name} {:?}", known.directory.root()),
        TriggerKind::After {
            project,
            task,
            state,
        } => format!("after {project}/{task} {}", state.as_str()),
        TriggerKind::Webhook { .. } => "webhook".to_owned(),
        TriggerKind::Form { .. } => "form".to_owned(),
    }
}
