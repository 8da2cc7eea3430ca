//! Which keys the files may have, who owns them, and the types that they are read into.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::{EnvironmentName, Problems, Settings};
use crate::yaml::{self, Entry, Node, YamlFault};

/// The settings of one system: a struct whose fields are keys at the top of the files.
pub trait SystemSettings: DeserializeOwned + Default + Clone + Any + Send + Sync {
    /// Checks what types cannot: ranges, and names that refer to something. Opens nothing.
    fn check(&self, problems: &mut Problems<'_>);

    /// Why a key of older files, with a scalar in a section of an environment, is ignored; `None`:
    /// it is not.
    fn reason_to_ignore(_key: &str) -> Option<&'static str> {
        None
    }
}

/// All settings there are: the engine's keys and those of the systems.
pub struct Sections(Vec<Section>);

/// What the loader needs of a type of settings.
struct Section {
    keys: &'static [&'static str],
    read: fn(&Node) -> Result<AnySettings, Vec<YamlFault>>,
    check: fn(&AnySettings, &mut Problems<'_>),
    reason_to_ignore: fn(&str) -> Option<&'static str>,
    type_id: TypeId,
}

type AnySettings = Box<dyn Any + Send + Sync>;

/// One value of each type of settings.
#[derive(Default)]
pub(super) struct Values(HashMap<TypeId, AnySettings>);

impl Sections {
    /// The engine's, to which the systems add theirs.
    pub fn of_the_engine() -> Self {
        Self(Vec::new()).with::<Settings>()
    }

    pub fn with<S: SystemSettings>(mut self) -> Self {
        self.0.push(Section {
            keys: yaml::fields::<S>(),
            read: |node| Ok(Box::new(yaml::read::<S>(node)?)),
            check: |value, problems| {
                if let Some(settings) = value.downcast_ref::<S>() {
                    settings.check(problems);
                }
            },
            reason_to_ignore: S::reason_to_ignore,
            type_id: TypeId::of::<S>(),
        });
        self
    }

    /// All faults of a file, its sections of environments included.
    pub(super) fn faults_of(&self, root: &Node) -> Vec<YamlFault> {
        let mut faults = self.faults_inside(root, &EnvironmentName::ALL);
        for environment in EnvironmentName::ALL {
            let name = environment.as_str();
            let Some(section) = root.get(name) else {
                continue;
            };
            let read = self.split(section).0;
            for mut fault in self.faults_inside(&read, &[]) {
                for path in [&mut fault.path, &mut fault.entry] {
                    *path = format!("{name}.{path}").trim_end_matches('.').to_owned();
                }
                faults.push(fault);
            }
            if let Some(default) = section.entry("default_env") {
                faults.push(YamlFault {
                    position: default.key.position,
                    path: name.to_owned(),
                    entry: format!("{name}.default_env"),
                    problem: "`default_env` cannot be set in a section of an environment; \
                              expected it at the top of the file"
                        .to_owned(),
                });
            }
        }
        // A section that is given twice, with the faults inside both.
        let names = EnvironmentName::ALL.map(EnvironmentName::as_str);
        faults.extend(
            yaml::read::<IgnoredAny>(&only(root, &names))
                .err()
                .into_iter()
                .flatten(),
        );
        faults.sort_by_key(|fault| fault.position);
        faults.dedup_by_key(|fault| fault.position);
        faults
    }

    /// A section of an environment without the entries that are ignored, and those with the reason.
    pub(super) fn split(&self, section: &Node) -> (Node, Vec<(Entry, &'static str)>) {
        if !section.is_mapping() {
            return (section.clone(), Vec::new());
        }
        let (mut read, mut ignored) = (Vec::new(), Vec::new());
        for entry in section.entries() {
            match self.reason_to_ignore(entry) {
                Some(reason) => ignored.push((entry.clone(), reason)),
                None => read.push(entry.clone()),
            }
        }
        (Node::mapping(section.position, read), ignored)
    }

    fn reason_to_ignore(&self, entry: &Entry) -> Option<&'static str> {
        let key = entry.key.text()?;
        // Only a scalar has a text.
        entry.value.text()?;
        let mut sections = self.0.iter();
        sections.find_map(|section| (section.reason_to_ignore)(key))
    }

    fn faults_inside(&self, node: &Node, environments: &[EnvironmentName]) -> Vec<YamlFault> {
        if node.entries().is_empty() {
            // Empty, or not a mapping.
            return yaml::read::<HashMap<String, IgnoredAny>>(node)
                .err()
                .unwrap_or_default();
        }
        let names = environments.iter().map(|environment| environment.as_str());
        let known: Vec<&str> = self.keys().chain(names).collect();
        let mut faults = Vec::new();
        for section in &self.0 {
            faults.extend(
                (section.read)(&only(node, section.keys))
                    .err()
                    .into_iter()
                    .flatten(),
            );
        }
        for entry in node.entries() {
            let key = entry.key.text().unwrap_or_default();
            if !known.contains(&key) {
                let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
                faults.push(YamlFault {
                    position: entry.key.position,
                    path: String::new(),
                    entry: key.to_owned(),
                    problem: format!(
                        "unknown field `{key}`, expected one of {}",
                        known.join(", ")
                    ),
                });
            }
        }
        faults
    }

    /// Reads merged settings; they contain no sections of environments any more.
    pub(super) fn read(&self, merged: &Node) -> Result<Values, Vec<YamlFault>> {
        let faults = self.faults_inside(merged, &EnvironmentName::ALL);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut values = HashMap::new();
        for section in &self.0 {
            let value = (section.read)(&only(merged, section.keys))?;
            values.insert(section.type_id, value);
        }
        Ok(Values(values))
    }

    /// Keys and what is wrong with their values.
    pub(super) fn problems(&self, values: &Values) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for section in &self.0 {
            if let Some(value) = values.0.get(&section.type_id) {
                (section.check)(value, &mut Problems::new(&mut found));
            }
        }
        found
    }

    /// The keys at the top of the files.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.0.iter().flat_map(|section| section.keys).copied()
    }
}

impl Values {
    pub(super) fn get<S: SystemSettings>(&self) -> Option<&S> {
        self.0.get(&TypeId::of::<S>())?.downcast_ref()
    }

    pub(super) fn set<S: SystemSettings>(&mut self, settings: S) {
        self.0.insert(TypeId::of::<S>(), Box::new(settings));
    }
}

/// A mapping with those of the entries that have one of these keys.
fn only(node: &Node, keys: &[&str]) -> Node {
    let wanted = node.entries().iter().filter(|entry| {
        let key = entry.key.text();
        key.is_some_and(|key| keys.contains(&key))
    });
    Node::mapping(node.position, wanted.cloned().collect())
}
