//! Attempts: what they may make, and what is left when they fail.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::super::{Attempt, discard, prepare, publish, sweep};
use super::{ATTEMPT, Project, files, glob, in_place, path, path_of, write};

#[test]
fn an_attempt_that_made_nothing_fails() {
    let project = Project::with(&[("d/x", "old"), ("g/a.csv", "old")]);
    let outputs = [path("d/x")];
    project.prepare(&outputs);
    let error = project.finish(&outputs).unwrap_err();
    assert_eq!(error.to_string(), "made no d/x");

    let outputs = [path("d/x"), path("d/y")];
    let out = project.prepare(&outputs);
    fs::write(&out[0], "new").unwrap();
    let error = project.finish(&outputs).unwrap_err();
    assert_eq!(error.to_string(), "made no d/y");
    discard(&project.dir, &outputs, ATTEMPT).unwrap();

    let outputs = [glob("g/*.csv", 2)];
    let out = project.prepare(&outputs);
    let error = project.finish(&outputs).unwrap_err();
    assert_eq!(error.to_string(), "made no g/*.csv");
    fs::write(out[0].join("b.csv"), "new").unwrap();
    let error = project.finish(&outputs).unwrap_err();
    assert_eq!(error.to_string(), "made 1 of g/*.csv; expected at least 2");
    discard(&project.dir, &outputs, ATTEMPT).unwrap();
    assert_eq!(project.all(), files(&[("d/x", "old"), ("g/a.csv", "old")]));
}

#[test]
fn an_empty_file_is_enough_unless_bytes_are_asked_for() {
    let project = Project::new();
    let outputs = [path("d/x")];
    fs::write(&project.prepare(&outputs)[0], "").unwrap();
    publish(&project.dir, &project.finish(&outputs).unwrap()).unwrap();
    assert_eq!(project.all(), files(&[("d/x", "")]));

    let outputs = [path_of("d/x", 4)];
    let out = project.prepare(&outputs);
    fs::write(&out[0], "").unwrap();
    let error = project.finish(&outputs).unwrap_err();
    assert_eq!(error.to_string(), "made 0 B of d/x; expected at least 4 B");
    fs::remove_file(&out[0]).unwrap();
    fs::create_dir(&out[0]).unwrap();
    fs::write(out[0].join("a"), "12").unwrap();
    fs::write(out[0].join("b"), "34").unwrap();
    publish(&project.dir, &project.finish(&outputs).unwrap()).unwrap();
    assert_eq!(project.all(), files(&[("d/x/a", "12"), ("d/x/b", "34")]));
}

#[test]
fn links_out_of_the_project_are_refused() {
    let project = Project::with(&[("d/x", "old")]);
    let outside = project.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, project.path("out")).unwrap();
    symlink("../outside/none", project.path("d/none")).unwrap();
    for place in ["out/x", "out/new/x", "d/none/x"] {
        let error = prepare(&project.dir, &[path(place)], ATTEMPT).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with(place), "{error}");
        assert!(
            !error.contains(project.dir.root().to_str().unwrap()),
            "{error}"
        );
        discard(&project.dir, &[path(place)], ATTEMPT).unwrap();
    }
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);

    // A program may make one itself.
    let outputs = [path("d/x")];
    let out = project.prepare(&outputs);
    symlink(&outside, &out[0]).unwrap();
    let error = project.finish(&outputs).unwrap_err();
    assert_eq!(error.to_string(), "d/x: a link leads out of the project");
    fs::remove_file(&out[0]).unwrap();
    symlink("nowhere", &out[0]).unwrap();
    let error = project.finish(&outputs).unwrap_err();
    assert_eq!(error.to_string(), "made no d/x");
    fs::remove_file(&out[0]).unwrap();
    symlink("real", &out[0]).unwrap();
    fs::write(project.path("d/real"), "new").unwrap();
    publish(&project.dir, &project.finish(&outputs).unwrap()).unwrap();
    assert_eq!(fs::read_to_string(project.path("d/x")).unwrap(), "new");
}

#[test]
fn a_final_place_that_is_a_link_is_replaced_itself() {
    let project = Project::with(&[("d/real", "stays")]);
    symlink("real", project.path("d/x")).unwrap();
    let outputs = [path("d/x")];
    fs::write(&project.prepare(&outputs)[0], "new").unwrap();
    publish(&project.dir, &project.finish(&outputs).unwrap()).unwrap();
    assert_eq!(project.all(), files(&[("d/real", "stays"), ("d/x", "new")]));
}

#[test]
fn a_directory_inside_may_be_reached_by_a_link() {
    let project = Project::with(&[("real", "")]);
    symlink("real", project.path("d")).unwrap();
    let outputs = [path("d/new/x")];
    fs::write(&project.prepare(&outputs)[0], "x").unwrap();
    publish(&project.dir, &project.finish(&outputs).unwrap()).unwrap();
    assert_eq!(
        project.all(),
        files(&[("d", "-> real"), ("real/new/x", "x")])
    );
}

#[test]
fn a_pipe_is_no_output() {
    let project = Project::new();
    let outputs = [path("d/x")];
    let out = project.prepare(&outputs);
    let _listener = std::os::unix::net::UnixListener::bind(&out[0]).unwrap();
    let error = project.finish(&outputs).unwrap_err();
    let expected = "d/x: what was made is neither a file nor a directory";
    assert_eq!(error.to_string(), expected);
    discard(&project.dir, &outputs, ATTEMPT).unwrap();
    assert_eq!(project.all(), files(&[("d/", "")]));
}

