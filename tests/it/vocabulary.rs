//! Names of fields in logs, checked against the sources: the same thing has the same name everywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use audience::telemetry::fields::FIELDS;
use audience::telemetry::names::{SPAN_EVENTS, SPANS};

const MACROS: [&str; 7] = ["trace", "debug", "info", "warn", "error", "event", "span"];

/// What other members of a line are called.
const MEMBERS: [&str; 4] = ["timestamp", "level", "message", "target"];

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.to_string_lossy().contains("tests.rs");
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(ending) if ending == "rs" && !is_test => found.push(path),
                _ => {}
            }
        }
    }
    found
}

/// The code without its tests, and with comments made blank.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| match line.trim_start() {
        comment if comment.starts_with("//") => "",
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands between the brackets of each call of such a macro, with its line.
fn calls(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for name in MACROS {
        for ending in ["!(", "_span!("] {
            let call = format!("{name}{ending}");
            for (at, _) in code.match_indices(&call) {
                let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
                if code[..at].ends_with(is_word) {
                    continue;
                }
                let line = code[..at].lines().count().max(1);
                let inside = &code[at + call.len()..];
                found.push((
                    line,
                    &inside[..end_of(inside, |depth, letter| depth == 0 && letter == ')')],
                ));
            }
        }
    }
    found
}

/// Where the first letter outside of texts stands that ends what is looked for.
fn end_of(code: &str, ends: impl Fn(usize, char) -> bool) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, letter) in code.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            _ if ends(depth, letter) => return at,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    code.len()
}

/// The names of the fields in a call. Behind the message stand only its arguments.
fn fields(call: &str, is_span: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = call;
    while !rest.trim().is_empty() {
        let end = end_of(rest, |depth, letter| depth == 0 && letter == ',');
        let argument = rest[..end].trim();
        rest = rest.get(end + 1..).unwrap_or_default();
        if argument.starts_with('"') {
            if is_span {
                continue;
            }
            break;
        }
        let is_name = |letter: char| letter.is_alphanumeric() || "_.".contains(letter);
        let argument = argument.trim_start_matches(['%', '?']);
        let name: String = argument
            .chars()
            .take_while(|letter| is_name(*letter))
            .collect();
        let behind = argument[name.len()..].trim_start();
        // `target: …`, `parent: …`, `Level::INFO`
        if !behind.starts_with(':') {
            names.push(name);
        }
    }
    names
}

#[test]
fn every_field_has_a_name_of_the_vocabulary() {
    let known: BTreeSet<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(known.len(), FIELDS.len(), "a name stands there twice");
    assert!(MEMBERS.iter().all(|member| !known.contains(member)));
    let (mut faults, mut calls_seen) = (Vec::new(), 0);
    for path in sources() {
        let text = code(&fs::read_to_string(&path).unwrap());
        for (line, call) in calls(&text) {
            calls_seen += 1;
            let is_span = text
                .lines()
                .nth(line - 1)
                .is_some_and(|line| line.contains("span!("));
            for name in fields(call, is_span) {
                if !known.contains(name.as_str()) && name != "message" {
                    faults.push(format!("{}:{line}: {name}", path.display()));
                }
            }
        }
    }
    assert!(calls_seen > 50, "only {calls_seen} calls were found");
    assert!(
        faults.is_empty(),
        "names that `src/telemetry/fields.rs` does not explain:\n{}",
        faults.join("\n")
    );
}

#[test]
fn names_are_found_in_every_form_of_a_call() {
    let code = "fn a() {\n    warn!(job.id = %id(\"a, b\"), %error, ?actor, epoch, x.y = f(1, 2), \"b = {}, \\\"c\", c = 1);\n    \
                tracing::error_span!(target: \"t\", \"job\", job.id = %id, span_id = Empty)\n}\nfn_error!(z = 1);\n";
    let found: Vec<(usize, Vec<String>)> = calls(code)
        .into_iter()
        .map(|(line, call)| (line, fields(call, line == 3)))
        .collect();
    let expected = [
        (2, vec!["job.id", "error", "actor", "epoch", "x.y"]),
        (3, vec!["job.id", "span_id"]),
    ];
    let expected =
        expected.map(|(line, names)| (line, names.into_iter().map(str::to_owned).collect()));
    assert_eq!(found, expected);
}

/// The first text behind each place where this stands.
fn texts_behind<'a>(code: &'a str, call: &str) -> Vec<&'a str> {
    let texts = code.match_indices(call).filter_map(|(at, _)| {
        let inside = code[at + call.len()..].trim_start();
        let inside = inside.strip_prefix("format!(").unwrap_or(inside);
        inside.strip_prefix('"')?.split('"').next()
    });
    texts.collect()
}

#[test]
fn every_span_attribute_and_event_is_documented() {
    let spans: BTreeSet<&str> = SPANS.iter().map(|span| span.name).collect();
    let split = |names: &'static str| names.split(", ");
    let of_spans = SPANS.iter().flat_map(|span| split(span.attributes));
    let of_events = SPAN_EVENTS.iter().flat_map(|event| split(event.3));
    let attributes: BTreeSet<&str> = of_spans.chain(of_events).collect();
    let events: BTreeSet<&str> = SPAN_EVENTS.iter().map(|event| event.0).collect();
    let (mut faults, mut seen) = (Vec::new(), BTreeSet::new());
    for path in sources() {
        let text = code(&fs::read_to_string(&path).unwrap());
        // What an event carries stands in pairs.
        seen.extend(texts_behind(&text, "(").into_iter().map(str::to_owned));
        if !text.contains("Span") {
            continue;
        }
        let mut known = |what: &str, names: &BTreeSet<&str>, found: Vec<&str>| {
            for name in found {
                seen.insert(name.to_owned());
                if !names.contains(name) {
                    faults.push(format!("{}: {what} {name}", path.display()));
                }
            }
        };
        known("span", &spans, texts_behind(&text, "Span::new("));
        known("event", &events, texts_behind(&text, ".event("));
        if text.contains("Span::new(") || text.contains(": Span") {
            known("attribute", &attributes, texts_behind(&text, ".with("));
            known("attribute", &attributes, texts_behind(&text, ".set("));
        }
    }
    assert!(
        faults.is_empty(),
        "not in `src/telemetry/names.rs`:\n{}",
        faults.join("\n")
    );
    let documented = spans.iter().chain(&attributes).chain(&events);
    // The stages have their names from a list.
    let unused: Vec<_> = documented
        .filter(|name| !name.is_empty() && !seen.contains(**name) && !STAGES.contains(name))
        .collect();
    assert!(unused.is_empty(), "documented and not there: {unused:?}");
}

const STAGES: [&str; 3] = ["read", "match", "write"];
