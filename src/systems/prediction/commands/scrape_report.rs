//! What became of runs of scrapes, for people.

use entity::{job, scrape_run};

use crate::printable::{counted, printable};
use crate::process::print_line;
use crate::systems::prediction::scraping::FAILED;
use crate::systems::prediction::writing::TableFate;

pub(super) fn print(job: &job::Model, runs: &[scrape_run::Model]) {
    if runs.is_empty() {
        let reason = job.error.as_deref().unwrap_or_default();
        let state = job.state.as_str();
        print_line(&format!("{state}: {}", printable(reason)));
    }
    for run in runs {
        print_run(run);
    }
}

fn print_run(run: &scrape_run::Model) {
    let replayed = match &run.replay_of {
        Some(_) => ", extracted again",
        None => "",
    };
    print_line(&format!(
        "{} {}: {}{replayed}",
        printable(&run.scrape),
        run.day,
        run.state
    ));
    if let Some(reason) = &run.reason {
        print_line(&format!("  {}", printable(reason)));
    }
    let pages = counted(u64::from(run.pages.unsigned_abs()), "page");
    let mut line = format!("  {pages}, {} bytes", run.bytes);
    if run.unchanged_pages > 0 {
        line += &format!(", {} unchanged", run.unchanged_pages);
    }
    print_line(&line);
    // It was written by this program.
    let tables: Vec<TableFate> = serde_json::from_str(&run.tables).unwrap_or_default();
    for TableFate { into, fate } in &tables {
        print_line(&format!(
            "  {}: {} inserted, {} updated, {} unchanged",
            printable(into),
            fate.inserted,
            fate.updated,
            fate.unchanged
        ));
    }
    if run.state == FAILED {
        print_line("  nothing was written");
    }
    if run.problems > 0 {
        let problems = counted(run.problems.unsigned_abs(), "problem");
        print_line(&format!("  {problems}"));
    }
}
