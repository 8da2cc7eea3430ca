//! How many labels are right, estimated from the rows that people have judged.

use serde::Serialize;

/// What people have said of the rows of a stratum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgedStratum {
    /// All of its rows, drawn or not.
    pub rows: u64,
    pub right: u64,
    pub wrong: u64,
}

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Precision {
    pub precision: f64,
    /// Wilson's interval of 95 %.
    pub lower: f64,
    pub upper: f64,
    /// Of all rows, those in strata of which nothing was judged.
    pub not_judged: f64,
}

/// Of the standard normal distribution, 97.5 %.
const Z: f64 = 1.959_963_984_540_054;

impl Precision {
    /// `None`: nothing was judged.
    pub fn of(strata: &[JudgedStratum]) -> Option<Self> {
        let all: u64 = strata.iter().map(|stratum| stratum.rows).sum();
        let judged: Vec<&JudgedStratum> = strata
            .iter()
            .filter(|stratum| stratum.judged() > 0 && stratum.rows > 0)
            .collect();
        let known: u64 = judged.iter().map(|stratum| stratum.rows).sum();
        if known == 0 {
            return None;
        }
        let (mut precision, mut spread) = (0.0, 0.0);
        for stratum in judged {
            let weight = stratum.rows as f64 / known as f64;
            let judged = stratum.judged() as f64;
            precision += weight * stratum.right as f64 / judged;
            spread += weight * weight / judged;
        }
        let (lower, upper) = wilson(precision, 1.0 / spread);
        Some(Self {
            precision,
            lower,
            upper,
            not_judged: (all - known) as f64 / all as f64,
        })
    }
}

impl JudgedStratum {
    fn judged(&self) -> u64 {
        self.right + self.wrong
    }
}

/// The interval of a share that was found among so many rows; strata weigh as if they were fewer.
fn wilson(share: f64, rows: f64) -> (f64, f64) {
    let square = Z * Z;
    let whole = 1.0 + square / rows;
    let middle = (share + square / (2.0 * rows)) / whole;
    let half = Z / whole
        * (share * (1.0 - share) / rows + square / (4.0 * rows * rows))
            .max(0.0)
            .sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
