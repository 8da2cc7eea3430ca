//! Nothing that is read makes the reader panic, hang or fill the memory.

use std::time::{Duration, Instant};

use super::super::{FILE_MAX, Surroundings, read, schema};
use super::{EXAMPLE, faults_of};
use crate::yaml::parse;

/// A small generator of numbers: the same seed gives the same files.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

const PIECES: &[&str] = &[
    "",
    " ",
    "\n",
    "\n  ",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    "\"",
    "|",
    "#",
    "&a ",
    "*a",
    "\t",
    "\0",
    "\u{feff}",
    "{date",
    "{date-1d}",
    "{{",
    "..",
    "2026-02-30",
    "T",
    "null",
    "~",
    "no",
    "-1",
    "99999999999999999999",
    "1e9",
    "a/b",
    "daily",
    "date",
    "run: x",
    "task: ",
    "values: []",
    "\u{202e}",
    "漢",
    "!!str ",
    "? ",
    "(?<",
    "*/0",
    "7d",
    "{fire}",
    "optional: true",
    "$(id)",
];

#[test]
fn changed_files_are_read_or_refused_and_agree_with_the_schema() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let mut dice = Dice(7);
    let mut good = 0;
    let texts = [EXAMPLE, include_str!("every_key.yaml")];
    for round in 0..3_000 {
        let mut text = texts[round % 2].to_owned();
        for _ in 0..=dice.below(3) {
            change(&mut text, &mut dice);
        }
        if let Ok((project, _)) = read(text.as_bytes(), Surroundings::default()) {
            good += 1;
            assert!(
                project
                    .tasks
                    .iter()
                    .all(|task| task.fingerprint.len() == 64)
            );
            let json = parse(&text).unwrap().into_json().unwrap();
            let fault = validator
                .validate(&json)
                .err()
                .map(|fault| format!("{}: {fault}", fault.instance_path()));
            assert_eq!(fault, None, "{text}");
        }
    }
    assert!(good > 100, "only {good} of them were good");
}

fn change(text: &mut String, dice: &mut Dice) {
    let mut place = |text: &str| {
        let mut at = dice.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (from, to) = (place(text), place(text));
    match dice.below(4) {
        0 => text.insert_str(from, PIECES[dice.below(PIECES.len())]),
        1 => {
            let to = text[from..]
                .char_indices()
                .nth(1 + dice.below(12))
                .map(|(at, _)| from + at);
            text.replace_range(from..to.unwrap_or(text.len()), "");
        }
        2 => {
            let word = text[from..]
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned();
            text.insert_str(to, &word);
        }
        _ => {
            let blank = |character: char| character.is_whitespace();
            let start = text[from..].find(|character| !blank(character));
            let start = start.map_or(text.len(), |start| from + start);
            let end = text[start..]
                .find(blank)
                .map_or(text.len(), |end| start + end);
            text.replace_range(start..end, PIECES[dice.below(PIECES.len())]);
        }
    }
}

#[test]
fn files_that_are_too_large_too_deep_or_too_often_repeated_are_refused() {
    let large = format!("project: p\n{}", "#".repeat(FILE_MAX));
    assert_eq!(
        faults_of(&large),
        "project.yaml:1:1: the file is larger than 1 MiB"
    );
    let deep = format!("project: {}{}", "[".repeat(33), "]".repeat(33));
    assert!(faults_of(&deep).contains("nested too deeply; expected at most 32 levels"));
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (one, other) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d")] {
        let aliases = [format!("*{other}").as_str(); 10].join(", ");
        bomb.push_str(&format!("{one}: &{one} [{aliases}]\n"));
    }
    assert!(faults_of(&bomb).contains("aliases stand for more than 10000 values"));
    let bytes = read(b"project: p\nhelp: \xff", Surroundings::default()).unwrap_err();
    assert_eq!(bytes[0].to_string(), "2:7: the file is not UTF-8");
}

