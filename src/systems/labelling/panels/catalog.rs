//! The outputs of the settings, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Sink;

/// Clones share the outputs.
#[derive(Clone, Default)]
pub struct Sinks(Arc<BTreeMap<String, Sink>>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("output `{name}` is not in the settings; known are: {known}")]
pub struct UnknownOutput {
    pub name: String,
    pub known: String,
}

impl Sinks {
    pub fn get(&self, name: &str) -> Result<Sink, UnknownOutput> {
        self.0.get(name).cloned().ok_or_else(|| UnknownOutput {
            name: name.to_owned(),
            known: self.0.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &Sink)> {
        self.0.iter().map(|(name, sink)| (name.as_str(), sink))
    }
}

impl FromIterator<(String, Sink)> for Sinks {
    fn from_iter<I: IntoIterator<Item = (String, Sink)>>(sinks: I) -> Self {
        Self(Arc::new(sinks.into_iter().collect()))
    }
}
