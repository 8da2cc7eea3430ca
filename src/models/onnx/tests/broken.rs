use std::fs;
use std::path::PathBuf;

use super::making::{load, load_described};
use crate::models::answers::{Answers, Scores};
use crate::models::model::Scorer;
use crate::models::package::Description;
use crate::models::rows::RowsBuilder;
use crate::models::signature::{Label, Signature, Slot};

/// A generator of numbers that are always the same (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end.max(1)
    }
}

fn handed(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/models/handed");
    fs::read(path.join(name).join("model.onnx")).unwrap()
}

/// A copy with up to three faults: cut off, bits turned, bytes replaced, removed or repeated.
fn damaged(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=random.below(3) {
        // Names, shapes and attributes of a few stand at the ends of long lists.
        let at = random.below(bytes.len());
        let at = if random.below(2) == 0 { at % 400 } else { at };
        let end = bytes.len().min(at + 1 + random.below(20));
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.next() as u8,
            2 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0xff][random.below(4)],
            3 if at < end => drop(bytes.drain(at..end)),
            4 if at < end => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

/// Asks rows with edges of numbers; what comes must have the shape of the signature.
fn assert_answers(signature: &Signature, scorer: &dyn Scorer, random: &mut Random) {
    let edges = [0.0, -1.0, 1e-36, 1e30, -1e300, f64::NAN, f64::MAX, 0.5];
    let mut rows = RowsBuilder::new(signature);
    for _ in 0..9 {
        rows.begin_row();
        for feature in 0..signature.features().len() {
            match signature.slot(feature) {
                Slot::Number(_) => rows.set_number(feature, edges[random.below(edges.len())]),
                Slot::Text(_) => rows.set_text(feature, Some("東京".into())),
            }
        }
    }
    let Answers { scores, faults } = scorer.score(&rows.build());
    assert!(faults.keys().all(|row| *row < 9));
    match scores {
        Scores::Values(values) => assert_eq!(values.len(), 9),
        Scores::Classes {
            chosen,
            scores,
            classes,
        } => {
            assert_eq!((chosen.len(), classes), (9, signature.labels.len()));
            assert_eq!(scores.len(), 9 * classes);
            assert!(chosen.iter().all(|class| (*class as usize) < classes));
        }
    }
}

#[test]
fn damaged_files_are_refused_or_answer() {
    let mut random = Random(20);
    let mut taken = 0;
    for name in [
        "logistic",
        "network",
        "pipeline",
        "forest",
        "boosted",
        "histogram",
    ] {
        let file = handed(name);
        for copy in 0..500 {
            let bytes = damaged(&file, &mut random);
            let description = Description {
                labels: (copy % 2 == 0 && name == "network")
                    .then(|| (0..3).map(Label::Integer).collect()),
                ..Description::default()
            };
            match load_described(bytes, description) {
                Err(message) => assert!(message.len() < 1000, "{message}"),
                Ok((signature, scorer)) => {
                    taken += 1;
                    assert_answers(&signature, scorer.as_ref(), &mut random);
                }
            }
        }
    }
    assert!(taken > 100, "only {taken} copies were taken");
}

#[test]
fn files_of_more_parts_than_their_bytes_account_for_are_refused() {
    // A graph with empty nodes of two bytes each.
    let mut nodes = Vec::new();
    for _ in 0..(4 << 20) {
        nodes.extend([0x0a, 0x00]);
    }
    let mut file = vec![0x3a];
    let mut length = nodes.len();
    while length >= 0x80 {
        file.push(length as u8 | 0x80);
        length >>= 7;
    }
    file.push(length as u8);
    file.extend(nodes);
    let message = load(file).map(|_| ()).unwrap_err();
    assert_eq!(
        message,
        "the file has more parts than its size accounts for"
    );
}
