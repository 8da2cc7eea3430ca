//! What the client library says of itself.
//!
//! While a broker is away it does so several times a second. It is noted for those who look whether
//! the broker can be used; they log it once.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use tracing::debug;

use super::BrokerOptions;
use super::connection::Connection;
use super::reason::{UNREACHABLE, Way, sentence};

/// Notes the errors of one client.
#[derive(Debug)]
pub(super) struct Quiet {
    /// What the client is for.
    what: &'static str,
    connection: Connection,
    way: Way,
}

impl Quiet {
    pub(super) fn about(what: &'static str, options: &BrokerOptions) -> Self {
        Self {
            what,
            connection: options.connection.clone(),
            way: Way {
                protocol: options.protocol,
                mechanism: options.mechanism,
            },
        }
    }
}

impl ClientContext for Quiet {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!(client = self.what, facility, reason = message, "librdkafka");
        // Not all of them come as errors.
        if facility == "FAIL"
            && let Some(reason) = sentence(self.way, None, message)
        {
            self.connection.failed(reason);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        debug!(client = self.what, %error, reason, "the broker cannot be used");
        match error.rdkafka_error_code() {
            Some(Code::AllBrokersDown) => self.connection.lost(),
            code => {
                let named = sentence(self.way, code, reason);
                let reason = named.unwrap_or_else(|| UNREACHABLE.to_owned());
                self.connection.failed(reason);
            }
        }
    }
}

impl ConsumerContext for Quiet {}
