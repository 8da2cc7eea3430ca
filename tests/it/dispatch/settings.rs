//! Settings of services and of the broker, with each key missing or misspelt.

use std::fs;

use audience::kafka::KafkaSettings;
use audience::settings::{Settings, SettingsPlace};
use audience::systems;

use crate::support::{Place, wait_for};
use crate::survival::program::Program;

const GOOD: &str = "\
default_env: TEST
service: [aaa, bbb]
source_db:
  aaa: {source_name: mongo, topic_name: mq_aaa, consumer_id: c_aaa}
  bbb: {source_name: mysql, topic_name: mq_bbb, consumer_id: c_aaa}
max_status_task: 10
mq_conf:
  bootstrap_servers: [\"127.0.0.1:9092\"]
  sasl_plain_username: me
  sasl_plain_password: opensesame
TEST:
  database: {url: \"sqlite://test.db\"}
STAGE:
  database: {url: \"sqlite://stage.db\"}
  mq_conf:
    bootstrap_servers: [\"stage:9092\"]
PRODUCTION:
  database: {url: \"sqlite://production.db\"}
";

fn faults(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dispatch.yaml");
    fs::write(&file, text).unwrap();
    let place = SettingsPlace {
        directory: Some(file),
    };
    let folder = format!("{}/", folder.path().display());
    match Settings::load(&place, &systems::all().sections()) {
        Ok(_) => vec![],
        Err(error) => {
            let faults = error.faults.iter();
            faults
                .map(|fault| fault.to_string().replace(&folder, ""))
                .collect()
        }
    }
}

#[test]
fn one_file_holds_everything() {
    assert_eq!(faults(GOOD), Vec::<String>::new());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dispatch.yaml");
    fs::write(
        &file,
        GOOD.replace("default_env: TEST", "default_env: STAGE"),
    )
    .unwrap();
    let place = SettingsPlace {
        directory: Some(file),
    };
    let loaded = Settings::load(&place, &systems::all().sections()).unwrap();
    assert_eq!(loaded.settings.database.url, "sqlite://stage.db");
    let broker = loaded.system::<KafkaSettings>().mq_conf.unwrap();
    // What the section does not say stays.
    assert_eq!(broker.bootstrap_servers, ["stage:9092"]);
    assert_eq!(broker.sasl_plain_username.as_deref(), Some("me"));
    let shown = format!("{broker:?} {loaded:?}");
    assert!(!shown.contains("opensesame"), "{shown}");
}

#[test]
fn each_fault_names_the_file_the_line_and_what_was_expected() {
    let without = |part: &str| GOOD.replace(part, "");
    let instead = |part: &str, other: &str| GOOD.replace(part, other);
    let table = [
        (
            without("default_env: TEST\n"),
            "dispatch.yaml: default_env: is missing, expected TEST",
        ),
        (
            without("service: [aaa, bbb]\n"),
            "service: is missing, expected the list of services",
        ),
        (
            instead("[aaa, bbb]", "[aaa, bbb, ccc]"),
            "dispatch.yaml:3: source_db.ccc: is missing, expected {source_name",
        ),
        (
            instead("[aaa, bbb]", "[aaa]"),
            "dispatch.yaml:5: source_db.bbb: `bbb` is not in `service`, expected one of aaa",
        ),
        (
            instead("source_name: mongo, ", ""),
            "dispatch.yaml:4: source_db.aaa.source_name: is missing, expected where workers",
        ),
        (
            instead("topic_name: mq_aaa, ", ""),
            "dispatch.yaml:4: source_db.aaa.topic_name: is missing, expected the topic",
        ),
        (
            instead(", consumer_id: c_aaa}\n  bbb", "}\n  bbb"),
            "dispatch.yaml:4: source_db.aaa.consumer_id: is missing, expected the consumer group",
        ),
        (
            instead("topic_name: mq_aaa", "topic_nam: mq_aaa"),
            "dispatch.yaml:4: source_db.aaa: unknown field `topic_nam`, expected one of",
        ),
        (
            instead("topic_name: mq_aaa", "topic_name: \"mq aaa\""),
            "dispatch.yaml:4: source_db.aaa.topic_name: `mq aaa` is not the name of a topic",
        ),
        (
            instead("max_status_task: 10", "max_status_task: 0"),
            "dispatch.yaml:6: max_status_task: 0 is out of range, expected 1 to 1000",
        ),
        (
            instead("max_status_task: 10", "max_status_tasks: 10"),
            "dispatch.yaml:6: unknown field `max_status_tasks`, expected one of",
        ),
        (
            instead("  bootstrap_servers: [\"127.0.0.1:9092\"]\n", ""),
            "mq_conf.bootstrap_servers: is missing, expected a list",
        ),
        (
            instead("127.0.0.1:9092", "127.0.0.1"),
            "mq_conf.bootstrap_servers: `127.0.0.1` is not HOST:PORT",
        ),
        (
            without("  sasl_plain_password: opensesame\n"),
            "mq_conf.sasl_plain_password: is missing, expected the password",
        ),
        (
            without("  sasl_plain_username: me\n"),
            "mq_conf.sasl_plain_username: is missing, expected the user",
        ),
        (
            instead("default_env: TEST", "default_env: TESTING"),
            "dispatch.yaml:1: default_env: unknown variant `TESTING`, expected one of",
        ),
        (
            instead("TEST:\n", "TSET:\n"),
            "unknown field `TSET`, expected one of",
        ),
        (
            instead(
                "consumer_id: c_aaa}\n  bbb",
                "consumer_id: c_aaa, retries: -1}\n  bbb",
            ),
            "dispatch.yaml:4: source_db.aaa.retries: invalid type: integer `-1`",
        ),
        (
            instead(
                "consumer_id: c_aaa}\n  bbb",
                "consumer_id: c_aaa, waiting_timeout: 0}\n  bbb",
            ),
            "dispatch.yaml:4: source_db.aaa.waiting_timeout: 0 is out of range, expected 1 to",
        ),
        (
            instead(
                "max_status_task: 10",
                "max_status_task: 10\ntime_zone: Mars/Base",
            ),
            "dispatch.yaml:7: time_zone: `Mars/Base` is not a time zone, expected one such as",
        ),
    ];
    for (text, expected) in table {
        let told = faults(&text);
        assert!(
            told.iter().any(|fault| fault.contains(expected)),
            "expected {expected}\nfound {told:#?}"
        );
        assert!(!told.concat().contains("opensesame"), "{told:?}");
    }
}

#[test]
fn the_variable_names_the_section() {
    let place = Place::empty();
    fs::write(place.path("dispatch.yaml"), GOOD).unwrap();
    fs::create_dir(place.path("settings")).unwrap();
    fs::write(place.path("settings/default.yaml"), GOOD).unwrap();
    for settings in ["dispatch.yaml", "settings"] {
        for (environment, told) in [
            ("STAGE", None),
            ("stage", None),
            ("development", None),
            ("PROD", Some("PROD")),
        ] {
            let mut check = place.command();
            check.args(["check", "--settings", settings]);
            let done = check.env("AUDIENCE_ENV", environment).output().unwrap();
            let output = String::from_utf8(done.stdout).unwrap();
            assert_eq!(
                done.status.success(),
                told.is_none(),
                "{environment}: {output}"
            );
            assert!(output.contains(told.unwrap_or_default()), "{output}");
            assert!(!output.contains("opensesame"), "{output}");
        }
    }
}

/// A file as it was used before there was this program.
const OLDER: &str = "\
default_env: TEST
service: [aaa, bbb]
source_db:
  aaa: {source_name: mongo, topic_name: mq_aaa, consumer_id: c_aaa}
  bbb: {source_name: mysql, topic_name: mq_bbb, consumer_id: c_aaa}
max_status_task: 10
mq_conf:
  bootstrap_servers: 127.0.0.1:1, 127.0.0.1:2
TEST:
  MONGO_HOST: 10.1.2.3
  MONGO_PORT: 27017
  MONGO_DB: tasks
  MONGO_USER: me
  MONGO_PASSWORD: opensesame
  MONGO_TLS: false
  MONGO_REPLICA_SET:
STAGE:
  MONGO_URI: mongodb://me:opensesame@10.1.2.4/tasks
PRODUCTION:
  MONGO_URI: mongodb://me:opensesame@10.1.2.5/tasks
  mq_conf: {bootstrap_servers: \"production:9092\"}
";

#[test]
fn a_file_of_before_is_read_with_one_warning() {
    let place = Place::empty();
    fs::write(place.path("dispatch.yaml"), OLDER).unwrap();
    let settings = SettingsPlace {
        directory: Some(place.path("dispatch.yaml")),
    };
    let loaded = Settings::load(&settings, &systems::all().sections()).unwrap();
    let kafka = loaded.system::<KafkaSettings>();
    let servers = kafka.mq_conf.unwrap().bootstrap_servers;
    assert_eq!(servers, ["127.0.0.1:1", "127.0.0.1:2"]);
    let mut check = place.command();
    check.args(["check", "--settings", "dispatch.yaml"]);
    let done = check
        .env("AUDIENCE_ENV", "PRODUCTION")
        .env("AUDIENCE__MQ_CONF__BOOTSTRAP_SERVERS", "a:1,b:2")
        .output()
        .unwrap();
    let output = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{output}");
    let warnings: Vec<&str> = output
        .lines()
        .filter(|line| line.starts_with("warning"))
        .collect();
    assert_eq!(
        warnings,
        [
            "warning: dispatch.yaml:10: ignored: TEST.MONGO_HOST, TEST.MONGO_PORT, TEST.MONGO_DB, \
             TEST.MONGO_USER, TEST.MONGO_PASSWORD, TEST.MONGO_TLS, TEST.MONGO_REPLICA_SET, \
             STAGE.MONGO_URI, PRODUCTION.MONGO_URI; tasks are kept in the database of \
             `database.url` instead"
        ]
    );
    assert!(!output.contains("opensesame"), "{output}");
}

#[test]
fn only_scalars_inside_environments_are_ignored() {
    let table = [
        (
            OLDER.replace("MONGO_HOST: 10.1.2.3", "MONGO_HOST: [10.1.2.3]"),
            "dispatch.yaml:10: TEST: unknown field `MONGO_HOST`, expected one of",
        ),
        (
            OLDER.replace("MONGO_HOST", "MYSQL_HOST"),
            "dispatch.yaml:10: TEST: unknown field `MYSQL_HOST`, expected one of",
        ),
        (
            OLDER.replace("MONGO_DB", "MONGO_HOST"),
            "dispatch.yaml:12: TEST: the key `MONGO_HOST` is given twice, first on line 10",
        ),
        (
            format!("MONGO_HOST: 10.1.2.3\n{OLDER}"),
            "dispatch.yaml:1: unknown field `MONGO_HOST`, expected one of",
        ),
        (
            OLDER.replace("127.0.0.1:1, ", "127.0.0.1:1,, "),
            "mq_conf.bootstrap_servers: `` is not HOST:PORT",
        ),
        (
            OLDER.replace(" 127.0.0.1:1, 127.0.0.1:2", ""),
            "mq_conf.bootstrap_servers: is missing, expected a list",
        ),
        (
            OLDER.replace("127.0.0.1:1, 127.0.0.1:2", "{host: a}"),
            "mq_conf.bootstrap_servers: invalid type: map, expected a list of servers",
        ),
    ];
    for (text, expected) in table {
        let found = faults(&text);
        assert!(
            found.iter().any(|fault| fault.contains(expected)),
            "expected {expected}\nfound {found:#?}"
        );
    }
}

#[tokio::test]
async fn a_file_of_before_starts_the_server() {
    let place = Place::empty();
    fs::write(place.path("dispatch.yaml"), OLDER).unwrap();
    let mut command = place.command();
    command
        .args([
            "serve",
            "--settings",
            "dispatch.yaml",
            "--bind",
            "127.0.0.1:0",
        ])
        .stdout(fs::File::create(place.path("out")).unwrap())
        .stderr(fs::File::create(place.path("log")).unwrap());
    let _server = Program::start(&mut command);
    let listens = async || {
        let text = fs::read_to_string(place.path("out")).unwrap_or_default();
        text.contains("listens on ").then_some(())
    };
    wait_for("the server listens", listens).await;
    let log = fs::read_to_string(place.path("log")).unwrap();
    assert_eq!(log.matches("MONGO_HOST").count(), 1, "{log}");
    assert!(!log.contains("opensesame"), "{log}");
}
