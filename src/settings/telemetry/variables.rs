//! The variables of the OpenTelemetry specification.

use super::{A_RATIO, is_address, not_an_address};

/// Which of the variables of the OpenTelemetry specification are set. The exporters read the values of
/// most of them by themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardVariables {
    pub traces: SignalVariables,
    pub metrics: SignalVariables,
    pub logs: SignalVariables,
    pub service_name: bool,
    pub bsp_delay: bool,
    pub blrp_delay: bool,
    pub metrics_interval: bool,
    /// Whether `service.instance.id` is set.
    pub instance: bool,
    /// Lengths of the queues.
    pub spans_waiting: Option<usize>,
    pub lines_waiting: Option<usize>,
    /// Of all signals.
    pub endpoint: Option<String>,
    /// Whether the decision of a caller to keep its trace is followed.
    pub callers_decide: bool,
    pub(super) disabled: bool,
    pub(super) faults: Vec<(String, String)>,
}

/// Those of one signal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalVariables {
    pub endpoint: bool,
    /// `OTEL_<SIGNAL>_EXPORTER` is `none`.
    pub off: bool,
}

impl Default for StandardVariables {
    fn default() -> Self {
        Self::read(&|_| None)
    }
}

pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl StandardVariables {
    pub(super) fn read(get: Variables) -> Self {
        let mut faults = Vec::new();
        let mut endpoint = |name: String| {
            let Some(address) = get(&name) else {
                return false;
            };
            // Without a scheme it would mean TLS, which is rarely intended.
            if !is_address(&address) && get("OTEL_EXPORTER_OTLP_INSECURE").is_none() {
                faults.push((name, not_an_address(&address)));
            }
            true
        };
        let everywhere = endpoint("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned());
        let [for_traces, for_metrics, for_logs] = ["TRACES", "METRICS", "LOGS"]
            .map(|signal| endpoint(format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")));
        let mut signal = |name: &str, has_own: bool| {
            let exporter = get(&format!("OTEL_{name}_EXPORTER"));
            if let Some(exporter) = &exporter
                && !["otlp", "none"].contains(&exporter.as_str())
            {
                let problem = format!("`{exporter}` is not supported; expected otlp or none");
                faults.push((format!("OTEL_{name}_EXPORTER"), problem));
            }
            for protocol in [
                "OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(),
                format!("OTEL_EXPORTER_OTLP_{name}_PROTOCOL"),
            ] {
                if let Some(value) = get(&protocol)
                    && value != "grpc"
                {
                    let problem = format!("`{value}` is not supported; expected grpc");
                    faults.push((protocol, problem));
                }
            }
            SignalVariables {
                endpoint: everywhere || has_own,
                off: exporter.is_some_and(|exporter| exporter == "none"),
            }
        };
        let (traces, metrics, logs) = (
            signal("TRACES", for_traces),
            signal("METRICS", for_metrics),
            signal("LOGS", for_logs),
        );
        let length = |name: &str| get(name)?.parse().ok().filter(|most| *most > 0);
        let mut read = Self {
            traces,
            metrics,
            logs,
            service_name: get("OTEL_SERVICE_NAME").is_some(),
            bsp_delay: get("OTEL_BSP_SCHEDULE_DELAY").is_some(),
            blrp_delay: get("OTEL_BLRP_SCHEDULE_DELAY").is_some(),
            instance: get("OTEL_RESOURCE_ATTRIBUTES")
                .is_some_and(|pairs| pairs.contains("service.instance.id=")),
            metrics_interval: get("OTEL_METRIC_EXPORT_INTERVAL").is_some(),
            spans_waiting: length("OTEL_BSP_MAX_QUEUE_SIZE"),
            lines_waiting: length("OTEL_BLRP_MAX_QUEUE_SIZE"),
            endpoint: get("OTEL_EXPORTER_OTLP_ENDPOINT"),
            callers_decide: get("OTEL_TRACES_SAMPLER")
                .is_none_or(|sampler| sampler.starts_with("parentbased_")),
            disabled: get("OTEL_SDK_DISABLED")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            faults,
        };
        read.check_sampler(get);
        read.check_values(get);
        // The variables that apply to all signals were checked with each of them.
        read.faults.sort();
        read.faults.dedup();
        read
    }

    /// The ratio that the sampler of the variables keeps, if they name one.
    pub(super) fn sampling(&self, get: Variables) -> Option<f64> {
        let argument = || get("OTEL_TRACES_SAMPLER_ARG")?.trim().parse::<f64>().ok();
        match get("OTEL_TRACES_SAMPLER")?.trim() {
            "always_on" | "parentbased_always_on" => Some(1.0),
            "always_off" | "parentbased_always_off" => Some(0.0),
            "traceidratio" | "parentbased_traceidratio" => {
                let ratio = argument().filter(|ratio| (0.0..=1.0).contains(ratio));
                Some(ratio.unwrap_or(1.0))
            }
            _ => None,
        }
    }

    /// Finds values that the libraries would silently ignore.
    fn check_values(&mut self, get: Variables) {
        let mut expect = |name: &str, is_right: &dyn Fn(&str) -> bool, expected: &str| {
            if let Some(value) = get(name)
                && !is_right(&value)
            {
                let problem = format!("`{value}` is not supported; expected {expected}");
                self.faults.push((name.to_owned(), problem));
            }
        };
        let is_number = |value: &str| value.parse::<u64>().is_ok_and(|number| number > 0);
        let millis = "a number of milliseconds";
        for name in [
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
            "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
            "OTEL_METRIC_EXPORT_INTERVAL",
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BLRP_SCHEDULE_DELAY",
        ] {
            expect(name, &is_number, millis);
        }
        for name in [
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
        ] {
            expect(name, &is_number, "a number");
        }
        let is_switch = |value: &str| ["true", "false"].contains(&value.to_lowercase().as_str());
        expect("OTEL_SDK_DISABLED", &is_switch, "true or false");
        let is_none = |value: &str| value == "none";
        for signal in ["", "TRACES_", "METRICS_", "LOGS_"] {
            let name = format!("OTEL_EXPORTER_OTLP_{signal}COMPRESSION");
            expect(&name, &is_none, "none");
            let name = format!("OTEL_EXPORTER_OTLP_{signal}CERTIFICATE");
            let why = "none: the usual certificate authorities are trusted";
            expect(&name, &|_| false, why);
        }
        let is_known = |value: &str| {
            let mut names = value.split(',').map(str::trim);
            names.all(|name| ["tracecontext", "baggage"].contains(&name))
        };
        expect("OTEL_PROPAGATORS", &is_known, "tracecontext");
        let are_pairs = |value: &str| {
            let mut pairs = value.split(',').map(str::trim);
            pairs.all(|pair| {
                pair.split_once('=')
                    .is_some_and(|(name, _)| !name.trim().is_empty() && !name.trim().contains(' '))
            })
        };
        for signal in ["", "TRACES_", "METRICS_", "LOGS_"] {
            let name = format!("OTEL_EXPORTER_OTLP_{signal}HEADERS");
            if get(&name).is_some_and(|value| !are_pairs(&value)) {
                // The value may be a secret.
                let problem = "is not a list of pairs; expected name=value,name=value".to_owned();
                self.faults.push((name, problem));
            }
        }
        if get("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|value| !are_pairs(&value)) {
            let name = "OTEL_RESOURCE_ATTRIBUTES".to_owned();
            let problem = "is not a list of pairs; expected name=value,name=value".to_owned();
            self.faults.push((name, problem));
        }
    }

    fn check_sampler(&mut self, get: Variables) {
        let Some(sampler) = get("OTEL_TRACES_SAMPLER") else {
            return;
        };
        if self.sampling(get).is_none() {
            let problem = format!(
                "`{sampler}` is not supported; expected always_on, always_off or traceidratio, each \
                 also with parentbased_ in front"
            );
            self.faults
                .push(("OTEL_TRACES_SAMPLER".to_owned(), problem));
        }
        let argument = get("OTEL_TRACES_SAMPLER_ARG");
        if let Some(argument) = argument.filter(|_| sampler.ends_with("traceidratio"))
            && !argument
                .parse::<f64>()
                .is_ok_and(|ratio| (0.0..=1.0).contains(&ratio))
        {
            let problem = format!("`{argument}` is not a ratio; {A_RATIO}");
            self.faults
                .push(("OTEL_TRACES_SAMPLER_ARG".to_owned(), problem));
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// With no other variable set.
    pub(in super::super) fn read(variables: &[(&str, &str)]) -> StandardVariables {
        StandardVariables::read(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn faults_name_the_variable() {
        let named = |variables: &[(&str, &str)]| {
            let faults = read(variables).faults.into_iter();
            faults.map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(
            named(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"]
        );
        let bare = ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317");
        assert_eq!(named(&[bare]), ["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        assert!(named(&[bare, ("OTEL_EXPORTER_OTLP_INSECURE", "true")]).is_empty());
        assert_eq!(
            named(&[("OTEL_TRACES_SAMPLER", "xray")]),
            ["OTEL_TRACES_SAMPLER"]
        );
        let ratio = |ratio| {
            [
                ("OTEL_TRACES_SAMPLER", "traceidratio"),
                ("OTEL_TRACES_SAMPLER_ARG", ratio),
            ]
        };
        assert_eq!(named(&ratio("2")), ["OTEL_TRACES_SAMPLER_ARG"]);
        assert!(named(&ratio("0.25")).is_empty());
        for (name, wrong, right) in [
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "5000"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "lots", "100"),
            ("OTEL_SDK_DISABLED", "maybe", "TRUE"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", "none"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a b=c", "a=b,c=d=="),
            ("OTEL_PROPAGATORS", "b3", "tracecontext,baggage"),
            ("OTEL_RESOURCE_ATTRIBUTES", "nonsense", "a=b"),
        ] {
            assert_eq!(named(&[(name, wrong)]), [name]);
            assert!(named(&[(name, right)]).is_empty(), "{name}");
        }
        let secret = read(&[("OTEL_EXPORTER_OTLP_HEADERS", "s3cret")]).faults;
        assert!(!secret[0].1.contains("s3cret"));
    }

    #[test]
    fn callers_decide_unless_the_sampler_says_otherwise() {
        assert!(read(&[]).callers_decide);
        assert!(read(&[("OTEL_TRACES_SAMPLER", "parentbased_always_off")]).callers_decide);
        assert!(!read(&[("OTEL_TRACES_SAMPLER", "always_off")]).callers_decide);
    }
}
