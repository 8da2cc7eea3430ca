//! Pages through topics of Kafka: `<prefix><platform>`, keyed by page, in parts that a broker takes.
//!
//! A page is sent once it is kept as `fetched`. Any process with the same group stores it, notes its parts in the
//! engine's database, and then commits the offsets: what comes twice is stored once.

mod consumer;
mod message;
mod sender;

use crate::kafka::{BrokerOptions, KafkaSettings};
use crate::settings::{Loaded, SettingsError, SettingsFault};
use crate::systems::briefs::settings::BriefSettings;

pub(crate) use consumer::PageConsumer;
pub(super) use sender::{PageSender, Sent};

/// Topics that the settings name, and the broker that has them.
#[derive(Clone, Debug)]
pub(crate) struct Topics {
    pub(super) broker: BrokerOptions,
    pub(super) prefix: String,
    pub(super) group: String,
}

impl Topics {
    /// `None`: pages go through a channel in the process. Looks at passwords in files; asks no broker.
    pub fn of(loaded: &Loaded) -> Result<Option<Self>, SettingsError> {
        let briefs = loaded.system::<BriefSettings>().briefs;
        let Some(prefix) = briefs.topic_prefix else {
            return Ok(None);
        };
        let KafkaSettings { mq_conf } = loaded.system();
        let Some(broker) = mq_conf else {
            let problem = "is set without a broker; expected mq_conf, too";
            return Err(one(loaded.fault("briefs.topic_prefix", problem)));
        };
        let options = broker.options();
        let broker = options
            .map_err(|(key, problem)| one(loaded.fault(&format!("mq_conf.{key}"), problem)))?;
        Ok(Some(Self {
            broker,
            prefix,
            group: briefs.group,
        }))
    }

    fn topic_of(&self, platform: &str) -> String {
        format!("{}{platform}", self.prefix)
    }
}

fn one(fault: SettingsFault) -> SettingsError {
    SettingsError {
        faults: vec![fault],
    }
}
