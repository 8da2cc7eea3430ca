//! Hands lines that say that somebody should act, and panics, to the program that reports them elsewhere.
//! What does not fit is dropped: they stand in the log.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tracing::Level;

use super::line::Line;
use crate::clock;

/// Lines that wait to be reported.
const WAITING_MAX: usize = 200;

/// Something that somebody should see to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorLine {
    /// Microseconds since 1970.
    pub at: i64,
    /// `error`, or `panic`.
    pub kind: &'static str,
    pub message: String,
    pub job: Option<String>,
    pub flow: Option<String>,
}

/// Tests run several programs in one process, of which each takes all of them.
static TAKERS: Mutex<Vec<mpsc::Sender<ErrorLine>>> = Mutex::new(Vec::new());

static HOOK: Once = Once::new();

thread_local! {
    /// Where the work panicked that this thread does, if its caller reports that itself.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn install_hook() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_caught = CAUGHT.with_borrow_mut(|caught| match caught {
                Some(place) => {
                    *place = place_of(panic);
                    true
                }
                None => false,
            });
            if !is_caught {
                report_panic(panic);
                before(panic);
            }
        }));
    });
}

/// Does work of which the caller reports panics itself, for they may be many; the error is where it panicked.
pub fn catching_panics<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    let around = CAUGHT.replace(Some(String::new()));
    let done = catch_unwind(AssertUnwindSafe(work));
    let place = CAUGHT.replace(around);
    done.map_err(|_| place.unwrap_or_default())
}

/// What is reported from now on, panics included.
pub fn error_lines() -> mpsc::Receiver<ErrorLine> {
    install_hook();
    let (taker, lines) = mpsc::channel(WAITING_MAX);
    takers(|takers| takers.push(taker));
    lines
}

pub(super) fn report(line: &Line) {
    if line.level != Level::ERROR {
        return;
    }
    let field = |name: &str| {
        let value = line.fields.get(name).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let message = match field("error") {
        Some(error) => format!("{}: {error}", line.message),
        None => line.message.clone(),
    };
    hand_on(&ErrorLine {
        at: line.at,
        kind: "error",
        message,
        job: field("job.id"),
        flow: field("flow"),
    });
}

/// Where it happened, and not what it said: that may come from rows.
fn place_of(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map_or_else(String::new, |location| {
        let file = location.file();
        // A path below somebody's home says nothing.
        let file = file.rsplit_once("src/").map_or(file, |(_, file)| file);
        format!(" at {file}:{}", location.line())
    })
}

fn report_panic(panic: &PanicHookInfo<'_>) {
    hand_on(&ErrorLine {
        at: clock::now_micros(),
        kind: "panic",
        message: format!("a thread panicked{}", place_of(panic)),
        job: None,
        flow: None,
    });
}

fn hand_on(line: &ErrorLine) {
    takers(|takers| {
        takers.retain(|taker| match taker.try_send(line.clone()) {
            Ok(()) | Err(TrySendError::Full(_)) => true,
            Err(TrySendError::Closed(_)) => false,
        });
    });
}

fn takers<T>(work: impl FnOnce(&mut Vec<mpsc::Sender<ErrorLine>>) -> T) -> T {
    work(&mut TAKERS.lock().unwrap_or_else(PoisonError::into_inner))
}
