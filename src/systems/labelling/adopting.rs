//! Takes over what the original program has left in the outputs of the settings.

use anyhow::Context;
use tokio::task::spawn_blocking;

use super::options;
use super::panels::{AdoptedTable, Adoption};
use crate::printable::printable;
use crate::settings::Loaded;
use crate::systems::Report;

/// Reports what was done, a line for each table.
pub(super) async fn adopt(
    loaded: &Loaded,
    adoption: Adoption,
    report: Report,
) -> anyhow::Result<()> {
    let (_, sinks) = options::connections(loaded)?;
    let layout = options::options(loaded)?.layout();
    for (name, sink) in sinks.all() {
        let (sink, layout) = (sink.clone(), layout.clone());
        let adopted = spawn_blocking(move || sink.adopt(&layout, adoption)).await?;
        let adopted = adopted.with_context(|| format!("output `{name}`"))?;
        if adopted.is_empty() {
            report(&format!(
                "output `{name}`: there is nothing to do: no table of the original program"
            ));
        }
        for table in &adopted {
            report(&format!("output `{name}`: {}", printable(&shown(table))));
        }
    }
    Ok(())
}

fn shown(adopted: &AdoptedTable) -> String {
    let AdoptedTable {
        table,
        kept_as,
        rows,
        left_out,
    } = adopted;
    let kept = format!("`{table}` is kept as `{kept_as}`");
    match (rows, left_out) {
        (None, _) => kept,
        (Some(rows), 0) => format!("{kept}, {rows} rows copied"),
        (Some(rows), left_out) => {
            format!("{kept}, {rows} rows copied, {left_out} left out (no task, or a task twice)")
        }
    }
}
