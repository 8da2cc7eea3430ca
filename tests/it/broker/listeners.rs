//! Where a broker listens, and what a client needs to get in.

use audience::kafka::{BrokerSettings, SecurityProtocol};
use rdkafka::ClientConfig;
use secrecy::SecretString;

use crate::support::Variables;

/// A user that every broker knows by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; see
/// `scripts/servers.d/kafka.sh`.
pub(super) const USER: &str = "audience";
pub(super) const PASSWORD: &str = "audience-secret";

/// The addresses of one broker, one for each protocol, and the authority that its certificate is
/// from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listeners {
    plain: String,
    ssl: String,
    sasl_plain: String,
    sasl_ssl: String,
    pub authority: String,
}

/// The broker that runs beside the tests.
pub(crate) fn shared() -> Listeners {
    Listeners::named_by(|name| {
        std::env::var(name).unwrap_or_else(|_| {
            panic!(
                "{name} names no broker: run the tests with scripts/test, which starts one, or see \
                 CONTRIBUTING.md"
            )
        })
    })
}

impl Listeners {
    pub(super) fn of(variables: &Variables) -> Self {
        Self::named_by(|name| variables[name].clone())
    }

    fn named_by(variable: impl Fn(&str) -> String) -> Self {
        Self {
            plain: variable("AUDIENCE_TEST_KAFKA"),
            ssl: variable("AUDIENCE_TEST_KAFKA_SSL"),
            sasl_plain: variable("AUDIENCE_TEST_KAFKA_SASL"),
            sasl_ssl: variable("AUDIENCE_TEST_KAFKA_SASL_SSL"),
            authority: variable("AUDIENCE_TEST_CA"),
        }
    }

    /// Without TLS or a password. Where there are rights, its clients have all of them.
    pub(crate) fn plain(&self) -> &str {
        &self.plain
    }

    pub(crate) fn of_protocol(&self, protocol: SecurityProtocol) -> &str {
        match protocol {
            SecurityProtocol::Plaintext => &self.plain,
            SecurityProtocol::Ssl => &self.ssl,
            SecurityProtocol::SaslPlaintext => &self.sasl_plain,
            SecurityProtocol::SaslSsl => &self.sasl_ssl,
        }
    }

    /// What the program has to be given to use the plain listener.
    pub(crate) fn unsecured(&self) -> BrokerSettings {
        self.settings(SecurityProtocol::Plaintext)
    }

    /// A client of the test's own, at the plain listener.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.plain);
        config
    }

    /// The same at a listener that wants a password.
    pub(crate) fn client_with_password(
        &self,
        protocol: SecurityProtocol,
        mechanism: &str,
        password: &str,
    ) -> ClientConfig {
        let mut config = self.client();
        let name = match protocol {
            SecurityProtocol::SaslSsl => "SASL_SSL",
            _ => "SASL_PLAINTEXT",
        };
        config
            .set("bootstrap.servers", self.of_protocol(protocol))
            .set("security.protocol", name)
            .set("ssl.ca.location", &self.authority)
            .set("sasl.mechanism", mechanism)
            .set("sasl.username", USER)
            .set("sasl.password", password);
        config
    }

    /// What the program has to be given to use this protocol.
    pub(crate) fn settings(&self, protocol: SecurityProtocol) -> BrokerSettings {
        let has_user = matches!(
            protocol,
            SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl
        );
        let has_tls = matches!(protocol, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl);
        BrokerSettings {
            bootstrap_servers: vec![self.of_protocol(protocol).to_owned()],
            security_protocol: Some(protocol),
            sasl_plain_username: has_user.then(|| USER.to_owned()),
            sasl_plain_password: has_user.then(|| SecretString::from(PASSWORD)),
            ssl_ca_location: has_tls.then(|| self.authority.clone().into()),
            ..BrokerSettings::default()
        }
    }
}
