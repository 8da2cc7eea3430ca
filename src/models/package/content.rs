//! What a file is, by its content: extensions lie.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::format::Format;
use crate::models::refusal::Refusal;

/// What a file can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Model(Format),
    Zip,
    Unknown,
}

/// Refused is what is known to be of no use, with what would help.
pub(super) fn detect(bytes: &[u8]) -> Result<Content, Refusal> {
    let begins = |start: &[u8]| bytes.starts_with(start);
    if let Some(reason) = useless(bytes) {
        return Err(Refusal::new(reason));
    }
    let text = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start();
    Ok(match text {
        _ if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => Content::Zip,
        _ if text.starts_with(b"tree\n") || text.starts_with(b"tree\r\n") => {
            Content::Model(Format::LightGbm)
        }
        // A mapping of UBJSON begins with the length of a key, or with its own size.
        [b'{', b'L' | b'l' | b'I' | b'i' | b'U' | b'$' | b'#', ..] => {
            Content::Model(Format::XgBoost)
        }
        [b'{', ..] => json(text)?,
        [b'[', ..] => {
            return Err(Refusal::new(
                "the file is a list of JSON, such as XGBoost's `dump_model` writes for people; save the model with `save_model(\"model.json\")`",
            ));
        }
        _ if is_onnx(bytes) => Content::Model(Format::Onnx),
        _ => Content::Unknown,
    })
}

fn useless(bytes: &[u8]) -> Option<&'static str> {
    const PICKLE: &str = "the file is a pickle, which can run any program when it is read, and is never read; export the model as ONNX with \
         skl2onnx, or save LightGBM and XGBoost in their own formats (`examples/prediction/export_model.py` does it)";
    let begins = |start: &[u8]| bytes.starts_with(start);
    let text_pickle: [&[u8]; 4] = [b"ccopy_reg\n", b"csklearn.", b"cnumpy", b"c__builtin__\n"];
    match bytes {
        [] => Some("the file is empty"),
        [0x80, 2..=5, ..] => Some(PICKLE),
        _ if text_pickle.into_iter().any(begins) => Some(PICKLE),
        [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..]
        | [0x1F, 0x8B, ..]
        | [b'B', b'Z', b'h', ..]
        | [0xFD, b'7', b'z', b'X', b'Z', ..] => Some(
            "the file is compressed, as files of joblib and tar archives are; unpack it first, and if it is a pickle, export the model \
             as ONNX with skl2onnx: pickle is never read",
        ),
        _ if begins(b"binf") || begins(b"bs64") => Some(
            "the file is in XGBoost's old binary format; load it with the XGBoost that wrote it and save it with `save_model(\"model.ubj\")`",
        ),
        _ if begins(b"CBM1") => Some(
            "the file is a model of CatBoost in its own format; save it with `save_model(\"model.onnx\", format=\"onnx\")`",
        ),
        _ if begins(b"\x89HDF") => Some(
            "the file is HDF5, as Keras writes it; export the model as ONNX with tf2onnx or `model.export(format=\"onnx\")`",
        ),
        _ if bytes.get(4..8) == Some(b"ORTM") => Some(
            "the file is in ONNX Runtime's own format; upload the .onnx file that it was made of",
        ),
        _ if bytes.get(4..8) == Some(b"TFL3") => Some(
            "the file is a model of TensorFlow Lite; export the model that it was made of as ONNX with tf2onnx",
        ),
        [b'<', ..] => {
            Some("the file is XML; models of PMML cannot be read: export the model as ONNX")
        }
        _ => None,
    }
}

/// The members by which files of JSON are told from each other.
#[derive(Deserialize)]
struct Members<'t> {
    #[serde(borrow)]
    format: Option<Text<'t>>,
    learner: Option<IgnoredAny>,
    url: Option<IgnoredAny>,
    tree_info: Option<IgnoredAny>,
    vocabulary: Option<IgnoredAny>,
}

/// A text, or something else that is of no interest.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text<'t> {
    Text(#[serde(borrow)] Cow<'t, str>),
    Other(IgnoredAny),
}

fn json(text: &[u8]) -> Result<Content, Refusal> {
    let members: Members<'_> = serde_json::from_slice(text)
        .map_err(|error| Refusal::new(format!("the file is damaged JSON: {error}")))?;
    let format = match members.format {
        Some(Text::Text(text)) => Some(text),
        Some(Text::Other(IgnoredAny)) | None => None,
    };
    Ok(match format.as_deref() {
        Some("text-linear") => Content::Model(Format::TextLinear),
        _ if members.vocabulary.is_some() => Content::Model(Format::TextLinear),
        _ if members.learner.is_some() => Content::Model(Format::XgBoost),
        _ if members.tree_info.is_some() => {
            return Err(Refusal::new(
                "the file is what LightGBM's `dump_model` writes for people; save the model with `save_model(\"model.txt\")`",
            ));
        }
        _ if members.url.is_some() => Content::Model(Format::Remote),
        _ => Content::Unknown,
    })
}

/// Whether the bytes are fields of protobuf as a model of ONNX has them: among them its graph, and nothing behind them.
fn is_onnx(bytes: &[u8]) -> bool {
    const GRAPH: u64 = 7;
    const FIELD_MAX: u64 = 40;
    let mut rest = bytes;
    let mut has_graph = false;
    while !rest.is_empty() {
        let Some(tag) = varint(&mut rest) else {
            return false;
        };
        let length = match tag & 7 {
            0 => varint(&mut rest).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut rest).and_then(|length| usize::try_from(length).ok()),
            5 => Some(4),
            _ => None,
        };
        let left = length.and_then(|length| rest.get(length..));
        match left {
            Some(left) if (1..=FIELD_MAX).contains(&(tag >> 3)) => rest = left,
            _ => return false,
        }
        has_graph |= tag >> 3 == GRAPH && tag & 7 == 2;
    }
    has_graph
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