#[test]
fn a_byte_order_mark_and_ends_of_lines_of_windows_change_nothing() {
    let text = format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n"));
    assert_eq!(faults_of(&text), "");
}

/// The example as often as it fits into a file.
fn large_project() -> String {
    let (head, tasks) = EXAMPLE.split_once("tasks:\n").unwrap();
    let (tasks, _) = tasks.split_once("\ntriggers:").unwrap();
    let mut text = format!("{head}tasks:\n");
    let names = tasks
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> = names
        .filter_map(|line| line.trim().strip_suffix(':'))
        .collect();
    for no in 0.. {
        let mut part = tasks.replace("{DATA}", &format!("{{DATA}}/{no}"));
        part = part.replace("SELECT 1", &format!("SELECT {no} + 1"));
        for name in &names {
            part = part.replace(name, &format!("{name}_{no}"));
        }
        if text.len() + part.len() > FILE_MAX {
            break;
        }
        text.push_str(&part);
        text.push('\n');
    }
    text
}

#[test]
fn a_file_as_large_as_may_be_is_read() {
    let text = large_project();
    let begun = Instant::now();
    let (project, _) = read(text.as_bytes(), Surroundings::default()).unwrap();
    println!(
        "{} tasks, {} bytes: {:?}",
        project.tasks.len(),
        text.len(),
        begun.elapsed()
    );
    assert!(project.tasks.len() > 2_000);
}

/// Far above what they take, and far below what a wrong algorithm would take.
const LONG: Duration = Duration::from_secs(600);

#[test]
fn files_that_are_made_to_be_slow_are_not() {
    let begun = Instant::now();
    let repeat =
        |count: usize, line: &dyn Fn(usize) -> String| -> String { (0..count).map(line).collect() };
    let params = repeat(25_000, &|no| format!(" p{no}: {{type: int}}\n"));
    let tasks = repeat(30_000, &|no| format!(" t{no}:\n"));
    let chain = repeat(20_000, &|no| {
        format!(" t{no}: {{requires: [t{}]}}\n", no + 1)
    });
    let names = repeat(20_000, &|no| {
        format!(" tusk{no}: {{requires: [task{no}]}}\n")
    });
    let env = repeat(20_000, &|no| {
        format!(" E{}: \"{{E{no}}}{{E{no}}}\"\n", no + 1)
    });
    let patterns = repeat(5_000, &|no| {
        format!(" t{no}: {{params: {{a: {{type: string, pattern: '\\w{{{no}}}'}}}}}}\n")
    });
    let ranges = repeat(10_000, &|no| {
        format!(" t{no}: {{requires: [{{task: a, n: 1..100000}}]}}\n")
    });
    for text in [
        format!("project: p\nparams:\n{params}tasks:\n{}", tasks),
        format!(
            "project: p\nparams:\n{}tasks:\n{tasks}",
            repeat(100, &|no| format!(" p{no}: {{type: int}}\n"))
        ),
        format!("project: p\ntasks:\n{chain} t20000: {{requires: [t0]}}\n"),
        format!("project: p\ntasks:\n{names}"),
        format!("project: p\nenv:\n E0: x\n{env}tasks: {{a: {{outputs: ['{{E20000}}']}}}}\n"),
        format!("project: p\ntasks:\n{patterns}"),
        format!("project: p\ntasks:\n a: {{params: {{n: {{type: int}}}}}}\n{ranges}"),
        format!(
            "project: p\ntasks: {{a: {{sql: {{connection: c, run: \"{}\"}}}}}}\n",
            "$a".repeat(400_000)
        ),
        "x: 1\n".repeat(200_000),
    ] {
        assert!(text.len() <= FILE_MAX, "{} {}", text.len(), &text[..40]);
        let one = Instant::now();
        drop(read(text.as_bytes(), Surroundings::default()));
        println!("{:?}: {}", one.elapsed(), &text[..40].replace('\n', " "));
    }
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
}
