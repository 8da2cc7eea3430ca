//! What became of an import, for people.

use super::grid_text::aligned;
use super::run::Done;
use crate::printable::{counted, printable};
use crate::process::print_line;
use crate::systems::prediction::importing::IMPORTED;
use crate::systems::prediction::writing::TableFate;

/// Prints the counts of each table, and so many problems.
pub(super) fn print(done: &Done, most: usize) {
    let Some(import) = &done.import else {
        let reason = done.job.error.as_deref().unwrap_or_default();
        print_line(&format!(
            "{}: {}",
            done.job.state.as_str(),
            printable(reason)
        ));
        return;
    };
    let version = match import.mapping_version {
        Some(version) => format!(" (version {version})"),
        None => String::new(),
    };
    print_line(&format!(
        "{} {} with mapping {}{version}",
        printable(&import.file_name),
        match import.state.as_str() {
            IMPORTED => "imported",
            state => state,
        },
        printable(&import.mapping)
    ));
    if let Some(reason) = &import.reason {
        print_line(&format!("  {}", printable(reason)));
    }
    // It was written by this program.
    let tables: Vec<TableFate> = serde_json::from_str(&import.tables).unwrap_or_default();
    for table in &tables {
        let fate = table.fate;
        let mut line = format!(
            "  {}: {} inserted, {} updated, {} unchanged",
            printable(&table.into),
            fate.inserted,
            fate.updated,
            fate.unchanged
        );
        if fate.replaced > 0 {
            line += &format!(", {} of an earlier import replaced", fate.replaced);
        }
        print_line(&line);
    }
    print_problems(done, import.problems.unsigned_abs(), most);
}

fn print_problems(done: &Done, count: u64, most: usize) {
    if count == 0 {
        print_line("  no problems");
        return;
    }
    print_line(&format!("\n{}", counted(count, "problem")));
    let shown = &done.problems[..done.problems.len().min(most)];
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|problem| {
            let column = match &problem.into_column {
                Some(column) => format!("{}.{column}", problem.into_table),
                None => problem.into_table.clone(),
            };
            vec![problem.cell.clone(), column, problem.code.clone()]
        })
        .collect();
    for (line, problem) in aligned(&rows).iter().zip(shown) {
        print_line(&format!("  {line}  {}", printable(&problem.message)));
    }
    let left = count.saturating_sub(shown.len() as u64);
    if left > 0 {
        print_line(&format!("  … {left} more"));
    }
}
