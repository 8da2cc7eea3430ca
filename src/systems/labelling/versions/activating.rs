//! A version becomes the one that jobs take; going back to an earlier one is the same.

use super::condition::Condition;
use super::error::RuleSetsError;
use super::reference::Which;
use super::rule_sets::RuleSets;
use super::storing::checked_why;
use crate::systems::labelling::store::{ActivationOutcome, NewActivation, SetState};

impl RuleSets {
    /// Activates a version, with an entry in the history of its set.
    pub(crate) async fn activate(
        &self,
        activation: NewActivation,
        condition: Condition,
    ) -> Result<SetState, RuleSetsError> {
        let NewActivation { name, version, .. } = activation.clone();
        if self.is_of_settings(&name) {
            return Err(RuleSetsError::OfSettings { name });
        }
        let row = self.version(&name, Which::Number(version)).await?;
        // Another version of the program may find more than the one that has stored it.
        let found = self.read(&row).await?;
        if found.document.findings.has_errors() {
            let findings = Box::new(found.document.findings.clone());
            return Err(RuleSetsError::Unusable {
                name,
                version,
                findings,
            });
        }
        let activation = NewActivation {
            why: checked_why(activation.why)?,
            ..activation
        };
        match self
            .store()
            .activate_rule_set(activation, condition)
            .await?
        {
            ActivationOutcome::Active(state) => Ok(*state),
            ActivationOutcome::Changed => Err(RuleSetsError::Changed { name }),
            ActivationOutcome::NoVersion => Err(RuleSetsError::NoVersion {
                name,
                which: Which::Number(version),
                newest: row.version,
            }),
        }
    }
}
