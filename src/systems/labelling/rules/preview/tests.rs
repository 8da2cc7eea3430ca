use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::*;
use crate::systems::labelling::rules::document::{ModelKind, check, read_yaml};
use crate::systems::labelling::rules::finding::Findings;
use crate::systems::labelling::rules::matching::{Compiled, Row};
use crate::systems::labelling::rules::set::{Field, RuleSet};

fn set(yaml: &str) -> RuleSet {
    let mut findings = Findings::default();
    let draft = read_yaml("a.yaml", yaml, ModelKind::MixedModel, &mut findings);
    let document = check(draft, "a", findings);
    assert!(!document.findings.has_errors(), "{:?}", document.findings);
    document.set
}

fn row(id: &str, author: &str, content: &str) -> Arc<PreviewRow> {
    let texts = RowTexts {
        id,
        s_id: "WH_1",
        author,
        post_time: "2020-01-01 00:00:00",
        fields: Row::default().with(Field::Content, Some(content)),
    };
    PreviewRow::new(texts, Some(0))
}

fn looked_at(set: &RuleSet, rows: &[Arc<PreviewRow>], examples: usize, threads: usize) -> LookedAt {
    let compiled = Compiled::of(set).unwrap();
    let (send, receive) = sync_channel(rows.len() + 1);
    for rows in rows.chunks(3) {
        send.send(Rows::from(rows)).unwrap();
    }
    drop(send);
    let plan = Plan {
        set,
        compiled: &compiled,
        groups: 1,
        seed: 1,
        examples,
        until: Instant::now() + Duration::from_secs(60),
        threads,
    };
    look(plan, receive)
}

const FOOD: &str = "\
name: food
model_type: mixed_model
in: [content]
labels:
  - name: noodles
    rules: [拉麵, {text: 麵, id: noodle}]
    except: [徵才]
  - name: tea
    rules: [茶]
";

#[test]
fn windows_cover_the_range_once_and_are_drawn_by_their_hashes() {
    let drawn = windows(1_000, 4_599, 7);
    let mut expected: Vec<([u8; 32], u32)> = (0..WINDOWS)
        .map(|number| (Sha256::digest(format!("7:w:{number}")).into(), number))
        .collect();
    expected.sort_unstable();
    let numbers: Vec<u32> = drawn.iter().map(|window| window.number).collect();
    assert_eq!(
        numbers,
        expected
            .iter()
            .map(|(_, number)| *number)
            .collect::<Vec<_>>()
    );
    let mut in_time = drawn;
    in_time.sort_by_key(|window| window.start);
    assert_eq!((in_time[0].start, in_time[999].end), (1_000, 4_600));
    assert!(in_time.windows(2).all(|two| two[0].end == two[1].start));
    let seventeenth = in_time[17];
    assert_eq!(
        (seventeenth.start, seventeenth.end),
        (1_000 + 61, 1_000 + 64)
    );
    // A range of fewer seconds than windows: one second each.
    let short = windows(5, 7, 1);
    assert_eq!(short.len(), 3);
    assert!(short.iter().all(|window| window.end - window.start == 1));
}

