//! Process trees that do not want to end.

use super::*;

/// Processes that try to outlive their command.
#[tokio::test]
async fn everything_that_a_command_leaves_behind_is_stopped() {
    let zoo = [
        ("background", "sleep 1000 &"),
        ("double fork", "( ( sleep 1000 & ) & )"),
        ("nohup", "nohup sleep 1000 > /dev/null 2>&1 &"),
        ("setsid", "setsid sleep 1000 &"),
        (
            "setsid, double fork, other files",
            "( setsid sh -c 'sleep 1000 & sleep 1000' < /dev/null > /dev/null 2>&1 & )",
        ),
        ("other environment", "env -i sleep 1000 &"),
        (
            "other environment, session and files",
            "env -i setsid sleep 1000 > /dev/null 2>&1 & sleep 0.1",
        ),
        (
            "ignores TERM",
            "setsid bash -c 'trap \"\" TERM; echo > trapped; while :; do sleep 0.05; done' > /dev/null & until [ -e trapped ]; do sleep 0.01; done",
        ),
        ("stopped", "sleep 1000 & kill -STOP $!"),
        ("holds the pipe", "sleep 1000 < /dev/null &"),
    ];
    for (what, script) in zoo {
        let bench = Bench::new();
        let script = format!("{script}\necho $! > child\nexit 3");
        let (end, log) = bench.run(&script).await;
        assert_eq!(
            (end.exit, end.cause),
            (Exit::Code(3), Cause::Exited),
            "{what}: {log}"
        );
        assert!(
            log.contains("stopped what the command left behind: "),
            "{what}: {log}"
        );
        let child = bench.until_file("child").await;
        // `$!` of a grandchild is not known.
        assert!(
            child.trim().parse().map_or(true, |child| !is_alive(child)),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_tree_that_is_stopped_ends_with_all_its_branches() {
    let zoo = [
        ("sleeps", "sleep 1000"),
        ("ignores TERM", "trap '' TERM; while :; do sleep 1; done"),
        (
            "closes its pipes",
            "exec > /dev/null 2>&1; echo closed > ready; sleep 1000",
        ),
        (
            "in other sessions",
            "setsid sleep 1000 & (setsid sh -c 'trap \"\" TERM; env -i sleep 1000 & sleep 1000' &) ; sleep 1000",
        ),
        (
            "forks when it is asked to end",
            "trap 'setsid sleep 1000 & sleep 1000 &' TERM; while :; do sleep 0.01; done",
        ),
        (
            "forks all the time",
            "f() { while :; do setsid sleep 1000 & sleep 0.005; done; }; f & f & wait",
        ),
        ("writes all the time", "yes"),
        ("stopped", "kill -STOP $$"),
    ];
    for (what, script) in zoo {
        let bench = Bench::new();
        let executor = bench.executor().await;
        let attempt = bench.attempt("a", &format!("echo x > begun\n{script}"));
        executor.start(&attempt).await.unwrap();
        bench.until_file("begun").await;
        sleep(Duration::from_millis(50)).await;
        assert!(
            executor
                .state("a")
                .is_some_and(|state| matches!(state, AttemptState::Running { .. }))
        );
        executor.stop("a", None).unwrap();
        let end = timeout(PATIENCE, executor.wait("a"))
            .await
            .expect(what)
            .unwrap();
        assert_eq!(end.cause, Cause::Stopped, "{what}");
        assert!(
            matches!(end.exit, Exit::Signal(9 | 15) | Exit::Code(_)),
            "{what}: {end:?}"
        );
        assert_eq!(bench.marked(), Vec::<i32>::new(), "{what}");
    }
}

#[tokio::test]
async fn a_command_may_end_by_itself_within_the_grace() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let script = "trap 'echo cleaned; exit 5' TERM; echo > begun; while :; do sleep 0.01; done";
    let mut attempt = bench.attempt("a", script);
    attempt.grace_ms = 60_000;
    executor.start(&attempt).await.unwrap();
    bench.until_file("begun").await;
    executor.stop("a", None).unwrap();
    let end = executor.wait("a").await.unwrap();
    assert_eq!((end.exit, end.cause), (Exit::Code(5), Cause::Stopped));
    assert!(bench.log("a").contains("cleaned\n"));
}

#[tokio::test]
async fn time_runs_out() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let mut attempt = bench.attempt("a", "echo begun; trap '' TERM; while :; do sleep 1; done");
    attempt.timeout_ms = Some(200);
    let end = run_with(&executor, &attempt).await;
    assert_eq!((end.exit, end.cause), (Exit::Signal(9), Cause::TimedOut));
    assert!(
        bench
            .log("a")
            .starts_with("begun\n[audience] timed out; asked to end: ")
    );
    assert_eq!(bench.marked(), Vec::<i32>::new());
}
