//! The same command, given several times at once.

use std::process::Stdio;

use tokio::task::block_in_place;

use crate::support::{
    DatabaseKind, OwnDatabase, Place, RANGE, TASK, USUAL_RULES, corpus, expected,
    task_is_as_expected,
};

const ROWS: u32 = 300;
const TOGETHER: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_started_several_times_at_once_is_done_once_and_all_show_it() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    for kind in DatabaseKind::ALL {
        block_in_place(|| {
            println!("on {kind:?}");
            for _ in 0..2 {
                // Nobody has made its tables.
                let output = OwnDatabase::new(kind);
                let place = Place::with_rows(ROWS);
                let start = || {
                    let mut command = place.label(&[("--output", &output.url)]);
                    command.stdin(Stdio::null()).stdout(Stdio::piped());
                    command.stderr(Stdio::piped()).spawn().unwrap()
                };
                let programs: Vec<_> = (0..TOGETHER).map(|_| start()).collect();
                for program in programs {
                    let ended = program.wait_with_output().unwrap();
                    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
                    assert!(ended.status.success(), "{said}");
                    let shown: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
                    assert_eq!(shown["task_id"], TASK);
                    assert_eq!(shown["prod_stat"], "finish");
                }
                task_is_as_expected(&output.url, TASK, &expected);
                let started = "SELECT kind FROM audience_event WHERE kind = 'job.started'";
                assert_eq!(output.texts(started).len(), 1);
            }
        });
    }
}