#[test]
fn the_least_rows_are_those_of_the_smallest_hashes() {
    let rows: Vec<_> = (0..100).map(|id| row(&id.to_string(), "amy", "")).collect();
    let mut least = LeastRows::new(10);
    for row in &rows {
        let key = RowKey::of_row(3, row.id());
        if least.wants(key) {
            least.offer(key, Arc::clone(row));
        }
    }
    let mut expected: Vec<([u8; 32], String)> = (0..100)
        .map(|id| (Sha256::digest(format!("3:{id}")).into(), id.to_string()))
        .collect();
    expected.sort_unstable();
    let expected: Vec<String> = expected.into_iter().take(10).map(|(_, id)| id).collect();
    let found = least.into_rows();
    assert_eq!(
        found
            .iter()
            .map(|row| row.id().to_owned())
            .collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn a_row_gives_back_what_it_was_made_of() {
    let fields = Row::default()
        .with(Field::Author, Some("amy"))
        .with(Field::Title, None)
        .with(Field::Content, Some("好吃的拉麵"));
    let texts = RowTexts {
        id: "1",
        s_id: "WH_1",
        author: "amy",
        post_time: "2020-01-01",
        fields,
    };
    let row = PreviewRow::new(texts, None);
    assert_eq!((row.id(), row.s_id(), row.author()), ("1", "WH_1", "amy"));
    assert_eq!((row.post_time(), row.group()), ("2020-01-01", None));
    for field in Field::ALL {
        assert_eq!(row.fields().text(field), fields.text(field));
    }
}

#[test]
fn several_threads_find_what_one_finds() {
    let set = set(FOOD);
    let texts = ["拉麵", "麵 茶", "徵才 麵", "水", "茶", ""];
    let rows: Vec<_> = (0..600)
        .map(|id: usize| {
            let author = (id % 40).to_string();
            row(&id.to_string(), &author, texts[id % texts.len()])
        })
        .collect();
    let one = looked_at(&set, &rows, 5, 1);
    let counts = &one.counts;
    assert_eq!(
        (counts.received, counts.covered, counts.overlapping),
        (600, 300, 100)
    );
    assert_eq!(counts.labels[0].excepted, 100);
    let figures = one.authors.figures(&set);
    for threads in [2, 4] {
        let several = looked_at(&set, &rows, 5, threads);
        assert_eq!(several.rows, 600);
        assert_eq!(several.counts.labels, one.counts.labels);
        assert_eq!(several.authors.figures(&set), figures);
    }
    let ids = |found: LookedAt| {
        let rows = found.given.into_iter().chain([found.none]);
        let ids = |rows: LeastRows| {
            let rows = rows.into_rows();
            rows.iter()
                .map(|row| row.id().to_owned())
                .collect::<Vec<_>>()
        };
        rows.map(ids).collect::<Vec<_>>()
    };
    assert_eq!(ids(looked_at(&set, &rows, 5, 3)), ids(one));
}

#[test]
fn votes_become_members_as_publishing_decides() {
    let set_with = |options: &str| set(&format!("{options}{FOOD}"));
    let votes = [
        ("amy", 0),
        ("amy", 0),
        ("amy", 1),
        ("bob", 0),
        ("bob", 1),
        (" bob ", 0),
        ("eve", 0),
        ("eve", 1),
    ];
    for (options, members) in [
        ("", [2, 0]),
        ("author_conflict: majority_first\n", [3, 0]),
        ("author_conflict: keep_all\n", [3, 3]),
        ("exclusive: false\n", [3, 3]),
    ] {
        let mut authors = Authors::default();
        for (author, label) in votes {
            authors.vote("WH_1", author, label);
        }
        let figures = authors.figures(&set_with(options));
        assert_eq!(figures.members, members, "{options}");
        assert_eq!((figures.staged, figures.conflicting), (3, 3));
    }
}

#[test]
fn examples_have_the_hits_of_their_label_in_bytes_of_the_text() {
    let set = set(FOOD);
    let compiled = Compiled::of(&set).unwrap();
    let mut examples = ExampleRows::new(&set, &compiled);
    let example = examples.example(&row("7", "amy", "茶和拉麵"), Some(0));
    let spans: Vec<_> = example
        .hits
        .iter()
        .map(|hit| (hit.rule.as_str(), hit.span))
        .collect();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0].1, [6, 12]);
    assert_eq!(spans[1], ("noodle", [9, 12]));
    assert_eq!(example.fields["content"], "茶和拉麵");
    let all = examples.example(&row("7", "amy", "茶和拉麵"), None);
    assert_eq!(all.hits.len(), 3);
}

#[test]
fn the_slowest_rules_are_measured_as_long_as_there_is_time() {
    let set = set(FOOD);
    let rows = [row("1", "amy", "茶和拉麵")];
    let now = Instant::now();
    assert_eq!(slowest(&set, &rows, now), []);
    assert_eq!(slowest(&set, &rows, now + Duration::from_secs(60)).len(), 3);
    assert_eq!(slowest(&set, &[], now + Duration::from_secs(60)), []);
}

#[test]
fn nothing_is_looked_at_when_there_is_no_time() {
    let set = set(FOOD);
    let compiled = Compiled::of(&set).unwrap();
    let (send, receive) = sync_channel(1);
    send.send(Rows::from([row("1", "amy", "茶")])).unwrap();
    drop(send);
    let plan = Plan {
        set: &set,
        compiled: &compiled,
        groups: 1,
        seed: 1,
        examples: 1,
        until: Instant::now(),
        threads: 2,
    };
    let found = look(plan, receive);
    assert!(found.is_cut);
    assert_eq!((found.rows, found.counts.received), (0, 0));
}
