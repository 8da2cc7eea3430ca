//! Values of secrets: from a file that only its owner can read, and from the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::small_file;
use crate::yaml;

/// Variables with this prefix are values of secrets.
pub(crate) const PREFIX: &str = "AUDIENCE_SECRET_";

/// Secrets by name.
#[derive(Default)]
pub(crate) struct Secrets(BTreeMap<String, SecretString>);

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// Those of the file, over which those of the environment take precedence. The error says what is
    /// wrong with the file, and where.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, String> {
        let mut secrets = match file {
            Some(file) => read(file).map_err(|problem| format!("{}{problem}", file.display()))?,
            None => BTreeMap::new(),
        };
        secrets.extend(among(environment));
        Ok(Self(secrets))
    }

    /// Those of this process.
    pub(crate) fn of_environment() -> Self {
        let variables = std::env::vars_os();
        let texts = variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self(among(texts).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(ExposeSecret::expose_secret)
    }
}

fn among(
    environment: impl IntoIterator<Item = (String, String)>,
) -> impl Iterator<Item = (String, SecretString)> {
    environment.into_iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(PREFIX)?;
        Some((name.to_owned(), value.into()))
    })
}

fn read(path: &Path) -> Result<BTreeMap<String, SecretString>, String> {
    let metadata = fs::metadata(path).map_err(|error| format!(": {error}"))?;
    if metadata.mode() & 0o077 != 0 {
        let mode = metadata.mode() & 0o777;
        return Err(format!(
            " has mode {mode:04o}; expected 0600, readable by its owner only"
        ));
    }
    let text = small_file::read_text(path).map_err(|error| format!(": {error}"))?;
    let faults = |faults: Vec<yaml::YamlFault>| {
        let faults = faults.iter().map(|fault| {
            // A message could quote a value.
            format!(
                ":{}:{}: expected NAME: value",
                fault.position.line, fault.position.column
            )
        });
        faults.collect::<Vec<_>>().join("; ")
    };
    let root = yaml::parse(&text).map_err(|fault| faults(vec![fault]))?;
    let values: BTreeMap<String, String> = yaml::read(&root).map_err(faults)?;
    let values = values.into_iter();
    Ok(values.map(|(name, value)| (name, value.into())).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn the_environment_takes_precedence_over_the_file() {
        let file = file("TOKEN: from-file\nOTHER: 0123\n", 0o600);
        let variables = [(
            "AUDIENCE_SECRET_TOKEN".to_owned(),
            "from-variable".to_owned(),
        )];
        let secrets = Secrets::load(Some(file.path()), variables).unwrap();
        assert_eq!(secrets.get("TOKEN"), Some("from-variable"));
        assert_eq!(secrets.get("OTHER"), Some("0123"));
        assert_eq!(secrets.get("NONE"), None);
        assert!(!format!("{secrets:?}").contains("from"));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let open = file("TOKEN: abc\n", 0o640);
        let error = Secrets::load(Some(open.path()), []).unwrap_err();
        assert!(
            error.ends_with("has mode 0640; expected 0600, readable by its owner only"),
            "{error}"
        );
    }

    #[test]
    fn a_fault_quotes_no_value() {
        let faulty = file("TOKEN: [s3cr3t-value]\n", 0o600);
        let error = Secrets::load(Some(faulty.path()), []).unwrap_err();
        assert!(error.ends_with(":1:8: expected NAME: value"), "{error}");
        assert!(!error.contains("s3cr3t"));
    }
}
