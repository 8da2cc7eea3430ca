//! What a preview says, in the order of its answer.

use serde::{Serialize, Serializer};

use crate::systems::labelling::rules::finding::Findings;
use crate::systems::labelling::rules::health::Report;
use crate::systems::labelling::rules::preview::{Example, SlowRule};

#[derive(Debug, Serialize)]
pub(in crate::systems::labelling) struct PreviewAnswer {
    /// Rows that were looked at.
    pub rows: u64,
    /// Those that a run would count as received.
    pub received: u64,
    /// Whether there were more rows than there was time or room for.
    pub partial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleRead>,
    pub read_ms: u64,
    pub match_ms: u64,
    pub health: Report,
    pub lint: Findings,
    pub examples: Examples,
    pub none: Vec<Example>,
    pub slowest: Vec<SlowRule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::systems::labelling) struct SampleRead {
    pub rows: u64,
    pub seed: u64,
    /// Those that were read for it.
    pub windows: u32,
}

/// By label, in the order of the set.
#[derive(Debug, Default)]
pub(in crate::systems::labelling) struct Examples(pub Vec<(String, Vec<Example>)>);

impl Serialize for Examples {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(label, rows)| (label, rows)))
    }
}