#[test]
fn a_file_where_a_directory_should_be_is_named() {
    let project = Project::with(&[("d", "file")]);
    let error = prepare(&project.dir, &[path("d/x")], ATTEMPT).unwrap_err();
    let expected = "d/x has no directory to be made in: a part of its path is not a directory";
    assert_eq!(error.to_string(), expected);
    assert_eq!(project.all(), files(&[("d", "file")]));
}

#[test]
fn an_output_within_another_is_refused() {
    let project = Project::new();
    for (outputs, expected) in [
        (
            [path("d"), path("d/x")],
            "d/x: lies in d, which is an output, too",
        ),
        (
            [glob("d/*.csv", 1), path("d")],
            "d/*.csv: lies in d, which is an output, too",
        ),
        ([path("d"), path("./d")], "d: is an output twice"),
    ] {
        let error = prepare(&project.dir, &outputs, ATTEMPT).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    project.prepare(&[path("d/x"), path("d/xy")]);
}

#[test]
fn names_of_255_bytes_can_be_made() {
    let name = "x".repeat(255);
    let project = Project::new();
    let outputs = [path(&name)];
    fs::write(&project.prepare(&outputs)[0], "new").unwrap();
    publish(&project.dir, &project.finish(&outputs).unwrap()).unwrap();
    assert_eq!(project.all(), files(&[(&name, "new")]));
}

#[test]
fn directories_that_cannot_be_written_to_are_removed_as_well() {
    let project = Project::with(&[("d/x/a/b", "old")]);
    let outputs = [path("d/x")];
    let out = project.prepare(&outputs);
    write(&out[0].join("c/d"), "new");
    for path in [out[0].join("c"), project.path("d/x/a"), project.path("d/x")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o555)).unwrap();
    }
    publish(&project.dir, &project.finish(&outputs).unwrap()).unwrap();
    assert_eq!(project.all(), files(&[("d/x/c/d", "new")]));
}

#[test]
fn only_what_an_attempt_made_in_place_is_removed() {
    let before = [
        ("d/file", "old"),
        ("d/same", "old"),
        ("d/dir/a", "old"),
        ("d/dir/s/b", "old"),
    ];
    let project = Project::with(&before);
    let outputs = [
        in_place("d/file"),
        in_place("d/same"),
        in_place("d/new"),
        in_place("d/dir"),
    ];
    let out = project.prepare(&outputs);
    fs::write(&out[0], "half").unwrap();
    write(&out[2].join("x"), "half");
    write(&out[3].join("a"), "half");
    write(&out[3].join("s/c"), "half");
    write(&out[3].join("t/d"), "half");
    discard(&project.dir, &outputs, ATTEMPT).unwrap();
    assert_eq!(
        project.all(),
        files(&[("d/same", "old"), ("d/dir/s/b", "old")])
    );
    // Nothing has been written down any more: nothing is removed.
    discard(&project.dir, &outputs, ATTEMPT).unwrap();
    assert_eq!(
        project.all(),
        files(&[("d/same", "old"), ("d/dir/s/b", "old")])
    );
}

#[test]
fn only_what_dead_attempts_of_the_job_left_is_swept() {
    let project = Project::with(&[("d/x", "old")]);
    let outputs = [path("d/x"), glob("g/*", 1), in_place("h/y")];
    let other = Attempt {
        job: "019ac1f0-1",
        number: 1,
    };
    for attempt in [1, 2, 3]
        .map(|number| Attempt { number, ..ATTEMPT })
        .into_iter()
        .chain([other])
    {
        let temporaries = prepare(&project.dir, &outputs, attempt).unwrap();
        let variables = &temporaries.variables;
        fs::write(&variables[0].1, "half").unwrap();
        fs::write(variables[1].1.join("z"), "half").unwrap();
    }
    sweep(&project.dir, &outputs, ATTEMPT.job, &|number| number != 2).unwrap();
    let left: Vec<_> = project.all().into_keys().collect();
    assert_eq!(
        left,
        [
            "d/.tmp-019ac1f0-1-1-x",
            "d/.tmp-019ac1f0-2-x",
            "d/x",
            "g/.tmp-019ac1f0-1-1-1/z",
            "g/.tmp-019ac1f0-2-1/z",
            "h/.was-019ac1f0-1-1-y",
            "h/.was-019ac1f0-2-y",
        ]
    );
}

#[test]
fn nothing_is_lost_silently() {
    let project = Project::new();
    let outputs = [path("d/x")];
    fs::write(&project.prepare(&outputs)[0], "new").unwrap();
    let intent = project.finish(&outputs).unwrap();
    discard(&project.dir, &outputs, ATTEMPT).unwrap();
    let error = publish(&project.dir, &intent).unwrap_err();
    let expected = "d/x: what was made has disappeared before it was at its place";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_directory_that_cannot_be_written_to_is_named_before_the_program_runs() {
    let project = Project::with(&[("d/x", "old")]);
    fs::set_permissions(project.path("d"), fs::Permissions::from_mode(0o555)).unwrap();
    // Nothing is read-only for root.
    if fs::write(project.path("d/probe"), "").is_ok() {
        return;
    }
    for (output, expected) in [
        (path("d/x"), "d/x cannot be made: permission denied"),
        (
            path("d/e/x"),
            "d/e/x has no directory to be made in: permission denied",
        ),
        (in_place("d/x"), "d/x cannot be made: permission denied"),
        (glob("d/*", 1), "d/* cannot be made: permission denied"),
    ] {
        let error = prepare(&project.dir, &[output], ATTEMPT).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.is_final());
    }
    assert_eq!(project.all(), files(&[("d/x", "old")]));
    fs::set_permissions(project.path("d"), fs::Permissions::from_mode(0o755)).unwrap();
}
