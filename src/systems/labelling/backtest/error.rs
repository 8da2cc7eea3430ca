//! Why there is no backtest, or nothing to show of one.

use serde_json::Value;

use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind, FlowError};
use crate::systems::labelling::LabellingError;
use crate::systems::labelling::asked_rules::RulesError;
use crate::systems::labelling::rules::backtest::DamagedPart;

#[derive(Debug, thiserror::Error)]
pub(in crate::systems::labelling) enum BacktestError {
    #[error(transparent)]
    Labelling(Box<LabellingError>),
    #[error("{}", of_member(member, &error.to_string()))]
    Rules {
        /// `base` or `candidate`.
        member: &'static str,
        #[source]
        error: Box<RulesError>,
    },
    #[error("failed to reach the engine's database")]
    Store(#[from] StoreError),
    #[error("failed to make a job")]
    Flow(#[from] FlowError),
    #[error("there is no job {0}")]
    NoJob(String),
    #[error("job {job} is one of flow `{flow}`; only backtests have changes")]
    OfAnotherFlow { job: String, flow: String },
    #[error("job {job} has not ended yet; it is {state}")]
    NotEnded { job: String, state: String },
    #[error("{member}: {reason}")]
    Member {
        member: &'static str,
        reason: String,
    },
    #[error(transparent)]
    Damaged(#[from] DamagedPart),
}

/// The rules of a call are called so wherever they are.
fn of_member(member: &str, message: &str) -> String {
    match message.strip_prefix("rules") {
        Some(rest) => format!("{member}{rest}"),
        None => format!("{member}: {message}"),
    }
}

impl From<LabellingError> for BacktestError {
    fn from(error: LabellingError) -> Self {
        Self::Labelling(Box::new(error))
    }
}

impl CallerError for BacktestError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Labelling(error) => error.kind(),
            Self::Rules { error, .. } => match error.kind() {
                // It is not the call that is not found.
                ErrorKind::NotFound => ErrorKind::Invalid,
                kind => kind,
            },
            Self::Store(error) => error.kind(),
            Self::NoJob(_) => ErrorKind::NotFound,
            Self::OfAnotherFlow { .. } | Self::NotEnded { .. } => ErrorKind::Conflict,
            Self::Member { .. } => ErrorKind::Invalid,
            Self::Flow(_) | Self::Damaged(_) => ErrorKind::Internal,
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Self::Labelling(error) => error.may_pass(),
            Self::Rules { error, .. } => error.may_pass(),
            Self::Store(error) => error.may_pass(),
            Self::Flow(_)
            | Self::NoJob(_)
            | Self::OfAnotherFlow { .. }
            | Self::NotEnded { .. }
            | Self::Member { .. }
            | Self::Damaged(_) => false,
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Labelling(error) => error.members(),
            Self::Rules { error, .. } => error.members(),
            Self::Store(_)
            | Self::Flow(_)
            | Self::NoJob(_)
            | Self::OfAnotherFlow { .. }
            | Self::NotEnded { .. }
            | Self::Member { .. }
            | Self::Damaged(_) => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Labelling(error) => error.public_message(),
            Self::Rules { member, error } => of_member(member, &error.public_message()),
            Self::Store(_)
            | Self::Flow(_)
            | Self::NoJob(_)
            | Self::OfAnotherFlow { .. }
            | Self::NotEnded { .. }
            | Self::Member { .. }
            | Self::Damaged(_) => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Labelling(error) => error.is_logged(),
            Self::Rules { error, .. } => error.is_logged(),
            Self::Store(error) => error.is_logged(),
            Self::Flow(_)
            | Self::NoJob(_)
            | Self::OfAnotherFlow { .. }
            | Self::NotEnded { .. }
            | Self::Member { .. }
            | Self::Damaged(_) => false,
        }
    }
}
