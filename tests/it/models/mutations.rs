//! Damaged models behind right goldens.
//!
//! The goldens are all thousand rows of a package. What is asserted of a damaged file, whatever was done to it: it is
//! refused when it is read; or its goldens refuse it, and the row that they name is answered as they say, and wrongly;
//! or it is proved, and then each of the thousand answers is the library's.

use std::sync::Arc;

use audience::models::json_rows::{answer_json, read_rows};
use audience::models::{Answers, Model, Package, PackageLimits, Upload, prove};
use serde_json::{Value, json};

use super::agreement::{Closeness, difference};
use super::made::{Made, made};

/// Small models of all formats.
const MODELS: [&str; 12] = [
    "tree",
    "one_hot",
    "network",
    "gauss",
    "ordinal_histogram",
    "lightgbm_values",
    "lightgbm_categories",
    "xgboost_values",
    "xgboost_values_ubj",
    "xgboost_categories",
    "text_word",
    "text_ridge",
];

const DAMAGES: u64 = 60;

/// A package with all of its rows as goldens.
struct Subject {
    package: Package,
    model_yaml: Vec<u8>,
    golden: Vec<u8>,
    rows: Vec<Value>,
    expected: Vec<Value>,
}

/// What became of damaged files.
#[derive(Debug, Default)]
struct Ends {
    unread: u32,
    refused: u32,
    proved: u32,
}

#[test]
fn no_damaged_model_answers_wrongly_behind_right_goldens() {
    let mut all = Ends::default();
    for name in MODELS {
        let subject = Subject::of(made(), name);
        let mut random = Random::of(name);
        let mut ends = Ends::default();
        for no in 0..DAMAGES {
            let damaged = damage(&subject.package.file, &mut random);
            subject.check(damaged, &format!("{name}, damage {no}"), &mut ends);
        }
        assert_eq!(u64::from(ends.unread + ends.refused + ends.proved), DAMAGES);
        all.unread += ends.unread;
        all.refused += ends.refused;
        all.proved += ends.proved;
    }
    // Else the test would look at one of the three alone.
    let seen = [all.unread, all.refused, all.proved];
    assert!(seen.iter().all(|count| *count > 20), "{all:?}");
}

impl Subject {
    fn of(made: &Made, name: &str) -> Self {
        let folder = made.path(name);
        let (rows, expected) = (made.lines(name, "rows"), made.lines(name, "answers"));
        let golden = json!({"inputs": rows, "outputs": expected});
        let package = Package::read_folder(&folder, None, &PackageLimits::default()).unwrap();
        Self {
            package,
            model_yaml: std::fs::read(folder.join("model.yaml")).unwrap(),
            golden: golden.to_string().into_bytes(),
            rows,
            expected,
        }
    }

    fn check(&self, damaged: Vec<u8>, what: &str, ends: &mut Ends) {
        let Some((package, model)) = self.read(damaged) else {
            ends.unread += 1;
            return;
        };
        let proof = prove(&model, &package.golden.unwrap());
        let answers = read_rows(&model.signature, &self.rows).map(|rows| model.score(&rows));
        match (proof, answers) {
            (Ok(()), answers) => {
                ends.proved += 1;
                let answers = answers.unwrap();
                assert_eq!(answers.len(), self.expected.len(), "{what}");
                for row in 0..self.expected.len() {
                    let same = self.compare(&model, &answers, row);
                    assert!(same.is_ok(), "{what}, row {row}: {same:?}");
                }
            }
            (Err(mismatch), Ok(answers)) => {
                ends.refused += 1;
                let same = self.compare(&model, &answers, mismatch.row);
                assert!(same.is_err(), "{what}: {mismatch:?}");
                for row in 0..mismatch.row {
                    let same = self.compare(&model, &answers, row);
                    assert!(same.is_ok(), "{what} passed over row {row}: {same:?}");
                }
            }
            // It asks for other features.
            (Err(_), Err(_)) => ends.refused += 1,
        }
    }

    fn read(&self, damaged: Vec<u8>) -> Option<(Package, Model)> {
        let package = Package::read(Upload {
            file_name: &self.package.file_name,
            bytes: Arc::from(damaged),
            golden: Some(&self.golden),
            model_yaml: Some(&self.model_yaml),
            limits: &PackageLimits::default(),
        });
        let package = package.ok()?;
        let model = Model::load(&package).ok()?;
        Some((package, model))
    }

    fn compare(&self, model: &Model, answers: &Answers, row: usize) -> Result<(), String> {
        let found = Value::from(answer_json(&model.signature, answers, row));
        difference(&self.expected[row], &found, Closeness::Tolerant)
    }
}

/// The same with another byte, digit or bit, or with a piece that is left out or there twice.
fn damage(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut damaged = file.to_vec();
    let place = random.below(file.len());
    let end = (place + 1 + random.below(12)).min(file.len());
    match random.below(6) {
        0 => damaged[place] ^= 1 << random.below(8),
        1 => damaged[place] = u8::try_from(random.below(256)).unwrap(),
        // Most bytes of texts are digits, and most damages of other bytes are seen at once.
        2 | 3 => {
            let digits = (0..file.len()).cycle().skip(place).take(file.len());
            let mut digits = digits.filter(|place| file[*place].is_ascii_digit());
            let place = digits.next().unwrap_or(place);
            damaged[place] = b'0' + u8::try_from(random.below(10)).unwrap();
        }
        4 => drop(damaged.drain(place..end)),
        _ => {
            damaged.splice(end..end, file[place..end].iter().copied());
        }
    }
    damaged
}

/// Small pseudo-random numbers (xorshift64*), the same in every run.
struct Random(u64);

impl Random {
    fn of(name: &str) -> Self {
        let bytes = name.bytes().map(u64::from);
        Self(bytes.fold(7, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte)))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % limit
    }
}
