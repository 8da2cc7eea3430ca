//! Triggers that fire when a file is there and has stopped changing.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, io};

use entity::FireState;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use serde_json::{Map, Value};
use tracing::warn;

use super::service::Firing;
use super::settling::Observation;
use super::timing::micros;
use crate::clock;
use crate::engine::seam::{FileRule, TriggerKind};
use crate::engine::store::{NewFire, StoreError};

/// What a look has found.
pub(super) struct Look {
    trigger: String,
    found: io::Result<Vec<Observation>>,
}

impl Firing<'_> {
    /// Begins the looks that are due. A directory that hangs keeps nobody else waiting.
    pub(super) fn look_for_files(&mut self) {
        let now = clock::steady::now_micros();
        for (id, entry) in &mut self.board {
            let TriggerKind::File(rule) = &entry.trigger.kind else {
                continue;
            };
            let looks = &mut entry.files;
            if looks.is_looking || looks.next_at > now {
                continue;
            }
            looks.is_looking = true;
            let (trigger, rule) = (id.clone(), rule.clone());
            self.looks.spawn_blocking(move || Look {
                trigger,
                found: observe(&rule),
            });
        }
    }

    /// When the next look is due.
    pub(super) fn until_next_file(&self) -> Duration {
        let waiting = self.board.values().filter(|entry| {
            matches!(entry.trigger.kind, TriggerKind::File(_)) && !entry.files.is_looking
        });
        let next = waiting.map(|entry| entry.files.next_at).min();
        let left = next.map_or(i64::MAX, |at| at - clock::steady::now_micros());
        Duration::from_micros(left.max(0).unsigned_abs())
    }

    /// Stores a fire for each file that has stopped changing, and starts them. While the trigger is paused,
    /// they are noted as ignored, so that they do not fire afterwards.
    pub(super) async fn have_looked(&mut self, look: Look) -> Result<(), StoreError> {
        let Look { trigger: id, found } = look;
        let steady = clock::steady::now_micros();
        let Some(entry) = self.board.get_mut(&id) else {
            return Ok(());
        };
        let TriggerKind::File(rule) = &entry.trigger.kind else {
            return Ok(());
        };
        let looks = &mut entry.files;
        looks.is_looking = false;
        looks.next_at = steady.saturating_add(micros(rule.poll));
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                let error = error.to_string();
                if looks.error.as_ref() != Some(&error) {
                    warn!(trigger = id, error, "a trigger cannot look for its files");
                }
                looks.error = Some(error);
                return Ok(());
            }
        };
        looks.error = None;
        let settled = looks.settling.look(found, rule.settle, steady);
        if let Some(soon) = looks.settling.next_look(rule.settle, steady) {
            let soon = steady.saturating_add(micros(soon));
            looks.next_at = looks.next_at.min(soon);
        }
        if settled.is_empty() {
            return Ok(());
        }
        let regex = rule.name.clone();
        let triggers = self.store.triggers();
        let is_paused = !triggers.paused(std::slice::from_ref(&id)).await?.is_empty();
        let now = clock::now_micros();
        let fires = settled.iter().map(|file| NewFire {
            trigger: id.clone(),
            key: file.key(),
            at: now,
            due: now,
            state: match is_paused {
                true => FireState::Ignored,
                false => FireState::Stored,
            },
            params: groups(&regex, &file.path),
            fired_by: None,
            message: is_paused.then(|| "the trigger was paused".to_owned()),
        });
        let stored = triggers.store(fires.collect(), true, now).await?;
        match is_paused {
            true => Ok(()),
            false => self.decide(stored).await,
        }
    }
}

/// All files of the directory that have such names. One that is not there has none.
fn observe(rule: &FileRule) -> io::Result<Vec<Observation>> {
    let entries = match fs::read_dir(&rule.directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        // Parameters are texts.
        let Some(name) = name.to_str().filter(|name| rule.name.is_match(*name)) else {
            continue;
        };
        let path = rule.directory.join(name);
        match fs::metadata(&path) {
            Ok(about) if about.is_file() => found.push(Observation {
                path: path.to_string_lossy().into_owned(),
                size: about.len(),
                modified_nanos: nanos(&about)?,
            }),
            Ok(_) => {}
            // It was renamed or removed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn nanos(about: &fs::Metadata) -> io::Result<i128> {
    let modified = about.modified()?;
    let nanos = |since: Duration| i128::try_from(since.as_nanos()).unwrap_or(i128::MAX);
    Ok(match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => nanos(since),
        Err(before) => -nanos(before.duration()),
    })
}

/// What the groups of the expression match in the name of a file.
fn groups(regex: &Regex, path: &str) -> Map<String, Value> {
    let name = Path::new(path).file_name().and_then(|name| name.to_str());
    let Some(name) = name else {
        return Map::new();
    };
    let mut captures: Captures = regex.create_captures();
    regex.captures(name, &mut captures);
    let names = regex
        .group_info()
        .pattern_names(regex_automata::PatternID::ZERO);
    let groups = names.flatten().filter_map(|group| {
        let span = captures.get_group_by_name(group)?;
        Some((group.to_owned(), Value::from(&name[span.start..span.end])))
    });
    groups.collect()
}
