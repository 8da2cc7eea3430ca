use super::*;

fn load(default: &str) -> Result<Loaded, SettingsError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("default.yaml"), default).expect("written");
    let place = SettingsPlace {
        directory: Some(folder.path().to_owned()),
    };
    let folder = folder.path().display().to_string();
    Settings::load(&place).map_err(|mut error| {
        for fault in &mut error.faults {
            fault.place = fault.place.replace(&folder, "");
        }
        error
    })
}

fn faults(default: &str) -> Vec<String> {
    match load(default) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn what_the_repository_ships_is_what_is_built_in() {
    let loaded = load(BUILT_IN).expect("good settings");
    let groups: Vec<&str> = loaded
        .settings
        .labelling
        .groups
        .0
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        groups,
        ["fbfans", "Ptt", "Dcard", "Instagram", "blog", "forum"]
    );
    let built_in = Settings::default();
    assert_eq!(loaded.settings.runtime, built_in.runtime);
    assert_eq!(loaded.settings.server, built_in.server);
    assert_eq!(
        loaded.settings.labelling.rows_per_slice,
        built_in.labelling.rows_per_slice
    );
    assert_eq!(loaded.settings.log.level, built_in.log.level);
}

#[test]
fn every_fault_of_a_file_is_told_with_line_and_key() {
    let text = "server:\n  bnd: x\n  max_body_bytes: many\nlog:\n  format: loud\nruntme: {}\n";
    let told = faults(text);
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].starts_with("/default.yaml:2: server: unknown field `bnd`, expected"));
    assert!(told[1].starts_with("/default.yaml:3: server.max_body_bytes: invalid type: string"));
    assert!(told[2].starts_with("/default.yaml:5: log.format: unknown variant `loud`, expected"));
    assert!(told[3].starts_with("/default.yaml:6: unknown field `runtme`, expected"));
}

#[test]
fn values_out_of_range_are_told_with_what_was_expected() {
    let told = faults("log: {level: inof}\n");
    assert!(told[0].starts_with("/default.yaml:1: log.level: `inof` is not a level"));
    let told = faults("runtime:\n  jobs_at_once: 0\nserver:\n  bind: here\n");
    assert_eq!(
        told,
        [
            "/default.yaml:4: server.bind: `here` is not an address, expected one such as \
             127.0.0.1:8080",
            "/default.yaml:2: runtime.jobs_at_once: 0 is out of range, expected 1 to 1024",
        ]
    );
}

#[test]
fn a_missing_file_is_told() {
    let place = SettingsPlace {
        directory: Some("no/such/folder".into()),
    };
    let error = Settings::load(&place).expect_err("no such folder");
    assert!(
        error
            .to_string()
            .contains("no/such/folder/default.yaml: cannot be read")
    );
}
