//! What a caller asks for, understood and typed.

use super::params::Sample;
use crate::systems::labelling::asked_rules::AskedRules;
use crate::systems::labelling::{LabellingRequest, PredictType};

/// Two sets and the rows that both are to label.
#[derive(Debug)]
pub(in crate::systems::labelling) struct BacktestRequest {
    pub base: AskedRules,
    pub candidate: AskedRules,
    /// What a set without fields looks at.
    pub predict_type: PredictType,
    /// Source, table, start and end; the rest is not looked at.
    pub range: LabellingRequest,
    pub sample: Option<Sample>,
}
