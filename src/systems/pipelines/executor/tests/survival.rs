//! Servers and executors that die.

use super::*;

#[tokio::test]
async fn a_directory_has_one_server() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let second = Executor::connect_or_start(bench.options()).await;
    assert!(matches!(second, Err(ExecutorError::InUse { .. })));
    let pid = executor.pid();
    drop(executor);
    assert_eq!(bench.executor().await.pid(), pid);
}

#[tokio::test]
async fn an_executor_without_work_and_server_ends() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    assert!(
        run_with(&executor, &bench.attempt("a", "true"))
            .await
            .is_success()
    );
    let pid = i32::try_from(executor.pid()).unwrap();
    drop(executor);
    until(|| (!is_alive(pid)).then_some(())).await;
    // Its successor knows what ended before.
    assert!(bench.executor().await.wait("a").await.unwrap().is_success());
}

#[tokio::test]
async fn a_killed_server_takes_its_commands_back() {
    let bench = Bench::new();
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(this_test("as_server"))
        .env(DIR, &bench.root)
        .env(SCRIPT, "echo one; echo > begun; until [ -e go ]; do sleep 0.01; done; echo geheim''nis; exit 42")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    bench.until_file("begun").await;
    server.kill().unwrap();
    server.wait().unwrap();
    let executor = bench.executor().await;
    assert!(matches!(executor.state("a"), Some(AttemptState::Running { pid }) if is_alive(pid)));
    std::fs::write(bench.root.join("go"), "").unwrap();
    let end = executor.wait("a").await.unwrap();
    assert_eq!((end.exit, end.cause), (Exit::Code(42), Cause::Exited));
    assert_eq!(bench.log("a"), "one\n***\n");
}

#[tokio::test]
async fn the_end_is_known_to_the_next_server() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    executor
        .start(&bench.attempt("a", "until [ -e go ]; do sleep 0.01; done; exit 9"))
        .await
        .unwrap();
    let pid = i32::try_from(executor.pid()).unwrap();
    drop(executor);
    std::fs::write(bench.root.join("go"), "").unwrap();
    let record = bench.options_dir().join("attempts/a");
    until(|| {
        std::fs::read_to_string(&record)
            .unwrap()
            .contains("Ended")
            .then_some(())
    })
    .await;
    // Both have died.
    kill(pid);
    until(|| (!is_alive(pid)).then_some(())).await;
    let executor = bench.executor().await;
    assert_eq!(executor.wait("a").await.unwrap().exit, Exit::Code(9));
}

#[tokio::test]
async fn nothing_is_left_of_what_a_killed_executor_ran() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let script = "trap '' TERM; setsid sleep 1000 & (env -i setsid sh -c 'echo $$ > bare; exec sleep 1000' &); (setsid sh -c 'sleep 1000; :' &) ; touch \"$TMPDIR/x\"; echo > begun; sleep 1000; :";
    executor.start(&bench.attempt("a", script)).await.unwrap();
    bench.until_file("begun").await;
    let bare: i32 = bench.until_file("bare").await.trim().parse().unwrap();
    assert!(bench.marked().len() >= 4 && is_alive(bare));
    let first = executor.pid();
    kill(i32::try_from(first).unwrap());
    let end = timeout(PATIENCE, executor.wait("a"))
        .await
        .expect("the attempt ends")
        .unwrap();
    assert_eq!((end.exit, end.cause), (Exit::Lost, Cause::ExecutorDied));
    assert!(!is_alive(bare));
    assert_eq!(bench.marked(), Vec::<i32>::new());
    assert!(!bench.options_dir().join("tmp/a").exists());
    // The same handle continues with the next executor.
    assert!(
        run_with(&executor, &bench.attempt("b", "true"))
            .await
            .is_success()
    );
    assert_ne!(executor.pid(), first);
}

