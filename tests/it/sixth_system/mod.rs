//! A sixth system: what stands in [`counting`] is all that it takes, but for one line of the list.

mod counting;

use std::sync::Arc;

use audience::app::{App, StartOptions};
use audience::settings::{Loaded, Settings, SettingsPlace};
use audience::systems::{self, Program, RunningProgram, Systems};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::{http_client, wait_for};

/// THE LIST, with a line more.
fn list() -> Systems {
    Systems::of(vec![
        Box::new(systems::labelling::LabellingSystem),
        Box::new(systems::dispatch::DispatchSystem),
        Box::new(counting::CountingSystem),
    ])
}

/// A program with its own section of the settings.
struct CountingProgram {
    /// Removed with the program.
    _folder: TempDir,
    place: SettingsPlace,
}

impl CountingProgram {
    fn with_section(section: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let database = folder.path().join("audience.db");
        let settings = format!(
            "database: {{ url: 'sqlite://{}' }}\n{section}\n",
            database.display()
        );
        let file = folder.path().join("default.yaml");
        std::fs::write(&file, settings).unwrap();
        let directory = Some(file);
        Self {
            _folder: folder,
            place: SettingsPlace { directory },
        }
    }

    fn loaded(&self) -> Loaded {
        Settings::load(&self.place, &list().sections()).unwrap()
    }

    async fn started(&self) -> App {
        let options = StartOptions {
            systems: list(),
            ..StartOptions::default()
        };
        App::start(&self.loaded(), options).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_jobs_run_over_http_and_the_document_describes_them() {
    let program = CountingProgram::with_section("counting: { most: 7 }");
    let app = Arc::new(program.started().await);
    let (listening, bound) = tokio::sync::oneshot::channel();
    let stop = CancellationToken::new();
    let (server, stopped) = (Arc::clone(&app), stop.clone());
    let served = tokio::spawn(async move {
        let address = "127.0.0.1:0".parse().unwrap();
        let listening = |at| listening.send(at).unwrap();
        server.serve(address, None, stopped, listening).await
    });
    let base = format!("http://{}", bound.await.unwrap());
    let http = http_client().build().unwrap();
    let get = async |path: &str| -> Value {
        let answer = http.get(format!("{base}{path}")).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let post = async |body: Value| -> (u16, Value) {
        let request = http.post(format!("{base}/v1/jobs")).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };

    let (status, job) = post(json!({ "counting": { "to": 5 } })).await;
    assert_eq!((status, &job["flow"]), (202, &json!("counting")), "{job}");
    let id = job["id"].as_str().unwrap().parse().unwrap();
    app.runtime.watch(&id).ended().await;
    let path = format!("/v1/jobs/{id}");
    let ended = get(&path).await;
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["figures"], json!({ "counted": 5 }));
    let result = app.platform.flows.result(&id).await.unwrap();
    assert_eq!(result, json!({ "counted": 5 }));

    let (status, refused) = post(json!({ "counting": { "to": 8 } })).await;
    assert_eq!(status, 422);
    assert_eq!(
        refused["detail"],
        "counting.to: expected at most 7, found 8"
    );
    let (_, refused) = post(json!({})).await;
    let detail = "body: expected exactly one flow: labelling, counting";
    assert_eq!(refused["detail"], detail);

    let limit = get("/v1/counting").await;
    assert_eq!(limit["most"], 7, "its section of the settings");
    wait_for("the service is woken", async || {
        let ticks = get("/v1/counting").await["ticks"].as_u64();
        ticks.filter(|ticks| *ticks > 0)
    })
    .await;
    let left = get(&format!("{path}/artifacts")).await;
    assert_eq!(left["artifacts"][0]["name"], "counted.txt", "{left}");

    let document = get("/openapi.json").await;
    assert!(document["paths"]["/v1/counting"]["get"].is_object());
    let schemas = &document["components"]["schemas"];
    assert!(schemas["NewJob"]["properties"]["counting"].is_object());
    assert_eq!(schemas["Counting"]["required"], json!(["to"]));
    stop.cancel();
    served.await.unwrap().unwrap();
    app.stop().await;
}

#[test]
fn its_settings_are_checked_with_the_others() {
    let program = CountingProgram::with_section("counting: { most: 0 }");
    let error = Settings::load(&program.place, &list().sections()).unwrap_err();
    let fault = error.faults[0].to_string();
    assert!(fault.contains("default.yaml:2: counting.most: "), "{fault}");
}

/// The part of the command line that the command needs.
struct CommandLine(CountingProgram);

#[async_trait::async_trait]
impl Program for CommandLine {
    fn place(&self) -> &SettingsPlace {
        &self.0.place
    }

    fn load(&self, place: &SettingsPlace) -> anyhow::Result<Loaded> {
        Ok(Settings::load(place, &list().sections())?)
    }

    async fn start(
        &self,
        _: &Loaded,
        _: Option<entity::JobId>,
    ) -> anyhow::Result<Arc<dyn RunningProgram>> {
        anyhow::bail!("not needed here")
    }

    async fn run_only(&self, _: &entity::JobId, _: &Loaded) -> anyhow::Result<()> {
        anyhow::bail!("not needed here")
    }

    fn stop_on_signal(&self) -> anyhow::Result<CancellationToken> {
        Ok(CancellationToken::new())
    }
}

#[tokio::test]
async fn its_command_is_one_of_the_program() {
    let program = CommandLine(CountingProgram::with_section("counting: { most: 3 }"));
    let commands = list().commands();
    let command = commands
        .iter()
        .find(|command| command.definition().get_name() == "count")
        .unwrap();
    let arguments = |to: &str| {
        let words = ["count", "--to", to].map(str::to_owned);
        command.definition().get_matches_from(words)
    };
    command.run(&arguments("3"), &program).await.unwrap();
    let refused = command.run(&arguments("4"), &program).await.unwrap_err();
    assert_eq!(refused.to_string(), "expected at most 3, found 4");
}
