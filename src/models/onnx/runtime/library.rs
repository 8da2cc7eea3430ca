//! The library of ONNX Runtime, loaded once in a process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;

use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;

/// What became of the library that `prediction.onnxruntime` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Library {
    /// None is named.
    Unset,
    /// It computes graphs; with what it says of its build.
    Ready(String),
    /// It cannot be used, with the reason in a sentence.
    Unusable(String),
}

static LIBRARY: OnceLock<Result<Loaded, String>> = OnceLock::new();

struct Loaded {
    environment: Environment,
    build: String,
}

/// Loads the library for all models that are read from now on. The first call decides: a process has one library.
pub fn use_library(path: &Path) -> Library {
    state(LIBRARY.get_or_init(|| open(path)))
}

/// What became of the library.
pub fn library() -> Library {
    LIBRARY.get().map_or(Library::Unset, state)
}

/// Whether a library can be used: what it says of its build, or a sentence.
pub fn look(path: &Path) -> Result<String, String> {
    match use_library(path) {
        Library::Ready(build) => Ok(build),
        Library::Unusable(reason) => Err(reason),
        Library::Unset => Err("names no library".to_owned()),
    }
}

fn state(loaded: &Result<Loaded, String>) -> Library {
    match loaded {
        Ok(loaded) => Library::Ready(loaded.build.clone()),
        Err(reason) => Library::Unusable(reason.clone()),
    }
}

/// The environment of sessions, or what would help.
pub(super) fn environment() -> Result<&'static Environment, String> {
    match LIBRARY.get() {
        None => Err(
            "ONNX Runtime may compute it: set `prediction.onnxruntime` to the path of a libonnxruntime.so"
                .to_owned(),
        ),
        Some(Err(reason)) => Err(format!(
            "ONNX Runtime may compute it, but `prediction.onnxruntime` cannot be used: {reason}"
        )),
        Some(Ok(loaded)) => Ok(&loaded.environment),
    }
}

/// Reasons never have the path in them: callers may be shown them.
fn open(path: &Path) -> Result<Loaded, String> {
    if !path.is_file() {
        return Err("there is no such file; expected a libonnxruntime.so".to_owned());
    }
    // Some faults of a library are panics.
    let opened = catch_unwind(AssertUnwindSafe(|| -> Result<Loaded, String> {
        let builder = ort::init_from(path).map_err(|error| load_problem(&error))?;
        let environment = builder.with_name("audience").with_telemetry(false).build();
        let environment = environment.map_err(|_| "the library does not start".to_owned())?;
        // What concerns a model is in the error of the call.
        environment.set_log_level(LogLevel::Fatal);
        Ok(Loaded {
            environment,
            build: ort::info().to_owned(),
        })
    }));
    opened
        .unwrap_or_else(|_| Err("the library does not have what ONNX Runtime 1.17 has".to_owned()))
}

fn load_problem(error: &LoadDynamicError) -> String {
    match error {
        LoadDynamicError::Dlopen { .. } => {
            "the file is not a library that this machine can load; expected a libonnxruntime.so for it".to_owned()
        }
        LoadDynamicError::MissingApi { .. } | LoadDynamicError::InvalidVersionString => {
            "the file is a library, but not ONNX Runtime".to_owned()
        }
        LoadDynamicError::BadVersion { version_str, .. } => format!(
            "the library is ONNX Runtime {version_str}; expected 1.{} or newer",
            ort::MINOR_VERSION
        ),
    }
}

#[cfg(test)]
pub(super) fn problem_of(path: &Path) -> Option<String> {
    open(path).err()
}
