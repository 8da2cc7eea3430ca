//! Opens the place that a URL names.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use secrecy::SecretString;

use super::{Files, FilesError, Result};

/// How a bucket is reached.
#[derive(Clone, Debug, Default)]
pub struct S3Options {
    /// `None`: that of Amazon.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<SecretString>,
}

impl Files {
    /// Opens `file://<directory>`, which is made when the first file is written, or `s3://<bucket>/<prefix>`.
    pub fn open(url: &str, options: &S3Options) -> Result<Self> {
        match url.split_once("://") {
            Some(("file", directory)) if !directory.is_empty() => Self::in_directory(directory),
            Some(("s3", bucket)) if !bucket.is_empty() => in_bucket(url, bucket, options),
            _ => Err(not_a_place(url, "expected file://… or s3://…")),
        }
    }

    fn in_directory(directory: &str) -> Result<Self> {
        let url = || format!("file://{directory}");
        let absolute = std::path::absolute(directory)
            .map_err(|error| not_a_place(&url(), &error.to_string()))?;
        let prefix = ObjectPath::from_absolute_path(&absolute)
            .map_err(|error| not_a_place(&url(), &error.to_string()))?;
        // A file that is reported as written has to survive a power cut, like the row that names it.
        let system = LocalFileSystem::new().with_fsync(true);
        let store: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(system, prefix));
        Ok(Self::on(store, Some(absolute)))
    }
}

#[cfg(feature = "s3")]
fn in_bucket(url: &str, bucket: &str, options: &S3Options) -> Result<Files> {
    use object_store::aws::AmazonS3Builder;
    use secrecy::ExposeSecret;

    use crate::tls;

    tls::use_ring();
    let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    if let Some(endpoint) = &options.endpoint {
        let is_plain = endpoint.starts_with("http://");
        builder = builder.with_endpoint(endpoint).with_allow_http(is_plain);
    }
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    }
    if let Some(id) = &options.access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(secret) = &options.secret_access_key {
        builder = builder.with_secret_access_key(secret.expose_secret());
    }
    let store = builder
        .build()
        .map_err(|error| not_a_place(url, &error.to_string()))?;
    let prefix = ObjectPath::parse(prefix).map_err(|error| not_a_place(url, &error.to_string()))?;
    Ok(Files::on(Arc::new(PrefixStore::new(store, prefix)), None))
}

#[cfg(not(feature = "s3"))]
fn in_bucket(url: &str, _bucket: &str, _options: &S3Options) -> Result<Files> {
    let reason = "this program was built without the feature `s3`";
    Err(not_a_place(url, reason))
}

fn not_a_place(url: &str, reason: &str) -> FilesError {
    FilesError::Place {
        url: url.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The URL of the directory beside a database: `audience_files` for `audience.db`.
pub fn beside(database: &Path) -> String {
    let stem = database.file_stem().unwrap_or_default().to_string_lossy();
    let directory: PathBuf = plain(database).with_file_name(format!("{stem}_files"));
    format!("file://{}", directory.display())
}

/// The path without `..`, which places for files do not have.
fn plain(path: &Path) -> PathBuf {
    if !path.components().any(|part| part == Component::ParentDir) {
        return path.to_owned();
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return path;
    };
    if let Ok(parent) = std::fs::canonicalize(parent) {
        return parent.join(name);
    }
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_beside_a_database_is_one_however_its_path_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        std::fs::create_dir(folder.join("there")).unwrap();
        for path in ["there/../audience.db", "not/there/../../audience.db"] {
            let url = beside(&folder.join(path));
            assert_eq!(url, format!("file://{}/audience_files", folder.display()));
            Files::open(&url, &S3Options::default()).unwrap();
        }
    }
}
