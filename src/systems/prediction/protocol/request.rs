//! An inference request, as the protocol has it.

use serde_json::{Map, Value};

use super::cursor::Cursor;
use super::fault::Fault;
use super::tensor::{self, Tensor};

/// Outputs that a request may name.
const OUTPUTS_MAX: usize = 100;

/// What is asked of a model. Its tensors stay where they are in the body.
pub(crate) struct InferRequest<'b> {
    pub inputs: Vec<Tensor<'b>>,
    pub reply: Reply,
}

/// How the answer is to be.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reply {
    pub id: Option<String>,
    /// `None`: all of them.
    pub outputs: Option<Vec<RequestedOutput>>,
    /// Whether outputs are sent as binary data that do not say themselves how they are.
    pub binary_output: bool,
}

/// An output that is asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct RequestedOutput {
    pub name: String,
    pub binary: Option<bool>,
}

impl<'b> InferRequest<'b> {
    /// `json_length` is the header [`JSON_LENGTH`](super::JSON_LENGTH).
    pub fn read(
        body: &'b [u8],
        json_length: Option<&str>,
        inputs_max: usize,
    ) -> Result<Self, Fault> {
        let (json, binary) = split(body, json_length)?;
        let mut cursor = Cursor::new(json);
        let (mut id, mut inputs, mut outputs) = (None, None, None);
        let mut parameters = Map::new();
        cursor.members("body", |member, cursor| {
            match member {
                "id" => id = Some(cursor.text_at("id")?.into_owned()),
                "inputs" => inputs = Some(tensor::read_list(cursor, "inputs", inputs_max)?),
                "outputs" => outputs = read_outputs(cursor)?,
                "parameters" => parameters = tensor::read_parameters(cursor, "parameters")?,
                _ => tensor::skip_unknown(cursor, member)?,
            }
            Ok(())
        })?;
        cursor.end()?;
        let inputs = inputs.ok_or_else(|| Fault::at("inputs", "is missing"))?;
        let binary_output = flag(&parameters, "parameters", "binary_data_output")?;
        Ok(Self {
            inputs: tensor::locate(inputs, "inputs", binary)?,
            reply: Reply {
                id,
                outputs,
                binary_output: binary_output.unwrap_or_default(),
            },
        })
    }
}

/// The JSON of a body, and the binary data behind it; `None`: the header says nothing of such data.
pub(super) fn split<'b>(
    body: &'b [u8],
    json_length: Option<&str>,
) -> Result<(&'b str, Option<&'b [u8]>), Fault> {
    let (json, binary) = match json_length {
        None => (body, None),
        Some(text) => {
            let header = super::JSON_LENGTH;
            let length = text.trim().parse::<usize>().ok();
            let parts = length.and_then(|length| body.split_at_checked(length));
            let (json, binary) = parts.ok_or_else(|| {
                let most = body.len();
                Fault::at(
                    header,
                    format!("expected a number of bytes, at most the {most} of the body"),
                )
            })?;
            (json, Some(binary))
        }
    };
    let json = str::from_utf8(json)
        .map_err(|_| Fault::at("body", "expected JSON in UTF-8 before the binary data"))?;
    Ok((json, binary))
}

fn read_outputs(cursor: &mut Cursor<'_>) -> Result<Option<Vec<RequestedOutput>>, Fault> {
    let mut ahead = *cursor;
    if ahead.token() == "null" {
        cursor.token();
        return Ok(None);
    }
    let mut outputs: Vec<RequestedOutput> = Vec::new();
    cursor.items("outputs", |no, cursor| {
        if no == OUTPUTS_MAX {
            return Err(Fault::at("outputs", "expected fewer of them"));
        }
        let place = format!("outputs[{no}]");
        let output = read_output(cursor, &place)?;
        if outputs.iter().any(|other| other.name == output.name) {
            let what = format!("`{}` is given twice", output.name);
            return Err(Fault::at(&format!("{place}.name"), what));
        }
        outputs.push(output);
        Ok(())
    })?;
    // Some clients send an empty list for all of them.
    Ok(Some(outputs).filter(|outputs| !outputs.is_empty()))
}

fn read_output(cursor: &mut Cursor<'_>, place: &str) -> Result<RequestedOutput, Fault> {
    let mut name = None;
    let mut parameters = Map::new();
    cursor.members(place, |member, cursor| {
        let at = || format!("{place}.{member}");
        match member {
            "name" => name = Some(cursor.text_at(&at())?.into_owned()),
            "parameters" => parameters = tensor::read_parameters(cursor, &at())?,
            _ => tensor::skip_unknown(cursor, &at())?,
        }
        Ok(())
    })?;
    let within = format!("{place}.parameters");
    for unsupported in ["classification", "shared_memory_region"] {
        if parameters.contains_key(unsupported) {
            let at = format!("{within}.{unsupported}");
            return Err(Fault::at(&at, "this server does not have that extension"));
        }
    }
    Ok(RequestedOutput {
        name: name.ok_or_else(|| Fault::at(&format!("{place}.name"), "is missing"))?,
        binary: flag(&parameters, &within, "binary_data")?,
    })
}

fn flag(parameters: &Map<String, Value>, place: &str, name: &str) -> Result<Option<bool>, Fault> {
    match parameters.get(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Fault::at(
            &format!("{place}.{name}"),
            "expected true or false",
        )),
    }
}
