//! Calls that are alike: one row with a count stands for all of them.
//!
//! Those that are refused may come by the million, from anywhere and with any name. So only some rows a
//! minute, and an hour, say on what and from where; the others are counted by caller, operation and
//! result, of which there are few.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use entity::audit;

use super::CallKey;
use super::call::{CallEnd, row};
use crate::clock;
use crate::engine::store::new_audit_id;

const REFUSED_TOGETHER: Duration = Duration::from_secs(60);
const DONE_TOGETHER: Duration = Duration::from_secs(3_600);
/// Rows for refused calls that say on what and from where.
const DETAILED_A_MINUTE: usize = 100;
const DETAILED_AN_HOUR: usize = 1_000;
/// Counts that are kept while the store is away.
const KEPT_MAX: usize = 2_000;

/// The calls of this process that are counted at present.
#[derive(Default)]
pub(super) struct Alike {
    rows: HashMap<(CallKey, CallEnd), Counted>,
    /// Rows of windows that are over, and have not been stored.
    left: Vec<audit::Model>,
    /// How many rows were begun in detail, since then.
    detailed: Option<(Instant, usize)>,
}

struct Counted {
    row: audit::Model,
    until: Instant,
    is_changed: bool,
    /// A row of this id is in the store.
    is_stored: bool,
}

impl Alike {
    /// The row for the first call of an hour, to be stored with what it changes; `None`: it is stored.
    pub fn first(&mut self, key: CallKey, now: Instant) -> Option<audit::Model> {
        let counted = self.counted((key, CallEnd::DONE), DONE_TOGETHER, now);
        (!counted.is_stored).then(|| audit::Model {
            count: 1,
            ..counted.row.clone()
        })
    }

    pub fn is_stored(&mut self, key: &CallKey) {
        if let Some(counted) = self.rows.get_mut(&(key.clone(), CallEnd::DONE)) {
            counted.is_stored = true;
        }
    }

    /// Counts a call that was done.
    pub fn done(&mut self, key: CallKey, end: CallEnd, now: Instant) {
        self.counted((key, end), DONE_TOGETHER, now).add();
    }

    /// Counts a call that was not done.
    pub fn refused(&mut self, key: CallKey, end: CallEnd, now: Instant) {
        let is_known = |counted: &Counted| now < counted.until;
        let mut whole = (key, end);
        if !self.rows.get(&whole).is_some_and(is_known) && !self.may_be_detailed(now) {
            whole.0.what = None;
            whole.0.address = None;
        }
        self.counted(whole, REFUSED_TOGETHER, now).add();
    }

    fn may_be_detailed(&mut self, now: Instant) -> bool {
        let refused = self.rows.values();
        let refused = refused.filter(|counted| now < counted.until && counted.row.result != "done");
        if refused.count() >= DETAILED_A_MINUTE {
            return false;
        }
        let detailed = self.detailed.get_or_insert((now, 0));
        if detailed.0 + DONE_TOGETHER <= now {
            *detailed = (now, 0);
        }
        detailed.1 += 1;
        detailed.1 <= DETAILED_AN_HOUR
    }

    fn counted(
        &mut self,
        key: (CallKey, CallEnd),
        together: Duration,
        now: Instant,
    ) -> &mut Counted {
        let over = self.rows.remove(&key);
        let counted = match over {
            Some(counted) if now < counted.until => counted,
            over => {
                let over = over.filter(|over| over.is_changed);
                self.left.extend(over.map(|over| over.row));
                let at = clock::now_micros();
                let mut row = row(&key.0, &new_audit_id(), (at, at), key.1);
                row.count = 0;
                Counted {
                    row,
                    until: now + together,
                    is_changed: false,
                    is_stored: false,
                }
            }
        };
        self.rows.entry(key).or_insert(counted)
    }

    /// What is to be stored now.
    pub fn take_changed(&mut self, now: Instant) -> Vec<audit::Model> {
        let mut changed = std::mem::take(&mut self.left);
        for counted in self.rows.values_mut().filter(|counted| counted.is_changed) {
            counted.is_changed = false;
            counted.is_stored = true;
            changed.push(counted.row.clone());
        }
        self.rows.retain(|_, counted| now < counted.until);
        changed
    }

