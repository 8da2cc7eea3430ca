//! The bundled sample as `audience demo` leaves it, served by the binary.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::listening::{Outputs, serve};
use super::{bundled_briefs, bundled_models};
use crate::survival::program::Program;

/// A service whose workers call over HTTP.
const SERVICE: &str = "{search_user: {source_name: mongo, topic_name: mq_search_user, \
                       consumer_id: c_search_user, auto_start: true}}";

/// The project that examples name.
const PROJECT: &str = "project: ad-logs
resources: {disk: 4}
secrets: [HOOK]
defaults: {retries: 0}
tasks:
  day_log:
    params: {date: {type: date}, kind: {type: choice, values: [imp, click]}}
    run: seq 2000; echo \"$date\" > \"$OUT\"
    outputs: ['day/{date}/{kind}.log']
    resources: {disk: 1}
  daily:
    params: {date: {type: date, default: '{now-1d}'}}
    requires: [day_log]
triggers:
  nightly: {cron: '30 3 * * *', run: daily, with: {date: '{fire-1d}'}}
  redo: {form: [date], run: daily}
  push: {webhook: github, secret: HOOK, run: daily}
";

/// A server that runs.
pub(crate) struct Bundled {
    pub base: String,
    _program: Program,
    folder: TempDir,
}

impl Bundled {
    pub(crate) async fn serve() -> Self {
        Self::serve_with(&[]).await
    }

    /// `variables` are of the server's environment.
    pub(crate) async fn serve_with(variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let home = folder.path().join("demo");
        let mut demo = Command::new(env!("CARGO_BIN_EXE_audience"));
        let demo = demo.args(["demo", "--dir"]).arg(&home).output().unwrap();
        assert!(demo.status.success(), "{demo:?}");
        let file = home.join("settings/default.yaml");
        let settings = std::fs::read_to_string(&file).unwrap();
        let settings = settings
            .replacen("service: []", "service: [search_user]", 1)
            .replacen("source_db: {}", &format!("source_db: {SERVICE}"), 1);
        let project = home.join("project.yaml");
        std::fs::write(&project, PROJECT).unwrap();
        let projects = format!("projects: [{{path: {}}}]", project.display());
        let settings = settings.replacen("projects: []", &projects, 1).replacen(
            "allow_upload: false",
            "allow_upload: true",
            1,
        );
        let customers = home.join("crm.db");
        bundled_models::make_customers(&customers);
        let source = format!(
            "sources:\n  crm: {{url: 'sqlite://{}'}}\n",
            customers.display()
        );
        let sources = settings.find("\nsources:").unwrap() + 1;
        let rest = settings[sources..].split_once('\n').unwrap().1;
        let settings = format!("{}{source}{rest}", &settings[..sources]);
        std::fs::write(&file, settings).unwrap();
        bundled_models::add(&home.join("settings"), folder.path());
        let outputs = Outputs {
            out: &folder.path().join("out"),
            log: &folder.path().join("log"),
        };
        let (adapters, articles) = bundled_briefs::make_platforms(folder.path());
        let own = [
            ("AUDIENCE_SECRET_HOOK", "known to the forge"),
            ("AUDIENCE__BRIEFS__ADAPTERS", adapters.to_str().unwrap()),
            ("AUDIENCE__BRIEFS__FILES", articles),
            // Briefs to which nobody pushes take places.
            ("AUDIENCE__RUNTIME__JOBS_AT_ONCE", "16"),
        ];
        let variables = [variables, &own].concat();
        let (program, base) = serve(&home.join("settings"), &variables, outputs).await;
        Self {
            base,
            _program: program,
            folder,
        }
    }

    /// A file that the demo has left.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("demo").join(name)
    }
}
