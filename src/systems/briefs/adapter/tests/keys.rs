//! Each key missing, misspelt and of a wrong type.

use super::adapter;

const EVERY_KEY: &str = include_str!("every_key.yaml");

/// What has to be there, by its path.
const NEEDED: [&str; 13] = [
    "platform",
    "kind",
    "base",
    "request",
    "request.path",
    "ok.path",
    "ok.is",
    "errors.path",
    "errors.is",
    "errors.means",
    "items",
    "map",
    "map.content.path",
];

/// A key of the file.
struct Key {
    /// From 0.
    line: usize,
    indent: usize,
    name: String,
    /// With those that enclose it.
    path: String,
}

/// All keys whose names are ours: those of the query, the headers and the body are the platform's.
fn keys() -> Vec<Key> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut keys = Vec::new();
    for (line, text) in EVERY_KEY.lines().enumerate() {
        let plain = text.replacen("- ", "  ", 1);
        let Some((name, _)) = plain.trim_start().split_once(':') else {
            continue;
        };
        let indent = plain.len() - plain.trim_start().len();
        open.retain(|(outer, _)| *outer < indent);
        let outer = open.iter().map(|(_, name)| name.as_str());
        let path: Vec<&str> = outer.chain([name]).collect();
        let path = path.join(".");
        open.push((indent, name.to_owned()));
        let is_ours = !["request.query.", "request.headers.", "request.json."]
            .iter()
            .any(|outer| path.starts_with(outer));
        if is_ours {
            keys.push(Key {
                line,
                indent,
                name: name.to_owned(),
                path,
            });
        }
    }
    keys
}

/// The file with another line in the place of a key and all that is below it.
fn with(key: &Key, line: Option<String>) -> String {
    let mut lines: Vec<String> = EVERY_KEY.lines().map(str::to_owned).collect();
    let indent = |text: &str| {
        let plain = text.replacen("- ", "  ", 1);
        plain.len() - plain.trim_start().len()
    };
    let below = lines[key.line + 1..]
        .iter()
        .take_while(|text| indent(text) > key.indent)
        .count();
    let is_first_of_item = lines[key.line].trim_start().starts_with("- ");
    lines.drain(key.line + 1..=key.line + below);
    match line {
        Some(line) => {
            let dash = if is_first_of_item { "- " } else { "" };
            let blanks = " ".repeat(key.indent - dash.len());
            lines[key.line] = format!("{blanks}{dash}{line}");
        }
        None => {
            lines.remove(key.line);
            if is_first_of_item {
                // The next key begins the item.
                let next = lines[key.line].replacen("    ", "  - ", 1);
                lines[key.line] = next;
            }
        }
    }
    lines.join("\n")
}

#[test]
fn the_file_itself_is_good() {
    assert_eq!(adapter(EVERY_KEY).err(), None);
    assert!(keys().len() > 45, "{}", keys().len());
}

#[test]
fn a_key_that_is_missing_is_named_if_it_is_needed() {
    for key in keys() {
        // Without a body, windows have no places.
        if key.path == "request.json" {
            continue;
        }
        let read = adapter(&with(&key, None));
        let is_needed = NEEDED.contains(&key.path.as_str())
            || [
                "map.id",
                "map.post_time",
                "map.post_time.path",
                "map.like.path",
            ]
            .contains(&key.path.as_str());
        match read {
            Ok(_) => assert!(!is_needed, "{} is needed", key.path),
            Err(faults) => {
                assert!(is_needed, "{}: {faults:?}", key.path);
                let named = faults.iter().any(|fault| fault.contains(&key.name));
                assert!(named, "{}: {faults:?}", key.path);
            }
        }
    }
}

#[test]
fn a_key_that_is_misspelt_is_named_with_its_line() {
    for key in keys() {
        let mut lines: Vec<String> = EVERY_KEY.lines().map(str::to_owned).collect();
        let (name, wrong) = (format!("{}:", key.name), format!("{}x:", key.name));
        lines[key.line] = lines[key.line].replacen(&name, &wrong, 1);
        let faults = adapter(&lines.join("\n")).err();
        let faults = faults.unwrap_or_else(|| panic!("{} may be misspelt", key.path));
        let wrong = format!("{}x", key.name);
        let named = faults.iter().any(|fault| fault.contains(&wrong));
        assert!(named, "{}: {faults:?}", key.path);
        let beginning = format!("{}:", key.line + 1);
        // What is within a field of the map is named with the field.
        let is_at_its_line = faults.iter().any(|fault| fault.starts_with(&beginning));
        let is_within_field = key.path.matches('.').count() == 2 && key.path.starts_with("map.");
        assert!(
            is_at_its_line || is_within_field,
            "{}: {faults:?}",
            key.path
        );
    }
}

#[test]
fn a_value_of_a_wrong_type_is_named_with_its_line() {
    for key in keys() {
        // A body may be any JSON.
        if key.path == "request.json" {
            continue;
        }
        let line = format!("{}: [{{a: [7]}}]", key.name);
        let faults = adapter(&with(&key, Some(line))).err();
        let faults = faults.unwrap_or_else(|| panic!("{} may have any type", key.path));
        let beginning = format!("{}:", key.line + 1);
        let is_at_its_line = faults.iter().any(|fault| fault.starts_with(&beginning));
        let is_within_field = key.path.matches('.').count() == 2 && key.path.starts_with("map.");
        assert!(
            is_at_its_line || is_within_field,
            "{}: {faults:?}",
            key.path
        );
    }
}
