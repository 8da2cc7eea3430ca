//! `telemetry`: where traces, metrics and logs are sent, and how many of the traces.

mod variables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Password, expect_between};
pub use variables::{SignalVariables, StandardVariables};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A collector that takes OTLP over gRPC; without it nothing is sent.
    pub endpoint: Option<String>,
    /// Sent along with everything.
    pub headers: BTreeMap<String, Password>,
    pub traces: bool,
    pub metrics: bool,
    pub logs: bool,
    /// Share of the traces that are kept, by their ids.
    pub sampling: f64,
    pub metrics_every_s: u64,
    /// How others know this program.
    pub service_name: String,
    /// What the standard variables say; read once, with the settings.
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

    /// Where it goes, without what may be a password.
    pub fn shown_endpoint(&self) -> String {
        let of_variable = self.standard.endpoint.as_ref();
        let endpoint = of_variable.or(self.endpoint.as_ref());
        let endpoint = endpoint.map_or("several", |endpoint| endpoint);
        match (endpoint.split_once("://"), endpoint.split_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => endpoint.to_owned(),
        }
    }

    /// Takes in the standard variables, which go before the files, as all variables do.
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

    pub(super) fn check(&self, faults: &mut Vec<(String, String)>) {
        faults.extend(self.standard.faults.iter().cloned());
        if let Some(endpoint) = &self.endpoint
            && !is_address(endpoint)
        {
            faults.push(("telemetry.endpoint".to_owned(), no_address(endpoint)));
        }
        if !(0.0..=1.0).contains(&self.sampling) {
            let problem = format!("{} is out of range, expected 0 to 1", self.sampling);
            faults.push(("telemetry.sampling".to_owned(), problem));
        }
        for name in self.headers.keys() {
            let usual = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
            };
            if name.is_empty() || !name.bytes().all(usual) || name.ends_with("-bin") {
                let problem = "is no name of a header, expected small letters, digits, - _ .";
                faults.push((format!("telemetry.headers.{name}"), problem.to_owned()));
            }
        }
        for (name, value) in &self.headers {
            if !value
                .expose()
                .bytes()
                .all(|byte| (b' '..=b'~').contains(&byte))
            {
                let problem = "has characters that no header can hold";
                faults.push((format!("telemetry.headers.{name}"), problem.to_owned()));
            }
        }
        if self.service_name.trim().is_empty() {
            faults.push((
                "telemetry.service_name".to_owned(),
                "is empty, expected a name".to_owned(),
            ));
        }
        expect_between(
            faults,
            "telemetry.metrics_every_s",
            self.metrics_every_s,
            1..=3_600,
        );
    }
}

fn is_address(endpoint: &str) -> bool {
    let rest = endpoint
        .strip_prefix("http://")
        .or_else(|| endpoint.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

fn no_address(endpoint: &str) -> String {
    format!("`{endpoint}` is no address, expected http://host:4317 or https://…")
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
