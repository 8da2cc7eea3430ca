//! Settings with faults, read without what has them, so that all faults are found at once.

use super::file::SettingsFile;
use super::sections::Sections;
use super::{EnvironmentName, Loaded, SettingsError, SettingsFault};
use crate::yaml::{Position, YamlFault};

/// Settings, what is wrong with them, and what was left out for it.
pub struct Partial {
    pub loaded: Loaded,
    pub faults: Vec<SettingsFault>,
    pub left_out: LeftOut,
}

/// Keys that are left out because they have faults.
#[derive(Clone, Debug, Default)]
pub struct LeftOut(Vec<String>);

/// Takes out of the files what has the wrong type or is not known, and returns the faults. An error:
/// what is left of a file cannot be read either.
pub(super) fn take_faults(
    files: &mut [SettingsFile],
    sections: &Sections,
) -> Result<(Vec<SettingsFault>, LeftOut), SettingsError> {
    let (mut all, mut left_out) = (Vec::new(), LeftOut::default());
    let mut is_hopeless = false;
    for file in files {
        let mut found = sections.faults_of(&file.root);
        let reported = found.clone().into_iter();
        left_out.0.extend(found.iter().map(key_of));
        all.extend(reported.map(|fault| SettingsFault::in_file(&file.name, fault)));
        // What lacks a key once that was taken out is taken out, too, and not reported.
        while !found.is_empty() {
            let places: Vec<Position> = found.iter().map(|fault| fault.position).collect();
            let left = file.root.without(&places);
            if left == file.root {
                is_hopeless = true;
                break;
            }
            file.root = left;
            found = sections.faults_of(&file.root);
        }
    }
    match is_hopeless {
        true => Err(SettingsError { faults: all }),
        false => Ok((all, left_out)),
    }
}

/// The key itself, without the environment in whose section it stands.
fn key_of(fault: &YamlFault) -> String {
    let key = fault.entry.as_str();
    let mut environments = EnvironmentName::ALL.into_iter();
    let inside = environments.find_map(|name| key.strip_prefix(name.as_str())?.strip_prefix('.'));
    inside.unwrap_or(key).to_owned()
}

impl LeftOut {
    pub(super) fn add(&mut self, key: &str) {
        self.0.push(key.to_owned());
    }

    /// Whether a problem may only be there because of what was left out: it is about the same key,
    /// one around it or inside it, or about a name in a section that is not whole.
    pub(super) fn may_cause(&self, key: &str, problem: &str) -> bool {
        let is_inside =
            |outer: &str, inner: &str| inner == outer || inner.starts_with(&format!("{outer}."));
        let mut left_out = self.0.iter().filter(|left_out| !left_out.is_empty());
        left_out.any(|left_out| {
            is_inside(key, left_out) || is_inside(left_out, key) || refers(problem, left_out)
        })
    }

    /// The same for a fault as it is shown, with its place and its key in front.
    pub fn may_cause_line(&self, line: &str) -> bool {
        let mut left_out = self.0.iter().filter(|left_out| !left_out.is_empty());
        left_out
            .any(|key| line.contains(&format!(": {key}: ")) || line.contains(&format!(": {key}.")))
    }
}

/// Whether a problem is about a section, and about what is left out there: another name is missing
/// whatever was left out.
fn refers(problem: &str, left_out: &str) -> bool {
    let names = |name: &str| problem.contains(&format!("`{name}`"));
    let section = left_out.split(['.', '[']).next().unwrap_or_default();
    let inside = left_out[section.len()..].strip_prefix('.');
    let entry = inside.and_then(|inside| inside.split(['.', '[']).next());
    names(section) && entry.is_none_or(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_left_out_explains_a_problem() {
        let mut left_out = LeftOut::default();
        left_out.add("outputs.p");
        left_out.add("service[1]");
        for (key, problem, explained) in [
            (
                "labelling.default_output",
                "`p` is not in `outputs`: o",
                true,
            ),
            (
                "labelling.default_output",
                "`d` is not in `outputs`: o",
                false,
            ),
            (
                "source_db",
                "`bbb` is not in `service`, expected one of aaa",
                true,
            ),
            ("outputs.p.url", "is missing", true),
            ("outputs.o.url", "is missing", false),
        ] {
            assert_eq!(
                left_out.may_cause(key, problem),
                explained,
                "{key}: {problem}"
            );
        }
    }
}
