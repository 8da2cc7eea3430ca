//! Brokers of a test's own: to be stopped, killed and frozen, with rights and passwords that change.

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::block_in_place;

use super::Topics;
use super::listeners::{Listeners, USER};
use super::programs::run_kafka_program;
use crate::support::OwnServers;

/// As many as may run at once: each takes 200 MB. Other tests wait for their turn.
static TURNS: Semaphore = Semaphore::const_new(2);

const AUTHORIZER: &str =
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer";

/// A broker with empty data, which are gone with it. Its addresses stay the same.
///
/// A start takes two seconds, another one after a stop takes one, and after a kill three: the
/// broker waits until it has missed itself. The tests have to be `multi_thread`.
pub(crate) struct OwnBroker {
    servers: OwnServers,
    settings: Vec<String>,
    pub listeners: Listeners,
    _turn: SemaphorePermit<'static>,
}

impl OwnBroker {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With an authorizer. Clients of the plain listener have all rights; the users have none until
    /// they are allowed something.
    pub(crate) async fn start_with_rights() -> Self {
        Self::start_with(&[AUTHORIZER]).await
    }

    /// With settings such as `message.max.bytes=2000`, in the words of Kafka.
    pub(crate) async fn start_with(settings: &[&str]) -> Self {
        let turn = TURNS.acquire().await.unwrap();
        let settings: Vec<String> = settings.iter().map(|line| (*line).to_owned()).collect();
        let servers = OwnServers::new();
        let listeners = start(&servers, &settings);
        Self {
            servers,
            settings,
            listeners,
            _turn: turn,
        }
    }

    /// The address of the plain listener.
    pub(crate) fn address(&self) -> &str {
        self.listeners.plain()
    }

    /// In good order; returns when it has ended.
    pub(crate) fn stop(&self) {
        self.run("stop");
    }

    /// By SIGKILL.
    pub(crate) fn kill(&self) {
        self.run("kill");
    }

    /// From here on it does nothing, but its connections stay open.
    pub(crate) fn freeze(&self) {
        self.run("freeze");
    }

    pub(crate) fn thaw(&self) {
        self.run("thaw");
    }

    /// After a stop or a kill; returns when it serves.
    pub(crate) fn start_again(&self) {
        let listeners = start(&self.servers, &self.settings);
        assert_eq!(listeners, self.listeners, "another program took its ports");
    }

    /// The same with other settings than before.
    pub(crate) fn start_again_with(&mut self, settings: &[&str]) {
        self.settings = settings.iter().map(|line| (*line).to_owned()).collect();
        self.start_again();
    }

    pub(crate) fn topics(&self) -> Topics {
        Topics::of(&self.listeners)
    }

    /// Lets the user of [`Listeners::settings`] do something, in the words of Kafka's own program:
    /// `["--operation", "Write", "--topic", topic]`, or `["--consumer", "--topic", topic, "--group",
    /// group]`, or `["--producer", "--topic", topic]`.
    pub(crate) fn allow(&self, rights: &[&str]) {
        let principal = format!("User:{USER}");
        self.change_rights(&["--add", "--allow-principal", &principal], rights);
    }

    /// Takes back what was allowed in the same words.
    pub(crate) fn forbid(&self, rights: &[&str]) {
        let principal = format!("User:{USER}");
        let change = ["--remove", "--force", "--allow-principal", &principal];
        self.change_rights(&change, rights);
    }

    fn change_rights(&self, change: &[&str], rights: &[&str]) {
        let arguments = [self.as_administrator().as_slice(), change, rights].concat();
        run_kafka_program("org.apache.kafka.tools.AclCommand", &arguments);
    }

    /// Gives the user another password for `SCRAM-SHA-256` or `SCRAM-SHA-512`. Connections that are
    /// open stay open, unless the broker was started with `connections.max.reauth.ms`.
    pub(crate) fn set_scram_password(&self, mechanism: &str, password: &str) {
        let secret = format!("{mechanism}=[password={password}]");
        let change = [
            "--alter",
            "--entity-type",
            "users",
            "--entity-name",
            USER,
            "--add-config",
            &secret,
        ];
        let arguments = [self.as_administrator().as_slice(), &change].concat();
        run_kafka_program("org.apache.kafka.tools.ConfigCommand", &arguments);
    }

    fn as_administrator(&self) -> [&str; 2] {
        ["--bootstrap-server", self.address()]
    }

    fn run(&self, command: &str) {
        block_in_place(|| self.servers.run(command, &["kafka"]));
    }
}

fn start(servers: &OwnServers, settings: &[String]) -> Listeners {
    let mut arguments = vec!["kafka"];
    arguments.extend(settings.iter().map(String::as_str));
    Listeners::of(&block_in_place(|| servers.run("start", &arguments)))
}

/// The settings with which the user has this password by PLAIN, for
/// [`OwnBroker::start_again_with`].
pub(crate) fn plain_password(password: &str) -> [String; 2] {
    let module = "org.apache.kafka.common.security.plain.PlainLoginModule";
    ["sasl_plaintext", "sasl_ssl"].map(|listener| {
        format!(
            "listener.name.{listener}.plain.sasl.jaas.config={module} required \
             user_{USER}=\"{password}\";"
        )
    })
}
