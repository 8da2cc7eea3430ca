//! Links the program with packed relocations, which are 1.7 MB otherwise, where the C library reads
//! them; and asks cargo which libraries become parts of the program, and under which licences they
//! stand, for `GET /v1/licences`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The first glibc that reads packed relocations.
const SINCE: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rerun-if-changed=build.rs");
    let is_for_this_machine = env::var_os("HOST") == env::var_os("TARGET");
    if is_for_this_machine && glibc().is_some_and(|version| version >= SINCE) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    write_parts();
}

/// The version of this machine's C library: `glibc 2.36`. `None`: it has another one.
fn glibc() -> Option<(u32, u32)> {
    let asked = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let said = String::from_utf8(asked.ok()?.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Writes the list of the parts where the program includes it.
fn write_parts() {
    let parts = match parts() {
        Ok(parts) => parts,
        // The program can be built all the same; it then says that it does not know.
        Err(problem) => {
            println!("cargo::warning=the licences of the parts are not known: {problem}");
            BTreeSet::new()
        }
    };
    let place = env::var("OUT_DIR").expect("cargo sets it for build scripts");
    let lines: Vec<String> = parts.into_iter().collect();
    let written = fs::write(Path::new(&place).join("licences.tsv"), lines.join("\n"));
    written.expect("cargo makes the folder");
}

/// A line for each library of others: its name, its version and its licence, with tabs in between.
fn parts() -> Result<BTreeSet<String>, String> {
    const FORMAT: &str = "{p}\t{l}";
    let variable = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let mut tree = Command::new(variable("CARGO")?);
    tree.args(["tree", "--locked", "--offline", "--prefix", "none"]);
    // What only builds the program is not a part of it.
    tree.args(["--edges", "normal,no-proc-macro", "--format", FORMAT]);
    tree.args(["--target", &variable("TARGET")?]);
    if env::var_os("CARGO_FEATURE_S3").is_some() {
        tree.args(["--features", "s3"]);
    }
    let output = tree.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().next().unwrap_or_default().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(part).collect())
}

/// `None`: it is one of the program's own, which stand in a folder.
fn part(line: &str) -> Option<String> {
    // What was listed before has a mark.
    let line = line.trim_end_matches(" (*)");
    let (package, licence) = line.split_once('\t')?;
    if package.contains("(/") {
        return None;
    }
    let mut words = package.split(' ');
    let (name, version) = (words.next()?, words.next()?);
    let version = version.trim_start_matches('v');
    // An older way to write a choice.
    let licence = licence.replace('/', " OR ");
    Some(format!("{name}\t{version}\t{licence}"))
}
