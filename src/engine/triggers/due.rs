//! Cron expressions: which of their instants have come.

use entity::FireState;
use serde_json::{Map, json};

use super::catchup::{self, MISSED_MAX, Missed};
use super::service::Firing;
use crate::clock;
use crate::engine::store::notifications::{NewNotification, id_of};
use crate::engine::store::{NewFire, StoreError};

impl Firing<'_> {
    /// The time of day was set back: what is due is looked for anew.
    pub(super) fn consider_all(&mut self) {
        for entry in self.board.values_mut() {
            if let Some(clock) = &mut entry.clock {
                clock.next_due = i64::MIN;
            }
        }
    }

    /// Stores the fires that are due, all together, and starts them.
    pub(super) async fn fire_due(&mut self, now: i64) -> Result<(), StoreError> {
        let (mut fires, mut missed) = (Vec::new(), Vec::new());
        for (id, entry) in &mut self.board {
            let Some(clock) = entry.clock.as_mut().filter(|clock| clock.next_due <= now) else {
                continue;
            };
            let due = catchup::due(&clock.timing, &clock.rule, clock.considered, now);
            clock.considered = due.considered;
            let caught_up = due
                .fires
                .iter()
                .filter(|instant| instant.due < late_before(now));
            let caught_up = caught_up.count();
            missed.extend(due.missed.map(|missed| notification(id, missed, caught_up)));
            clock.wind(now);
            fires.extend(due.fires.into_iter().map(|instant| NewFire {
                trigger: id.clone(),
                key: clock::rfc3339(instant.at),
                at: instant.at,
                due: instant.due,
                state: FireState::Stored,
                params: Map::new(),
                fired_by: None,
                message: None,
            }));
        }
        if !missed.is_empty() {
            self.store.triggers().note_missed(missed).await?;
        }
        if fires.is_empty() {
            return Ok(());
        }
        let stored = self.store.triggers().store(fires, false, now).await?;
        self.decide(stored).await
    }
}

fn late_before(now: i64) -> i64 {
    let on_time = i64::try_from(catchup::ON_TIME.as_micros()).unwrap_or(i64::MAX);
    now.saturating_sub(on_time)
}

/// What people may want to learn of it. The same first instant is noted once, whoever looks again.
fn notification(trigger: &str, missed: Missed, caught_up: usize) -> NewNotification {
    let Missed { count, first_at } = missed;
    let (source, name) = trigger.split_once('/').unwrap_or(("", trigger));
    let first = clock::rfc3339(first_at);
    let count = match count {
        MISSED_MAX.. => format!("{MISSED_MAX} or more"),
        count => count.to_string(),
    };
    let error = format!(
        "nobody was there to fire it {count} times since {first}; caught up now: {caught_up}"
    );
    NewNotification {
        id: Some(id_of(&["schedule.missed", trigger, &first_at.to_string()])),
        kind: "schedule.missed",
        about: trigger.to_owned(),
        flow: source.to_owned(),
        name: Some(name.to_owned()),
        data: json!({ "error": error }),
        ..NewNotification::default()
    }
}
