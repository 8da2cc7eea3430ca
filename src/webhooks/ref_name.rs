//! Names of branches and tags, as a forge sends them. They are compared and shown, and nothing else:
//! no command is given one. Names that only an attack would have are refused all the same.

use super::delivery::Subject;
use crate::printable::printable;

/// Bytes of a name.
const NAME_MAX: usize = 250;

/// `refs/heads/…` or `refs/tags/…`; an error says why it is not used.
pub(super) fn read_ref(written: &str) -> Result<Subject, String> {
    if let Some(name) = written.strip_prefix("refs/heads/") {
        return Ok(Subject::Branch(checked("branch", name)?));
    }
    if let Some(name) = written.strip_prefix("refs/tags/") {
        return Ok(Subject::Tag(checked("tag", name)?));
    }
    Err(format!("{} is neither a branch nor a tag", shown(written)))
}

/// The name of a branch without `refs/heads/`.
pub(super) fn read_branch(name: &str) -> Result<String, String> {
    checked("branch", name)
}

fn checked(what: &str, name: &str) -> Result<String, String> {
    match is_usual(name) {
        true => Ok(name.to_owned()),
        false => Err(format!(
            "{} is not used as the name of a {what}",
            shown(name)
        )),
    }
}

/// A part of the rules of git, and none of the characters that shells act on.
fn is_usual(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_alphanumeric() || "._-/+=@#,%".contains(letter);
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.ends_with(['.'])
            && !part.ends_with(".lock")
    };
    name.len() <= NAME_MAX
        && name.chars().all(is_plain)
        && name.split('/').all(is_part)
        && !name.contains("..")
        && name != "@"
}

fn shown(name: &str) -> String {
    let short: String = name.chars().take(80).collect();
    let more = if short.len() < name.len() { "…" } else { "" };
    format!("`{}{more}`", printable(&short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_used() {
        for name in [
            "main",
            "release/1.2",
            "fix-#12",
            "a@b",
            "資料/x",
            "v1.0+x=y,z",
        ] {
            let branch = read_ref(&format!("refs/heads/{name}"));
            assert_eq!(branch, Ok(Subject::Branch(name.to_owned())));
            let tag = read_ref(&format!("refs/tags/{name}"));
            assert_eq!(tag, Ok(Subject::Tag(name.to_owned())));
        }
    }

    #[test]
    fn others_are_refused_by_name() {
        for name in [
            "--upload-pack=touch /tmp/x",
            "--upload-pack=x",
            "$(id)",
            "`id`",
            "a;b",
            "../x",
            "a/../../x",
            "a/-b",
            "a..b",
            ".x",
            "x.lock",
            "a//b",
            "/a",
            "a/",
            "",
            "@",
            "a b",
            "a\nb",
            "a\0b",
            "a\u{202e}b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[b",
            "a\\b",
            &"x".repeat(251),
        ] {
            let error = read_ref(&format!("refs/heads/{name}")).unwrap_err();
            assert!(error.ends_with("as the name of a branch"), "{error}");
            assert!(!error.contains(['\n', '\u{202e}']));
        }
        assert!(read_ref("refs/pull/1/head").is_err());
        assert!(read_ref("main").is_err());
    }
}
