use std::collections::HashSet;

use super::*;

#[tokio::test]
async fn a_commit_is_checked_out_once_though_the_branch_moves_on() {
    let upstream = Upstream::new();
    upstream.write("ci/run.sh", "first");
    let first = upstream.commit();
    upstream.write("ci/run.sh", "second");
    let second = upstream.commit();
    let (here, address) = (Here::new(), upstream.address());
    let repositories = here.open();
    let directory = repositories.checkout(&address, &first).await.unwrap();
    assert_eq!(read(directory.join("ci/run.sh")), "first");
    assert!(!directory.join(".git").exists());
    assert_eq!(
        repositories.resolve(&address, "main").await.unwrap(),
        second
    );
    let other = repositories.checkout(&address, &second).await.unwrap();
    assert_eq!(read(other.join("ci/run.sh")), "second");
    // Whoever has been given it keeps it; nothing is made again, not even without the repository.
    fs::write(directory.join("mark"), "").unwrap();
    fs::remove_dir_all(upstream.path()).unwrap();
    let again = here.open().checkout(&address, &first).await.unwrap();
    assert_eq!(again, directory);
    assert!(again.join("mark").exists());
}

#[tokio::test]
async fn branches_and_tags_are_resolved_as_they_were_fetched() {
    let upstream = Upstream::new();
    let first = upstream.commit();
    git(upstream.path(), &["tag", "-a", "-m", "text", "v1"]);
    git(upstream.path(), &["branch", "release/1"]);
    let second = upstream.commit();
    let (here, address) = (Here::new(), upstream.address());
    let repositories = here.open();
    let unknown = repositories.resolve(&address, "main").await.unwrap_err();
    assert!(matches!(unknown, GitError::UnknownRef { .. }), "{unknown}");
    repositories.fetch(&address).await.unwrap();
    for (name, expected) in [
        ("main", &second),
        ("v1", &first),
        ("release/1", &first),
        ("refs/heads/main", &second),
        ("refs/tags/v1", &first),
    ] {
        assert_eq!(
            repositories.resolve(&address, name).await.unwrap(),
            *expected
        );
    }
    for name in [
        "other",
        "",
        "-x",
        "--help",
        "main\nv1",
        "HEAD~1",
        first.as_str(),
        "$(id)",
    ] {
        let unknown = repositories.resolve(&address, name).await.unwrap_err();
        assert!(
            matches!(unknown, GitError::UnknownRef { .. }),
            "{name}: {unknown}"
        );
    }
    let ancestors = repositories.ancestors(&address, &second, 10).await.unwrap();
    assert_eq!(ancestors, [second.clone(), first.clone()]);
    // A branch that is moved back or deleted is followed.
    git(upstream.path(), &["reset", "-q", "--hard", first.as_str()]);
    git(upstream.path(), &["branch", "-D", "-q", "release/1"]);
    repositories.fetch(&address).await.unwrap();
    assert_eq!(repositories.resolve(&address, "main").await.unwrap(), first);
    assert!(repositories.resolve(&address, "release/1").await.is_err());
}

#[tokio::test]
async fn a_commit_that_is_on_no_branch_is_fetched_by_its_id() {
    let upstream = Upstream::new();
    let first = upstream.commit();
    upstream.write("x", "lost");
    let lost = upstream.commit();
    git(upstream.path(), &["reset", "-q", "--hard", first.as_str()]);
    let (here, address) = (Here::new(), upstream.address());
    let repositories = here.open();
    let unknown = CommitId::parse(&"1".repeat(40)).unwrap();
    let refused = repositories.checkout(&address, &unknown).await.unwrap_err();
    assert!(
        matches!(refused, GitError::UnknownCommit { .. }),
        "{refused}"
    );
    assert!(!refused.is_transient());
    git(
        upstream.path(),
        &["config", "uploadpack.allowAnySHA1InWant", "true"],
    );
    let directory = repositories.checkout(&address, &lost).await.unwrap();
    assert_eq!(read(directory.join("x")), "lost");
}

