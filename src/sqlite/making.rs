//! Whether a file could be made, found out without making it.

use std::path::Path;

use rustix::fs::{Access, access};

/// Why a file that is not there could not be made, with the directories that are missing before it;
/// `None`: as far as can be seen, it could.
pub(crate) fn why_it_cannot_be_made(file: &Path) -> Option<String> {
    let folders = file.ancestors().skip(1).map(|folder| {
        let is_here = folder.as_os_str().is_empty();
        if is_here { Path::new(".") } else { folder }
    });
    let (missing, there): (Vec<&Path>, Vec<&Path>) = folders.partition(|folder| !folder.exists());
    let nearest = there.first()?;
    let cause = why_nothing_can_be_made_in(nearest)?;
    Some(match missing.first() {
        None => format!("the file cannot be made: {cause}"),
        Some(folder) => {
            let folder = folder.display();
            format!("its directory `{folder}` is not there and cannot be made: {cause}")
        }
    })
}

fn why_nothing_can_be_made_in(folder: &Path) -> Option<String> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Some(format!("`{shown}` is not a directory"));
    }
    if let Err(cause) = access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        return Some(format!("`{shown}` cannot be written: {cause}"));
    }
    is_of_system(folder).then(|| format!("`{shown}` is a directory of the system itself"))
}

/// Whether files there are made by the system alone, whatever the rights of its directories say to
/// its administrator.
#[cfg(target_os = "linux")]
fn is_of_system(folder: &Path) -> bool {
    use rustix::fs::{FsWord, PROC_SUPER_MAGIC, statfs};
    // That of `/sys`, which the library does not name.
    const SYSFS_MAGIC: FsWord = 0x6265_6572;
    statfs(folder).is_ok_and(|found| [PROC_SUPER_MAGIC, SYSFS_MAGIC].contains(&found.f_type))
}

#[cfg(not(target_os = "linux"))]
fn is_of_system(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_could_be_made_where_directories_can_be_made_or_are() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for fine in ["new.db", "a/b/new.db"] {
            assert_eq!(why_it_cannot_be_made(&at(fine)), None, "{fine}");
        }
        assert_eq!(why_it_cannot_be_made(Path::new("new.db")), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(at("file"), "").unwrap();
        for wrong in ["file/new.db", "file/a/new.db"] {
            let said = why_it_cannot_be_made(&at(wrong)).unwrap_or_default();
            assert!(said.ends_with("is not a directory"), "{wrong}: {said}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_can_be_made_among_the_files_of_the_system() {
        for file in ["/proc/nope/x.db", "/proc/x.db", "/sys/nope/x.db"] {
            let said = why_it_cannot_be_made(Path::new(file)).unwrap_or_default();
            assert!(said.contains("cannot be made"), "{file}: {said}");
        }
    }
}
