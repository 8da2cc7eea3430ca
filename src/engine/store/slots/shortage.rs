//! Why a job does not get its slots.

use entity::{JobState, job};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Capacities, Decision, Place, SlotHolder, Slots, admit, slots_of_key};
use crate::engine::store::leases::Leases;
use crate::engine::store::{Result, query};

/// Jobs before this one that are looked at.
const LOOKED_AT: u64 = 200;

/// Slots that a job waits for.
#[derive(Clone, Debug)]
pub struct Shortage {
    /// Of what there are too few.
    pub slot: String,
    pub needs: u32,
    /// How many there are; `None`: it is not known.
    pub most: Option<u32>,
    pub held: u32,
    /// The jobs that hold some, oldest first.
    pub holders: Vec<SlotHolder>,
    /// What is free is kept for these: they come before this job and wait, too.
    pub kept_for: Vec<SlotHolder>,
}

impl Shortage {
    /// The first name of which there are too few beside those that run.
    pub(in crate::engine) fn beside(
        needed: &Slots,
        running: &[SlotHolder],
        capacities: &Capacities,
    ) -> Option<Self> {
        needed.iter().find_map(|(name, amount)| {
            let shortage = Self::of(name, *amount, running, capacities);
            let fits = shortage
                .most
                .is_some_and(|most| shortage.held.saturating_add(*amount) <= most);
            (!fits).then_some(shortage)
        })
    }

    fn of(name: &str, needs: u32, running: &[SlotHolder], capacities: &Capacities) -> Self {
        let holders = running.iter().filter(|holder| holder.holds(name) > 0);
        let holders: Vec<SlotHolder> = holders.cloned().collect();
        Self {
            slot: name.to_owned(),
            needs,
            most: capacities.get(name),
            held: holders.iter().map(|holder| holder.holds(name)).sum(),
            holders,
            kept_for: Vec::new(),
        }
    }
}

impl Leases<'_> {
    /// `None`: the slots of the job are free for it.
    pub async fn shortage(
        &self,
        job: &job::Model,
        capacities: &Capacities,
    ) -> Result<Option<Shortage>> {
        let needed = slots_of_key(&job.slot_key);
        let mut running = self.slot_holders().await?;
        running.retain(|holder| holder.job != job.id);
        if let Some(shortage) = Shortage::beside(&needed, &running, capacities) {
            return Ok(Some(shortage));
        }
        let above = self.waiting_above(job).await?;
        Ok(kept_from(job, &needed, &running, &above, capacities))
    }

    /// Jobs with slots that come before this one and have not begun, in order.
    async fn waiting_above(&self, own: &job::Model) -> Result<Vec<SlotHolder>> {
        let same_rank = Condition::all()
            .add(job::Column::RankNo.eq(own.rank_no))
            .add(job::Column::Id.lt(own.id.clone()));
        let is_above = Condition::any()
            .add(job::Column::RankNo.lt(own.rank_no))
            .add(same_rank);
        let found = job::Entity::find()
            .filter(job::Column::State.eq(JobState::Queued))
            .filter(job::Column::LeaseOwner.is_null())
            .filter(job::Column::CancelRequested.eq(false))
            .filter(job::Column::SlotKey.ne(""))
            .filter(is_above)
            .order_by_asc(job::Column::RankNo)
            .order_by_asc(job::Column::Id)
            .limit(LOOKED_AT)
            .all(&self.0.read)
            .await
            .map_err(query("look which jobs come before another"))?;
        Ok(found.iter().map(SlotHolder::from).collect())
    }
}

/// Which of the jobs above take what this one needs, before it gets any.
fn kept_from(
    job: &job::Model,
    needed: &Slots,
    running: &[SlotHolder],
    above: &[SlotHolder],
    capacities: &Capacities,
) -> Option<Shortage> {
    let mut ready: Vec<Place> = above.iter().map(SlotHolder::place).collect();
    ready.push(SlotHolder::from(job).place());
    let running_places: Vec<Place> = running.iter().map(SlotHolder::place).collect();
    let decisions = admit(&running_places, &ready, |name| capacities.get(name));
    if decisions.last() == Some(&Decision::Starts) {
        return None;
    }
    let first = above.iter().zip(&decisions);
    let first = first.filter(|(_, decision)| **decision != Decision::PassedOver);
    let first: Vec<&SlotHolder> = first.map(|(holder, _)| holder).collect();
    let (name, amount) = needed
        .iter()
        .find(|(name, _)| first.iter().any(|holder| holder.holds(name) > 0))?;
    let mut shortage = Shortage::of(name, *amount, running, capacities);
    let kept_for = first.into_iter().filter(|holder| holder.holds(name) > 0);
    shortage.kept_for = kept_for.cloned().collect();
    Some(shortage)
}