#[tokio::test]
async fn files_are_read_from_commits() {
    let upstream = Upstream::new();
    upstream.write("ci/project.yaml", "project: x\n");
    upstream.write("[a]*", "odd");
    upstream.write("large", &"x".repeat(2_000));
    std::os::unix::fs::symlink("/etc/passwd", upstream.path().join("link")).unwrap();
    let commit = upstream.commit();
    let (here, address) = (Here::new(), upstream.address());
    let repositories = here.open();
    let file = |path: &'static str| repositories.file(&address, &commit, path, 1_000);
    assert_eq!(file("ci/project.yaml").await.unwrap(), b"project: x\n");
    assert_eq!(file("[a]*").await.unwrap(), b"odd");
    for path in [
        "ci",
        "ci/",
        "link",
        "nothing",
        ":/ci/project.yaml",
        "../x",
        "/etc/passwd",
        "c*",
    ] {
        let refused = file(path).await.unwrap_err();
        assert!(
            matches!(refused, GitError::NoFile { .. }),
            "{path}: {refused}"
        );
    }
    let refused = file("large").await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("has 2000 bytes, more than the 1000"),
        "{refused}"
    );
}

#[tokio::test]
async fn processes_that_share_a_directory_make_a_commit_once() {
    let upstream = Upstream::new();
    for no in 0..50 {
        upstream.write(&format!("d{no}/f"), "x");
    }
    let commit = upstream.commit();
    let (here, address) = (Here::new(), upstream.address());
    let all = (0..8).map(|_| {
        let (repositories, address, commit) = (here.open(), address.clone(), commit.clone());
        tokio::spawn(async move { repositories.checkout(&address, &commit).await.unwrap() })
    });
    let mut found = HashSet::new();
    for one in all.collect::<Vec<_>>() {
        found.insert(one.await.unwrap());
    }
    assert_eq!(found.len(), 1);
    let directory = found.into_iter().next().unwrap();
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 50);
}

#[tokio::test]
async fn what_a_killed_process_has_left_is_made_again() {
    let upstream = Upstream::new();
    upstream.write("x", "whole");
    let commit = upstream.commit();
    let (here, address) = (Here::new(), upstream.address());
    let repositories = here.open();
    repositories.fetch(&address).await.unwrap();
    let place = here.root().join(address.digest());
    fs::create_dir_all(place.join("new").join(commit.as_str())).unwrap();
    fs::write(place.join("new").join(commit.as_str()).join("x"), "half").unwrap();
    fs::write(place.join("new/index.lock"), "").unwrap();
    let directory = repositories.checkout(&address, &commit).await.unwrap();
    assert_eq!(read(directory.join("x")), "whole");
    // A mirror whose making was interrupted, too.
    fs::remove_file(place.join("mirror.git/audience")).unwrap();
    fs::remove_file(place.join("mirror.git/HEAD")).unwrap();
    upstream.write("x", "next");
    let next = upstream.commit();
    let directory = here.open().checkout(&address, &next).await.unwrap();
    assert_eq!(read(directory.join("x")), "next");
}

#[tokio::test]
async fn checkouts_that_nobody_asks_for_are_removed() {
    let upstream = Upstream::new();
    let commits: Vec<CommitId> = (0..4).map(|_| upstream.commit()).collect();
    let (here, address) = (Here::new(), upstream.address());
    let repositories = here.open();
    let used = here.root().join(address.digest()).join("used");
    for (no, commit) in commits.iter().enumerate() {
        repositories.checkout(&address, commit).await.unwrap();
        let hours = 2 + (commits.len() - no) as u64;
        let at = std::time::SystemTime::now() - Duration::from_secs(hours * 3_600);
        let file = fs::File::create(used.join(commit.as_str())).unwrap();
        file.set_times(fs::FileTimes::new().set_modified(at))
            .unwrap();
    }
    let in_use = HashSet::from([commits[0].clone()]);
    let keep = |newest: usize, hours: u64| Keep {
        newest,
        age: Duration::from_secs(hours * 3_600),
    };
    let there = || -> Vec<bool> {
        let folder = here.root().join(address.digest()).join("commits");
        commits
            .iter()
            .map(|commit| folder.join(commit.as_str()).is_dir())
            .collect()
    };
    assert_eq!(
        repositories
            .sweep(&address, &in_use, keep(9, 100))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        repositories
            .sweep(&address, &in_use, keep(2, 100))
            .await
            .unwrap(),
        1
    );
    assert_eq!(there(), [true, false, true, true]);
    // What was asked for just now stays.
    repositories.checkout(&address, &commits[2]).await.unwrap();
    assert_eq!(
        repositories
            .sweep(&address, &in_use, keep(9, 1))
            .await
            .unwrap(),
        1
    );
    assert_eq!(there(), [true, false, true, false]);
    assert_eq!(
        repositories
            .sweep(&address, &HashSet::new(), keep(0, 0))
            .await
            .unwrap(),
        1
    );
    assert_eq!(there(), [false, false, true, false]);
    repositories.checkout(&address, &commits[0]).await.unwrap();
}
