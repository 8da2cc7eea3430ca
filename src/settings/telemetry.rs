//! `telemetry`: where traces, metrics and logs are sent, and how many of the traces.

mod variables;

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Problems;
pub use variables::{SignalVariables, StandardVariables};

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A collector that takes OTLP over gRPC; without it nothing is sent.
    pub endpoint: Option<String>,
    /// Sent with every export.
    pub headers: BTreeMap<String, SecretString>,
    pub traces: bool,
    pub metrics: bool,
    pub logs: bool,
    /// Ratio of the traces that are kept, by their ids.
    pub sampling: f64,
    pub metrics_every_s: u64,
    /// The name of this program in what is sent.
    pub service_name: String,
    /// The standard variables, read once, with the settings.
    #[serde(skip)]
    pub standard: StandardVariables,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            endpoint: None,
            headers: BTreeMap::new(),
            traces: true,
            metrics: true,
            logs: true,
            sampling: 1.0,
            metrics_every_s: 15,
            service_name: "audience".to_owned(),
            standard: StandardVariables::default(),
        }
    }
}

impl TelemetrySettings {
    /// Whether traces, metrics and logs are sent somewhere.
    pub fn sent(&self) -> (bool, bool, bool) {
        let sent = |wanted: bool, variables: &SignalVariables| {
            let somewhere = variables.endpoint || self.endpoint.is_some();
            wanted && somewhere && !variables.off && !self.standard.disabled
        };
        (
            sent(self.traces, &self.standard.traces),
            sent(self.metrics, &self.standard.metrics),
            sent(self.logs, &self.standard.logs),
        )
    }

    /// Where telemetry is sent, without a user or password.
    pub fn shown_endpoint(&self) -> String {
        let from_variable = self.standard.endpoint.as_ref();
        let endpoint = from_variable.or(self.endpoint.as_ref());
        let endpoint = endpoint.map_or("several", |endpoint| endpoint);
        match (endpoint.split_once("://"), endpoint.split_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => endpoint.to_owned(),
        }
    }

    /// Applies the standard variables, which take precedence over the files, as all variables do.
    pub(super) fn read_variables(&mut self) {
        let get = |name: &str| {
            let value = std::env::var(name).ok()?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        self.standard = StandardVariables::read(&get);
        if let Some(sampling) = self.standard.sampling(&get) {
            self.sampling = sampling;
        }
    }

    /// Faults of the standard variables, which are keys of their own.
    pub(super) fn check_variables(&self, problems: &mut Problems<'_>) {
        for (variable, problem) in &self.standard.faults {
            problems.add(variable, problem);
        }
    }

    pub(super) fn check(&self, telemetry: &mut Problems<'_>) {
        if let Some(endpoint) = &self.endpoint
            && !is_address(endpoint)
        {
            telemetry.add("endpoint", not_an_address(endpoint));
        }
        if !(0.0..=1.0).contains(&self.sampling) {
            let problem = format!("`{}` is not a ratio; {A_RATIO}", self.sampling);
            telemetry.add("sampling", problem);
        }
        if self.service_name.trim().is_empty() {
            telemetry.add("service_name", "is empty, expected a name");
        }
        telemetry.expect_between("metrics_every_s", self.metrics_every_s, 1..=3_600);
        let mut headers = telemetry.within("headers");
        for (name, value) in &self.headers {
            if !is_header_name(name) {
                let problem = "is not a valid header name; expected lower-case letters, digits, \
                               `-`, `_` and `.`, not ending in `-bin`";
                headers.add(name, problem);
            }
            let is_printable = |byte: u8| (b' '..=b'~').contains(&byte);
            if !value.expose_secret().bytes().all(is_printable) {
                let problem = "has characters that are not allowed in a header; expected \
                               printable ASCII characters";
                headers.add(name, problem);
            }
        }
    }
}

/// What `sampling` and its variable are expected to be.
const A_RATIO: &str = "expected a number from 0 to 1";

/// As gRPC requires it of text.
fn is_header_name(name: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    !name.is_empty() && name.bytes().all(is_allowed) && !name.ends_with("-bin")
}

fn is_address(endpoint: &str) -> bool {
    let rest = endpoint
        .strip_prefix("http://")
        .or_else(|| endpoint.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

fn not_an_address(endpoint: &str) -> String {
    format!("`{endpoint}` is not an address; expected http://host:4317 or https://…")
}

#[cfg(test)]
mod tests {
    use super::variables::tests::read;
    use super::*;

    #[test]
    fn what_is_sent_is_what_is_wanted_and_has_somewhere_to_go() {
        let mut settings = TelemetrySettings::default();
        assert_eq!(settings.sent(), (false, false, false));
        settings.endpoint = Some("http://localhost:4317".to_owned());
        settings.metrics = false;
        assert_eq!(settings.sent(), (true, false, true));
        settings.standard = read(&[("OTEL_LOGS_EXPORTER", "none")]);
        assert_eq!(settings.sent(), (true, false, false));
        settings.standard = read(&[("OTEL_SDK_DISABLED", "true")]);
        assert_eq!(settings.sent(), (false, false, false));
        let only_traces = read(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a:1")]);
        let settings = TelemetrySettings {
            standard: only_traces,
            ..TelemetrySettings::default()
        };
        assert_eq!(settings.sent(), (true, false, false));
    }
}
