//! A real Prometheus reads the metrics and answers what the dashboards and alerts ask.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use audience::settings;
use serde_json::Value;
use tempfile::TempDir;

use super::server::{Served, Server};
use crate::support::{http_client, wait_for};
use crate::survival::program::Program;

fn tool(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run the tests with scripts/test"))
}

fn observability() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("observability")
}

/// Reads a server once a second.
struct Prometheus {
    _folder: TempDir,
    _program: Program,
    base: String,
    http: reqwest::Client,
}

impl Prometheus {
    async fn reading(server: &Server) -> Self {
        let folder = TempDir::new().unwrap();
        let target = server.base.strip_prefix("http://").unwrap();
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: ['{}']\n\
             scrape_configs: [{{job_name: audience, static_configs: [{{targets: ['{target}']}}]}}]\n",
            observability().join("alerts.yaml").display()
        );
        fs::write(folder.path().join("prometheus.yaml"), config).unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new(tool("AUDIENCE_TEST_PROMETHEUS"));
        command
            .arg(format!(
                "--config.file={}",
                folder.path().join("prometheus.yaml").display()
            ))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .args([
                "--web.listen-address=127.0.0.1:0",
                "--enable-feature=exemplar-storage",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        let program = Program::start(&mut command);
        let base = wait_for("Prometheus listens", async || {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let (_, rest) = text.split_once("msg=\"Listening on\" address=")?;
            let address = rest.split_whitespace().next()?;
            Some(format!("http://{address}"))
        })
        .await;
        Self {
            _folder: folder,
            _program: program,
            base,
            http: http_client().build().unwrap(),
        }
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let url = format!("{}/api/v1/{path}", self.base);
        let url = reqwest::Url::parse_with_params(&url, query).unwrap();
        let answer = self.http.get(url).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["status"], "success", "{query:?}: {answer}");
        answer["data"].clone()
    }

    /// What an expression gives now: pairs of labels and a value.
    async fn query(&self, expression: &str) -> Vec<(Value, f64)> {
        let data = self.ask("query", &[("query", expression)]).await;
        let series = data["result"].as_array().unwrap().iter();
        let value = |series: &Value| series["value"][1].as_str().unwrap().parse().unwrap();
        series
            .map(|series| (series["metric"].clone(), value(series)))
            .collect()
    }
}

/// What all panels of all dashboards ask Prometheus.
fn asked_by_dashboards() -> BTreeSet<String> {
    fn gather(panels: &Value, asked: &mut BTreeSet<String>) {
        for panel in panels.as_array().into_iter().flatten() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let of_target = &target["datasource"]["uid"];
                let source = if of_target.is_null() {
                    &panel["datasource"]["uid"]
                } else {
                    of_target
                };
                if source == "prometheus" {
                    asked.insert(target["expr"].as_str().unwrap().to_owned());
                }
            }
            gather(&panel["panels"], asked);
        }
    }
    let mut asked = BTreeSet::new();
    for entry in fs::read_dir(observability().join("dashboards")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let dashboard: Value = serde_json::from_str(&text).unwrap();
        gather(&dashboard["panels"], &mut asked);
    }
    asked
}

/// What the alerts compare: an alert that does not fire gives nothing, what it looks at gives something.
fn asked_by_alerts() -> BTreeSet<String> {
    let rules: Value = settings::read_file(&observability().join("alerts.yaml")).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    let expressions = groups.flat_map(|group| group["rules"].as_array().unwrap());
    let names = expressions.flat_map(|rule| {
        let expression = rule["expr"].as_str().unwrap().to_owned();
        let words =
            expression.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        words.map(str::to_owned).collect::<Vec<_>>()
    });
    names.filter(|name| name.starts_with("audience_")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_of_the_dashboards_is_answered_under_load() {
    let mut served = Served::with_rows(20_000);
    served.settings["labelling"]["rows_per_slice"] = 20.into();
    let server = served.start("first", &[]).await;
    let prometheus = Prometheus::reading(&server).await;
    let load = async {
        loop {
            let (job, _) = server.submit(None).await;
            server.wait_until_ended(&job).await;
        }
    };
    let asked = asked_by_dashboards();
    assert!(asked.len() > 50, "{}", asked.len());
    let answers = async {
        for expression in &asked {
            wait_for(expression, async || {
                let answer = prometheus.query(expression).await;
                // What is nothing divided by nothing shows as a gap.
                let shows = answer.iter().any(|(_, value)| !value.is_nan());
                shows.then_some(())
            })
            .await;
        }
        // Counters of what seldom happens have no series before: those that begin with a failure.
        let seldom = [
            "audience_batch_retries_total",
            "audience_dead_letters_total",
        ];
        for name in asked_by_alerts() {
            if !seldom.contains(&name.as_str()) {
                let question = name.clone();
                wait_for(&name, async || {
                    (!prometheus.query(&question).await.is_empty()).then_some(())
                })
                .await;
            }
        }
        let firing = prometheus.ask("alerts", &[]).await;
        assert_eq!(firing["alerts"], serde_json::json!([]));
    };
    tokio::select! {
        () = load => unreachable!("it goes on for ever"),
        () = answers => {}
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exemplars_name_traces_that_the_receiver_has() {
    let receiver = super::receiver::Receiver::start(&[]);
    let served = Served::with_rows(2_000);
    let variables = [(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        receiver.endpoint.as_str(),
    )];
    let server = served.start("first", &variables).await;
    let prometheus = Prometheus::reading(&server).await;
    let (job, _) = server.submit(None).await;
    server.wait_until_ended(&job).await;
    let exemplar = wait_for("an exemplar", async || {
        let now = chrono::Utc::now().timestamp();
        let (start, end) = ((now - 300).to_string(), (now + 5).to_string());
        let query = [
            ("query", "audience_slice_duration_seconds_bucket"),
            ("start", start.as_str()),
            ("end", end.as_str()),
        ];
        let found = prometheus.ask("query_exemplars", &query).await;
        found[0]["exemplars"][0]["labels"]["trace_id"]
            .as_str()
            .map(str::to_owned)
    })
    .await;
    let trace = receiver.trace_of(&job);
    assert_eq!(trace.0[0]["trace_id"], exemplar.as_str());
    server.stop().await;
}

#[test]
fn promtool_finds_no_fault_in_rules_and_configuration() {
    for arguments in [
        ["check", "config", "prometheus.yaml"],
        ["check", "rules", "alerts.yaml"],
        ["test", "rules", "alerts_test.yaml"],
    ] {
        let mut command = Command::new(tool("AUDIENCE_TEST_PROMTOOL"));
        let done = command
            .args(arguments)
            .current_dir(observability())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_few_labels_and_are_all_documented() {
    let served = Served::with_rows(500);
    let server = served.start("first", &[]).await;
    let (job, _) = server.submit(None).await;
    server.wait_until_ended(&job).await;
    server.call_by_made_up_methods().await;
    let text = server.get("/metrics").await;
    assert!(
        text.contains("method=\"_OTHER\"") && !text.contains("MADEUP"),
        "{text}"
    );
    let documented: BTreeSet<&str> = audience::telemetry::metrics::METRICS
        .iter()
        .map(|metric| metric.name)
        .collect();
    for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
        let family = line.split(' ').nth(2).unwrap();
        let name = family.strip_suffix("_total").unwrap_or(family);
        assert!(documented.contains(name), "{name} is not documented");
    }
    assert!(!text.contains(&job), "an id is in a label");
    server.stop().await;
}
