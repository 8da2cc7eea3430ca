//! `cron`: at wall-clock times.

use std::time::Duration;

use super::{Kind, TriggerKind, TriggerScope};
use crate::engine::triggers::catchup::Catchup;
use crate::engine::triggers::cron;
use crate::engine::triggers::timing::JITTER_MAX;
use crate::systems::pipelines::project::fault::{Faults, quoted};
use crate::systems::pipelines::project::format::{DURATION, SOME_TIME, duration};
use crate::systems::pipelines::project::read::read_zone;
use crate::systems::pipelines::project::shape::{Key, Shape};
use crate::systems::pipelines::project::spot::Spot;

const WINDOW: Duration = Duration::from_secs(7 * 86_400);
const MAX: u32 = 10;

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key::required(
            "cron",
            Shape::Text,
            "Minute, hour, day, month, day of the week.",
        ),
        Key::optional("timezone", Shape::Text, "Its zone; the project's."),
        Key::optional(
            "catchup",
            Shape::Words(&["none", "last", "all"]),
            "Which of the fires that nobody ran are made up for; last.",
        ),
        Key::optional("window", Shape::Formatted(&SOME_TIME), "How far back; 7d."),
        Key::optional("max", Shape::Whole(1, 10_000), "How many at most; 10."),
        Key::optional(
            "jitter",
            Shape::Formatted(&DURATION),
            "Fires up to so much later.",
        ),
    ],
    read,
};

fn read(spot: &Spot<'_>, scope: &mut TriggerScope<'_>, faults: &mut Faults) -> Option<TriggerKind> {
    let cron = spot.get("cron")?;
    let fields = cron.text()?;
    for problem in cron::faults(fields) {
        faults.value(&cron, format!("in {}: {problem}", quoted(fields)));
    }
    let timezone = match spot.get("timezone") {
        Some(below) => read_zone(&below, faults)?,
        None => scope.timezone,
    };
    let catchup = match spot.text_at("catchup") {
        Some("none") => Catchup::None,
        Some("all") => Catchup::All,
        _ => Catchup::Last,
    };
    let jitter = spot.text_at("jitter").and_then(duration);
    if let (Some(below), true) = (spot.get("jitter"), jitter > Some(JITTER_MAX)) {
        faults.value(&below, "it is out of range, expected 1d at most");
    }
    Some(TriggerKind::Cron {
        fields: fields.to_owned(),
        timezone,
        catchup,
        window: spot.text_at("window").and_then(duration).unwrap_or(WINDOW),
        max: spot
            .get("max")
            .and_then(|below| below.number())
            .unwrap_or(MAX),
        jitter,
    })
}
