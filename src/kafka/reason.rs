//! Why a server cannot be used: what the client library says, in words that name the setting.

use rdkafka::error::RDKafkaErrorCode as Code;

/// How the settings say that a server is reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub protocol: &'static str,
    pub mechanism: &'static str,
}

/// The server does not answer at all.
pub(super) const UNREACHABLE: &str = "the broker cannot be reached (mq_conf.bootstrap_servers)";

/// The sentence for an error of one server that says more than that it cannot be reached.
pub(super) fn sentence(way: Way, code: Option<Code>, text: &str) -> Option<String> {
    let Way {
        protocol,
        mechanism,
    } = way;
    let has_tls = protocol.ends_with("SSL");
    let says = |all: &[&str]| all.iter().any(|part| text.contains(part));
    // A server that speaks TLS closes a connection that does not begin with it.
    let refuses_to_begin = says(&["Disconnected"]) && says(&["in state APIVERSION_QUERY"]);
    // One that wants a user closes it at the first question.
    let refuses_to_answer = says(&["Disconnected", "Send failed"]) && was_up_for_a_moment(text);
    let has_user = protocol.starts_with("SASL");
    Some(
        if says(&["connecting to a SSL listener?"]) || refuses_to_begin && !has_tls {
            format!(
                "the broker speaks TLS on this port, the settings say {protocol} \
             (mq_conf.security_protocol)"
            )
        } else if says(&[
            "connecting to a PLAINTEXT broker listener?",
            "wrong version number",
            "packet length too long",
            "record layer failure",
        ]) {
            format!(
                "the broker does not speak TLS on this port, the settings say {protocol} \
             (mq_conf.security_protocol)"
            )
        } else if says(&[
            "certificate could not be verified",
            "certificate verify failed",
        ]) {
            "the certificate of the broker cannot be verified (mq_conf.ssl_ca_location)".to_owned()
        } else if says(&["might require SASL authentication"]) || refuses_to_answer && !has_user {
            format!(
                "the broker wants a user and a password (SASL) on this port, the settings say \
             {protocol} (mq_conf.security_protocol)"
            )
        } else if let Some((_, supported)) = text.split_once("broker's supported mechanisms: ") {
            match supported.split("(after ").next().unwrap_or_default().trim() {
                "" => format!(
                    "the broker takes no user (SASL) on this port, the settings say {protocol} \
                 (mq_conf.security_protocol)"
                ),
                supported => format!(
                    "the broker does not take the SASL mechanism {mechanism}, but {} \
                 (mq_conf.sasl_mechanism)",
                    supported.replace(',', ", ")
                ),
            }
        } else if code == Some(Code::Authentication) || says(&["SASL authentication error"]) {
            format!(
                "the broker refuses the user or the password by {mechanism} \
             (mq_conf.sasl_plain_username)"
            )
        } else if code == Some(Code::Resolve) || says(&["Failed to resolve"]) {
            "the name of the broker is not known (mq_conf.bootstrap_servers)".to_owned()
        } else {
            return None;
        },
    )
}

fn was_up_for_a_moment(text: &str) -> bool {
    const MOMENT_MS: u64 = 500;
    let after = text.split_once("(after ").map(|(_, after)| after);
    let lasted = after.and_then(|after| after.split_once("ms in state UP"));
    lasted.is_some_and(|(ms, _)| ms.parse().is_ok_and(|ms: u64| ms < MOMENT_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_is_named() {
        let way = Way {
            protocol: "PLAINTEXT",
            mechanism: "PLAIN",
        };
        for (text, expected) in [
            (
                "a:1/bootstrap: Disconnected: requesting ApiVersion: might be caused by incorrect \
                 security.protocol configuration (connecting to a SSL listener?) or broker version \
                 is < 0.10 (see api.version.request) (after 3ms in state APIVERSION_QUERY)",
                "the broker speaks TLS on this port, the settings say PLAINTEXT",
            ),
            (
                "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener? \
                 (after 3ms in state SSL_HANDSHAKE)",
                "the broker does not speak TLS on this port",
            ),
            (
                "Disconnected: verify that security.protocol is correctly configured, broker \
                 might require SASL authentication (after 3ms in state UP)",
                "the broker wants a user and a password (SASL)",
            ),
            (
                "a:1/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN \
                 (after 0ms in state APIVERSION_QUERY, 1 identical error(s) suppressed)",
                "the broker speaks TLS on this port, the settings say PLAINTEXT",
            ),
            (
                "a:1/bootstrap: Send failed: Broken pipe (after 2ms in state UP)",
                "the broker wants a user and a password (SASL)",
            ),
            (
                "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: \
                 broker's supported mechanisms: SCRAM-SHA-256,SCRAM-SHA-512 (after 1ms in state \
                 AUTH_HANDSHAKE)",
                "the broker does not take the SASL mechanism PLAIN, but SCRAM-SHA-256, \
                 SCRAM-SHA-512 (",
            ),
            (
                "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL \
                 state: broker's supported mechanisms:  (after 1ms in state AUTH_HANDSHAKE)",
                "the broker takes no user (SASL) on this port",
            ),
            (
                "SASL authentication error: Authentication failed: Invalid username or password",
                "the broker refuses the user or the password by PLAIN",
            ),
        ] {
            let sentence = sentence(way, None, text).unwrap();
            assert!(sentence.starts_with(expected), "{text}: {sentence}");
        }
        for text in [
            "Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
            "Disconnected: connection closed by peer (after 61000ms in state UP)",
        ] {
            assert_eq!(sentence(way, None, text), None, "{text}");
        }
    }
}
