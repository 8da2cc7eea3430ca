//! What is asked of another server's model, and how: its inputs and outputs against the features and labels that the
//! description of a package has.

use super::metadata::{ModelMetadata, ServerMetadata, TensorMetadata};
use crate::models::json_rows::label_from_json;
use crate::models::{Description, Feature, FeatureKind, Label, Refusal, Task};
use crate::systems::prediction::protocol::{AskedInput, Asking, Datatype};

/// Outputs with this name are understood without a description.
const LABEL: &str = "label";
const SCORES: &str = "scores";
const VALUE: &str = "value";

/// Completes a description by what the server says, and says how the model is asked.
pub(super) fn lay_out(
    server: &ServerMetadata,
    model: &ModelMetadata,
    description: Description,
) -> Result<(Description, Asking), Refusal> {
    let (features, inputs) = match &model.inputs[..] {
        [] => {
            return Err(Refusal::new(
                "the server does not say which inputs the model takes",
            ));
        }
        [matrix] if matrix.is_matrix() && matrix.width() != Some(1) => {
            of_matrix(matrix, &description)?
        }
        inputs => of_each(inputs, &description)?,
    };
    let task = task(model, &description, &features)?;
    let (labels, outputs) = match task.has_labels() {
        true => outputs_of_classes(&model.outputs, &description)?,
        false => (None, vec![output_of_values(&model.outputs)?]),
    };
    let description = Description {
        task: Some(task),
        features: Some(features),
        labels,
    };
    let asking = Asking {
        inputs,
        outputs,
        binary: server.takes_binary(),
        takes_null: server.takes_null(),
    };
    Ok((description, asking))
}

fn of_matrix(
    input: &TensorMetadata,
    description: &Description,
) -> Result<(Vec<Feature>, Vec<AskedInput>), Refusal> {
    let (name, shape) = (&input.name, &input.shape);
    let Some(features) = &description.features else {
        return Err(Refusal::new(format!(
            "the model takes one input `{name}` of the shape {shape:?}; expected `features` in model.yaml, which name \
             its columns in order"
        )));
    };
    if let Some(width) = input.width()
        && width != features.len()
    {
        return Err(Refusal::new(format!(
            "the input `{name}` has {width} columns; expected as many features in model.yaml, found {}",
            features.len()
        )));
    }
    if let Some(text) = features.iter().find(|one| one.kind == FeatureKind::Text) {
        return Err(Refusal::new(format!(
            "the feature `{}` is a text, and the model takes all features in one input of numbers",
            text.name
        )));
    }
    let asked = AskedInput {
        name: name.clone(),
        datatype: datatype(input, FeatureKind::Number)?,
        features: (0..features.len()).collect(),
        is_matrix: true,
    };
    Ok((features.clone(), vec![asked]))
}

fn of_each(
    inputs: &[TensorMetadata],
    description: &Description,
) -> Result<(Vec<Feature>, Vec<AskedInput>), Refusal> {
    if let Some(wide) = inputs.iter().find(|input| input.width() != Some(1)) {
        return Err(Refusal::new(format!(
            "the input `{}` has the shape {:?}; expected [N] or [N, 1] of inputs that are one feature each",
            wide.name, wide.shape
        )));
    }
    let features = match &description.features {
        Some(features) => {
            same_names(features, inputs)?;
            features.clone()
        }
        None => inputs.iter().map(feature).collect(),
    };
    let asked = features.iter().enumerate().map(|(no, feature)| {
        let input = inputs.iter().find(|input| input.name == feature.name);
        let input = input.ok_or_else(|| no_input(&feature.name))?;
        Ok(AskedInput {
            name: input.name.clone(),
            datatype: datatype(input, feature.kind)?,
            features: vec![no],
            is_matrix: input.is_matrix(),
        })
    });
    let asked = asked.collect::<Result<_, Refusal>>()?;
    Ok((features, asked))
}

fn feature(input: &TensorMetadata) -> Feature {
    Feature {
        name: input.name.clone(),
        kind: match input.datatype == Datatype::Bytes.to_string() {
            true => FeatureKind::Text,
            false => FeatureKind::Number,
        },
        categories: Vec::new(),
    }
}

fn same_names(features: &[Feature], inputs: &[TensorMetadata]) -> Result<(), Refusal> {
    let has_feature = |name: &str| features.iter().any(|feature| feature.name == name);
    if let Some(input) = inputs.iter().find(|input| !has_feature(&input.name)) {
        return Err(Refusal::new(format!(
            "the model takes the input `{}`, which is not among the features in model.yaml",
            input.name
        )));
    }
    let has_input = |name: &str| inputs.iter().any(|input| input.name == name);
    match features.iter().find(|feature| !has_input(&feature.name)) {
        Some(feature) => Err(no_input(&feature.name)),
        None => Ok(()),
    }
}

