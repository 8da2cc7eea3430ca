//! Each fault is found, with its place, its key and what was expected.

mod declarations;
mod requirements;
mod surroundings;
mod tasks;
mod triggers;

use super::{faults_of, lines, with_task};

#[test]
fn all_faults_of_a_file_are_found_at_once() {
    insta::assert_snapshot!(faults_of(include_str!("many_faults.yaml")));
}

#[test]
fn a_fault_shows_its_place_its_key_and_what_was_expected() {
    let text = with_task("  day_log:\n    run: echo\n    requries: []");
    assert_eq!(
        faults_of(&text),
        "project.yaml:6:5: tasks.day_log.requries: unknown key; did you mean requires?"
    );
}

/// Tasks, and a part of what is wrong with them.
fn assert_faults(cases: &[(&str, &str)]) {
    for (task, problem) in cases {
        let faults = faults_of(&with_task(task));
        assert!(
            faults.contains(problem),
            "{task}\nexpected: {problem}\nfound: {faults}"
        );
        assert_eq!(faults.lines().count(), 1, "{task}\n{faults}");
    }
}