#[tokio::test]
async fn commands_without_a_server_end_after_a_while() {
    let mut bench = Bench::new();
    bench.orphan_ms = 300;
    let executor = bench.executor().await;
    executor
        .start(&bench.attempt("a", "echo > begun; setsid sleep 1000 & sleep 1000"))
        .await
        .unwrap();
    bench.until_file("begun").await;
    let pid = i32::try_from(executor.pid()).unwrap();
    drop(executor);
    until(|| (!is_alive(pid)).then_some(())).await;
    assert_eq!(bench.marked(), Vec::<i32>::new());
    let executor = bench.executor().await;
    assert_eq!(executor.wait("a").await.unwrap().cause, Cause::Orphaned);
}

#[tokio::test]
async fn a_job_can_be_taken_over_from_another_server() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let script = "trap '' TERM; setsid sleep 1000 & (setsid env -u ROOT sleep 1000 &); echo > begun; while :; do sleep 1; done";
    let attempt = bench.attempt("a", script);
    executor.start(&attempt).await.unwrap();
    executor
        .start(&bench.attempt("b", "until [ -e go ]; do sleep 0.01; done"))
        .await
        .unwrap();
    bench.until_file("begun").await;
    assert!(kill_marked(&attempt.marker).await);
    // The other server finds its command dead.
    let end = timeout(PATIENCE, executor.wait("a"))
        .await
        .expect("the attempt ends")
        .unwrap();
    assert_eq!((end.exit, end.cause), (Exit::Signal(9), Cause::Exited));
    std::fs::write(bench.root.join("go"), "").unwrap();
    assert!(executor.wait("b").await.unwrap().is_success());
    assert_eq!(bench.marked(), Vec::<i32>::new());
}

/// So that a test need not wait for long; an executor that works answers in much less.
const QUICK: Heartbeat = Heartbeat {
    every: Duration::from_millis(200),
    misses_max: 30,
};

#[tokio::test]
async fn a_frozen_executor_is_ended_with_its_commands_and_replaced() {
    let mut bench = Bench::new();
    bench.heartbeat = QUICK;
    let executor = bench.executor().await;
    executor
        .start(&bench.attempt("a", "echo > begun; setsid sleep 1000 & sleep 1000"))
        .await
        .unwrap();
    bench.until_file("begun").await;
    let first = executor.pid();
    freeze(first).await;
    let end = timeout(PATIENCE, executor.wait("a"))
        .await
        .expect("the attempt ends")
        .unwrap();
    assert_eq!((end.exit, end.cause), (Exit::Lost, Cause::ExecutorDied));
    assert!(!is_alive(i32::try_from(first).unwrap()));
    assert_eq!(bench.marked(), Vec::<i32>::new());
    // What was asked of the frozen one is done by the next.
    freeze(executor.pid()).await;
    assert!(
        run_with(&executor, &bench.attempt("b", "true"))
            .await
            .is_success()
    );
}

#[tokio::test]
async fn a_server_that_finds_a_frozen_executor_replaces_it() {
    let mut bench = Bench::new();
    bench.heartbeat = QUICK;
    let executor = bench.executor().await;
    let attempt = bench.attempt("a", "echo > begun; sleep 1000");
    executor.start(&attempt).await.unwrap();
    bench.until_file("begun").await;
    let first = executor.pid();
    drop(executor);
    freeze(first).await;
    let executor = timeout(PATIENCE, bench.executor())
        .await
        .expect("an executor answers");
    assert_ne!(executor.pid(), first);
    let end = executor.wait("a").await.unwrap();
    assert_eq!(end.cause, Cause::ExecutorDied);
    assert_eq!(bench.marked(), Vec::<i32>::new());
}

#[tokio::test]
async fn an_executor_that_is_busy_is_not_ended() {
    let mut bench = Bench::new();
    bench.heartbeat = QUICK;
    let executor = bench.executor().await;
    let pid = executor.pid();
    let script = "for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 1; done";
    assert!(
        run_with(&executor, &bench.attempt("a", script))
            .await
            .is_success()
    );
    assert_eq!(executor.pid(), pid);
}
