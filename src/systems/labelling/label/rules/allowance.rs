//! What a rule set may cost: how large it is, how long it is compiled, and what it takes then.
//!
//! Each limit is a setting, and is named where it refuses something.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::finding::RuleSetError;
use super::set::Rule;

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleLimits {
    /// Of a keyword, a pattern, or the name of a label.
    pub rule_bytes: usize,
    /// Of a set.
    pub rules: usize,
    /// All keywords or patterns of a set.
    pub set_bytes: usize,
    /// What is compiled from a set.
    pub memory_bytes: usize,
    pub compile_time: Duration,
}

/// The limits for one set, and what ends the work on it early.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    limits: Option<RuleLimits>,
    /// With the time that it allows.
    deadline: Option<(Instant, Duration)>,
    stop: CancellationToken,
}

impl Allowance {
    /// For a request; `stop` is cancelled when nobody waits for it any more. Its time begins now.
    pub fn new(limits: RuleLimits, stop: CancellationToken) -> Self {
        Self {
            limits: Some(limits),
            deadline: Some((Instant::now() + limits.compile_time, limits.compile_time)),
            stop,
        }
    }

    /// For a set that was checked when its task was submitted.
    pub fn until(stop: CancellationToken) -> Self {
        Self {
            stop,
            ..Self::default()
        }
    }

    /// The same, with all of its time left.
    #[must_use]
    pub fn renewed(&self) -> Self {
        match self.limits {
            Some(limits) => Self::new(limits, self.stop.clone()),
            None => self.clone(),
        }
    }

    /// Called between the parts of the work that take long.
    pub(super) fn check_time(&self) -> Result<(), RuleSetError> {
        if self.stop.is_cancelled() {
            return Err(RuleSetError::Stopped);
        }
        match self.deadline {
            Some((deadline, allowed)) if Instant::now() >= deadline => Err(RuleSetError::TooLong {
                seconds: allowed.as_secs(),
            }),
            _ => Ok(()),
        }
    }

    /// Fails if what was compiled so far takes too much.
    pub(super) fn check_memory(&self, bytes: usize) -> Result<(), RuleSetError> {
        match self.limits {
            Some(limits) if bytes > limits.memory_bytes => Err(RuleSetError::TooLarge {
                bytes,
                bytes_max: limits.memory_bytes,
            }),
            _ => Ok(()),
        }
    }

    /// What is wrong with the size of a rule.
    pub(super) fn rule_fault(&self, rule: &Rule) -> Option<String> {
        self.text_fault("the rule", rule.text())
    }

    pub(super) fn label_fault(&self, name: &str) -> Option<String> {
        self.text_fault("the name of the label", name)
    }

    fn text_fault(&self, what: &str, text: &str) -> Option<String> {
        const SHOWN_CHARS: usize = 20;
        let most = self.limits?.rule_bytes;
        (text.len() > most).then(|| {
            let shown: String = text.chars().take(SHOWN_CHARS).collect();
            format!(
                "{what} ({shown:?}…) has {} bytes, and labelling.rule_bytes_max allows {most}",
                text.len()
            )
        })
    }

    /// What is wrong with the size of a set of so many rules and bytes.
    pub(super) fn set_fault(&self, rules: usize, bytes: usize) -> Option<String> {
        let limits = self.limits?;
        if rules > limits.rules {
            let most = limits.rules;
            return Some(format!(
                "there are {rules} rules, and labelling.rules_max allows {most}"
            ));
        }
        (bytes > limits.set_bytes).then(|| {
            let most = limits.set_bytes;
            format!(
                "the rules have {bytes} bytes together, and labelling.rules_bytes_max allows {most}"
            )
        })
    }
}
