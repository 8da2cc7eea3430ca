//! How a broker is reached.

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use super::connection::Connection;

/// Where the broker is and who we are to it.
#[derive(Clone)]
pub struct BrokerOptions {
    pub servers: Vec<String>,
    /// As Kafka spells it, e.g. `SASL_SSL`.
    pub protocol: &'static str,
    /// Name and password, for SASL.
    pub user: Option<(String, String)>,
    /// As Kafka spells it, e.g. `SCRAM-SHA-256`; used where there is a user.
    pub mechanism: &'static str,
    pub ca_file: Option<String>,
    /// The broker takes no larger batch.
    pub message_max_bytes: u64,
    /// What all clients note that are made from these options.
    pub connection: Connection,
}

/// Never with the password.
impl std::fmt::Debug for BrokerOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "BrokerOptions({} {:?})",
            self.protocol, self.servers
        )
    }
}

impl BrokerOptions {
    pub(super) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.servers.join(","))
            .set("security.protocol", self.protocol)
            .set("client.id", "audience")
            // A broker that is away is looked for again soon, and not in ever longer pauses.
            .set("reconnect.backoff.max.ms", "500")
            .set("socket.keepalive.enable", "true")
            // Why a connection failed is often said in the log only.
            .set_log_level(RDKafkaLogLevel::Info);
        if let Some((name, password)) = &self.user {
            config
                .set("sasl.mechanisms", self.mechanism)
                .set("sasl.username", name)
                .set("sasl.password", password);
        }
        if let Some(file) = &self.ca_file {
            config.set("ssl.ca.location", file);
        }
        config
    }
}