fn no_input(feature: &str) -> Refusal {
    Refusal::new(format!(
        "the model has no input for the feature `{feature}` of model.yaml"
    ))
}

/// The type of an input, if it holds such features.
fn datatype(input: &TensorMetadata, kind: FeatureKind) -> Result<Datatype, Refusal> {
    let datatype = input.datatype.parse::<Datatype>().ok();
    let fits = |datatype: &Datatype| match kind {
        FeatureKind::Number => datatype.is_number(),
        FeatureKind::Text => *datatype == Datatype::Bytes,
    };
    let expected = match kind {
        FeatureKind::Number => "a type of numbers",
        FeatureKind::Text => "BYTES",
    };
    datatype.filter(fits).ok_or_else(|| {
        Refusal::new(format!(
            "the input `{}` has the type {}; expected {expected}",
            input.name, input.datatype
        ))
    })
}

fn task(
    model: &ModelMetadata,
    description: &Description,
    features: &[Feature],
) -> Result<Task, Refusal> {
    if let Some(task) = description.task {
        return Ok(task);
    }
    let has_output = |name: &str| model.outputs.iter().any(|output| output.name == name);
    let is_text = matches!(features, [only] if only.kind == FeatureKind::Text);
    if has_output(SCORES) || has_output(LABEL) || description.labels.is_some() {
        return Ok(match is_text {
            true => Task::Text,
            false => Task::Classification,
        });
    }
    match has_output(VALUE) {
        true => Ok(Task::Regression),
        false => Err(Refusal::new(
            "the outputs of the model do not say what it does; expected `task` in model.yaml",
        )),
    }
}

/// The labels, and the outputs with scores and, if there is one, with labels.
fn outputs_of_classes(
    outputs: &[TensorMetadata],
    description: &Description,
) -> Result<(Option<Vec<Label>>, Vec<String>), Refusal> {
    let scores = numbers(outputs, SCORES)?;
    let labels = description.labels.clone().or_else(|| said_labels(scores));
    let labels = labels.ok_or_else(|| {
        Refusal::new("the server does not say the labels; expected `labels` in model.yaml")
    })?;
    let (count, width) = (labels.len(), scores.width());
    // One score of two classes is that of the second one.
    let fits = width.is_none_or(|width| width == count || (width == 1 && count == 2));
    if !fits || count < 2 {
        let width = width.unwrap_or_default();
        return Err(Refusal::new(format!(
            "the output `{}` has {width} scores for {count} labels",
            scores.name
        )));
    }
    let label = outputs.iter().find(|output| output.name == LABEL);
    let names = [Some(scores), label].into_iter().flatten();
    let names = names.map(|output| output.name.clone()).collect();
    Ok((Some(labels), names))
}

fn said_labels(scores: &TensorMetadata) -> Option<Vec<Label>> {
    let labels = scores.parameters.as_ref()?.get("labels")?.as_array()?;
    labels.iter().map(label_from_json).collect()
}

fn output_of_values(outputs: &[TensorMetadata]) -> Result<String, Refusal> {
    let values = numbers(outputs, VALUE)?;
    match values.width() {
        None | Some(1) => Ok(values.name.clone()),
        Some(width) => Err(Refusal::new(format!(
            "the output `{}` has {width} values for each row; expected one",
            values.name
        ))),
    }
}

/// The output with this name, or the only one that has numbers.
fn numbers<'o>(outputs: &'o [TensorMetadata], name: &str) -> Result<&'o TensorMetadata, Refusal> {
    let has_numbers = |output: &&TensorMetadata| {
        let datatype = output.datatype.parse::<Datatype>();
        datatype.is_ok_and(Datatype::is_number)
    };
    let numbers: Vec<&TensorMetadata> = outputs.iter().filter(has_numbers).collect();
    if let Some(named) = numbers.iter().find(|output| output.name == name) {
        return Ok(named);
    }
    match numbers[..] {
        [only] => Ok(only),
        _ => {
            let found: Vec<&str> = outputs.iter().map(|output| &*output.name).collect();
            Err(Refusal::new(format!(
                "expected an output `{name}`, or one output of numbers; found {}",
                found.join(", ")
            )))
        }
    }
}
