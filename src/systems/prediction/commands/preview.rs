//! A preview, for people.

use super::grid_text::aligned;
use crate::printable::{counted, printable};
use crate::process::print_line;
use crate::systems::prediction::import::{Preview, PreviewedTable, Problem};

/// Prints so many rows of each table, and so many problems and cells.
pub(super) fn print(preview: &Preview, most: usize, is_draft: bool) {
    let file = &preview.file;
    let sheets = file.sheets.join(", ");
    print_line(&format!(
        "{} · {} · {}: {}",
        printable(&file.name),
        file.format.name(),
        match file.sheets.len() {
            1 => "sheet",
            _ => "sheets",
        },
        printable(&sheets)
    ));
    print_line(&match is_draft {
        true => "mapping: the draft of `audience import suggest`".to_owned(),
        false => format!("mapping: {}", printable(&preview.import)),
    });
    for table in &preview.tables {
        print_table(table, most);
    }
    print_problems(&preview.problems, preview.counts.problems, most);
    if preview.counts.unused > 0 {
        let cells: Vec<&str> = preview
            .unused
            .iter()
            .map(String::as_str)
            .take(most)
            .collect();
        print_line(&format!(
            "\n{} that no rule read: {}{}",
            counted(preview.counts.unused, "cell"),
            printable(&cells.join(", ")),
            more(preview.counts.unused, cells.len())
        ));
    }
}

fn print_table(table: &PreviewedTable, most: usize) {
    print_line(&format!(
        "\n{} · {} · {}",
        printable(&table.into),
        printable(&place(table)),
        counted(table.count, "row")
    ));
    let shown = &table.rows[..table.rows.len().min(most)];
    if let Some(first) = shown.first() {
        let heads = ["_cell"].into_iter().chain(first.names());
        let mut rows = vec![heads.map(str::to_owned).collect::<Vec<_>>()];
        rows.extend(shown.iter().map(|row| {
            let values = row.values.iter().map(ToString::to_string);
            [row.cell.clone()].into_iter().chain(values).collect()
        }));
        for line in aligned(&rows) {
            print_line(&format!("  {line}"));
        }
    }
    let left = table.count.saturating_sub(shown.len() as u64);
    if left > 0 {
        print_line(&format!(
            "  … {left} more; --rows {} shows them",
            table.count
        ));
    }
    for skipped in table.skipped.iter().take(most) {
        let (cell, why) = (printable(&skipped.cell), printable(&skipped.why));
        print_line(&format!("  left out: {cell}: {why}"));
    }
    let left = table.left_out.saturating_sub(most as u64);
    if left > 0 {
        print_line(&format!("  … {left} more left out"));
    }
}

fn place(table: &PreviewedTable) -> String {
    match table.range.as_str() {
        "" => table.sheet.clone(),
        range => format!("{}!{range}", table.sheet),
    }
}

/// Prints the first of so many problems.
pub(super) fn print_problems(problems: &[Problem], count: u64, most: usize) {
    if count == 0 {
        print_line("\nno problems");
        return;
    }
    print_line(&format!("\n{}", counted(count, "problem")));
    let shown = &problems[..problems.len().min(most)];
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|problem| {
            let column = match &problem.column {
                Some(column) => format!("{}.{column}", problem.table),
                None => problem.table.clone(),
            };
            vec![problem.cell.clone(), column, problem.code.name().to_owned()]
        })
        .collect();
    for (line, problem) in aligned(&rows).iter().zip(shown) {
        print_line(&format!("  {line}  {}", printable(&problem.message)));
    }
    let left = more(count, shown.len());
    if !left.is_empty() {
        print_line(&format!("  {}", left.trim_start_matches(", ")));
    }
}

fn more(count: u64, shown: usize) -> String {
    match count.saturating_sub(shown as u64) {
        0 => String::new(),
        left => format!(", … {left} more"),
    }
}
