//! Which lines say that something failed.
//!
//! Surely those with `::error::`. Of others, these look like it:
//!
//! - a level: `ERROR`, `FATAL`, `CRITICAL`, `SEVERE`, `PANIC` as a word in capitals, `level=error`,
//!   `"level": "error"`, `[error]`;
//! - `error:`, `fatal:`, `panic:`, `error[E0308]:`, `ValueError:`, `java.io.IOException:` in any case, unless
//!   what follows is none (`0`, `none`, `null`, …);
//! - counts such as `3 failed` and `1 error`, but not `0 errors`;
//! - the words of interpreters, tools and the system: `Traceback (most recent call last)`, `panicked at`,
//!   `FAILED`, `npm ERR!`, `make: ***`, `command not found`, `No such file or directory`, `Permission denied`, `Segmentation
//!   fault`, `core dumped`, `Out of memory`, `No space left on device`, `Killed`.
//!
//! A line with a milder level near its beginning (`INFO`, `WARNING`, …) is none.

use std::ops::Range;
use std::sync::LazyLock;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::pattern::line_around;

/// Something of this is in each of these lines. Chosen to be rare in others, and found by vector instructions.
const CANDIDATES: &str = "rror|RROR|ERR!|atal|ATAL|anic|PANIC|ritical|RITICAL|EVERE|raceback|xception|ailed|ailure|AILED|FAIL|\
     \\*\\*\\* |not found|o such file|ermission den|egmentation|core dump|ut of mem|o space left|Killed";

const SIGNS: &str = r#"(?x)
      ^ ::error (?: [\ ] [^\n]*? )? ::
    | \b (?: ERROR | FATAL | CRITICAL | SEVERE | PANIC ) \b
    | (?i: \b (?: level | severity | lvl ) "? \s* [=:] \s* "? (?: error | fatal | critical | panic ) \b )
    | (?i: \[ (?: error | fatal | critical | panic ) \] )
    | (?i: (?: error | fatal | panic | exception ) (?: \[ \w* \] )? : )
    | \b [1-9] [0-9]* \s (?i: errors? | failed | failures? ) \b
    | \b Traceback [\ ] \( most [\ ] recent [\ ] call [\ ] last \)
    | \b panicked [\ ] at \b
    | \b FAILED \b
    | ^ FAIL [:\s]
    | \b npm [\ ] ERR!
    | \b make (?: \[ \d+ \] )? : [\ ] \*\*\* [\ ]
    | (?i: \b (?: command [\ ] not [\ ] found | no [\ ] such [\ ] file [\ ] or [\ ] directory | permission [\ ] denied
        | segmentation [\ ] fault | core [\ ] dumped | out [\ ] of [\ ] memory | no [\ ] space [\ ] left [\ ] on [\ ] device ) \b )
    | ^ Killed \b
"#;

/// What a sign begins with that is meant so.
const MARK: &[u8] = b"::";

/// Behind a sign it says that there was none.
const NOTHING: &str =
    r#"^["']?\s*["']?(?i:0+|no|none|null|nil|false|undefined|\[\]|\{\})["']?(?:[,;.)}\]]|\s*$)"#;

const MILDER: &str =
    r"\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING)\b|(?i:\blevel=(?:trace|debug|info|warn))";

/// Levels stand here.
const LEVEL_WITHIN_BYTES: usize = 80;

#[derive(Debug)]
pub(super) struct ErrorLines {
    candidates: Regex,
    signs: Regex,
    nothing: Regex,
    milder: Regex,
}

impl ErrorLines {
    pub(super) fn all() -> &'static Self {
        static ALL: LazyLock<ErrorLines> = LazyLock::new(|| ErrorLines {
            candidates: built(CANDIDATES),
            signs: built(SIGNS),
            nothing: built(NOTHING),
            milder: built(MILDER),
        });
        &ALL
    }

    pub(super) fn next_line(&self, text: &[u8], mut from: usize) -> Option<Range<usize>> {
        while from <= text.len() {
            let hit = self.candidates.find(Input::new(text).range(from..))?;
            let line = line_around(text, from, hit.range());
            if self.locate(text, line.clone()).is_some() {
                return Some(line);
            }
            from = line.end + 1;
        }
        None
    }

    /// The sign in this part of a line.
    pub(super) fn locate(&self, text: &[u8], part: Range<usize>) -> Option<Range<usize>> {
        let line = &text[part.clone()];
        let head = &line[..line.len().min(LEVEL_WITHIN_BYTES)];
        let milder = self.milder.find(head).map(|found| found.start());
        for sign in self.signs.find_iter(line) {
            let found = part.start + sign.start()..part.start + sign.end();
            if line.starts_with(MARK) && sign.start() == 0 {
                return Some(found);
            }
            if milder.is_some_and(|milder| milder < sign.start()) {
                return None;
            }
            if !self.nothing.is_match(&line[sign.end()..]) {
                return Some(found);
            }
        }
        None
    }
}

fn built(expression: &str) -> Regex {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let built = Regex::builder().syntax(syntax).build(expression);
    built.expect("a constant of this module compiles")
}
