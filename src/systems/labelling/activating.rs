//! Activates a version of a rule set, unless people have found it wrong more often than its gate lets it be.

use super::asked_rules::{AskedRules, RulesError};
use super::gate::Thresholds;
use super::review::ReviewError;
use super::store::{NewActivation, SetState};
use super::versions::{Condition, RuleSetsError};
use super::{Labelling, PredictType};
use crate::engine::{CallerError, ErrorKind};

/// Why a version was not activated.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActivationError {
    #[error(transparent)]
    Set(#[from] RuleSetsError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error(transparent)]
    Review(#[from] ReviewError),
    #[error(
        "version {version} of rule set `{name}` agrees with {share:.3} of its gold; its gate expects at least \
         {least} (`gold_min`)"
    )]
    BelowGold {
        name: String,
        version: i32,
        share: f64,
        least: f64,
    },
}

impl CallerError for ActivationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Set(error) => error.kind(),
            Self::Rules(error) => error.kind(),
            Self::Review(error) => error.kind(),
            Self::BelowGold { .. } => ErrorKind::Conflict,
        }
    }

    fn members(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Set(error) => error.members(),
            Self::Rules(error) => error.members(),
            Self::Review(_) | Self::BelowGold { .. } => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Set(error) => error.public_message(),
            Self::Rules(error) => error.public_message(),
            Self::Review(error) => error.public_message(),
            Self::BelowGold { .. } => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Set(error) => error.is_logged(),
            Self::Rules(error) => error.is_logged(),
            Self::Review(error) => error.is_logged(),
            Self::BelowGold { .. } => false,
        }
    }
}

impl Labelling {
    /// Activates a version, with an entry in the history of its set.
    pub(super) async fn activate_rule_set(
        &self,
        activation: NewActivation,
        condition: Condition,
    ) -> Result<SetState, ActivationError> {
        self.expect_gold(&activation).await?;
        Ok(self.rule_sets().activate(activation, condition).await?)
    }

    /// What nobody has judged passes.
    async fn expect_gold(&self, activation: &NewActivation) -> Result<(), ActivationError> {
        let NewActivation { name, version, .. } = activation;
        let reference = format!("{name}@{version}");
        let found = self.rule_sets().find(&reference).await?;
        let gate = found.document.set.gate.as_ref();
        let thresholds = gate.and_then(|gate| Thresholds::read(gate).ok());
        let Some(least) = thresholds.and_then(|thresholds| thresholds.gold_min) else {
            return Ok(());
        };
        if found.document.findings.has_errors() {
            // That is said by what activates it.
            return Ok(());
        }
        let asked = AskedRules::Named(reference);
        let rules = self.ready_rules(asked, PredictType::Content).await?;
        let gold = self.gold_of(rules).await?;
        match gold.share.map(|share| share.0) {
            Some(share) if share < least => Err(ActivationError::BelowGold {
                name: name.clone(),
                version: *version,
                share,
                least,
            }),
            _ => Ok(()),
        }
    }
}
