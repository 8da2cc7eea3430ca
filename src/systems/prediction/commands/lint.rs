//! What lint says, for people.

use crate::printable::{counted, printable};
use crate::process::print_line;
use crate::systems::prediction::import::{Finding, Lint};

/// Cells that are named of a finding.
const CELLS_SHOWN: usize = 8;

pub(super) fn print(lint: &Lint) {
    let sheets = lint.sheets.join(", ");
    print_line(&format!("{} · {}", lint.format.name(), printable(&sheets)));
    if lint.findings.is_empty() {
        print_line("\nIt keeps to the rules that a program can judge.");
    }
    let mut sheet = None;
    for finding in &lint.findings {
        if lint.sheets.len() > 1 && sheet != Some(&finding.sheet) {
            print_line(&format!("\n{}", printable(&finding.sheet)));
            sheet = Some(&finding.sheet);
        }
        print_finding(finding);
    }
    print_line(&format!(
        "\n{}; not judged: {}",
        counted(lint.findings.len() as u64, "finding"),
        lint.not_judged.join(", ")
    ));
}

fn print_finding(finding: &Finding) {
    print_line(&format!(
        "\n{}: {}.",
        finding.rule.number(),
        printable(&finding.message)
    ));
    let cells: Vec<&str> = finding
        .cells
        .iter()
        .map(String::as_str)
        .take(CELLS_SHOWN)
        .collect();
    if !cells.is_empty() {
        let left = match finding.count.saturating_sub(cells.len() as u64) {
            0 => String::new(),
            left => format!(", … {left} more"),
        };
        print_line(&format!("  {}{left}", cells.join(", ")));
    }
    print_line(&format!("  {}", finding.advice));
}
