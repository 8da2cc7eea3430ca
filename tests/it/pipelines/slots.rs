//! Slots of resources, and the stop by a signal.

use rustix::process::{Pid, Signal, kill_process};

use super::own_project::{OwnProject, end_of, lives};
use crate::support::wait_until;

#[test]
fn a_task_with_the_only_slot_never_runs_twice_at_once() {
    let project = OwnProject::with(
        "
resources: {warehouse: 1}
tasks:
  load:
    params: {n: {type: int, values: [1, 2, 3, 4, 5]}}
    run: |
      echo \"begin $n\" >> loads
      sleep 0.05
      echo \"end $n\" >> loads
    resources: {warehouse: 1}
  alone:
    params: {n: {type: int, values: [1, 2, 3, 4, 5]}}
    run: |
      echo \"begin $n\" >> alones
      sleep 0.05
      echo \"end $n\" >> alones
    at_once: 1
  meeting:
    help: Ends when both have begun
    params: {n: {type: int, values: [1, 2]}}
    timeout: 1m
    run: |
      touch \"here$n\"
      until [ -e here1 ] && [ -e here2 ]; do sleep 0.02; done
  all:
    requires: [load, alone, meeting]
",
    );
    let mut command = project.command(&["run", "all"]);
    command.env("AUDIENCE__PIPELINES__JOBS_AT_ONCE", "6");
    let ended = end_of(
        command
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap(),
    );
    assert_eq!(ended.code, 0, "{ended:?}");
    for stamps in ["loads", "alones"] {
        let stamps = project.lines(stamps);
        assert_eq!(stamps.len(), 10, "{stamps:?}");
        for pair in stamps.chunks(2) {
            assert_eq!(pair[0].replace("begin", "end"), pair[1], "{stamps:?}");
        }
    }
}

#[test]
fn a_signal_stops_the_run_and_every_process_of_its_commands() {
    let project = OwnProject::with(
        "
tasks:
  long:
    params: {n: {type: int, values: [1, 2]}}
    grace: 300ms
    run: |
      trap '' TERM
      echo half > \"$OUT\"
      sleep 600 & echo $! >> pids
      setsid sleep 600 & echo $! >> pids
      echo $$ >> pids
      wait
    outputs: [\"made/{n}\"]
",
    );
    let child = project.spawn(&["run", "long"]);
    wait_until("both have begun", || project.lines("pids").len() == 6);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let ended = end_of(child);
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(ended.last_line().contains(" cancelled in "), "{ended:?}");
    let living: Vec<String> = project
        .lines("pids")
        .into_iter()
        .filter(|pid| lives(pid))
        .collect();
    assert!(living.is_empty(), "{living:?} live on");
    assert!(project.temporaries().is_empty() && !project.path("made/1").exists());
}

#[test]
fn a_run_that_is_stopped_begins_nothing_more_however_many_wait() {
    let numbers: Vec<String> = (0..1_500).map(|number| number.to_string()).collect();
    let project = OwnProject::with(&format!(
        "
tasks:
  first:
    run: |
      echo first >> begun
      sleep 600
  many:
    params: {{n: {{type: int, values: [{}]}}}}
    requires: [first]
    run: echo \"$n\" >> begun
  all:
    requires: [many]
",
        numbers.join(", ")
    ));
    let child = project.spawn(&["run", "all"]);
    wait_until("the first has begun", || project.path("begun").exists());
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let ended = end_of(child);
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(
        ended.last_line().contains("cancelled") && ended.last_line().contains("1502 cancelled"),
        "{}",
        ended.last_line()
    );
    assert_eq!(project.lines("begun"), ["first"]);
}
