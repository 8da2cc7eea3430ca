//! Damaged models behind right goldens.
//!
//! The goldens are rows that were asked of the library. What is asserted of a damaged file, whatever was done to it: it
//! is refused when it is read; or its goldens refuse it, and the row that they name is the first with a wrong answer; or
//! it is proved, and then each answer is the library's.

use std::sync::Arc;

use audience::models::json_rows::answer_json;
use audience::models::{Answers, Golden, Model, Package, PackageLimits, Upload, prove};
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

const DAMAGES: u64 = 40;
const ROWS: usize = 250;

/// A package with goldens for all that it is asked.
struct Subject {
    package: Package,
    model_yaml: Vec<u8>,
    golden: Golden,
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
    assert!(seen.iter().all(|count| *count > 15), "{all:?}");
}

impl Subject {
    fn of(made: &Made, name: &str) -> Self {
        let folder = made.path(name);
        let limits = PackageLimits::default();
        let lines = |what| made.lines(name, what).into_iter().take(ROWS);
        let golden = json!({
            "inputs": lines("rows").collect::<Vec<_>>(),
            "outputs": lines("answers").collect::<Vec<_>>(),
        });
        Self {
            package: Package::read_folder(&folder, None, &limits).unwrap(),
            model_yaml: std::fs::read(folder.join("model.yaml")).unwrap(),
            golden: Golden::parse(golden.to_string().as_bytes()).unwrap(),
        }
    }

    fn check(&self, damaged: Vec<u8>, what: &str, ends: &mut Ends) {
        let Some(model) = self.read(damaged) else {
            ends.unread += 1;
            return;
        };
        let proof = prove(&model, &self.golden);
        let answers = self.golden.rows(&model.signature);
        let answers = answers.map(|rows| model.score(&rows));
        let first_wrong = answers.map(|answers| {
            assert_eq!(answers.len(), ROWS, "{what}");
            (0..ROWS).find(|row| !self.is_right(&model, &answers, *row))
        });
        match (proof, first_wrong) {
            (Ok(()), first_wrong) => {
                ends.proved += 1;
                assert_eq!(first_wrong, Ok(None), "{what}");
            }
            (Err(mismatch), Ok(first_wrong)) => {
                ends.refused += 1;
                assert_eq!(first_wrong, Some(mismatch.row), "{what}: {mismatch:?}");
            }
            // It asks for other features.
            (Err(_), Err(_)) => ends.refused += 1,
        }
    }

    fn read(&self, damaged: Vec<u8>) -> Option<Model> {
        let package = Package::read(Upload {
            file_name: &self.package.file_name,
            bytes: Arc::from(damaged),
            golden: None,
            model_yaml: Some(&self.model_yaml),
            limits: &PackageLimits::default(),
        });
        Model::load(&package.ok()?).ok()
    }

    /// By a comparison of our own.
    fn is_right(&self, model: &Model, answers: &Answers, row: usize) -> bool {
        let found = Value::from(answer_json(&model.signature, answers, row));
        let expected = Value::from(self.golden.outputs[row].clone());
        difference(&expected, &found, Closeness::Tolerant).is_ok()
    }
}

/// The same with another byte, digit or bit, or with a piece that is left out or there twice.
fn damage(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut damaged = file.to_vec();
    let place = random.below(file.len());
    let end = (place + 1 + random.below(12)).min(file.len());
    match random.below(9) {
        0 => damaged[place] ^= 1 << random.below(8),
        1 => damaged[place] = u8::try_from(random.below(256)).unwrap(),
        // Most bytes of texts are digits, and most damages of other bytes are seen at once.
        2..=6 => {
            let digits = (0..file.len()).cycle().skip(place).take(file.len());
            let mut digits = digits.filter(|place| file[*place].is_ascii_digit());
            let place = digits.next().unwrap_or(place);
            damaged[place] = b'0' + u8::try_from(random.below(10)).unwrap();
        }
        7 => drop(damaged.drain(place..end)),
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
