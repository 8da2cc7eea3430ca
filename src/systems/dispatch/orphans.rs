//! Tasks of services that are not set any more: nobody sends them, but they can be ended.

use std::collections::BTreeMap;

use tracing::warn;

use super::TaskId;
use super::services::DispatchServices;
use super::store::DispatchStore;
use crate::engine::store::Result;

/// Tasks that are named in full.
const NAMED: u64 = 10;

/// Names them in the log.
pub(super) async fn report(store: &DispatchStore, services: &DispatchServices) -> Result<()> {
    let mut orphans: BTreeMap<String, u64> = BTreeMap::new();
    for open in store.open_tasks(None).await? {
        if services.get(&open.service).is_none() {
            *orphans.entry(open.service).or_default() += open.tasks;
        }
    }
    for (service, tasks) in orphans {
        let named = store.some_open_of(&service, NAMED).await?;
        let more = tasks.saturating_sub(named.len() as u64);
        let ids = named.into_iter().map(|job| {
            let service = service.clone();
            TaskId { service, job }.to_string()
        });
        let mut ids: Vec<String> = ids.collect();
        if more > 0 {
            ids.push(format!("{more} more"));
        }
        let ids = ids.join(", ");
        warn!(
            service,
            "the service `{service}` is not set any more, but has tasks that have not ended: {ids}; \
             POST /v1/jobs/{{job_id}}/cancel ends one (its id without `ts_{service}_`)"
        );
    }
    Ok(())
}
