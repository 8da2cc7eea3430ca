//! Outputs that are away when the program starts: reported once, and once more when they are there.
//! Their tasks wait for them, as they do for an output that goes away later.

use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::panels::{Layout, Sink, SinkError, Sinks};
use super::settings::LabellingSettings;
use crate::settings::{Loaded, shown_url};
use crate::telemetry::chain;

/// How often an output that is away is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks at all outputs beside the start, which waits for none of them.
pub(super) fn watch(loaded: &Loaded, sinks: &Sinks) {
    let settings: LabellingSettings = loaded.system();
    for (name, sink) in sinks.all() {
        // Without a URL of its own it is the engine's database.
        let url = settings
            .outputs
            .get(name)
            .and_then(|output| output.url.as_ref());
        if let Some(url) = url {
            let key = format!("outputs.{name}.url");
            let place = loaded.fault(&key, format!("output `{name}` at {}", shown_url(url)));
            tokio::spawn(follow(sink.clone(), place.to_string()));
        }
    }
}

/// Ends when the output is there, or when waiting does not help.
async fn follow(sink: Sink, named: String) {
    let mut away_since: Option<Instant> = None;
    loop {
        let looked_at = sink.clone();
        let looked = spawn_blocking(move || -> Result<(), SinkError> {
            looked_at.check(&Layout { groups: vec![] }, &[])
        });
        match (looked.await, away_since) {
            (Ok(Ok(())), Some(since)) => {
                let lasted_s = since.elapsed().as_secs();
                info!("{named} is there; it was waited for for {lasted_s} s");
                return;
            }
            (Ok(Ok(())), None) | (Err(_), _) => return,
            (Ok(Err(error)), None) => {
                let outlook = match error.is_transient() {
                    true => "is away; its tasks wait for it",
                    false => "cannot be used",
                };
                warn!(error = chain(&error), "{named} {outlook}");
                if !error.is_transient() {
                    return;
                }
                away_since = Some(Instant::now());
            }
            (Ok(Err(_)), Some(_)) => {}
        }
        sleep(LOOK_EVERY).await;
    }
}
