//! What is counted of rows under both sets. Sums of parts can be added.

use std::collections::BTreeMap;

use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use serde::{Deserialize, Serialize};

use super::DamagedPart;
use super::comparison::PairScratch;
use super::row::ChangeKind;

/// Counts over rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// Rows of the source that were looked at.
    pub rows: u64,
    /// That take part under the base, and under the candidate.
    pub received: [u64; 2],
    /// Rows by the labels that the base and the candidate give them.
    #[serde(with = "pairs")]
    pub(super) matrix: BTreeMap<LabelPair, u64>,
    /// By number of a changed rule: rows that differ and on which it is true, by the kind of difference.
    #[serde(with = "pairs")]
    pub(super) rules: BTreeMap<u32, [u64; 3]>,
}

/// Numbers of labels: from, to.
pub(super) type LabelPair = (Vec<u32>, Vec<u32>);

impl Sums {
    pub(super) fn receive(&mut self, kind: Option<ChangeKind>, found: &PairScratch) {
        self.rows += 1;
        let sides = found.sides();
        for (received, side) in self.received.iter_mut().zip(sides) {
            *received += u64::from(side.received);
        }
        let [base, candidate] = sides;
        let pair = (base.given.clone(), candidate.given.clone());
        *self.matrix.entry(pair).or_default() += 1;
        if let Some(kind) = kind {
            for rule in &found.rules {
                self.rules.entry(*rule).or_default()[kind as usize] += 1;
            }
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        for (received, more) in self.received.iter_mut().zip(other.received) {
            *received += more;
        }
        for (pair, rows) in &other.matrix {
            *self.matrix.entry(pair.clone()).or_default() += rows;
        }
        for (rule, rows) in &other.rules {
            let sums = self.rules.entry(*rule).or_default();
            for (sum, more) in sums.iter_mut().zip(rows) {
                *sum += more;
            }
        }
    }

    /// Rows with this difference.
    pub fn of_kind(&self, kind: Option<ChangeKind>) -> u64 {
        let pairs = self.matrix.iter();
        pairs
            .filter(|((from, to), _)| ChangeKind::of(from, to) == kind)
            .map(|(_, rows)| rows)
            .sum()
    }
}

/// As JSON, packed by LZ4: most numbers are small, and what is zero is left out.
pub(super) fn pack<T: Serialize>(value: &T) -> Vec<u8> {
    let json = serde_json::to_vec(value).expect("numbers and texts can always be written");
    compress_prepend_size(&json)
}

pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>, DamagedPart> {
    decompress_size_prepended(packed).map_err(|_| DamagedPart)
}

/// A map as a list: keys of JSON are texts.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let pairs = Vec::<(K, V)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().collect())
    }
}
