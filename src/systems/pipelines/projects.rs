//! The projects that this process knows, each as its file was when it was last without faults.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use tokio::sync::{Notify, watch};

use super::allowed::Allowed;
use super::file_fault::FileFault;
use super::known_project::KnownProject;
use super::outputs::ProjectDir;
use super::project::{self, Project, Surroundings};
use super::settings::ProjectSettings;

/// The projects of this process, by name.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    by_name: RwLock<BTreeMap<String, Arc<KnownProject>>>,
    /// Somebody has given this process a file.
    given: Notify,
    changed: watch::Sender<()>,
}

/// Where a project comes from, and what its file was like when it was last looked at.
#[derive(Debug)]
pub(crate) struct ProjectFile {
    path: PathBuf,
    env: BTreeMap<String, String>,
    ignores_source: bool,
    allowed: Arc<Allowed>,
    seen: Option<(SystemTime, u64)>,
    /// The name that it says; the last one of a file without faults.
    project: Option<String>,
    /// The name under which its project is known.
    served: Option<String>,
}

/// A file without faults, or what is wrong with it.
pub(crate) type ReadProject = Result<KnownProject, Vec<FileFault>>;

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
            served: None,
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
    let mut taken = Vec::with_capacity(read.len());
    let mut renamed = Vec::new();
    for (place, found) in read {
        let file = &mut files[place];
        let checked = found.and_then(|known| checked_beside(known, &all, &file.allowed));
        match checked {
            Ok(known) => {
                let project = Some(known.project.name.clone());
                projects.put(known);
                let before = std::mem::replace(&mut file.served, project.clone());
                renamed.extend(before.filter(|before| Some(before) != project.as_ref()));
                taken.push(LookedAt {
                    project,
                    faults: Vec::new(),
                });
            }
            Err(faults) => {
                if let Some(name) = &file.served {
                    projects.blame(name, faults.clone());
                }
                taken.push(LookedAt {
                    project: None,
                    faults,
                });
            }
        }
    }
    for name in renamed {
        // Another file may have taken the name over.
        if !files.iter().any(|file| file.served.as_ref() == Some(&name)) {
            projects.remove(&name);
        }
    }
    taken
}

/// A project, unless it says something of the other projects that is wrong.
fn checked_beside(
    known: KnownProject,
    all: &BTreeMap<String, Arc<Project>>,
    allowed: &Allowed,
) -> ReadProject {
    // Alone, it may be that the others are the projects of another process.
    if all.len() > 1 {
        let around = Around {
            allowed: Some(allowed),
            others: Some(all),
            env: &known.env,
            directory: &known.directory,
        };
        check(&known.file, known.text.as_bytes(), around)?;
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
    let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = file.parent().unwrap_or(Path::new("/"));
    let directory = ProjectDir::open(directory)
        .map_err(|error| whole(format!("its directory cannot be opened: {error}")))?;
    let around = Around {
        allowed,
        others: None,
        env,
        directory: &directory,
    };
    let (project, warnings) = check(path, &content, around)?;
    let overrides = env
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let project = project.with_env(overrides);
    // Read as text without a fault.
    let text = String::from_utf8_lossy(&content).into_owned();
    Ok(KnownProject {
        given: project.version.clone(),
        project: Arc::new(project),
        text: text.into(),
        directory: Arc::new(directory),
        file,
        env: env.clone(),
        uploaded: false,
        faults: Vec::new(),
        warnings,
    })
}

/// Reads the text of a project that was uploaded, or stands in a commit, beside those that there are.
pub(crate) fn check_beside(
    path: &Path,
    text: &[u8],
    allowed: &Allowed,
    projects: &Projects,
    (directory, env): (&ProjectDir, &BTreeMap<String, String>),
) -> Result<Project, Vec<FileFault>> {
    let around = Around {
        allowed: Some(allowed),
        others: None,
        env,
        directory,
    };
    let (alone, _) = check(path, text, around)?;
    let mut all = projects.by_name();
    all.insert(alone.name.clone(), Arc::new(alone.clone()));
    match all.len() {
        1 => Ok(alone),
        _ => {
            let others = Some(&all);
            Ok(check(path, text, Around { others, ..around })?.0)
        }
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
        warnings: Vec::new(),
    })
}

/// What a file is checked with.
#[derive(Clone, Copy)]
struct Around<'a> {
    allowed: Option<&'a Allowed>,
    others: Option<&'a BTreeMap<String, Arc<Project>>>,
    env: &'a BTreeMap<String, String>,
    directory: &'a ProjectDir,
}

/// A project, with what is allowed in its file, but seldom meant.
fn check(
    path: &Path,
    content: &[u8],
    around: Around<'_>,
) -> Result<(Project, Vec<FileFault>), Vec<FileFault>> {
    let Around {
        allowed, others, ..
    } = around;
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
        commits_definitions: allowed.map(|allowed| &allowed.commits_definitions),
        env: Some(around.env),
        places: Some(around.directory),
    };
    let with_place = |fault: &project::Fault| FileFault::inside(path, fault);
    let read = project::read(content, surroundings);
    read.map(|(project, warnings)| (project, warnings.iter().map(with_place).collect()))
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