    /// They could not be stored.
    pub fn give_back(&mut self, rows: Vec<audit::Model>) {
        let room = KEPT_MAX.saturating_sub(self.left.len());
        let mut changed = rows.into_iter().filter(|row| {
            let mut counted = self.rows.values_mut();
            match counted.find(|counted| counted.row.id == row.id) {
                Some(counted) => {
                    counted.is_changed = true;
                    false
                }
                None => true,
            }
        });
        let left: Vec<audit::Model> = changed.by_ref().take(room).collect();
        self.left.extend(left);
    }
}

impl Counted {
    fn add(&mut self) {
        self.row.count += 1;
        self.row.until_at = clock::now_micros().max(self.row.until_at);
        self.is_changed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(what: &str) -> CallKey {
        CallKey {
            who: None,
            operation: "cancel_job".to_owned(),
            what: Some(what.to_owned()),
            address: Some("192.0.2.1".to_owned()),
        }
    }

    fn end() -> CallEnd {
        CallEnd::of_status(401)
    }

    #[test]
    fn calls_that_are_alike_are_counted() {
        let (mut alike, mut now) = (Alike::default(), Instant::now());
        for _ in 0..3 {
            alike.refused(key("a"), end(), now);
        }
        let rows = alike.take_changed(now);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].count, rows[0].result.as_str()), (3, "refused"));
        assert_eq!(alike.take_changed(now), []);
        alike.refused(key("a"), end(), now);
        alike.refused(key("b"), end(), now);
        let mut counts: Vec<i64> = alike
            .take_changed(now)
            .iter()
            .map(|row| row.count)
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 4]);
        now += REFUSED_TOGETHER;
        alike.refused(key("a"), end(), now);
        let later = alike.take_changed(now);
        assert_eq!((later.len(), later[0].count), (1, 1));
        assert_ne!(later[0].id, rows[0].id);
    }

    #[test]
    fn a_flood_makes_few_rows() {
        let (mut alike, mut now) = (Alike::default(), Instant::now());
        let (mut rows, mut calls) = (std::collections::HashSet::new(), 0);
        for minute in 0..60 {
            for no in 0..500 {
                alike.refused(key(&format!("{minute}.{no}")), end(), now);
                calls += 1;
            }
            rows.extend(
                alike
                    .take_changed(now)
                    .into_iter()
                    .map(|row| (row.id, row.count)),
            );
            now += REFUSED_TOGETHER;
        }
        assert_eq!(rows.iter().map(|(_, count)| count).sum::<i64>(), calls);
        assert!(rows.len() <= DETAILED_AN_HOUR + 2 * 60, "{}", rows.len());
    }

    #[test]
    fn the_first_of_an_hour_is_stored_with_its_change() {
        let (mut alike, now) = (Alike::default(), Instant::now());
        let first = alike.first(key("aaa"), now).expect("it is the first");
        // It was not stored.
        assert_eq!(alike.first(key("aaa"), now), Some(first.clone()));
        alike.is_stored(&key("aaa"));
        assert_eq!(alike.first(key("aaa"), now), None);
        alike.done(key("aaa"), CallEnd::DONE, now);
        alike.done(key("aaa"), CallEnd::DONE, now);
        let rows = alike.take_changed(now);
        assert_eq!((rows.len(), rows[0].count), (1, 2));
        assert_eq!(rows[0].id, first.id);
    }

    #[test]
    fn counts_are_kept_while_the_store_is_away() {
        let (mut alike, now) = (Alike::default(), Instant::now());
        alike.refused(key("a"), end(), now);
        let rows = alike.take_changed(now);
        alike.give_back(rows);
        alike.refused(key("a"), end(), now);
        let rows = alike.take_changed(now + REFUSED_TOGETHER);
        assert_eq!((rows.len(), rows[0].count), (1, 2));
        alike.give_back(rows.clone());
        assert_eq!(alike.take_changed(now + REFUSED_TOGETHER), rows);
    }
}
