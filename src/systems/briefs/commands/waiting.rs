//! Waits for a brief and shows how far it gets: a line for each platform whenever something has moved.

use std::collections::HashMap;
use std::time::Duration;

use entity::JobId;
use serde_json::Value;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::run::found;
use crate::printable::printable;
use crate::process::print_error_line;
use crate::systems::briefs::api::Briefs;
use crate::systems::briefs::store::BriefStatus;

/// How often lines are shown.
const SHOW_EVERY: Duration = Duration::from_secs(1);

/// `false`: `stop` was cancelled before the brief had ended.
pub(super) async fn wait(
    briefs: &Briefs,
    id: &JobId,
    stop: &CancellationToken,
) -> anyhow::Result<bool> {
    let runtime = briefs.flows.runtime();
    let mut changes = runtime.watch(id);
    let mut shown = Shown::default();
    loop {
        match found(briefs, id).await {
            Ok(Some(brief)) => {
                let progress = briefs.progress(&brief).await;
                // A database that is away is waited for.
                if let Ok(progress) = progress {
                    shown.show(&progress, brief.status);
                }
                if brief.job.state.has_ended() {
                    return Ok(true);
                }
            }
            Ok(None) => anyhow::bail!("the brief is not in the database any more"),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
        let ended = async {
            tokio::select! {
                () = changes.ended() => {}
                () = sleep(SHOW_EVERY) => {}
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(false),
            () = runtime.gave_up() => anyhow::bail!("the engine's supervisors kept dying"),
            () = ended => {}
        }
    }
}

fn is_passing(error: &anyhow::Error) -> bool {
    use crate::engine::store::StoreError;
    let of_store = error.downcast_ref::<StoreError>();
    of_store.is_some_and(StoreError::is_transient)
}

/// The lines that stand on the terminal.
#[derive(Default)]
struct Shown {
    lines: HashMap<String, String>,
    is_exporting: bool,
}

impl Shown {
    fn show(&mut self, progress: &Value, status: BriefStatus) {
        for platform in progress["platforms"].as_array().into_iter().flatten() {
            let name = platform["platform"].as_str().unwrap_or_default();
            let line = line(platform);
            if self.lines.get(name) != Some(&line) {
                print_error_line(&line);
                self.lines.insert(name.to_owned(), line);
            }
        }
        if status == BriefStatus::Exporting && !std::mem::replace(&mut self.is_exporting, true) {
            print_error_line("exporting");
        }
    }
}

fn line(platform: &Value) -> String {
    let number = |name: &str| platform[name].as_i64().unwrap_or(0);
    let name = platform["platform"].as_str().unwrap_or_default();
    let (done, failed, planned) = (number("done"), number("failed"), number("planned"));
    let mut line = format!(
        "{name:<10} {:>5}/{planned} pages  {} articles",
        done + failed,
        number("stored")
    );
    for (count, what) in [(failed, "failed"), (number("retries"), "retries")] {
        if count > 0 {
            line += &format!("  {count} {what}");
        }
    }
    for (key, value) in [("breaker", "open"), ("breaker", "half_open")] {
        if platform[key] == value {
            line += &format!("  breaker {value}");
        }
    }
    if let Some(until) = platform["paused_until"].as_str() {
        line += &format!("  paused until {until}");
    }
    if let Some(message) = platform["message"].as_str() {
        line += &format!("  {}", printable(message));
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_what_there_is_to_say() {
        let mut platform = json!({
            "platform": "douyin", "planned": 40, "done": 11, "failed": 1, "stored": 220, "retries": 0,
            "breaker": "closed", "paused_until": null, "message": null,
        });
        assert_eq!(
            line(&platform),
            "douyin        12/40 pages  220 articles  1 failed"
        );
        platform["breaker"] = json!("open");
        platform["message"] = json!("a\u{1b}b");
        assert_eq!(
            line(&platform),
            "douyin        12/40 pages  220 articles  1 failed  breaker open  a\\u{1b}b"
        );
    }
}
