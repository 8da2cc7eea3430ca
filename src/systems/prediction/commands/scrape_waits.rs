//! Says what a run waits for, while a command waits for the run.

use std::convert::Infallible;
use std::time::Duration;

use entity::JobId;
use tokio::time::sleep;

use crate::process::print_error_line;
use crate::systems::prediction::scraping::{Scrapes, waits_for_site};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Once for each change, until nobody waits for the run any more.
pub(super) async fn say(scrapes: &Scrapes, id: &JobId) -> Infallible {
    let mut said = None;
    loop {
        // Of a store that is away, whoever waits for the job hears.
        let waiting = scrapes.store().scrapes_waiting(std::slice::from_ref(id));
        if let Ok(waiting) = waiting.await {
            let now = waiting.first().map(waits_for_site);
            if let Some(line) = now.as_ref().filter(|_| now != said) {
                print_error_line(line);
            }
            said = now;
        }
        sleep(LOOK_EVERY).await;
    }
}
