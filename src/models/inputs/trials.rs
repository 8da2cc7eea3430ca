//! Boosters of `tests/models` with what their libraries answer, and damaged copies of their files.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::models::json_rows::{label_from_json, label_json};
use crate::models::{
    Answers, Description, Feature, FeatureKind, Format, Golden, Label, Model, Package, Rows,
    RowsBuilder, Scores, Signature, Slot, Task,
};

/// A file with rows and the answers to them.
pub struct Trial {
    pub package: Package,
    inputs: Vec<Map<String, Value>>,
    /// `None` where the library fails.
    outputs: Vec<Option<Map<String, Value>>>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    description: Map<String, Value>,
    inputs: Vec<Map<String, Value>>,
    outputs: Vec<Option<Map<String, Value>>>,
}

/// A file of `tests/models`, with the rows of the case or the golden beside it.
pub fn trial(folder: &str, format: Format) -> Trial {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/models")
        .join(folder);
    let names = ["model.txt", "model.json", "model.ubj"];
    let file_name = names.into_iter().find(|name| folder.join(name).exists());
    let file_name = file_name.unwrap();
    let rows = ["case.json", "golden.json"].map(|name| fs::read(folder.join(name)).ok());
    let rows = rows.into_iter().flatten().next().unwrap();
    let case: Case = serde_json::from_slice(&rows).unwrap();
    Trial {
        package: Package {
            format,
            file_name: file_name.to_owned(),
            file: fs::read(folder.join(file_name)).unwrap().into(),
            description: description(&case.description),
            golden: None,
        },
        inputs: case.inputs,
        outputs: case.outputs,
    }
}

fn description(json: &Map<String, Value>) -> Description {
    let labels = |value: &Value| -> Vec<Label> {
        let labels = value.as_array().unwrap().iter();
        labels
            .map(|label| label_from_json(label).unwrap())
            .collect()
    };
    let feature = |feature: &Value| Feature {
        name: feature["name"].as_str().unwrap().to_owned(),
        kind: match feature["type"].as_str() {
            Some("text") => FeatureKind::Text,
            _ => FeatureKind::Number,
        },
        categories: feature.get("categories").map_or(Vec::new(), labels),
    };
    let features = json.get("features").map(|features| {
        let features = features.as_array().unwrap().iter();
        features.map(feature).collect()
    });
    Description {
        task: None,
        features,
        labels: json.get("labels").map(labels),
    }
}

/// A package of a file that says everything itself.
pub fn package(format: Format, file: impl Into<Arc<[u8]>>) -> Package {
    Package {
        format,
        file_name: "model".to_owned(),
        file: file.into(),
        description: Description::default(),
        golden: None,
    }
}

/// A description of the task alone.
pub fn of_task(task: Task) -> Description {
    Description {
        task: Some(task),
        ..Description::default()
    }
}

/// The sentence with which a package is refused.
pub fn refusal(package: &Package) -> String {
    match Model::load(package) {
        Ok(model) => panic!("taken: {model:?}"),
        Err(refusal) => refusal.message,
    }
}

impl Trial {
    /// How far the farthest number is off, for each unit of its size. Labels and faults must be those expected.
    pub fn deviation(&self) -> f64 {
        let model = Model::load(&self.package).unwrap();
        let golden = Golden {
            inputs: self.inputs.clone(),
            outputs: Vec::new(),
        };
        let rows = golden.rows(&model.signature).unwrap();
        let answers = model.score(&rows);
        assert_eq!(answers.len(), self.outputs.len());
        let outputs = self.outputs.iter().enumerate();
        let deviations = outputs.map(|(row, output)| {
            assert_eq!(
                answers.faults.contains_key(&row),
                output.is_none(),
                "row {row}"
            );
            match output {
                Some(output) => deviation(&model.signature, &answers, row, output),
                None => 0.0,
            }
        });
        deviations.fold(0.0, f64::max)
    }

    /// Whether the library fails at some rows.
    pub fn has_faults(&self) -> bool {
        self.outputs.iter().any(Option::is_none)
    }

