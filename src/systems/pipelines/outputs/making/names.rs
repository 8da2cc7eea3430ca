//! Names of what stands beside an output while it is made. All are hidden.

use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a name that file systems take.
const NAME_BYTES_MAX: usize = 255;

/// Begins the name of what an attempt writes to.
const TEMPORARY: &str = ".tmp-";
/// Begins the name of what stood at the final place, on its way out.
const OLD: &str = ".old-";
/// Begins the name of a list of what stood at a place that the program writes to itself.
const BEFORE: &str = ".was-";
/// Begins the name of an empty file in a directory that is replaced.
const REPLACED: &str = ".replaced-";

/// One attempt at one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt<'a> {
    /// A number or the like: letters, digits and dashes.
    pub job: &'a str,
    pub number: u32,
}

impl Attempt<'_> {
    fn tag(&self) -> String {
        format!("{}-{}", self.job, self.number)
    }

    /// What the attempt writes to, beside `place`. Ends like it: programs look at that.
    pub(super) fn temporary(&self, place: &Path) -> PathBuf {
        beside(place, TEMPORARY, &self.tag())
    }

    pub(super) fn old(&self, place: &Path) -> PathBuf {
        beside(place, OLD, &self.tag())
    }

    pub(super) fn is_old(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        name.starts_with(format!("{OLD}{}-", self.tag()).as_bytes())
    }

    pub(super) fn before(&self, place: &Path) -> PathBuf {
        beside(place, BEFORE, &self.tag())
    }

    /// The directory that an attempt writes the files of a glob to. `no` is the output's.
    pub(super) fn temporary_folder(&self, folder: &Path, no: usize) -> PathBuf {
        folder.join(format!("{TEMPORARY}{}-{no}", self.tag()))
    }

    pub(super) fn mark(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{REPLACED}{}", self.tag()))
    }
}

/// The number of the attempt of `job` that something with this name belongs to.
pub(super) fn attempt_of(name: &str, job: &str) -> Option<u32> {
    let rest = [TEMPORARY, BEFORE]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))?;
    let rest = rest.strip_prefix(job)?.strip_prefix('-')?;
    rest.split_once('-')?.0.parse().ok()
}

fn beside(place: &Path, prefix: &str, tag: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let room = NAME_BYTES_MAX.saturating_sub(prefix.len() + tag.len() + 1);
    let name = match name.len() <= room {
        true => name.into_owned(),
        false => shortened(&name, room),
    };
    place.with_file_name(format!("{prefix}{tag}-{name}"))
}

/// A digest of a name, and its end.
fn shortened(name: &str, room: usize) -> String {
    let digest = format!("{:016x}-", xxh3_64(name.as_bytes()));
    let mut from = name.len() - room.saturating_sub(digest.len());
    while !name.is_char_boundary(from) {
        from += 1;
    }
    digest + &name[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: Attempt<'_> = Attempt {
        job: "019ac1f0-7c3e-7d12-b0aa-0123456789ab",
        number: 4_000_000_000,
    };

    #[test]
    fn names_end_like_the_final_one() {
        let name = ATTEMPT.temporary(Path::new("/p/data/x.csv.gz"));
        let expected = "/p/data/.tmp-019ac1f0-7c3e-7d12-b0aa-0123456789ab-4000000000-x.csv.gz";
        assert_eq!(name, Path::new(expected));
    }

    #[test]
    fn long_names_are_shortened_and_stay_different() {
        let names = ["a", "b"].map(|first| {
            let place = format!("/p/{first}{}.csv", "報".repeat(80));
            let name = ATTEMPT.temporary(Path::new(&place));
            let name = name.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(name.len() <= NAME_BYTES_MAX, "{}", name.len());
            assert!(name.ends_with("報.csv"), "{name}");
            name
        });
        assert_ne!(names[0], names[1]);
    }

    #[test]
    fn names_belong_to_attempts() {
        for (name, expected) in [
            (".tmp-7-3-x.csv", Some(3)),
            (".was-7-3-x", Some(3)),
            (".tmp-7-12-1", Some(12)),
            (".tmp-71-3-x", None),
            (".tmp-7-x", None),
            (".old-7-3-x", None),
            ("x.csv", None),
        ] {
            assert_eq!(attempt_of(name, "7"), expected, "{name}");
        }
    }
}
