//! What is set, as admins are shown it: secrets are dots.

use serde_json::Value;
use url::Url;

use super::layers;
use super::load::Loaded;

/// What stands for a secret.
const DOTS: &str = "••••••";

/// Words of keys whose values, and all that stands inside them, nobody is shown.
const SECRET: [&str; 13] = [
    "auth",
    "credential",
    "credentials",
    "dsn",
    "env",
    "hash",
    "headers",
    "key",
    "keys",
    "password",
    "secret",
    "token",
    "tokens",
];

/// A key that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSetting {
    /// With dots.
    pub key: String,
    /// As text; a list as JSON.
    pub value: String,
    /// The file and its line, or the variable.
    pub place: String,
    /// Nobody has set it: it is one of the program's own.
    pub is_built_in: bool,
}

impl Loaded {
    /// All keys that have a value, in their order.
    pub fn shown(&self) -> Vec<ShownSetting> {
        let leaves = layers::leaves(self.merged());
        let shown = leaves.into_iter().map(|(key, value)| ShownSetting {
            value: shown(&key, &value),
            place: self.place_of(&key),
            is_built_in: !self.is_set(&key),
            key,
        });
        shown.collect()
    }
}

fn shown(key: &str, value: &Value) -> String {
    let mut words = key.split(['.', '_', '-']);
    if words.any(|word| SECRET.contains(&word.to_ascii_lowercase().as_str())) {
        return match value {
            // That nothing is set is no secret.
            Value::Null => String::new(),
            _ => DOTS.to_owned(),
        };
    }
    match value {
        Value::Null => String::new(),
        Value::String(text) => without_secrets(text),
        Value::Array(values) => {
            let values = values.iter().map(|value| match value {
                Value::String(text) => Value::from(without_secrets(text)),
                // It has keys of its own.
                Value::Object(_) | Value::Array(_) => Value::from(DOTS),
                other => other.clone(),
            });
            Value::Array(values.collect()).to_string()
        }
        other => other.to_string(),
    }
}

/// A URL without what signs in, of a page or a hook only its server: the rest may be what is secret about
/// it. Another text as it is.
fn without_secrets(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    let Ok(mut url) = Url::parse(text) else {
        return DOTS.to_owned();
    };
    if matches!(url.scheme(), "http" | "https") {
        let origin = url.origin().ascii_serialization();
        return match (url.path(), url.query()) {
            ("/", None) => origin,
            _ => format!("{origin}/{DOTS}"),
        };
    }
    // A URL that cannot have them has none.
    if url.password().is_some() {
        url.set_password(Some("***")).unwrap_or_default();
    }
    if url.query().is_some() {
        url.set_query(Some("***"));
    }
    url.to_string().replace("***", DOTS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_secret_is_shown() {
        for (key, value) in [
            ("access.tokens", json!([{ "name": "anna", "token": "abc" }])),
            ("files.s3_secret_access_key", json!("abc")),
            ("telemetry.headers.authorization", json!("abc")),
            ("pipelines.projects.logs.env.DATABASE", json!("abc")),
            ("source_db.sasl_plain_password", json!("abc")),
            (
                "database.url",
                json!("postgres://audience:abc@db/audience?password=abc"),
            ),
            ("labelling.sources.posts.url", json!("mysql://x y://:abc@")),
            (
                "some.list",
                json!(["mysql://a:abc@db/x", { "password": "abc" }]),
            ),
            (
                "a.url",
                json!("https://anna:abc@hooks.example/services/abc?x=abc"),
            ),
            ("a.PASSWORD", json!(12)),
        ] {
            let shown = shown(key, &value);
            assert!(
                !shown.contains("abc") && !shown.contains("12"),
                "{key}: {shown}"
            );
            assert!(shown.contains(DOTS), "{key}: {shown}");
        }
        assert_eq!(shown("server.port", &json!(8080)), "8080");
        assert_eq!(
            shown("database.url", &json!("sqlite://data/audience.db")),
            "sqlite://data/audience.db"
        );
        let public = json!("https://box.example");
        assert_eq!(shown("server.public_url", &public), "https://box.example");
        assert_eq!(shown("server.token", &Value::Null), "");
    }
}
