//! The directory of exports. A zip shows in it once it is whole, and what is being written has names that begin with
//! a dot.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::fault::{ExportFault, failed_to};

/// What was left unfinished is older than anything takes.
const UNFINISHED: Duration = Duration::from_secs(24 * 3_600);

#[derive(Clone, Debug)]
pub(super) struct Place {
    directory: PathBuf,
}

/// Where one export is being written. Dropped, nothing is left of it but what was shown.
#[derive(Debug)]
pub(super) struct Workplace {
    directory: PathBuf,
    folder: PathBuf,
    name: String,
}

impl Place {
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// `name`: of the zip, without its ending.
    pub fn begin(&self, name: &str) -> Result<Workplace, ExportFault> {
        let folder = format!(".{name}.{}", Uuid::now_v7().simple());
        let folder = self.directory.join(folder);
        fs::create_dir_all(&folder).map_err(failed_to("make a folder for an export"))?;
        Ok(Workplace {
            directory: self.directory.clone(),
            folder,
            name: name.to_owned(),
        })
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    pub fn has(&self, file: &str) -> bool {
        self.path(file).is_file()
    }

    /// Removes a file; one that is not there is removed already. Returns whether it was there.
    pub fn remove(&self, file: &str) -> Result<bool, ExportFault> {
        match fs::remove_file(self.path(file)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed_to("remove an export")(error)),
        }
    }

    /// Removes the exports of a job, and returns how many there were.
    pub fn remove_of(&self, job: &str) -> Result<u64, ExportFault> {
        let ending = format!("_{job}.zip");
        let mut removed = 0;
        for name in self
            .names()?
            .into_iter()
            .filter(|name| name.ends_with(&ending))
        {
            removed += u64::from(self.remove(&name)?);
        }
        Ok(removed)
    }

    /// Removes what is older than so much, and what was left unfinished.
    pub fn sweep(&self, keep: Duration) -> Result<(), ExportFault> {
        for name in self.names()? {
            let path = self.path(&name);
            let Some(age) = age(&path) else {
                continue;
            };
            let removed = match name.starts_with('.') {
                true if age > UNFINISHED => fs::remove_dir_all(&path),
                false if age > keep && name.ends_with(".zip") => fs::remove_file(&path),
                _ => Ok(()),
            };
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed_to("remove an old export")(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn names(&self) -> Result<Vec<String>, ExportFault> {
        let listed = match fs::read_dir(&self.directory) {
            Ok(listed) => listed,
            // It is made with the first export.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed_to("list exports")(error)),
        };
        let names = listed.flatten().map(|entry| entry.file_name());
        Ok(names.filter_map(|name| name.into_string().ok()).collect())
    }
}

fn age(path: &Path) -> Option<Duration> {
    let modified = fs::symlink_metadata(path).ok()?.modified().ok()?;
    SystemTime::now().duration_since(modified).ok()
}

impl Workplace {
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the zip is written.
    pub fn zip(&self) -> PathBuf {
        self.folder.join("packed.zip")
    }

    /// Lets the zip show, in the place of what had its name before. It is durable when this returns.
    pub fn show(&self) -> Result<(), ExportFault> {
        const SHOW: &str = "let an export show";
        let shown = self.directory.join(format!("{}.zip", self.name));
        fs::rename(self.zip(), shown).map_err(failed_to(SHOW))?;
        let directory = fs::File::open(&self.directory).map_err(failed_to(SHOW))?;
        directory.sync_all().map_err(failed_to(SHOW))
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed is swept later.
        fs::remove_dir_all(&self.folder).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_shows_once_it_is_whole_and_nothing_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path().join("exports"));
        assert!(!place.has("1_a.zip"));
        let work = place.begin("1_a").unwrap();
        fs::write(work.zip(), "half").unwrap();
        assert!(!place.has("1_a.zip"));
        drop(work);
        assert!(place.names().unwrap().is_empty());
        let work = place.begin("1_a").unwrap();
        fs::write(work.zip(), "whole").unwrap();
        work.show().unwrap();
        drop(work);
        assert_eq!(place.names().unwrap(), ["1_a.zip"]);
        place.sweep(Duration::from_secs(60)).unwrap();
        assert_eq!(fs::read(place.path("1_a.zip")).unwrap(), b"whole");
        assert_eq!(place.remove_of("b").unwrap(), 0);
        assert_eq!(place.remove_of("a").unwrap(), 1);
        assert!(!place.remove("1_a.zip").unwrap());
    }

    #[test]
    fn what_is_old_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path().to_owned());
        for name in ["1_a.zip", "other"] {
            fs::write(place.path(name), "").unwrap();
        }
        let work = place.begin("2_a").unwrap();
        place.sweep(Duration::ZERO).unwrap();
        let mut names = place.names().unwrap();
        names.sort();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(names[1], "other");
        drop(work);
    }
}
