//! The projects that this process knows, each as its file was when it was last without faults.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use tokio::sync::{Notify, watch};

use super::file_fault::FileFault;
use super::known_project::KnownProject;
use super::outputs::ProjectDir;
use super::project::{self, Project, Surroundings};
use super::settings::{PipelinesSection, ProjectSettings};
use crate::fetch::AllowedHosts;

/// The projects of this process, by name.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    by_name: RwLock<BTreeMap<String, Arc<KnownProject>>>,
    /// Somebody has given this process a file.
    given: Notify,
    changed: watch::Sender<()>,
}

/// What the settings let project files use. A list without entries is not checked: the settings may
/// be those of another process.
#[derive(Debug)]
pub(crate) struct Allowed {
    connections: BTreeSet<String>,
    hosts: AllowedHosts,
    git_file: bool,
}

/// Where a project comes from, and what its file was like when it was last looked at.
#[derive(Debug)]
pub(crate) struct ProjectFile {
    path: PathBuf,
    env: BTreeMap<String, String>,
    ignores_source: bool,
    allowed: Arc<Allowed>,
    seen: Option<(SystemTime, u64)>,
    /// The name that it had.
    project: Option<String>,
}

/// A file without faults, or what is wrong with it.
pub(crate) type ReadProject = Result<KnownProject, Vec<FileFault>>;

impl Allowed {
    pub(crate) fn by(section: &PipelinesSection) -> Self {
        Self {
            connections: section.connections.keys().cloned().collect(),
            // Faults of the list are told with those of the settings.
            hosts: AllowedHosts::read(&section.http_allow).unwrap_or_default(),
            git_file: section.git_file,
        }
    }
}

impl Projects {
    pub(crate) fn names(&self) -> Vec<String> {
        self.read().keys().cloned().collect()
    }

    fn by_name(&self) -> BTreeMap<String, Arc<Project>> {
        let projects = self.read();
        let projects = projects.iter();
        projects
            .map(|(name, known)| (name.clone(), Arc::clone(&known.project)))
            .collect()
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<KnownProject>> {
        self.read().get(name).cloned()
    }

    /// By name.
    pub(crate) fn all(&self) -> Vec<Arc<KnownProject>> {
        self.read().values().cloned().collect()
    }

    /// Changes when a project was read, replaced or removed.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(crate) fn put(&self, known: KnownProject) -> Arc<KnownProject> {
        let name = known.project.name.clone();
        let mut projects = self.write();
        let known = Arc::new(match projects.get(&name) {
            Some(before) => known.continued(before),
            None => known,
        });
        projects.insert(name, Arc::clone(&known));
        drop(projects);
        self.given.notify_one();
        self.changed.send_replace(());
        known
    }

    /// Uses the project of a commit, unless this process was given another file meanwhile. `faults` are
    /// those of a newer commit.
    pub(crate) fn adopt(&self, known: &KnownProject, faults: Vec<FileFault>) {
        let mut projects = self.write();
        if let Some(now) = projects.get_mut(&known.project.name)
            && now.given == known.given
        {
            let known = KnownProject {
                faults,
                ..known.clone()
            };
            *now = Arc::new(known);
            self.changed.send_replace(());
        }
    }

    /// Until this process is given a file.
    pub(crate) async fn given(&self) {
        self.given.notified().await;
    }

    pub(crate) fn remove(&self, name: &str) {
        self.write().remove(name);
        self.changed.send_replace(());
    }

