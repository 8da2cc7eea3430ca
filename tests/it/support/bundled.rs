//! The bundled sample as `audience demo` leaves it, served by the binary.

use std::fs::File;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::wait_for;
use crate::survival::program::Program;

/// A service whose workers call over HTTP.
const SERVICE: &str = "{search_user: {source_name: mongo, topic_name: mq_search_user, \
                       consumer_id: c_search_user, auto_start: true}}";

/// A server that runs.
pub(crate) struct Bundled {
    pub base: String,
    _program: Program,
    _folder: TempDir,
}

impl Bundled {
    pub(crate) async fn serve() -> Self {
        let folder = TempDir::new().unwrap();
        let home = folder.path().join("demo");
        let binary = env!("CARGO_BIN_EXE_audience");
        let mut demo = Command::new(binary);
        let demo = demo.args(["demo", "--dir"]).arg(&home).output().unwrap();
        assert!(demo.status.success(), "{demo:?}");
        let file = home.join("settings/default.yaml");
        let settings = std::fs::read_to_string(&file).unwrap();
        let settings = settings
            .replacen("service: []", "service: [search_user]", 1)
            .replacen("source_db: {}", &format!("source_db: {SERVICE}"), 1);
        std::fs::write(&file, settings).unwrap();
        let out = folder.path().join("out");
        let mut command = Command::new(binary);
        command
            .args(["serve", "--bind", "127.0.0.1:0", "--settings"])
            .arg(home.join("settings"))
            .env_remove("AUTH_TOKEN")
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(folder.path().join("log")).unwrap());
        let program = Program::start(&mut command);
        let listening = async || {
            let text = std::fs::read_to_string(&out).unwrap_or_default();
            let (_, rest) = text.split_once("listens on ")?;
            Some(rest.split_once(' ')?.0.to_owned())
        };
        let base = wait_for("the server listens", listening).await;
        Self {
            base,
            _program: program,
            _folder: folder,
        }
    }
}
