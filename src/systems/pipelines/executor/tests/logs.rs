//! What commands write.

use super::*;

#[tokio::test]
async fn output_is_kept_in_order_and_the_exit_code_is_known() {
    let bench = Bench::new();
    let (end, log) = bench
        .run("echo one; echo two >&2; echo three; exit 7")
        .await;
    assert_eq!((&end.exit, end.cause), (&Exit::Code(7), Cause::Exited));
    assert_eq!(log, "one\ntwo\nthree\n");
    assert_eq!(end.log_bytes, 14);
    assert!(end.ended_at >= end.started_at);
}

#[tokio::test]
async fn scripts_of_a_list_are_folds_and_the_first_failure_ends_it() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let mut attempt = bench.attempt("a", "");
    attempt.commands = Commands::Scripts {
        shell: vec!["bash".into(), "-ec".into()],
        scripts: vec![
            "echo geheimnis".into(),
            "\n  false\n".into(),
            "echo never".into(),
        ],
    };
    let end = run_with(&executor, &attempt).await;
    assert_eq!((end.exit, end.command), (Exit::Code(1), 1));
    assert_eq!(bench.log("a"), "***\n");
    let marks = ConsoleReader::open(&bench.log_path("a"))
        .unwrap()
        .marks()
        .unwrap();
    let kinds: Vec<MarkKind> = marks.into_iter().map(|mark| mark.kind).collect();
    let script = |name: &str| MarkKind::Script { name: name.into() };
    let expected = [
        script("echo ***"),
        MarkKind::ScriptEnd,
        script("false"),
        MarkKind::ScriptEnd,
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn no_secret_is_written_by_the_executor() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let mut attempt = bench.attempt("a", "printf geheim; sleep 0.02; printf nis; echo $SECRET; echo ::add-mask::nachtrag; echo nachtrag; no-such-geheimnis");
    attempt.env.push(("SECRET".into(), "geheimnis".into()));
    assert!(!run_with(&executor, &attempt).await.is_success());
    let mut open = vec![bench.root.clone()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if let Ok(bytes) = std::fs::read(&path) {
            for secret in ["geheimnis", "nachtrag"] {
                assert!(
                    memchr::memmem::find(&bytes, secret.as_bytes()).is_none(),
                    "{path:?}"
                );
            }
        }
    }
    assert!(
        bench.log("a").starts_with("******\n::add-mask::***\n***\n"),
        "{}",
        bench.log("a")
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_written_fails_no_command() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let mut attempt = bench.attempt("a", "head -c 3000000 /dev/zero; echo end > done");
    // Its disk is always full.
    attempt.log = "/dev/full".into();
    let end = run_with(&executor, &attempt).await;
    assert!(end.is_success() && end.log_error.is_some(), "{end:?}");
    attempt = bench.attempt("b", "echo end > done");
    attempt.log = bench.root.join("done/b.log");
    let end = run_with(&executor, &attempt).await;
    assert!(end.is_success() && end.log_error.is_some(), "{end:?}");
}

#[tokio::test]
async fn a_long_line_and_bytes_of_any_kind_are_kept_up_to_the_cap() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let script = r"printf 'a\xff\xfe\0\x1b[2Jb'; head -c 20000000 /dev/zero | tr '\0' x; printf z";
    let end = run_with(&executor, &bench.attempt("a", script)).await;
    assert!(end.is_success());
    assert_eq!(end.log_bytes, 20_000_010);
    let reader = ConsoleReader::open(&bench.log_path("a")).unwrap();
    let extent = reader.extent().unwrap();
    assert_eq!(
        (extent.total, extent.gap),
        (20_000_010, Some(131_072..20_000_010 - 917_504))
    );
    let bytes = |from, text: &[u8]| Piece::Bytes {
        offset: from,
        bytes: text.to_vec(),
    };
    assert_eq!(
        reader.read(0, 10).unwrap(),
        bytes(0, b"a\xff\xfe\0\x1b[2Jbx")
    );
    assert_eq!(
        reader.read(20_000_008, 10).unwrap(),
        bytes(20_000_008, b"xz")
    );
}

#[tokio::test]
async fn a_command_that_writes_all_the_time_delays_no_other() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    executor.start(&bench.attempt("loud", "yes")).await.unwrap();
    for number in 0..10 {
        let attempt = bench.attempt(&format!("n{number}"), "echo x");
        assert!(run_with(&executor, &attempt).await.is_success());
    }
    executor.stop("loud", Some(Duration::ZERO)).unwrap();
    assert_eq!(executor.wait("loud").await.unwrap().cause, Cause::Stopped);
}
