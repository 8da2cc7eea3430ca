//! `mq_conf`: the Kafka broker, for all systems that send or read messages.

mod security;
mod servers;

use std::ops::RangeInclusive;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use self::security::{SaslMechanism, SecurityProtocol};
use super::connection::Connection;
use super::options::BrokerOptions;
use crate::settings::{Problems, SystemSettings};
use crate::small_file;

/// The settings of the broker. The systems that use it share them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaSettings {
    /// Without it there is no broker.
    #[serde(deserialize_with = "servers::broker")]
    pub mq_conf: Option<BrokerSettings>,
}

impl SystemSettings for KafkaSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        if let Some(broker) = &self.mq_conf {
            broker.check(&mut problems.within("mq_conf"));
        }
    }
}

/// The Kafka broker.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokerSettings {
    /// A list, or one text with commas between the servers.
    #[serde(deserialize_with = "servers::servers")]
    pub bootstrap_servers: Vec<String>,
    /// With it: SASL.
    pub sasl_plain_username: Option<String>,
    pub sasl_plain_password: Option<SecretString>,
    /// A file that holds nothing else.
    pub sasl_plain_password_file: Option<PathBuf>,
    /// How the password is shown to the broker.
    pub sasl_mechanism: SaslMechanism,
    /// Without it: SASL_SSL where there is a user, else PLAINTEXT.
    pub security_protocol: Option<SecurityProtocol>,
    /// Certificates of authorities, in PEM; without it those of the system.
    pub ssl_ca_location: Option<PathBuf>,
    /// What a message may take in a batch of its own, as the broker counts it (its
    /// `message.max.bytes`).
    pub message_max_bytes: u64,
    /// The consumer group that reads the reply topics.
    pub reply_group: String,
    /// As what this process joins that group, so that the broker knows it again after a restart. No
    /// two processes may have the same; empty: it joins without one. Usually made of the name of the
    /// machine and `server.bind`.
    pub group_instance_id: Option<String>,
    /// Where replies go that cannot be used.
    pub dead_letter_topic: String,
}

impl Default for BrokerSettings {
    fn default() -> Self {
        Self {
            bootstrap_servers: Vec::new(),
            sasl_plain_username: None,
            sasl_plain_password: None,
            sasl_plain_password_file: None,
            sasl_mechanism: SaslMechanism::Plain,
            security_protocol: None,
            ssl_ca_location: None,
            message_max_bytes: 1_048_576,
            reply_group: "audience".to_owned(),
            group_instance_id: None,
            dead_letter_topic: "audience_dead_letters".to_owned(),
        }
    }
}

impl BrokerSettings {
    pub fn protocol(&self) -> SecurityProtocol {
        let usual = match self.sasl_plain_username {
            Some(_) => SecurityProtocol::SaslSsl,
            None => SecurityProtocol::Plaintext,
        };
        self.security_protocol.unwrap_or(usual)
    }

    /// How the broker is reached, in a program whose clients note together whether it can be. Reads the password
    /// from its file; a fault comes with the key.
    pub fn options(&self) -> Result<BrokerOptions, (&'static str, String)> {
        let password = match (&self.sasl_plain_password, &self.sasl_plain_password_file) {
            (Some(password), _) => Some(password.expose_secret().to_owned()),
            (None, Some(file)) => {
                let text = small_file::read_text(file).map_err(|error| {
                    // As it is found without reading it.
                    let problem = match file.exists() {
                        true => format!("cannot be read: {error}; expected a file with a password"),
                        false => format!("`{}` does not exist, expected a file", file.display()),
                    };
                    ("sasl_plain_password_file", problem)
                })?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (None, None) => None,
        };
        Ok(BrokerOptions {
            servers: self.bootstrap_servers.clone(),
            protocol: self.protocol().as_str(),
            user: self.sasl_plain_username.clone().zip(password),
            mechanism: self.sasl_mechanism.as_str(),
            message_max_bytes: self.message_max_bytes,
            connection: Connection::default(),
            ca_file: self
                .ssl_ca_location
                .as_ref()
                .map(|file| file.display().to_string()),
        })
    }
}

/// What Kafka takes as the name of a topic.
pub(crate) fn check_topic(key: &str, topic: &str, problems: &mut Problems<'_>) {
    check_kafka_name(key, "a topic", topic, problems);
}

/// What Kafka takes as the name of something.
fn check_kafka_name(key: &str, what: &str, name: &str, problems: &mut Problems<'_>) {
    const LONGEST: usize = 249;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let fits = (1..=LONGEST).contains(&name.len()) && name.bytes().all(plain);
    if !fits || name == "." || name == ".." {
        let problem = format!(
            "`{name}` is not the name of {what}, expected 1 to {LONGEST} letters, digits, `_`, \
             `-` or `.`"
        );
        problems.add(key, problem);
    }
}

impl BrokerSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        const SIZES: RangeInclusive<u64> = 1_024..=900_000_000;
        problems.expect_between("message_max_bytes", self.message_max_bytes, SIZES);
        let mut fault = |key: &str, problem: String| problems.add(key, problem);
        let servers = "bootstrap_servers";
        if self.bootstrap_servers.is_empty() {
            let problem = r#"is missing, expected a list such as ["127.0.0.1:9092"]; without a broker leave `mq_conf` out"#;
            fault(servers, problem.to_owned());
        }
        for server in &self.bootstrap_servers {
            let port = server.rsplit_once(':').filter(|(host, _)| !host.is_empty());
            let port = port.and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none_or(|port| port == 0) {
                let problem = format!("`{server}` is not HOST:PORT, such as 127.0.0.1:9092");
                fault(servers, problem);
            }
        }
        let passwords = [
            self.sasl_plain_password.is_some(),
            self.sasl_plain_password_file.is_some(),
        ];
        let user = self.sasl_plain_username.is_some();
        match (user, passwords) {
            (true, [false, false]) => fault(
                "sasl_plain_password",
                "is missing, expected the password of sasl_plain_username, in the variable \
                 AUDIENCE__MQ_CONF__SASL_PLAIN_PASSWORD or in a file (sasl_plain_password_file)"
                    .to_owned(),
            ),
            (_, [true, true]) => fault(
                "sasl_plain_password_file",
                "is set beside sasl_plain_password, expected one of them".to_owned(),
            ),
            (false, [true, _] | [_, true]) => fault(
                "sasl_plain_username",
                "is missing, expected the user whose password is set".to_owned(),
            ),
            _ => {}
        }
        let sasl = matches!(
            self.protocol(),
            SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl
        );
        if sasl != user {
            let expected = match user {
                true => "SASL_SSL or SASL_PLAINTEXT, because sasl_plain_username is set",
                false => "PLAINTEXT or SSL, because sasl_plain_username is not set",
            };
            fault(
                "security_protocol",
                format!("does not fit, expected {expected}"),
            );
        }
        for (key, file) in [
            ("sasl_plain_password_file", &self.sasl_plain_password_file),
            ("ssl_ca_location", &self.ssl_ca_location),
        ] {
            if let Some(file) = file.as_ref().filter(|file| !file.exists()) {
                fault(
                    key,
                    format!("`{}` does not exist, expected a file", file.display()),
                );
            }
        }
        if self.reply_group.is_empty() {
            let problem = "is empty, expected the name of a consumer group".to_owned();
            fault("reply_group", problem);
        }
        let member = self.group_instance_id.as_ref();
        if let Some(member) = member.filter(|member| !member.is_empty()) {
            check_kafka_name("group_instance_id", "a member of a group", member, problems);
        }
        check_topic("dead_letter_topic", &self.dead_letter_topic, problems);
    }
}
