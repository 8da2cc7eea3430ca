//! `MLmodel`: the file that says what an MLflow model directory holds.

use serde_json::Value;

use super::description::{Described, Description};
use super::format::Format;
use crate::models::refusal::Refusal;
use crate::models::signature::{Feature, FeatureKind};
use crate::yaml::{self, Limits, Node};

const LIMITS: Limits = Limits {
    depth: 32,
    aliased: 100_000,
};

/// The flavors whose files can be read, the most exact first.
const FLAVORS: [(&str, Format); 3] = [
    ("lightgbm", Format::LightGbm),
    ("xgboost", Format::XgBoost),
    ("onnx", Format::Onnx),
];

const SAVE_INSTEAD: &str = "save an ONNX model with `mlflow.onnx.log_model` (scikit-learn: converted by skl2onnx), a Booster of LightGBM with \
     `mlflow.lightgbm.log_model(model.booster_, …)` or of XGBoost with `mlflow.xgboost.log_model(model.get_booster(), …)`";

pub(super) fn read(text: &[u8]) -> Result<Described, Refusal> {
    let text =
        str::from_utf8(text).map_err(|_| Refusal::new("MLmodel: expected a text in UTF-8"))?;
    let root = yaml::parse_within(LIMITS, text).map_err(|fault| {
        let position = fault.position;
        Refusal::new(format!(
            "MLmodel:{}:{}: {fault}",
            position.line, position.column
        ))
    })?;
    let flavors = root.get("flavors").filter(|flavors| flavors.is_mapping());
    let flavors = flavors.ok_or_else(|| {
        Refusal::new(
            "MLmodel: flavors: expected a mapping of flavors to what they say of the model",
        )
    })?;
    let mut found = FLAVORS
        .iter()
        .filter_map(|(name, format)| flavors.get(name).map(|flavor| (*name, *format, flavor)));
    let (name, format, flavor) = found.next().ok_or_else(|| no_flavor(flavors))?;
    let data = flavor.get("data").and_then(Node::text).ok_or_else(|| {
        Refusal::new(format!(
            "MLmodel: flavors.{name}.data: is missing; expected the name of the model's file"
        ))
    })?;
    Ok(Described {
        description: Description {
            features: features(&root)?,
            ..Description::default()
        },
        format: Some(format),
        file: Some(data.to_owned()),
        advice: advice(name).map(str::to_owned),
    })
}

/// What helps if the file of a flavor is a Python object.
fn advice(flavor: &str) -> Option<&'static str> {
    match flavor {
        "lightgbm" => Some(
            "MLflow saves the scikit-learn wrapper of LightGBM as a Python object: save its Booster with \
             `mlflow.lightgbm.log_model(model.booster_, …)`",
        ),
        "xgboost" => Some(
            "save the Booster with `mlflow.xgboost.log_model(model.get_booster(), …)`, in the format json or ubj",
        ),
        _ => None,
    }
}

fn no_flavor(flavors: &Node) -> Refusal {
    let names = flavors
        .entries()
        .iter()
        .filter_map(|entry| entry.key.text());
    let names: Vec<&str> = names.take(10).collect();
    let what = match names.as_slice() {
        ["python_function"] => "is Python code, which is never run".to_owned(),
        _ if names.contains(&"sklearn") => {
            "was saved by scikit-learn as a Python object (pickle or skops), which is never read"
                .to_owned()
        }
        [] => "has no flavors".to_owned(),
        _ => format!(
            "has only the flavors {}, of which none can be read",
            names.join(", ")
        ),
    };
    Refusal::new(format!("the MLflow model {what}; {SAVE_INSTEAD}"))
}

/// The columns of `signature.inputs`, which is JSON in a text; `None` if the signature names no columns.
fn features(root: &Node) -> Result<Option<Vec<Feature>>, Refusal> {
    let inputs = root.get("signature").and_then(|node| node.get("inputs"));
    let Some(text) = inputs.and_then(Node::text).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let wrong = || Refusal::new("MLmodel: signature.inputs: expected a list of columns as JSON");
    let Ok(Value::Array(columns)) = serde_json::from_str(text) else {
        return Err(wrong());
    };
    let mut features = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let kind = column
            .get("type")
            .and_then(Value::as_str)
            .ok_or_else(wrong)?;
        // Tensors have no columns; what they are called, the file itself says.
        let Some(name) = column.get("name").and_then(Value::as_str) else {
            return Ok(None);
        };
        if kind == "tensor" {
            return Ok(None);
        }
        features.push(feature(index, name, kind)?);
    }
    Ok((!features.is_empty()).then_some(features))
}

fn feature(index: usize, name: &str, kind: &str) -> Result<Feature, Refusal> {
    let kind = match kind {
        "float" | "double" | "integer" | "long" | "boolean" => FeatureKind::Number,
        "string" => FeatureKind::Text,
        other => {
            return Err(Refusal::new(format!(
                "MLmodel: signature.inputs[{index}]: the column {name:?} is of the type `{other}`; expected numbers or texts \
                 (float, double, integer, long, boolean, string)"
            )));
        }
    };
    Ok(Feature {
        name: name.to_owned(),
        kind,
        categories: Vec::new(),
    })
}
