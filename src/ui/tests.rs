//! Whether everything that pages say is there in all languages, and nothing is said in templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use entity::{AttemptOutcome, JobState, StepState};

use super::states;
use super::words::Language;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Files with one of these endings, with their texts.
fn files(endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if ending.is_some_and(|ending| endings.contains(&ending)) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

fn ids(messages: &str) -> BTreeSet<String> {
    let lines = messages
        .lines()
        .filter(|line| !line.starts_with(['#', ' ']));
    let ids = lines.filter_map(|line| Some(line.split_once(" =")?.0.to_owned()));
    ids.collect()
}

/// What is put into a message, such as `$count`.
fn arguments(messages: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in messages.lines() {
        if let Some((own, _)) = line
            .split_once(" =")
            .filter(|_| !line.starts_with([' ', '#']))
        {
            own.clone_into(&mut id);
        }
        for part in line.split('$').skip(1) {
            let end = part.find(|letter: char| !letter.is_ascii_alphanumeric());
            let name = &part[..end.unwrap_or(part.len())];
            found.entry(id.clone()).or_default().insert(name.to_owned());
        }
    }
    found
}

/// All messages in English.
fn known() -> BTreeSet<String> {
    let english = files(&["ftl"]).into_iter();
    let english = english.filter(|(path, _)| path.ends_with("en.ftl"));
    english.flat_map(|(_, text)| ids(&text)).collect()
}

#[test]
fn every_message_is_there_in_all_languages() {
    let files = files(&["ftl"]);
    let folders: BTreeSet<&Path> = files.iter().filter_map(|(path, _)| path.parent()).collect();
    assert!(folders.len() > 1);
    for folder in folders {
        let text = |language: &Language| {
            let path = folder.join(format!("{}.ftl", language.code()));
            fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()))
        };
        let english = text(&Language::English);
        for language in Language::ALL {
            let own = text(language);
            let place = format!("{} {}", folder.display(), language.code());
            assert_eq!(ids(&own), ids(&english), "{place}");
            assert_eq!(arguments(&own), arguments(&english), "{place}");
        }
    }
}

#[test]
fn every_message_that_is_said_is_known() {
    const SAYING: [&str; 5] = [
        ".say(\"",
        ".with(\"",
        ".count(\"",
        ".has(\"",
        ".with_all(\"",
    ];
    let known = known();
    let mut unknown = Vec::new();
    for (path, text) in files(&["html", "rs"]) {
        if path.ends_with("words.rs") || path.ends_with("ui/tests.rs") {
            continue;
        }
        let inside = path.strip_prefix(source()).unwrap();
        let mut folders = inside.components().map(|part| part.as_os_str());
        let is_page = folders.any(|folder| folder == "ui" || folder == "pages");
        for said in SAYING.iter().filter(|_| is_page) {
            for rest in text.split(said).skip(1) {
                let id = rest.split('"').next().unwrap_or_default();
                if !known.contains(id) {
                    unknown.push(format!("{}: {id}", path.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn every_state_has_a_word_and_a_look() {
    let known = known();
    let jobs = JobState::ALL.iter().map(|state| state.as_str());
    let steps = StepState::ALL.iter().map(|state| state.as_str());
    let attempts = AttemptOutcome::ALL.iter().map(|outcome| outcome.as_str());
    for state in jobs.clone().chain(steps).chain(attempts) {
        assert!(known.contains(&states::word(state)), "{state}");
        assert_ne!(states::look(state), "info", "{state}");
    }
    for state in jobs {
        assert!(states::COUNTED.contains(&state), "{state} is not counted");
    }
}

/// What a template says by itself: text between elements, and attributes that are read out.
fn own_words(template: &str) -> Vec<String> {
    const READ_OUT: [&str; 4] = ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\""];
    let mut text = template.to_owned();
    for (open, close) in [("{{", "}}"), ("{%", "%}")] {
        while let Some(at) = text.find(open) {
            let end = text[at..]
                .find(close)
                .map_or(text.len(), |end| at + end + 2);
            text.replace_range(at..end, "");
        }
    }
    let mut words = Vec::new();
    for attribute in READ_OUT {
        let values = text.split(attribute).skip(1);
        words.extend(values.filter_map(|rest| rest.split('"').next().map(str::to_owned)));
    }
    for element in ["code", "kbd"] {
        let close = format!("</{element}>");
        while let Some(end) = text.find(&close) {
            let start = text[..end].rfind(&format!("<{element}")).unwrap_or(end);
            text.replace_range(start..end + close.len(), "");
        }
    }
    let mut is_inside = false;
    let mut shown = String::new();
    for letter in text.chars() {
        match letter {
            '<' => is_inside = true,
            '>' => {
                is_inside = false;
                shown.push('\n');
            }
            letter if !is_inside => shown.push(letter),
            _ => {}
        }
    }
    words.extend(shown.lines().map(str::to_owned));
    words.retain(|text| text.chars().any(char::is_alphabetic));
    words
}

#[test]
fn templates_say_nothing_themselves() {
    // Names are the same in all languages.
    const NAMES: [&str; 5] = ["Audience", "CSV", "XLSX", "JSONL", "s_id"];
    let mut faults = Vec::new();
    for (path, text) in files(&["html"]) {
        for words in own_words(&text) {
            let words = words.trim().trim_matches('·').trim().to_owned();
            if !NAMES.contains(&words.as_str()) && !words.is_empty() {
                faults.push(format!("{}: {words}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(own_words("<p title=\"a\">{{ x }} b</p>"), ["a", " b"]);
}

#[test]
fn names_in_reasons_are_between_quotation_marks() {
    for (text, expected) in [
        (
            "queue `narrow` is full, and `q`",
            "queue “narrow” is full, and “q”",
        ),
        ("the disk is full", "the disk is full"),
        ("a ` alone", "a ` alone"),
        ("", ""),
    ] {
        assert_eq!(states::quoted(text), expected);
    }
}
