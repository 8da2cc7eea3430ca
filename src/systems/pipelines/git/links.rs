//! Links in a checkout: none may lead out of it.

use std::fs;
use std::io;
use std::path::{Component, Path};

/// The first of these links, relative to the checkout, that leads out of it.
pub(super) fn leading_out<'l>(root: &Path, links: &'l [String]) -> io::Result<Option<&'l str>> {
    if links.is_empty() {
        return Ok(None);
    }
    let root = fs::canonicalize(root)?;
    for link in links {
        if leads_out(&root, Path::new(link))? {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

fn leads_out(root: &Path, link: &Path) -> io::Result<bool> {
    let target = match fs::read_link(root.join(link)) {
        Ok(target) => target,
        // Another commit of the same name stands there, or nothing.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(false),
        Err(error) => return Err(error),
    };
    let folder = link.parent().unwrap_or(Path::new(""));
    if is_outside(folder, &target) {
        return Ok(true);
    }
    // As the system follows it: through other links. Of a target that is not there, its directory.
    let target = root.join(folder).join(target);
    let there = target
        .ancestors()
        .find_map(|path| fs::canonicalize(path).ok());
    Ok(there.is_none_or(|there| !there.starts_with(root)))
}

/// By the parts of the path alone.
fn is_outside(folder: &Path, target: &Path) -> bool {
    let mut depth = folder.components().count();
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_stay_inside() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("checkout");
        fs::create_dir_all(root.join("p/q/r")).unwrap();
        fs::create_dir(folder.path().join("beside")).unwrap();
        // `p/q/r/up` is the checkout itself.
        symlink("../../..", root.join("p/q/r/up")).unwrap();
        for (link, target, expected) in [
            ("a", "p/q", false),
            ("b", "./p/../p/q", false),
            ("p/c", "../p/q/r", false),
            ("d", "nowhere/x", false),
            ("p/q/r/e", "up/p", false),
            ("f", "/etc/passwd", true),
            ("g", "../beside", true),
            ("p/h", "../../beside", true),
            ("i", "..", true),
            ("p/q/r/j", "up/../beside", true),
            ("p/q/r/k", "up/../nowhere", true),
        ] {
            symlink(target, root.join(link)).unwrap();
            let links = [link.to_owned()];
            let found = leading_out(&root, &links).unwrap();
            assert_eq!(found.is_some(), expected, "{link} -> {target}");
        }
    }
}