    /// Loads damaged copies of the file. Whatever is taken answers, or says why it does not.
    pub fn survives(&self, copies: usize, seed: u64) {
        let mut random = Random(seed);
        for _ in 0..copies {
            let package = Package {
                file: damaged(&self.package.file, &mut random).into(),
                ..self.package.clone()
            };
            match Model::load(&package) {
                Ok(model) => assert_answers(&model, &mut random),
                Err(refusal) => assert!(refusal.message.len() < 1000, "{refusal}"),
            }
        }
    }
}

fn deviation(
    signature: &Signature,
    answers: &Answers,
    row: usize,
    expected: &Map<String, Value>,
) -> f64 {
    let off = |expected: &Value, found: f64| {
        let expected = expected.as_f64().unwrap();
        (expected - found).abs() / expected.abs().max(1.0)
    };
    match &answers.scores {
        Scores::Values(values) => off(&expected["value"], values[row]),
        Scores::Classes { chosen, .. } => {
            let label = &signature.labels[chosen[row] as usize];
            assert_eq!(label_json(label), expected["label"], "row {row}");
            let scores = answers.scores.of_row(row).iter().zip(&signature.labels);
            scores
                .map(|(found, label)| off(&expected["scores"][label.to_string()], *found))
                .fold(0.0, f64::max)
        }
    }
}

/// Asks rows with all kinds of numbers and texts.
fn assert_answers(model: &Model, random: &mut Random) {
    let answers = model.score(&random_rows(&model.signature, 9, random));
    for row in 0..9 {
        let is_finite = match &answers.scores {
            Scores::Values(values) => values[row].is_finite(),
            scores @ Scores::Classes { .. } => {
                scores.of_row(row).iter().all(|score| score.is_finite())
            }
        };
        assert!(is_finite || answers.faults.contains_key(&row));
    }
}

fn random_rows(signature: &Signature, rows: usize, random: &mut Random) -> Rows {
    let edges = [0.0, -1.0, 1.0, 1e-36, 1e30, -1e300, f64::NAN, f64::MAX, 0.5];
    let mut builder = RowsBuilder::new(signature);
    for _ in 0..rows {
        builder.begin_row();
        for (feature, described) in signature.features().iter().enumerate() {
            match signature.slot(feature) {
                Slot::Number(_) => builder.set_number(feature, edges[random.below(edges.len())]),
                Slot::Text(_) => {
                    let known = described.categories.get(random.below(9));
                    let text = known.map(|label| label.to_string().into_boxed_str());
                    builder.set_text(feature, text);
                }
            }
        }
    }
    builder.build()
}

/// A generator of numbers that are always the same (xorshift64*).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end.max(1)
    }
}

/// What stands in files, and what hardly any reader expects.
const WORDS: [&[u8]; 18] = [
    b"-1",
    b"0",
    b"1",
    b"2147483647",
    b"4294967296",
    b"99999999999999999999",
    b"1e400",
    b"nan",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b"\"",
    b"=",
    b"\n",
    b" ",
    b"\xff",
];

/// A copy with up to three faults.
fn damaged(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let end = bytes.len().min(at + 1 + random.below(30));
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                let place = random.below(bytes.len());
                bytes.splice(place..place, piece);
            }
            3 if at < bytes.len() => bytes[at] = random.next() as u8,
            4 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            5 => replace_number(&mut bytes, at, random),
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                bytes.splice(at..at.min(end), word.iter().copied());
            }
        }
    }
    bytes
}

/// Puts another number instead of the first one after a place.
fn replace_number(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let Some(start) = bytes[at..].iter().position(is_part) else {
        return;
    };
    let length = bytes[at + start..]
        .iter()
        .take_while(|byte| is_part(byte))
        .count();
    let word = match random.below(3) {
        0 => WORDS[random.below(8)].to_vec(),
        _ => random.below(40).to_string().into_bytes(),
    };
    bytes.splice(at + start..at + start + length, word);
}
