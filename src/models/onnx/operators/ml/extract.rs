//! ArrayFeatureExtractor and FeatureVectorizer: columns out of rows, and rows out of columns.

use smallvec::smallvec;

use crate::models::onnx::operators::{Inputs, floats};
use crate::models::onnx::tensor::{Element, Shape, Tensor, for_each_kind, length_of};
use crate::models::onnx::trouble::Fault;

/// Takes the columns of a tensor whose numbers the second input has.
pub fn array_feature_extractor<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let columns = inputs.get(1)?.integers()?;
    let Some(width) = input.shape.last().copied() else {
        return Err(Fault::new("a scalar has no columns"));
    };
    let columns: Vec<usize> = columns
        .iter()
        .map(|column| {
            usize::try_from(*column)
                .ok()
                .filter(|column| *column < width)
        })
        .collect::<Option<_>>()
        .filter(|columns: &Vec<usize>| !columns.is_empty())
        .ok_or_else(|| Fault::new(format!("expected numbers of columns below {width}")))?;
    let mut shape = input.shape.clone();
    match shape.as_mut_slice() {
        // A vector becomes a row.
        [_] => shape = smallvec![1, columns.len()],
        [.., last] => *last = columns.len(),
        [] => {}
    }
    for_each_kind!(&input.data, elements => extract(elements, width, &columns, shape))
}

fn extract<'m, T: Element<'m>>(
    elements: &[T],
    width: usize,
    columns: &[usize],
    shape: Shape,
) -> Result<Tensor<'m>, Fault> {
    let mut extracted = Vec::with_capacity(length_of(&shape, size_of::<T>())?);
    for row in elements.chunks_exact(width) {
        extracted.extend(columns.iter().map(|column| row[*column].clone()));
    }
    Ok(Tensor::new(shape, extracted))
}

/// Puts the columns of all inputs side by side, as numbers in single precision.
pub fn feature_vectorizer<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    let matrices: Vec<(usize, usize)> = inputs
        .all()
        .map(|input| input.and_then(Tensor::matrix))
        .collect::<Result<_, _>>()?;
    let Some((rows, _)) = matrices.first().copied() else {
        return Err(Fault::new("there are no inputs"));
    };
    if matrices.iter().any(|(others, _)| *others != rows) {
        return Err(Fault::new("the inputs have different numbers of rows"));
    }
    let width: usize = matrices.iter().map(|(_, width)| *width).sum();
    let shape = Shape::from_slice(&[rows, width]);
    let mut joined = vec![0.0; length_of(&shape, size_of::<f32>())?];
    let mut first = 0;
    for (input, (_, columns)) in inputs.all().zip(matrices) {
        let numbers = floats(input?)?;
        for row in 0..rows {
            let place = row * width + first;
            joined[place..place + columns]
                .copy_from_slice(&numbers[row * columns..(row + 1) * columns]);
        }
        first += columns;
    }
    Ok(Tensor::new(shape, joined))
}
