//! Files in a directory.

use futures_util::TryStreamExt;
use tempfile::TempDir;

use super::*;

fn place() -> (TempDir, Files) {
    let folder = TempDir::new().expect("a temporary folder");
    let url = format!("file://{}/files", folder.path().display());
    let files = Files::open(&url, &S3Options::default()).expect("a directory");
    (folder, files)
}

fn path(name: &str) -> FilePath {
    FilePath::of(["job", "a", name]).expect("a path")
}

async fn read(files: &Files, path: &FilePath) -> Option<Vec<u8>> {
    let body = files.get(path).await.expect("a file")?;
    let chunks: Vec<Vec<u8>> = body.stream.try_collect().await.expect("its bytes");
    let whole = chunks.concat();
    assert_eq!(whole.len() as u64, body.bytes);
    Some(whole)
}

#[tokio::test]
async fn a_file_is_read_as_it_was_written_and_replaced_as_a_whole() {
    let (_folder, files) = place();
    let report = path("報告 1.zip");
    assert_eq!(read(&files, &report).await, None);
    let written = files.put(&report, b"abc".to_vec()).await.expect("written");
    assert_eq!(written.bytes, 3);
    assert!(written.sha256.starts_with("ba7816bf"), "{}", written.sha256);
    assert_eq!(read(&files, &report).await, Some(b"abc".to_vec()));

    // Larger than what is kept in memory, in parts.
    let mut writer = files.writer(&report);
    for no in 0..7_u8 {
        writer.write(vec![no; 1 << 20]).await.expect("a part");
    }
    assert_eq!(
        read(&files, &report).await,
        Some(b"abc".to_vec()),
        "not yet"
    );
    let written = writer.finish().await.expect("finished");
    assert_eq!(written.bytes, 7 << 20);
    let whole = read(&files, &report).await.expect("the new one");
    assert!((0..7).all(|no| whole[no << 20] == no as u8) && whole.len() == 7 << 20);
    files.delete(&report).await.expect("dropped");
    files.delete(&report).await.expect("dropped already");
    assert_eq!(read(&files, &report).await, None);
}

#[tokio::test]
async fn a_file_that_is_given_up_never_shows() {
    let (folder, files) = place();
    let mut writer = files.writer(&path("half"));
    writer
        .write(vec![1; 6 << 20])
        .await
        .expect("more than a part");
    writer.abort().await.expect("given up");
    let all = FilePath::of(["job"]).expect("a path");
    let listed = files.list(&all, None, 10).await.expect("a listing");
    assert_eq!(listed, []);
    let job = folder.path().join("files/job/a");
    let left: Vec<_> = std::fs::read_dir(job).expect("its folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn files_are_listed_in_portions_and_dropped_with_their_folder() {
    let (folder, files) = place();
    for name in ["c", "a", "d", "b"] {
        files.put(&path(name), vec![0]).await.expect("written");
    }
    let other = FilePath::of(["job", "b", "a"]).expect("a path");
    files.put(&other, vec![0]).await.expect("written");
    // What a process left that was killed in the middle.
    let half = folder.path().join("files/job/a/e#1");
    std::fs::write(&half, "half").expect("written");
    let all = FilePath::of(["job"]).expect("a path");
    let mut after = None;
    let mut found = Vec::new();
    loop {
        let listed = files
            .list(&all, after.as_ref(), 2)
            .await
            .expect("a listing");
        found.extend(listed.iter().map(|file| file.path.to_string()));
        match listed.last() {
            Some(last) => after = Some(last.path.clone()),
            None => break,
        }
    }
    assert_eq!(
        found,
        ["job/a/a", "job/a/b", "job/a/c", "job/a/d", "job/b/a"]
    );
    let job = FilePath::of(["job", "a"]).expect("a path");
    files.delete_folder(&job).await.expect("dropped");
    files.delete_folder(&job).await.expect("dropped already");
    assert!(!half.exists());
    let left = files.list(&all, None, 10).await.expect("a listing");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].path, other);
}

#[test]
fn no_name_leads_out_of_its_folder() {
    let long = "x".repeat(FILE_NAME_MAX + 1);
    for name in ["", ".", "..", "a/b", "a\\b", "a#1", "a\nb", "a\0", &long] {
        assert!(FilePath::of(["job", name]).is_err(), "{name:?}");
    }
    for name in ["a", "字.zip", "a b", "…", "%2e%2e", "-rf", &long[1..]] {
        let path = FilePath::of(["job", name]).expect(name);
        assert_eq!(path.parts(), ["job", name]);
    }
}

#[test]
fn a_place_is_a_directory_or_a_bucket() {
    for url in ["", "data/files", "file://", "http://a/b", "s3://"] {
        let refused = Files::open(url, &S3Options::default()).expect_err(url);
        assert!(refused.to_string().contains("no place"), "{refused}");
    }
    let database = std::path::Path::new("data/audience.db");
    assert_eq!(beside(database), "file://data/audience_files");
}
