use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use serde_json::json;

use super::answer::PreviewAnswer;
use super::*;
use crate::systems::labelling::label::{GroupMap, Unmapped};
use crate::systems::labelling::posts::{
    ColumnNames, Moment, ReadSpec, TextColumn, load_csv, open_source,
};
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::rules::finding::Findings;
use crate::systems::labelling::rules::forms::{Form, read};
use crate::systems::labelling::rules::matching::Compiled;
use crate::systems::labelling::rules::preview::{RowKey, windows};

const SET: &str = "\
name: food
model_type: mixed_model
in: [title, content]
labels:
  - name: noodles
    rules: [拉麵]
  - name: tea
    rules: [茶]
";

/// So many posts, one a minute, in a SQLite file.
fn table(folder: &std::path::Path, rows: usize) -> String {
    let csv = folder.join("posts.csv");
    let mut file = File::create(&csv).unwrap();
    writeln!(file, "id,s_id,s_area_id,author,title,content,post_time").unwrap();
    for row in 0..rows {
        let content = ["拉麵", "茶", "水"][row % 3];
        let (day, minutes) = (row / 1_440 + 1, row % 1_440);
        let time = format!(
            "2020-01-{day:02} {:02}:{:02}:00",
            minutes / 60,
            minutes % 60
        );
        writeln!(file, "{row},WH_1,,author{},t,{content},{time}", row % 7).unwrap();
    }
    let database = folder.join("posts.db");
    load_csv(File::open(&csv).unwrap(), &database, "posts").unwrap();
    format!("sqlite://{}", database.display())
}

fn asked(url: &str, sample: Option<SampleAsked>) -> PreviewAsked {
    let document = read(Form::Yaml, "a.yaml", SET.as_bytes(), "a");
    assert!(!document.findings.has_errors(), "{:?}", document.findings);
    let compiled = Compiled::of(&document.set).unwrap();
    let fields = TextColumn::of_fields(fields_in_use(&document.set));
    PreviewAsked {
        set: Arc::new(document.set),
        compiled: Arc::new(compiled),
        lint: Findings::default(),
        rows: RowsAsked {
            source_name: "posts".to_owned(),
            source: open_source(url).unwrap(),
            spec: ReadSpec {
                table: "posts".to_owned(),
                columns: ColumnNames::default(),
                text: fields[0],
                fields,
                start: Moment::parse("2020-01-01").unwrap(),
                end: Moment::parse("2020-01-31").unwrap(),
                zone: None,
            },
            sample,
            groups: GroupMap::new(&[], Unmapped::Other).unwrap(),
        },
        groups: vec!["other".to_owned()],
        examples: 2,
        earlier: None,
    }
}

#[test]
fn all_rows_of_a_range_are_counted_and_kept_for_the_next_preview() {
    let folder = tempfile::tempdir().unwrap();
    let url = table(folder.path(), 3_000);
    let kept = KeptRows::default();
    let asked = asked(&url, None);
    let first = preview(&asked, &kept).unwrap();
    assert_eq!(
        (first.rows, first.received, first.partial),
        (3_000, 3_000, false)
    );
    let health = serde_json::to_value(&first.health).unwrap();
    assert_eq!(health["covered"], 2_000);
    assert_eq!(health["labels"]["noodles"]["given"], 1_000);
    assert!(kept.bytes() > 0);
    // What is read no more is not missed.
    std::fs::remove_file(folder.path().join("posts.db")).unwrap();
    let second = preview(&asked, &kept).unwrap();
    assert_eq!(second.read_ms, 0);
    assert_eq!(serde_json::to_value(&second.health).unwrap(), health);
    let examples = |answer: &PreviewAnswer| serde_json::to_value(&answer.examples).unwrap();
    assert_eq!(examples(&first), examples(&second));
    assert_eq!(first.examples.0[0].1.len(), 2);
}

#[test]
fn a_sample_is_what_its_hashes_say_however_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let url = table(folder.path(), 3_000);
    // All rows are seen together, or windows until there are enough.
    for rows in [301, 10] {
        let sample = SampleAsked { rows, seed: 7 };
        let answer = preview(&asked(&url, Some(sample)), &KeptRows::default()).unwrap();
        let start = Moment::parse("2020-01-01").unwrap().micros() / 1_000_000;
        let end = Moment::parse("2020-01-31").unwrap().micros() / 1_000_000;
        let (mut seen, mut read) = (Vec::new(), 0);
        for window in windows(start, end, 7) {
            if seen.len() >= 10 * rows as usize {
                break;
            }
            read += 1;
            seen.extend((0..3_000).filter(|row| {
                let second = start + row * 60;
                window.start <= second && second < window.end
            }));
        }
        let mut keys: Vec<(RowKey, i64)> = seen
            .into_iter()
            .map(|row: i64| (RowKey::of_row(7, &row.to_string()), row))
            .collect();
        keys.sort_unstable();
        keys.truncate(rows as usize);
        assert_eq!(answer.rows, rows);
        assert_eq!(answer.sample.unwrap().windows, read);
        assert!(!answer.partial);
        for (label, (_, examples)) in answer.examples.0.iter().enumerate() {
            let ids: Vec<_> = examples.iter().map(|example| example.id.clone()).collect();
            let of_label = keys.iter().filter(|(_, row)| row % 3 == label as i64);
            let expected: Vec<_> = of_label.take(2).map(|(_, row)| row.to_string()).collect();
            assert_eq!(ids, expected, "{rows}");
        }
    }
}

#[test]
fn without_room_rows_are_looked_at_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let url = table(folder.path(), 3_000);
    let kept = KeptRows::within(1_000);
    let answer = preview(&asked(&url, None), &kept).unwrap();
    assert_eq!((answer.rows, answer.partial), (3_000, false));
    assert_eq!(kept.bytes(), 0);
    // A sample has to be in memory.
    let sample = SampleAsked { rows: 100, seed: 1 };
    let answer = preview(&asked(&url, Some(sample)), &kept).unwrap();
    assert!(answer.partial);
}

#[test]
fn an_answer_has_the_members_of_the_shape_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let url = table(folder.path(), 10);
    let sample = SampleAsked { rows: 100, seed: 1 };
    let answer = preview(&asked(&url, Some(sample)), &KeptRows::default()).unwrap();
    let answer = serde_json::to_value(&answer).unwrap();
    let members: Vec<_> = answer.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "rows", "received", "partial", "sample", "read_ms", "match_ms", "health", "lint",
        "examples", "none", "slowest",
    ];
    assert_eq!(members, expected);
    assert_eq!(
        answer["sample"],
        json!({"rows": 100, "seed": 1, "windows": 1_000})
    );
    assert_eq!(answer["none"][0]["hits"], json!([]));
    assert_eq!(answer["examples"]["tea"][0]["fields"]["title"], "t");
    assert!(!answer["slowest"].as_array().unwrap().is_empty());
}
