//! Keys of older files in sections of environments: they are accepted, ignored and reported.

use super::EnvironmentName;
use super::file::SettingsFile;
use super::sections::Sections;

/// A key that is ignored. Its value, which may be a password, is not kept.
#[derive(Clone, Debug)]
pub(super) struct IgnoredKey {
    /// With its section, e.g. `TEST.MONGO_HOST`.
    key: String,
    /// File and line.
    place: String,
    reason: &'static str,
}

/// Takes the ignored keys out of the files.
pub(super) fn take(files: &mut [SettingsFile], sections: &Sections) -> Vec<IgnoredKey> {
    let mut taken = Vec::new();
    for SettingsFile { name, root } in files {
        for environment in EnvironmentName::ALL {
            let environment = environment.as_str();
            let Some(section) = root.get_mut(environment) else {
                continue;
            };
            let (read, ignored) = sections.split(section);
            *section = read;
            taken.extend(ignored.into_iter().map(|(entry, reason)| IgnoredKey {
                key: format!("{environment}.{}", entry.key.text().unwrap_or_default()),
                place: format!("{name}:{}", entry.key.position.line),
                reason,
            }));
        }
    }
    taken
}

/// One warning for all keys that are ignored for the same reason.
pub(super) fn warnings(ignored: &[IgnoredKey]) -> Vec<String> {
    let mut reasons: Vec<&str> = ignored.iter().map(|key| key.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let warnings = reasons.into_iter().map(|reason| {
        let keys: Vec<&IgnoredKey> = ignored.iter().filter(|key| key.reason == reason).collect();
        let names: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
        let place = keys.first().map_or("", |key| &key.place);
        format!("{place}: ignored: {}; {reason}", names.join(", "))
    });
    warnings.collect()
}
