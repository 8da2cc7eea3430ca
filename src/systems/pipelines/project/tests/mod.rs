//! Files that are good, and files with one fault or many.

mod faults;
mod good;
mod robust;
mod schema;

use super::fault::Warning;
use super::{Fault, Project, Surroundings, read};

pub(super) const EXAMPLE: &str = include_str!("../../../../../examples/pipelines/project.yaml");

fn read_alone(text: &str) -> Result<(Project, Vec<Warning>), Vec<Fault>> {
    read(text.as_bytes(), Surroundings::default())
}

fn good(text: &str) -> Project {
    match read_alone(text) {
        Ok((project, _)) => project,
        Err(faults) => panic!("{}\n{text}", lines(&faults)),
    }
}

fn faults_of(text: &str) -> String {
    match read_alone(text) {
        Ok(_) => String::new(),
        Err(faults) => lines(&faults),
    }
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults
        .iter()
        .map(|fault| format!("project.yaml:{fault}"))
        .collect();
    lines.join("\n")
}

/// A project with this task, whose lines begin at line 4.
fn with_task(task: &str) -> String {
    format!(
        "project: p\nparams: {{date: {{type: date}}, kind: {{type: choice, values: [a, b]}}}}\ntasks:\n{task}\n"
    )
}
