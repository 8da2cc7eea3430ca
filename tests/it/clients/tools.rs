//! Where the linters and generators are, and how they are run.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const MISSING: &str = "the tests are run with scripts/test, which installs linters and generators";

/// Installed tools, and a folder for what they make.
pub(super) struct Tools {
    python: String,
    node: PathBuf,
    folder: TempDir,
}

impl Tools {
    pub(super) fn find() -> Self {
        let folder = TempDir::new().unwrap();
        let node: PathBuf = std::env::var("AUDIENCE_TEST_API_NODE")
            .expect(MISSING)
            .into();
        let modules = node.join("node_modules");
        std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
        std::fs::write(folder.path().join("package.json"), r#"{"type":"module"}"#).unwrap();
        Self {
            python: std::env::var("AUDIENCE_TEST_API_PYTHON").expect(MISSING),
            node,
            folder,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file beside the lists of tools.
    pub(super) fn setting(&self, name: &str) -> String {
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        files.join(name).to_str().unwrap().to_owned()
    }

    pub(super) fn copy_to_folder(&self, name: &str) {
        std::fs::copy(self.setting(name), self.folder().join(name)).unwrap();
    }

    /// Runs a tool from npm; what it printed.
    pub(super) fn node(&self, tool: &str, arguments: &[&str]) -> String {
        let tool = self.node.join("node_modules/.bin").join(tool);
        let mut command = Command::new("node");
        self.run(command.arg(tool).args(arguments))
    }

    pub(super) fn node_script(&self, arguments: &[&str]) -> String {
        self.run(Command::new("node").args(arguments))
    }

    /// Runs Python with the tools from PyPI, and with the packages in the folder.
    pub(super) fn python(&self, arguments: &[&str]) -> String {
        let path = format!("{}:{}", self.python, self.folder().display());
        let mut command = Command::new("python3");
        self.run(command.args(arguments).env("PYTHONPATH", path))
    }

    fn run(&self, command: &mut Command) -> String {
        let ran = command
            .current_dir(self.folder())
            .env("HOME", self.folder())
            .env("NO_COLOR", "1")
            // Nothing is reported to anybody.
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, errors) = (text(&ran.stdout), text(&ran.stderr));
        assert!(ran.status.success(), "{command:?}:\n{out}\n{errors}");
        format!("{errors}{out}")
    }
}

/// Every document that the program prints, in a file of a folder.
pub(super) fn documents(folder: &Path) -> Vec<(&'static str, String)> {
    let written = |(name, options): (&'static str, &[&str])| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        let printed = command.arg("openapi").args(options).output().unwrap();
        assert!(printed.status.success(), "{name}: {printed:?}");
        let file = folder.join(format!("{name}.json"));
        std::fs::write(&file, printed.stdout).unwrap();
        (name, file.to_str().unwrap().to_owned())
    };
    let all: [(&str, &[&str]); 5] = [
        ("v1", &[]),
        ("compat", &["--compat"]),
        ("dispatch", &["--dispatch"]),
        ("inference", &["--inference"]),
        ("briefs", &["--briefs"]),
    ];
    all.into_iter().map(written).collect()
}

/// How many operations a client in Python has: a file each.
pub(super) fn functions(package: &str) -> usize {
    let groups = std::fs::read_dir(Path::new(package).join("api")).unwrap();
    let groups = groups.map(|group| group.unwrap().path());
    let files = groups.filter(|group| group.is_dir()).flat_map(|group| {
        let files = std::fs::read_dir(group).unwrap();
        files.map(|file| file.unwrap().file_name())
    });
    let names = files.map(|name| name.into_string().unwrap());
    names
        .filter(|name| name.ends_with(".py") && name != "__init__.py")
        .count()
}
