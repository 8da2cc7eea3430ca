//! What repositories of strangers hold.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

#[tokio::test]
async fn nothing_of_a_repository_is_run() {
    let upstream = Upstream::new();
    let mark = upstream.path().join("mark");
    let touch = format!("touch {}; cat", mark.display());
    upstream.write(".gitattributes", "* filter=evil\n*.bin filter=lfs\n");
    upstream.write("a.bin", "version https://git-lfs.github.com/spec/v1\n");
    upstream.write(
        ".gitmodules",
        &format!("[submodule \"s\"]\n\tpath = s\n\turl = ext::sh -c \"{touch}\"\n"),
    );
    // Configuration and hooks of the repository itself, and those that a commit brings.
    let hook = format!("#!/bin/sh\n{touch}\n");
    for name in ["post-checkout", "reference-transaction", "pre-auto-gc"] {
        upstream.write(&format!("hooks/{name}"), &hook);
        let path = upstream.path().join(".git/hooks").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
    }
    let first = upstream.commit();
    let link = format!("160000,{first},s");
    git(
        upstream.path(),
        &["update-index", "--add", "--cacheinfo", &link],
    );
    git(upstream.path(), &["commit", "-q", "-m", "x"]);
    let commit = upstream.id("HEAD");
    git(upstream.path(), &["config", "filter.evil.smudge", &touch]);
    git(upstream.path(), &["config", "core.fsmonitor", &touch]);
    let here = Here::new()
        .with("GIT_DIR", "/nowhere")
        .with("GIT_CONFIG_COUNT", "1")
        .with("GIT_CONFIG_KEY_0", "filter.evil.smudge")
        .with("GIT_CONFIG_VALUE_0", &touch)
        .with("GIT_EXTERNAL_DIFF", "false");
    let directory = here
        .open()
        .checkout(&upstream.address(), &commit)
        .await
        .unwrap();
    assert_eq!(
        read(directory.join("a.bin")),
        "version https://git-lfs.github.com/spec/v1\n"
    );
    assert!(directory.join("s").is_dir());
    assert_eq!(fs::read_dir(directory.join("s")).unwrap().count(), 0);
    let mode = fs::metadata(here.root().join(upstream.address().digest())).unwrap();
    assert_eq!(mode.permissions().mode() & 0o077, 0);
    assert!(!mark.exists());
}

#[tokio::test]
async fn a_link_that_leads_out_is_refused_by_name() {
    for target in ["/etc/passwd", "../../../x", "dir/../../x"] {
        let upstream = Upstream::new();
        upstream.write("dir/file", "x");
        symlink("file", upstream.path().join("dir/good")).unwrap();
        symlink(target, upstream.path().join("bad link")).unwrap();
        let commit = upstream.commit();
        let repositories = Here::new();
        let refused = repositories
            .open()
            .checkout(&upstream.address(), &commit)
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("commit {commit} has a link that leads out of the repository: bad link")
        );
        assert!(!refused.is_transient());
    }
}

#[tokio::test]
async fn directories_need_the_setting() {
    let upstream = Upstream::new();
    let commit = upstream.commit();
    let folder = tempfile::tempdir().unwrap();
    let env = std::env::vars().collect();
    let repositories =
        Repositories::below(folder.path().join("git"), env, false, GitLimits::default());
    let refused = repositories
        .checkout(&upstream.address(), &commit)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("pipelines.git_file"),
        "{refused}"
    );
    assert!(!folder.path().join("git").exists());
}