    pub(crate) fn blame(&self, name: &str, faults: Vec<FileFault>) {
        if let Some(known) = self.write().get_mut(name) {
            Arc::make_mut(known).faults = faults;
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Arc<KnownProject>>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Arc<KnownProject>>> {
        self.by_name.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProjectFile {
    pub(crate) fn of(settings: &ProjectSettings, allowed: &Arc<Allowed>) -> Self {
        Self {
            path: settings.path.clone(),
            env: settings.env.clone(),
            ignores_source: settings.ignores_source,
            allowed: Arc::clone(allowed),
            seen: None,
            project: None,
        }
    }

    /// At the next look it is read, whatever it looks like.
    pub(crate) fn read_again(&mut self) {
        self.seen = None;
    }

    /// Reads the file if it is another one than at the last look. `None`: it is the same.
    fn look(&mut self) -> Option<ReadProject> {
        let seen = fs::metadata(&self.path).ok();
        let seen = seen.and_then(|file| Some((file.modified().ok()?, file.len())));
        if seen.is_some() && seen == self.seen {
            return None;
        }
        self.seen = seen;
        let read = read(&self.path, &self.env, Some(&self.allowed));
        Some(read.map(|known| match self.ignores_source {
            true => known.without_source(),
            false => known,
        }))
    }
}

/// What has become of a file that was read.
#[derive(Debug)]
pub(crate) struct LookedAt {
    /// The project's name, if nothing is wrong.
    pub project: Option<String>,
    pub faults: Vec<FileFault>,
}

/// Reads the files that have changed and takes over those without faults.
pub(crate) fn look_at_all(files: &mut [ProjectFile], projects: &Projects) -> Vec<LookedAt> {
    let mut read: Vec<(usize, ReadProject)> = Vec::new();
    for place in 0..files.len() {
        let Some(mut found) = files[place].look() else {
            continue;
        };
        if let Ok(known) = &found
            && let Some(first) = first_of(&files[..place], &known.project.name)
        {
            let fault = FileFault::twice(&files[place].path, &known.project.name, first);
            found = Err(vec![fault]);
        } else if let Ok(known) = &found {
            files[place].project = Some(known.project.name.clone());
        }
        read.push((place, found));
    }
    // Files may refer to each other, so each is checked beside what the others are now.
    let mut all = projects.by_name();
    let good = read.iter().filter_map(|(_, found)| found.as_ref().ok());
    all.extend(good.map(|known| (known.project.name.clone(), Arc::clone(&known.project))));
    let taken = read.into_iter().map(|(place, found)| {
        let file = &files[place];
        let checked = found.and_then(|known| checked_beside(known, &all, &file.allowed));
        match checked {
            Ok(known) => {
                let project = Some(known.project.name.clone());
                projects.put(known);
                LookedAt {
                    project,
                    faults: Vec::new(),
                }
            }
            Err(faults) => {
                if let Some(name) = &file.project {
                    projects.blame(name, faults.clone());
                }
                LookedAt {
                    project: None,
                    faults,
                }
            }
        }
    });
    taken.collect()
}

/// A project, unless it says something of the other projects that is wrong.
fn checked_beside(
    known: KnownProject,
    all: &BTreeMap<String, Arc<Project>>,
    allowed: &Allowed,
) -> ReadProject {
    // Alone, it may be that the others are the projects of another process.
    if all.len() > 1 {
        check(&known.file, known.text.as_bytes(), Some(allowed), Some(all))?;
    }
    Ok(known)
}

/// The file before this one that has a project of the name.
fn first_of<'f>(before: &'f [ProjectFile], name: &str) -> Option<&'f Path> {
    let same = before
        .iter()
        .find(|file| file.project.as_deref() == Some(name));
    same.map(|file| file.path.as_path())
}

/// Reads and checks a project file, but for what it says of other projects.
pub(crate) fn read(
    path: &Path,
    env: &BTreeMap<String, String>,
    allowed: Option<&Allowed>,
) -> ReadProject {
    let whole = |problem: String| vec![FileFault::whole(path, problem)];
    let content = content_of(path).map_err(whole)?;
    let project = check(path, &content, allowed, None)?;
    let overrides = env
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let project = project.with_env(overrides);
    // Read as text without a fault.
    let text = String::from_utf8_lossy(&content).into_owned();
    let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = file.parent().unwrap_or(Path::new("/"));
    let directory = ProjectDir::open(directory)
        .map_err(|error| whole(format!("its directory cannot be opened: {error}")))?;
    Ok(KnownProject {
        given: project.version.clone(),
        project: Arc::new(project),
        text: text.into(),
        directory: Arc::new(directory),
        file,
        env: env.clone(),
        uploaded: false,
        faults: Vec::new(),
    })
}

/// Reads the text of a project that was uploaded, beside those that there are.
pub(crate) fn check_beside(
    path: &Path,
    text: &[u8],
    allowed: &Allowed,
    projects: &Projects,
) -> Result<Project, Vec<FileFault>> {
    let alone = check(path, text, Some(allowed), None)?;
    let mut all = projects.by_name();
    all.insert(alone.name.clone(), Arc::new(alone.clone()));
    match all.len() {
        1 => Ok(alone),
        _ => check(path, text, Some(allowed), Some(&all)),
    }
}

/// A project that was uploaded, whose directory is there.
pub(crate) fn uploaded(project: Project, path: &Path, text: &[u8]) -> io::Result<KnownProject> {
    let directory = ProjectDir::open(path.parent().unwrap_or(Path::new("/")))?;
    Ok(KnownProject {
        given: project.version.clone(),
        project: Arc::new(project),
        text: String::from_utf8_lossy(text).into(),
        directory: Arc::new(directory),
        file: path.to_owned(),
        env: BTreeMap::new(),
        uploaded: true,
        faults: Vec::new(),
    })
}

fn check(
    path: &Path,
    content: &[u8],
    allowed: Option<&Allowed>,
    others: Option<&BTreeMap<String, Arc<Project>>>,
) -> Result<Project, Vec<FileFault>> {
    let is_allowed = allowed.map(|allowed| |address: &str| allowed.hosts.allow(address));
    let listed = allowed.filter(|allowed| !allowed.hosts.is_empty());
    let is_allowed = is_allowed.as_ref().filter(|_| listed.is_some());
    let surroundings = Surroundings {
        projects: others,
        connections: allowed
            .map(|allowed| &allowed.connections)
            .filter(|names| !names.is_empty()),
        is_allowed: is_allowed.map(|is_allowed| is_allowed as &dyn Fn(&str) -> bool),
        git_file: allowed.map(|allowed| allowed.git_file),
    };
    let with_place = |fault: &project::Fault| FileFault::inside(path, fault);
    let read = project::read(content, surroundings);
    read.map(|(project, _)| project)
        .map_err(|faults| faults.iter().map(with_place).collect())
}

fn content_of(path: &Path) -> Result<Vec<u8>, String> {
    let file = fs::metadata(path).map_err(|error| error.to_string())?;
    if !file.is_file() {
        return Err("expected a project file".to_owned());
    }
    let mut content = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    // One byte more than it may have: the check says so.
    let most = project::FILE_MAX as u64 + 1;
    file.take(most)
        .read_to_end(&mut content)
        .map_err(|error| error.to_string())?;
    Ok(content)
}
