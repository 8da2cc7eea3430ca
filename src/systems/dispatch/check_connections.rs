//! Looks whether the broker answers and has the topics of the settings. Changes nothing.

use tokio::task::spawn_blocking;

use super::services::troubles_of_broker;
use super::system::Dispatching;
use crate::settings::Loaded;
use crate::systems::Findings;

impl Dispatching {
    pub(super) async fn look_at_broker(self, loaded: &Loaded) -> Findings {
        let services = self.options.services;
        // Nothing is sent where there is no service.
        let Some(broker) = self.broker.filter(|_| !services.is_empty()) else {
            return Findings::default();
        };
        let looked = spawn_blocking(move || {
            let topics = services.reply_topics();
            troubles_of_broker(&broker.options, &broker.reply_group, broker.state, topics)
        });
        let troubles = match looked.await {
            Ok(Ok(troubles)) => troubles,
            Ok(Err(error)) => vec![error.to_string()],
            Err(_) => vec!["a thread ended early".to_owned()],
        };
        let faults = troubles.into_iter();
        Findings {
            faults: faults
                .map(|text| loaded.fault("mq_conf", text).to_string())
                .collect(),
            checked: Some("the broker".to_owned()),
            ..Findings::default()
        }
    }
}
