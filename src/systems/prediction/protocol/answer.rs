//! The answer to an inference request, written straight to bytes.

use serde::Serialize;
use serde_json::Value;

use super::datatype::Datatype;
use super::fault::Fault;
use super::request::Reply;
use crate::models::json_rows::label_json;
use crate::models::{Answers, Label, Scores, Signature};

/// The label of each row.
pub(super) const LABEL: &str = "label";
/// The scores of all classes.
pub(super) const SCORES: &str = "scores";
/// The value of each row, of a regression.
pub(super) const VALUE: &str = "value";

/// An output that a model has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OutputTensor {
    pub name: &'static str,
    pub datatype: Datatype,
    /// The number of values for each row; `None`: one, without a dimension of its own.
    pub width: Option<usize>,
}

/// An answer; with binary data if the JSON is only the beginning of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Written {
    pub bytes: Vec<u8>,
    pub json_length: Option<usize>,
}

/// The outputs of a model, in their order.
pub(crate) fn outputs_of(signature: &Signature) -> Vec<OutputTensor> {
    let output = |name, datatype, width| OutputTensor {
        name,
        datatype,
        width,
    };
    if !signature.task.has_labels() {
        return vec![output(VALUE, Datatype::Fp64, None)];
    }
    let is_whole = |label: &Label| matches!(label, Label::Integer(_));
    let labels = match signature.labels.iter().all(is_whole) {
        true => Datatype::Int64,
        false => Datatype::Bytes,
    };
    vec![
        output(LABEL, labels, None),
        output(SCORES, Datatype::Fp64, Some(signature.labels.len())),
    ]
}

/// The labels as the parameter of an output says them: a number stays a number.
pub(crate) fn labels_json(signature: &Signature) -> Value {
    signature.labels.iter().map(label_json).collect()
}

/// Answers a request.
pub(crate) fn write_answer(
    (model, version): (&str, i32),
    signature: &Signature,
    reply: &Reply,
    answers: &Answers,
) -> Result<Written, Fault> {
    if let Some((row, reason)) = answers.faults.first_key_value() {
        let what = match answers.faults.len() {
            1 => format!("row {row} has no answer: {reason}"),
            rows => format!("{rows} rows have no answer; row {row}: {reason}"),
        };
        return Err(Fault(what));
    }
    let mut json = Vec::with_capacity(256);
    let mut binary = Vec::new();
    json.extend_from_slice(b"{\"model_name\":");
    put(&mut json, model);
    json.extend_from_slice(b",\"model_version\":");
    put(&mut json, &version.to_string());
    if let Some(id) = &reply.id {
        json.extend_from_slice(b",\"id\":");
        put(&mut json, id);
    }
    json.extend_from_slice(b",\"outputs\":[");
    let wanted = reply.outputs_of(signature)?;
    let has_binary = wanted.iter().any(|(_, is_binary)| *is_binary);
    for (no, (output, is_binary)) in wanted.into_iter().enumerate() {
        if no > 0 {
            json.push(b',');
        }
        let values = Values::of(output.name, signature, answers)?;
        let data = is_binary.then_some(&mut binary);
        put_output(&mut json, data, output, &values, signature, answers.len());
    }
    json.extend_from_slice(b"]}");
    let json_length = has_binary.then_some(json.len());
    json.append(&mut binary);
    Ok(Written {
        bytes: json,
        json_length,
    })
}

impl Reply {
    /// The outputs that are asked for, and whether they are sent as binary data.
    pub fn outputs_of(&self, signature: &Signature) -> Result<Vec<(OutputTensor, bool)>, Fault> {
        let all = outputs_of(signature);
        let Some(requested) = &self.outputs else {
            let all = all.into_iter();
            return Ok(all.map(|output| (output, self.binary_output)).collect());
        };
        let mut wanted = Vec::with_capacity(requested.len());
        for (no, output) in requested.iter().enumerate() {
            let found = all.iter().find(|known| known.name == output.name);
            let found = found.ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|known| known.name).collect();
                let what = format!("unknown output; expected {}", known.join(" or "));
                Fault::at(&format!("outputs[{no}].name"), what)
            })?;
            wanted.push((*found, output.binary.unwrap_or(self.binary_output)));
        }
        Ok(wanted)
    }
}

