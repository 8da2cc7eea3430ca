//! The services that tasks are dispatched to, as they were set.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::Validator;

use crate::systems::dispatch::store::Patience;

/// One service.
#[derive(Debug)]
pub struct DispatchService {
    pub source_name: String,
    pub topic: String,
    pub reply_topic: Option<String>,
    pub auto_start: bool,
    pub patience: Patience,
    /// What its messages may take on the broker; `None`: nothing is sent.
    pub message_max_bytes: Option<u64>,
    /// What a condition must fit.
    pub condition: Option<Validator>,
    /// Tasks that are with workers at once.
    pub concurrency: Option<u64>,
    /// Of two services the one with the higher is served first.
    pub priority: i64,
}

/// All of them, by name; clones share them.
#[derive(Clone, Debug, Default)]
pub struct DispatchServices(Arc<Services>);

#[derive(Debug, Default)]
struct Services {
    /// As they stand in the settings.
    order: Vec<String>,
    by_name: BTreeMap<String, DispatchService>,
}

impl DispatchServices {
    pub fn new(services: Vec<(String, DispatchService)>) -> Self {
        let order = services.iter().map(|(name, _)| name.clone()).collect();
        let by_name = services.into_iter().collect();
        Self(Arc::new(Services { order, by_name }))
    }

    pub fn get(&self, name: &str) -> Option<&DispatchService> {
        self.0.by_name.get(name)
    }

    /// In the order of the settings.
    pub fn names(&self) -> &[String] {
        &self.0.order
    }

    pub fn is_empty(&self) -> bool {
        self.0.order.is_empty()
    }

    /// Those that are served first stand first.
    pub fn by_priority(&self) -> Vec<String> {
        let mut names = self.0.order.clone();
        names.sort_by_key(|name| std::cmp::Reverse(self.0.by_name[name].priority));
        names
    }

    /// Where workers answer.
    pub fn reply_topics(&self) -> Vec<String> {
        let topics = self.0.by_name.values();
        let mut topics: Vec<_> = topics.filter_map(|of| of.reply_topic.clone()).collect();
        topics.sort();
        topics.dedup();
        topics
    }

    /// How patient a service is; of one that is not set any more, as little as can be.
    pub fn patience(&self, name: &str) -> Patience {
        self.get(name)
            .map_or(Patience::NONE, |service| service.patience)
    }
}
