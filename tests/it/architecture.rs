//! Who may know whom, checked against the sources. The rule is drawn in ARCHITECTURE.md.

use std::fs;
use std::path::{Path, PathBuf};

/// Which modules of this crate each room may use besides itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "app",
            "clock",
            "engine",
            "http",
            "process",
            "servers",
            "settings",
            "systems",
            "telemetry",
        ],
    ),
    (
        "app",
        &[
            "backoff",
            "engine",
            "fault",
            "files",
            "http",
            "settings",
            "sqlite",
            "systems",
            "telemetry",
        ],
    ),
    ("http", &["clock", "engine", "files", "telemetry"]),
    (
        "simulation",
        &[
            "backoff",
            "clock",
            "engine",
            "fault",
            "systems",
            "telemetry",
        ],
    ),
    (
        "systems",
        &[
            "backoff",
            "clock",
            "engine",
            "fault",
            "http",
            "process",
            "settings",
            "tables",
            "telemetry",
            "yaml",
        ],
    ),
    (
        "engine",
        &[
            "backoff",
            "clock",
            "fault",
            "files",
            "process",
            "servers",
            "sqlite",
            "systems",
            "telemetry",
            "write_gate",
        ],
    ),
    ("settings", &["yaml"]),
    ("telemetry", &["clock", "process", "settings"]),
    ("backoff", &[]),
    ("clock", &[]),
    ("files", &[]),
    ("fault", &[]),
    ("process", &[]),
    ("servers", &[]),
    ("sqlite", &[]),
    ("tables", &["servers", "sqlite", "write_gate"]),
    ("write_gate", &[]),
    ("yaml", &[]),
];

/// Crates that have one home.
const HOMES: &[(&str, &[&str])] = &[
    ("ractor", &["engine"]),
    ("rdkafka", &["systems"]),
    ("jsonschema", &["systems"]),
    ("poem", &["app", "http", "systems"]),
    ("poem_openapi", &["http", "systems"]),
    ("object_store", &["files"]),
    ("sea_orm", &["engine", "simulation", "systems"]),
    ("rusqlite", &["tables", "simulation"]),
    ("sqlx", &["servers", "tables"]),
    ("clap", &["cli"]),
    ("console", &["cli"]),
    ("reqwest", &["cli"]),
    ("config", &["settings"]),
    ("granit_parser", &["yaml"]),
    ("opentelemetry", &["telemetry"]),
    ("opentelemetry_otlp", &["telemetry"]),
    ("opentelemetry_sdk", &["telemetry"]),
    ("tracing_subscriber", &["settings", "telemetry"]),
];

struct Source {
    path: PathBuf,
    /// `runtime`, `steps`, …
    room: String,
    text: String,
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
                let first = inside
                    .components()
                    .next()
                    .unwrap()
                    .as_os_str()
                    .to_string_lossy();
                // A world of its own, around the engine, for a test.
                let room = match inside.starts_with("engine/runtime/simulation") {
                    true => "simulation".to_owned(),
                    false => first.trim_end_matches(".rs").to_owned(),
                };
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source {
                    path: path.clone(),
                    room,
                    text,
                });
            }
        }
    }
    found
}

/// Lines of code with their numbers, comments left out.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let lines = source
        .text
        .lines()
        .enumerate()
        .map(|(no, line)| (no + 1, line.trim_start()));
    lines.filter(|(_, line)| !line.starts_with("//"))
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

#[test]
fn every_room_uses_only_those_below_it() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.room != "lib") {
        let allowed = MAY_USE.iter().find(|(room, _)| *room == source.room);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{} is in no room", source.room));
        for (line_no, line) in code(source) {
            let prefix = if source.room == "main" {
                "audience::"
            } else {
                "crate::"
            };
            for name in names_after(line, prefix) {
                if name != source.room && !name.is_empty() && !allowed.contains(&name) {
                    faults.push(format!("{}:{line_no}: {name}", source.path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "forbidden uses:\n{}", faults.join("\n"));
}

#[test]
fn crates_with_one_home_stay_there() {
    let mut faults = Vec::new();
    for source in sources() {
        for (line_no, line) in code(&source) {
            for (name, homes) in HOMES {
                let used = line.starts_with(&format!("use {name}::"))
                    || line.contains(&format!(" {name}::"))
                    || line.contains(&format!("({name}::"))
                    || line.contains(&format!("#[{name}::"));
                if used && !homes.contains(&source.room.as_str()) {
                    faults.push(format!("{}:{line_no}: {name}", source.path.display()));
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "crates away from home:\n{}",
        faults.join("\n")
    );
}

#[test]
fn systems_do_not_know_each_other_and_the_engine_knows_none() {
    let systems = ["dispatch", "labelling"];
    let mut faults = Vec::new();
    for source in sources() {
        let path = source.path.to_string_lossy().into_owned();
        for system in systems {
            let own = path.contains(&format!("/systems/{system}/"));
            let sibling = path.contains("/systems/") && !own && !path.ends_with("/systems/mod.rs");
            if !sibling && source.room != "engine" && source.room != "tables" {
                continue;
            }
            for (line_no, line) in code(&source) {
                if line.contains(&format!("systems::{system}")) {
                    faults.push(format!("{path}:{line_no}: {system}"));
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "a system is known where it must not be:\n{}",
        faults.join("\n")
    );
}

#[test]
fn a_file_holds_one_idea() {
    const LINES_MAX: usize = 420;
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(
            lines <= LINES_MAX || source.path.to_string_lossy().contains("tests"),
            "{} has {lines} lines: look for the second idea",
            source.path.display()
        );
    }
}
