//! `audience views`: the SQL of a user who may read the views, and nothing else.

use std::process::ExitCode;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clap::Args;

use crate::app;
use crate::engine::store::{VIEWS, ViewPlace};
use crate::process::print_line;
use crate::settings::Loaded;
use crate::systems::Systems;

/// Of the bytes that a password is made of.
const PASSWORD_BYTES: usize = 18;

#[derive(Debug, Args)]
pub(super) struct ViewsArguments {
    /// The user: a-z 0-9 _, such as redash
    #[arg(long, value_name = "NAME", value_parser = user)]
    reader: String,
    /// A table that the user may read, too, such as one that imports write; may be given several times
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
}

/// PostgreSQL keeps 63 bytes of a name, MariaDB 80 characters.
fn user(text: &str) -> Result<String, String> {
    let is_plain = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
    match text.len() {
        1..=63 if text.chars().all(is_plain) => Ok(text.to_owned()),
        _ => Err("expected 1 to 63 of a-z 0-9 _".to_owned()),
    }
}

/// Prints what an administrator of the database runs once.
pub(super) async fn run(
    arguments: &ViewsArguments,
    loaded: &Loaded,
    systems: &Systems,
) -> anyhow::Result<ExitCode> {
    app::expect_database(&loaded.settings)?;
    let store = app::open_database(loaded).await?;
    let place = store.view_place().await;
    store.close().await;
    let views = systems.iter().flat_map(|system| system.views());
    let mut names: Vec<&str> = VIEWS.iter().chain(views).copied().collect();
    names.extend(arguments.table.iter().map(String::as_str));
    let mut bytes = [0; PASSWORD_BYTES];
    getrandom::fill(&mut bytes)?;
    let password = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    print_line(&script(&place?, &arguments.reader, &password, &names));
    Ok(ExitCode::SUCCESS)
}

fn script(place: &ViewPlace, reader: &str, password: &str, names: &[&str]) -> String {
    match place {
        ViewPlace::Sqlite { file } => {
            let file = file.replace('\n', " ");
            format!(
                "-- SQLite has no users: who may read its file reads all of it.\n\
                 -- Let the program open it for reading only, as\n\
                 --     file:{file}?mode=ro\n\
                 -- and show these: {}",
                names.join(", ")
            )
        }
        ViewPlace::Postgres { database, schema } => {
            let names: Vec<String> = names
                .iter()
                .map(|name| format!("{}.{}", quoted(schema, '"'), quoted(name, '"')))
                .collect();
            format!(
                "CREATE ROLE \"{reader}\" LOGIN PASSWORD '{password}';\n\
                 ALTER ROLE \"{reader}\" SET default_transaction_read_only = on;\n\
                 GRANT CONNECT ON DATABASE {} TO \"{reader}\";\n\
                 GRANT USAGE ON SCHEMA {} TO \"{reader}\";\n\
                 GRANT SELECT ON {} TO \"{reader}\";",
                quoted(database, '"'),
                quoted(schema, '"'),
                names.join(", ")
            )
        }
        ViewPlace::Mariadb { database } => {
            let user = format!("'{reader}'@'%'");
            let mut lines = vec![format!("CREATE USER {user} IDENTIFIED BY '{password}';")];
            lines.extend(names.iter().map(|name| {
                let (database, name) = (quoted(database, '`'), quoted(name, '`'));
                format!("GRANT SELECT ON {database}.{name} TO {user};")
            }));
            lines.join("\n")
        }
    }
}

fn quoted(name: &str, quote: char) -> String {
    let doubled = name.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{doubled}{quote}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_each_database_quotes_them() {
        let names = ["v_job", "odd\"`name"];
        let postgres = ViewPlace::Postgres {
            database: "team".to_owned(),
            schema: "public".to_owned(),
        };
        let grant =
            "GRANT SELECT ON \"public\".\"v_job\", \"public\".\"odd\"\"`name\" TO \"redash\";";
        let sql = script(&postgres, "redash", "secret", &names);
        assert!(sql.ends_with(grant), "{sql}");
        let mariadb = ViewPlace::Mariadb {
            database: "team".to_owned(),
        };
        let grant = "GRANT SELECT ON `team`.`odd\"``name` TO 'redash'@'%';";
        let sql = script(&mariadb, "redash", "secret", &names);
        assert!(sql.ends_with(grant), "{sql}");
    }

    #[test]
    fn a_user_has_a_plain_name() {
        assert_eq!(user("redash"), Ok("redash".to_owned()));
        for name in ["", "a b", "x'; DROP ROLE y", &"a".repeat(64)] {
            assert!(user(name).is_err(), "{name}");
        }
    }
}
