//! Looks whether the broker and the topics of the settings can be used, and how much of the replies
//! has not been read.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::bell::Bell;
use super::broker_state::BrokerState;
use super::service::DispatchServices;
use crate::engine::seam::{Service, ServiceContext, StepError};
use crate::kafka::{BrokerOptions, KafkaError, Probe, Unusable};
use crate::telemetry::metrics::{Gauge, Sample, observe};

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is away is to be used as soon as it is back.
const LOOK_FOR_RETURN_EVERY: Duration = Duration::from_millis(200);

/// All topics are looked at this often while nothing is wrong with them.
const LOOK_AT_ALL_EVERY: Duration = Duration::from_secs(5);

/// The service.
pub struct BrokerWatch {
    pub services: DispatchServices,
    pub broker: BrokerOptions,
    pub state: BrokerState,
    pub bell: Bell,
    pub group: String,
}

#[async_trait]
impl Service for BrokerWatch {
    fn name(&self) -> &'static str {
        "broker_watch"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let probe = Probe::new(&self.broker, &self.group).map_err(StepError::refused)?;
        let look = Arc::new(Look {
            probe,
            state: self.state.clone(),
            reply_topics: self.services.reply_topics(),
        });
        let mut look_at_all_at = Instant::now();
        let mut was_open = false;
        while !with.stop.is_cancelled() {
            let is_due = !was_open || Instant::now() >= look_at_all_at;
            let at_all = is_due || !self.state.troubles().is_empty();
            if at_all {
                look_at_all_at = Instant::now() + LOOK_AT_ALL_EVERY;
            }
            let looked = Arc::clone(&look);
            let lags = spawn_blocking(move || looked.look(at_all)).await;
            let lags = lags.map_err(|_| StepError::thread_lost())?;
            if !lags.is_empty() {
                observe(Gauge::ReplyLag, lags);
            }
            let is_open = self.state.is_open();
            if is_open && !was_open {
                self.bell.ring();
            }
            was_open = is_open;
            self.state.log();
            let pause = match is_open {
                true => LOOK_EVERY,
                false => LOOK_FOR_RETURN_EVERY,
            };
            tokio::select! {
                () = with.stop.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
        Ok(())
    }
}

/// What is wrong with the broker, its topics and the group, as sentences. Blocks.
pub fn troubles_of_broker(
    broker: &BrokerOptions,
    group: &str,
    state: BrokerState,
    reply_topics: Vec<String>,
) -> Result<Vec<String>, KafkaError> {
    /// The first question may come before the connection is there.
    const TRIES: usize = 3;
    let look = Look {
        probe: Probe::new(broker, group)?,
        state,
        reply_topics,
    };
    for _ in 0..TRIES {
        look.look(true);
        if look.state.is_open() {
            break;
        }
    }
    let troubles = look.state.troubles().into_iter();
    Ok(troubles.map(|trouble| trouble.text).collect())
}

struct Look {
    probe: Probe,
    state: BrokerState,
    reply_topics: Vec<String>,
}

impl Look {
    /// Blocks. Returns the lag of each reply topic, if it was looked for and is known.
    fn look(&self, at_all: bool) -> Vec<Sample> {
        let mut topics = self.state.topics().into_iter();
        let most = if at_all { usize::MAX } else { 1 };
        for topic in topics.by_ref().take(most) {
            match self.probe.look_at(&topic) {
                Some(unusable) => self.state.topic_is(&topic, unusable),
                None => return Vec::new(),
            }
        }
        if !at_all {
            return Vec::new();
        }
        let mut lags = Vec::new();
        for topic in &self.reply_topics {
            match self.probe.lag(topic) {
                Ok(lag) => {
                    self.state.group_is_forbidden(false);
                    lags.push(Sample::of(lag as f64).with("topic", topic.clone()));
                }
                Err(reason) => {
                    let forbidden = reason == Some(Unusable::Forbidden);
                    self.state.group_is_forbidden(forbidden);
                    return Vec::new();
                }
            }
        }
        lags
    }
}
