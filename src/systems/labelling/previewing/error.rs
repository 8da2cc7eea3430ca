//! Why there is no preview.

use serde_json::Value;

use super::bounds::AT_ONCE;
use crate::engine::{CallerError, ErrorKind};
use crate::systems::labelling::LabellingError;
use crate::systems::labelling::asked_rules::RulesError;
use crate::systems::labelling::posts::SourceError;

#[derive(Debug, thiserror::Error)]
pub(in crate::systems::labelling) enum PreviewError {
    #[error(transparent)]
    Labelling(#[from] LabellingError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("{AT_ONCE} previews run already, which are as many as may; try again")]
    Busy,
    #[error("the source has not answered in time")]
    SourceSilent,
    #[error("s_id `{0}` is in no group, and the setting `unmapped` is `fail`")]
    RefusedId(String),
}

impl CallerError for PreviewError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Labelling(error) => error.kind(),
            Self::Rules(error) => error.kind(),
            Self::Busy => ErrorKind::TooMany,
            Self::SourceSilent => ErrorKind::Unavailable,
            Self::RefusedId(_) => ErrorKind::Invalid,
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Self::Labelling(error) => error.may_pass(),
            Self::Rules(error) => error.may_pass(),
            Self::Busy | Self::SourceSilent => true,
            Self::RefusedId(_) => false,
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Rules(error) => error.members(),
            Self::Labelling(_) | Self::Busy | Self::SourceSilent | Self::RefusedId(_) => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Labelling(error) => error.public_message(),
            Self::Rules(error) => error.public_message(),
            Self::Busy | Self::SourceSilent | Self::RefusedId(_) => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Labelling(error) => error.is_logged(),
            Self::Rules(error) => error.is_logged(),
            Self::Busy | Self::SourceSilent | Self::RefusedId(_) => false,
        }
    }
}

impl PreviewError {
    pub(super) fn of_source(name: &str, cause: SourceError) -> Self {
        Self::Labelling(LabellingError::Source {
            name: name.to_owned(),
            cause: Box::new(cause),
        })
    }
}