/// What an output holds.
enum Values<'a> {
    Numbers(&'a [f64]),
    /// Positions in the labels.
    Labels(&'a [u32]),
}

impl<'a> Values<'a> {
    fn of(name: &str, signature: &Signature, answers: &'a Answers) -> Result<Self, Fault> {
        match &answers.scores {
            Scores::Values(values) if name == VALUE => Ok(Self::Numbers(values)),
            Scores::Classes { chosen, .. } if name == LABEL => Ok(Self::Labels(chosen)),
            Scores::Classes {
                scores, classes, ..
            } if name == SCORES && *classes == signature.labels.len() => Ok(Self::Numbers(scores)),
            _ => Err(Fault(format!("the model has no output `{name}`"))),
        }
    }
}

fn put_output(
    json: &mut Vec<u8>,
    binary: Option<&mut Vec<u8>>,
    output: OutputTensor,
    values: &Values<'_>,
    signature: &Signature,
    rows: usize,
) {
    json.extend_from_slice(b"{\"name\":");
    put(json, output.name);
    json.extend_from_slice(b",\"datatype\":");
    put(json, <&str>::from(output.datatype));
    json.extend_from_slice(b",\"shape\":");
    match output.width {
        None => put(json, &[rows]),
        Some(width) => put(json, &[rows, width]),
    }
    let labels = (output.name == SCORES).then(|| labels_json(signature));
    let size = binary.map(|binary| {
        let before = binary.len();
        put_binary(binary, values, signature, output.datatype);
        binary.len() - before
    });
    if labels.is_some() || size.is_some() {
        let mut parameters = serde_json::Map::new();
        parameters.extend(labels.map(|labels| ("labels".to_owned(), labels)));
        parameters.extend(size.map(|size| ("binary_data_size".to_owned(), size.into())));
        json.extend_from_slice(b",\"parameters\":");
        put(json, &parameters);
    }
    if size.is_none() {
        json.extend_from_slice(b",\"data\":");
        match values {
            Values::Numbers(numbers) => put(json, numbers),
            Values::Labels(chosen) => put_labels(json, chosen, signature, output.datatype),
        }
    }
    json.push(b'}');
}

fn put_labels(json: &mut Vec<u8>, chosen: &[u32], signature: &Signature, datatype: Datatype) {
    let written = |label: &Label| match datatype {
        Datatype::Int64 => label.to_string(),
        _ => Value::String(label.to_string()).to_string(),
    };
    let labels: Vec<String> = signature.labels.iter().map(written).collect();
    json.push(b'[');
    for (row, chosen) in chosen.iter().enumerate() {
        if row > 0 {
            json.push(b',');
        }
        json.extend_from_slice(labels[*chosen as usize].as_bytes());
    }
    json.push(b']');
}

fn put_binary(
    binary: &mut Vec<u8>,
    values: &Values<'_>,
    signature: &Signature,
    datatype: Datatype,
) {
    let chosen = match values {
        Values::Labels(chosen) => *chosen,
        Values::Numbers(numbers) => {
            binary.reserve(size_of_val(*numbers));
            for number in *numbers {
                binary.extend_from_slice(&number.to_le_bytes());
            }
            return;
        }
    };
    let written = |label: &Label| match (datatype, label) {
        (Datatype::Int64, Label::Integer(value)) => value.to_le_bytes().to_vec(),
        (_, label) => bytes_element(label.to_string().as_bytes()),
    };
    let labels: Vec<Vec<u8>> = signature.labels.iter().map(written).collect();
    for chosen in chosen {
        binary.extend_from_slice(&labels[*chosen as usize]);
    }
}

/// A text behind its length.
pub(super) fn bytes_element(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut element = length.to_le_bytes().to_vec();
    element.extend_from_slice(text);
    element
}

/// Writes JSON. A number that is none of JSON becomes null.
pub(super) fn put(json: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Memory takes all of it, and these types have text keys.
    serde_json::to_writer(json, value).expect("numbers and texts are JSON");
}
