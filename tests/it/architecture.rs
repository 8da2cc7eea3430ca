//! Who may know whom, checked against the sources. The rule is drawn in ARCHITECTURE.md.
//!
//! Systems and kinds are taken from the folders: a new one is covered without a change here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

mod rooms;

use rooms::{HOMES, MAY_USE, SAID, WITHOUT_SYSTEMS};

/// Simulates the engine with a world around it; may use what it simulates.
const SIMULATION: &str = "engine/runtime/simulation";

const LINES_MAX: usize = 400;

struct Source {
    /// Below `src`, e.g. `engine/flow.rs`.
    path: String,
    text: String,
}

impl Source {
    /// The first part of its path, e.g. `engine`.
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.trim_end_matches(".rs")
    }

    fn is_in(&self, folder: &str) -> bool {
        let mut own = self.path.split('/');
        folder
            .split('/')
            .all(|part| own.next().is_some_and(|name| part == "*" || part == name))
    }

    /// The system whose folder it is in.
    fn system(&self) -> Option<&str> {
        let (system, _) = self.path.strip_prefix("systems/")?.split_once('/')?;
        Some(system)
    }

    /// Lines of code with their numbers, comments left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        let lines = lines.map(|(no, line)| (no + 1, line.trim_start()));
        lines.filter(|(_, line)| !line.starts_with("//"))
    }

    fn fault(&self, line: usize, what: &str) -> String {
        format!("src/{}:{line}: {what}", self.path)
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let inside = path.strip_prefix(&root).unwrap();
                found.push(Source {
                    path: inside.to_str().unwrap().to_owned(),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The folders of `src/systems`.
fn systems(sources: &[Source]) -> BTreeSet<String> {
    let systems = sources.iter().filter_map(Source::system);
    systems.map(str::to_owned).collect()
}

/// The names of the kinds of step that are defined in the folder of a system.
fn kinds(sources: &[Source]) -> BTreeSet<String> {
    let sources = sources.iter().filter(|source| source.system().is_some());
    let defining = sources.filter(|source| source.text.contains("impl StepKind for"));
    let names = defining.flat_map(|source| {
        let lines = source.code().filter_map(|(_, line)| {
            let name = line.strip_prefix("const NAME: &'static str = \"")?;
            name.strip_suffix("\";")
        });
        lines.map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}

/// The names that follow `prefix` in a line, as far as they are whole words.
fn names_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let word = |rest: &'a str| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        &rest[..end.unwrap_or(rest.len())]
    };
    let mut names = Vec::new();
    for (at, _) in line.match_indices(prefix) {
        let rest = &line[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => names.extend(list.split(',').map(|item| word(item.trim()))),
            None => names.push(word(rest)),
        }
    }
    names
}

fn assert_none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}

#[test]
fn every_room_uses_only_those_below_it() {
    let mut faults = Vec::new();
    for source in sources() {
        let room = source.room();
        if room == "lib" || source.is_in(SIMULATION) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
            faults.push(source.fault(1, "is in a room of which nothing is said in MAY_USE"));
            continue;
        };
        let prefix = match room {
            "main" => "audience::",
            _ => "crate::",
        };
        for (line_no, line) in source.code() {
            for name in names_after(line, prefix) {
                if name != room && !name.is_empty() && !allowed.contains(&name) {
                    faults.push(source.fault(line_no, name));
                }
            }
        }
    }
    assert_none("forbidden uses", &faults);
}

#[test]
fn crates_with_one_home_stay_there() {
    let mut faults = Vec::new();
    for source in sources() {
        if source.is_in(SIMULATION) {
            continue;
        }
        for (name, homes) in HOMES {
            if homes.iter().any(|home| source.is_in(home)) {
                continue;
            }
            for (line_no, line) in source.code() {
                let used = line.starts_with(&format!("use {name}::"))
                    || [" ", "(", "#[", "<", "&"]
                        .iter()
                        .any(|before| line.contains(&format!("{before}{name}::")));
                if used {
                    faults.push(source.fault(line_no, name));
                }
            }
        }
    }
    assert_none("crates away from home", &faults);
}

#[test]
fn a_system_does_not_import_another() {
    let sources = sources();
    let systems = systems(&sources);
    assert!(systems.len() > 1, "the folders are where they are expected");
    let mut faults = Vec::new();
    for source in &sources {
        let Some(own) = source.system() else {
            continue;
        };
        for (line_no, line) in source.code() {
            for name in names_after(line, "systems::") {
                if name != own && systems.contains(name) {
                    faults.push(source.fault(line_no, name));
                }
            }
        }
    }
    assert_none("a system imports another", &faults);
}

#[test]
fn the_engine_the_shell_and_the_tables_name_no_system() {
    let sources = sources();
    let systems = systems(&sources);
    let mut faults = Vec::new();
    for source in &sources {
        let room = source.room();
        if !WITHOUT_SYSTEMS.contains(&room) || source.is_in(SIMULATION) {
            continue;
        }
        for (line_no, line) in source.code() {
            let lower = line.to_lowercase();
            let lower = SAID.iter().fold(lower, |line, said| line.replace(said, ""));
            for system in &systems {
                if lower.contains(system.as_str()) {
                    faults.push(source.fault(line_no, system));
                }
            }
            for name in names_after(line, "systems::") {
                if !name.is_empty() {
                    faults.push(source.fault(line_no, "a path of a system"));
                }
            }
        }
    }
    assert_none("a system is named where it must not be", &faults);
}

#[test]
fn the_engine_and_the_shell_name_no_kind_of_a_system() {
    let sources = sources();
    let kinds = kinds(&sources);
    assert!(!kinds.is_empty(), "kinds are defined as expected");
    let mut faults = Vec::new();
    for source in &sources {
        let is_guarded = ["engine", "http", "tables"].contains(&source.room());
        if !is_guarded || source.is_in(SIMULATION) || source.path.ends_with("tests.rs") {
            continue;
        }
        for (line_no, line) in source.code() {
            for kind in &kinds {
                if line.contains(&format!("\"{kind}\"")) {
                    faults.push(source.fault(line_no, kind));
                }
            }
        }
    }
    assert_none("a kind is named where it must not be", &faults);
}

#[test]
fn a_file_holds_one_idea() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            faults.push(source.fault(lines, "look for the second idea"));
        }
    }
    assert_none("files of more than 400 lines", &faults);
}
