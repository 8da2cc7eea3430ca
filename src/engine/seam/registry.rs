//! The kinds of step that this program knows, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::step;
use serde_json::Value;

use super::{Step, StepError, StepKind};

type Prepare = Box<dyn Fn(Value) -> Result<Arc<dyn Step>, StepError> + Send + Sync>;

/// Kinds are typed for their authors and erased here, once.
#[derive(Default)]
pub struct Registry {
    kinds: BTreeMap<&'static str, Prepare>,
}

impl Registry {
    #[must_use]
    pub fn with<K: StepKind>(mut self, kind: K) -> Self {
        let prepare = move |params: Value| {
            // Through a text, which keeps numbers as they are written.
            let params = serde_json::from_str(&params.to_string())
                .map_err(|error| params_do_not_fit(K::NAME, &error))?;
            kind.prepare(params)
        };
        self.add(K::NAME, Box::new(prepare));
        self
    }

    /// The kinds of both.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        for (name, prepare) in others.kinds {
            self.add(name, prepare);
        }
        self
    }

    fn add(&mut self, name: &'static str, prepare: Prepare) {
        let before = self.kinds.insert(name, prepare);
        assert!(before.is_none(), "two kinds of step are named `{name}`");
    }

    pub fn prepare(&self, kind: &str, params: Value) -> Result<Arc<dyn Step>, StepError> {
        match self.kinds.get(kind) {
            Some(prepare) => prepare(params),
            None => Err(StepError::not_here(format!(
                "{kind} is not a kind of step; known are {}",
                self.names()
            ))),
        }
    }

    /// A step as it is stored.
    pub(in crate::engine) fn prepare_stored(
        &self,
        stored: &step::Model,
    ) -> Result<Arc<dyn Step>, StepError> {
        let params = serde_json::from_str(&stored.params)
            .map_err(|error| params_do_not_fit(&stored.kind, &error))?;
        self.prepare(&stored.kind, params)
    }

    fn names(&self) -> String {
        self.kinds.keys().copied().collect::<Vec<_>>().join(", ")
    }
}

/// The stored parameters of a step are not what its kind expects.
fn params_do_not_fit(kind: &str, error: &serde_json::Error) -> StepError {
    StepError::refused(format!(
        "the parameters of a `{kind}` step do not fit: {error}"
    ))
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Registry({})", self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::seam::{Batch, BatchContext, StepContext, StepPlan};

    struct Nothing;

    #[async_trait::async_trait]
    impl Step for Nothing {
        async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
            Ok(StepPlan::default())
        }

        async fn open(&self, _: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
            Err(StepError::thread_lost())
        }
    }

    struct NothingKind;

    impl StepKind for NothingKind {
        const NAME: &'static str = "nothing";
        type Params = Vec<u8>;

        fn prepare(&self, _: Vec<u8>) -> Result<Arc<dyn Step>, StepError> {
            Ok(Arc::new(Nothing))
        }
    }

    #[test]
    fn an_unknown_kind_is_an_error_that_lists_the_known_ones() {
        let registry = Registry::default().with(NothingKind);
        let error = registry
            .prepare("else", Value::Null)
            .err()
            .expect("unknown");
        assert_eq!(
            error.to_string(),
            "else is not a kind of step; known are nothing"
        );
    }

    #[test]
    fn params_that_do_not_fit_are_an_error_of_their_kind() {
        let registry = Registry::default().with(NothingKind);
        assert!(
            registry
                .prepare("nothing", serde_json::json!([1, 2]))
                .is_ok()
        );
        let error = registry
            .prepare("nothing", serde_json::json!({}))
            .err()
            .expect("no list");
        assert!(
            error
                .to_string()
                .starts_with("the parameters of a `nothing` step do not fit")
        );
    }
}
