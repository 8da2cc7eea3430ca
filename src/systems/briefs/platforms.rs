//! The platforms of a process: the adapters of `briefs.adapters` with the secrets that they need.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

use super::adapter::{self, Adapter, Kind};
use super::request::KnownPlatforms;
use super::settings::{BriefSettings, BriefsSection};
use crate::kafka::KafkaSettings;
use crate::settings::Loaded;
use crate::small_file;

/// Bytes of a file that holds a secret.
const SECRET_MAX: u64 = 64 << 10;

/// A platform: its adapter, and what a request to it needs besides.
#[derive(Debug)]
pub(crate) struct Platform {
    pub adapter: Adapter,
    pub secrets: BTreeMap<String, SecretString>,
    /// Why it cannot be asked.
    pub off: Option<String>,
}

/// All platforms, by name. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platforms(Arc<BTreeMap<String, Arc<Platform>>>);

impl Platforms {
    /// Those of the settings, or all that is wrong with the files: with file, line and key.
    pub fn of(loaded: &Loaded) -> Result<Self, Vec<String>> {
        let section = loaded.system::<BriefSettings>().briefs;
        let has_broker = loaded.system::<KafkaSettings>().mq_conf.is_some();
        Self::read(&section, has_broker)
    }

    fn read(section: &BriefsSection, has_broker: bool) -> Result<Self, Vec<String>> {
        let Some(directory) = &section.adapters else {
            return Ok(Self::default());
        };
        let files = files_in(directory).map_err(|error| vec![error])?;
        let mut platforms = BTreeMap::new();
        let mut faults = Vec::new();
        for file in files {
            match read_adapter(&file) {
                Ok(adapter) => {
                    let platform = Arc::new(Platform::of(adapter, section, has_broker));
                    let name = platform.adapter.platform.clone();
                    // One file may end in yaml, and the other in yml.
                    if platforms.insert(name, platform).is_some() {
                        let shown = file.display();
                        let problem = "another file in the directory is of this platform";
                        faults.push(format!("{shown}:1:1: platform: {problem}"));
                    }
                }
                Err(found) => faults.extend(found),
            }
        }
        match faults.is_empty() {
            true => Ok(Self(Arc::new(platforms))),
            false => Err(faults),
        }
    }

    /// One platform alone.
    pub fn only(adapter: Adapter, section: &BriefsSection) -> Self {
        let platform = Arc::new(Platform::of(adapter, section, true));
        let name = platform.adapter.platform.clone();
        Self(Arc::new(BTreeMap::from([(name, platform)])))
    }

    pub fn get(&self, name: &str) -> Option<&Arc<Platform>> {
        self.0.get(name)
    }

    /// In the order of their names.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Platform>> {
        self.0.values()
    }

    /// Which can be asked, and which cannot.
    pub fn known(&self) -> KnownPlatforms {
        let mut known = KnownPlatforms::default();
        for (name, platform) in &*self.0 {
            match &platform.off {
                None => known.on.push(name.clone()),
                Some(reason) => known.off.push((name.clone(), reason.clone())),
            }
        }
        known
    }

    /// As people call it; a platform that is not known any more by its name.
    pub fn label<'p>(&'p self, name: &'p str) -> &'p str {
        self.get(name)
            .map_or(name, |platform| platform.adapter.label.as_str())
    }
}

impl Platform {
    fn of(adapter: Adapter, section: &BriefsSection, has_broker: bool) -> Self {
        let mut secrets = BTreeMap::new();
        let mut missing = Vec::new();
        for name in &adapter.secrets {
            match secret(name, section.secrets_dir.as_deref()) {
                Some(value) => drop(secrets.insert(name.clone(), value)),
                None => missing.push(name.as_str()),
            }
        }
        let off = match missing.as_slice() {
            [] => lacks_setting(&adapter.kind, section, has_broker),
            [name] => Some(format!("the secret {name} is not set")),
            names => Some(format!("the secrets {} are not set", names.join(", "))),
        };
        Self {
            adapter,
            secrets,
            off,
        }
    }
}

/// Files are looked for below a folder, and topics are those of a broker: both have to be set.
fn lacks_setting(kind: &Kind, section: &BriefsSection, has_broker: bool) -> Option<String> {
    match kind {
        Kind::File { .. } if section.files.is_none() => {
            Some("`briefs.files` is not set".to_owned())
        }
        Kind::Kafka { .. } if !has_broker => Some("`mq_conf` is not set".to_owned()),
        Kind::File { .. } | Kind::Kafka { .. } | Kind::Http(_) | Kind::Push => None,
    }
}

