//! Cron expressions: which of their instants have come.

use entity::FireState;
use serde_json::Map;

use super::catchup;
use super::service::Firing;
use crate::clock;
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
        let mut fires = Vec::new();
        for (id, entry) in &mut self.board {
            let Some(clock) = entry.clock.as_mut().filter(|clock| clock.next_due <= now) else {
                continue;
            };
            let due = catchup::due(&clock.timing, &clock.rule, clock.considered, now);
            clock.considered = due.considered;
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
        if fires.is_empty() {
            return Ok(());
        }
        let stored = self.store.triggers().store(fires, false, now).await?;
        self.decide(stored).await
    }
}
