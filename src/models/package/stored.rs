//! Packages as one piece of bytes for the store: a zip without compression.

use std::io::{Cursor, Write};

use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::description;
use super::format::Package;
use super::upload::{PackageLimits, Upload};
use crate::models::refusal::Refusal;

impl Package {
    /// The package as it is stored: equal packages have equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let described = description::written(&self.description, self.format, &self.file_name);
        let golden = self
            .golden
            .as_ref()
            .map(|golden| json!({"inputs": golden.inputs, "outputs": golden.outputs}).to_string());
        let mut parts = vec![
            ("model.yaml", described.as_bytes()),
            (self.file_name.as_str(), &self.file[..]),
        ];
        if let Some(golden) = &golden {
            parts.push(("golden.json", golden.as_bytes()));
        }
        let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(self.file.len() + 4096)));
        for (name, content) in parts {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .large_file(u32::try_from(content.len()).is_err());
            zip.start_file(name, options)
                .and_then(|()| Ok(zip.write_all(content)?))
                .expect("memory takes what is written");
        }
        zip.finish()
            .expect("memory takes what is written")
            .into_inner()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::read(Upload {
            file_name: "model.zip",
            bytes: bytes.into(),
            golden: None,
            model_yaml: None,
            limits: &PackageLimits {
                // Nothing in it is compressed.
                bytes: (bytes.len() as u64).max(1),
                files: 3,
            },
        })
    }
}