/// The variable of the environment with this name, else the file of this name.
fn secret(name: &str, directory: Option<&Path>) -> Option<SecretString> {
    let of_variable = std::env::var(name).ok();
    let value = of_variable.or_else(|| {
        let bytes = small_file::read_at_most(&directory?.join(name), SECRET_MAX).ok()?;
        String::from_utf8(bytes).ok()
    })?;
    let value = value.trim_end_matches(['\r', '\n']);
    (!value.is_empty()).then(|| SecretString::from(value))
}

/// The files of adapters, in the order of their names.
fn files_in(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let shown = directory.display();
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            format!("briefs.adapters: `{shown}` does not exist, expected a directory")
        }
        _ => format!("briefs.adapters: `{shown}` cannot be read: {error}"),
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        if is_yaml {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads the file of an adapter, which is named after its platform.
pub(crate) fn read_adapter(path: &Path) -> Result<Adapter, Vec<String>> {
    let shown = path.display();
    let content = small_file::read(path).map_err(|error| vec![format!("{shown}: {error}")])?;
    let adapter = adapter::read(&content).map_err(|faults| {
        let faults = faults.iter().map(|fault| format!("{shown}:{fault}"));
        faults.collect::<Vec<_>>()
    })?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy());
    if stem.as_deref() != Some(adapter.platform.as_str()) {
        let platform = &adapter.platform;
        let problem =
            format!("{shown}:1:1: platform: expected the file to be named {platform}.yaml");
        return Err(vec![problem]);
    }
    Ok(adapter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE_ADAPTER: &str = "platform: notes\nkind: file\npath: notes.csv\n\
        map: {id: no, post_time: day, title: head}\n";

    fn section(files: &[(&str, &str)]) -> (tempfile::TempDir, BriefsSection) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let section = BriefsSection {
            adapters: Some(folder.path().to_owned()),
            ..BriefsSection::default()
        };
        (folder, section)
    }

    #[test]
    fn a_platform_without_its_secret_is_off() {
        let http = "platform: paid\nkind: http\nbase: http://127.0.0.1:1\n\
            request: {path: /s, headers: {X-Key: '{secret:BRIEF_TEST_KEY_ABSENT}'}}\nitems: $.a[*]\n\
            map: {id: $.id, post_time: $.t, title: $.x}\n";
        let (folder, mut section) = section(&[("paid.yaml", http), ("notes.yaml", FILE_ADAPTER)]);
        section.files = Some(folder.path().to_owned());
        let known = Platforms::read(&section, false).unwrap().known();
        assert_eq!(known.on, ["notes"]);
        let reason = "the secret BRIEF_TEST_KEY_ABSENT is not set".to_owned();
        assert_eq!(known.off, [("paid".to_owned(), reason)]);
        fs::write(folder.path().join("BRIEF_TEST_KEY_ABSENT"), "s3cret\n").unwrap();
        section.secrets_dir = Some(folder.path().to_owned());
        let platforms = Platforms::read(&section, false).unwrap();
        assert_eq!(platforms.known().on, ["notes", "paid"]);
        assert!(!format!("{platforms:?}").contains("s3cret"));
    }

    #[test]
    fn all_faults_of_all_files_are_named() {
        let (_folder, section) = section(&[
            ("notes.yaml", FILE_ADAPTER),
            ("other.yaml", FILE_ADAPTER),
            ("wrong.yaml", "platform: wrong\nkind: fax\n"),
            ("notes.yml", FILE_ADAPTER),
            ("readme.md", "no adapter"),
        ]);
        let mut faults = Platforms::read(&section, false).unwrap_err();
        assert_eq!(faults.len(), 3, "{faults:?}");
        let twice = faults.remove(0);
        assert!(twice.ends_with(
            "notes.yml:1:1: platform: another file in the directory is of this platform"
        ));
        assert!(
            faults[0]
                .ends_with("other.yaml:1:1: platform: expected the file to be named notes.yaml")
        );
        assert!(faults[1].contains("wrong.yaml:2:"), "{}", faults[1]);
    }
}
