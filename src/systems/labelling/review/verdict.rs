//! What people say of a row, and what most of them say.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Whether the label of a row is right.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumString,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    Right,
    Wrong,
    Unsure,
}

/// What more people say than anything else; where two are said equally often, nobody is sure. `None`: nobody has
/// said anything.
pub fn majority(verdicts: impl IntoIterator<Item = Verdict>) -> Option<Verdict> {
    let mut counts = [0_u64; 3];
    for verdict in verdicts {
        counts[verdict as usize] += 1;
    }
    let most = counts.into_iter().max().filter(|most| *most > 0)?;
    let mut leading = Verdict::VARIANTS
        .iter()
        .filter(|verdict| counts[**verdict as usize] == most);
    match (leading.next(), leading.next()) {
        (Some(only), None) => Some(*only),
        _ => Some(Verdict::Unsure),
    }
}
