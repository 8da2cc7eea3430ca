//! MatMul and Gemm.

use std::ops::{Add, Mul};

use super::broadcast::{Steps, combine, common_shape};
use crate::models::onnx::operators::Inputs;
use crate::models::onnx::tensor::{Data, Dimensions, Element, Shape, Tensor, length_of};
use crate::models::onnx::trouble::Fault;

/// Multiplies matrices; axes before the last two are batches of them.
pub fn matmul<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    let (left, right) = (inputs.get(0)?, inputs.get(1)?);
    match left.data {
        Data::Float(_) => matmul_numbers::<f32>(left, right),
        Data::Double(_) => matmul_numbers::<f64>(left, right),
        Data::Int64(_) => matmul_numbers::<i64>(left, right),
        _ => Err(Fault::new(format!("it is not computed of {}", left.kind()))),
    }
}

/// Numbers that are multiplied and summed up: those in single precision in double, which is as exact as can be,
/// whatever the order.
trait Factor: Copy {
    type Sum: Copy + Default;

    fn add_product(sum: &mut Self::Sum, left: Self, right: Self);

    fn narrow(sum: Self::Sum) -> Self;
}

impl Factor for f32 {
    type Sum = f64;

    fn add_product(sum: &mut f64, left: Self, right: Self) {
        *sum += f64::from(left) * f64::from(right);
    }

    fn narrow(sum: f64) -> Self {
        sum as Self
    }
}

impl Factor for f64 {
    type Sum = Self;

    fn add_product(sum: &mut Self, left: Self, right: Self) {
        *sum += left * right;
    }

    fn narrow(sum: Self) -> Self {
        sum
    }
}

impl Factor for i64 {
    type Sum = Self;

    fn add_product(sum: &mut Self, left: Self, right: Self) {
        *sum = sum.wrapping_add(left.wrapping_mul(right));
    }

    fn narrow(sum: Self) -> Self {
        sum
    }
}

fn matmul_numbers<'m, T: Element<'m> + Factor>(
    left: &Tensor<'m>,
    right: &Tensor<'m>,
) -> Result<Tensor<'m>, Fault> {
    let (left_elements, right_elements) = (left.elements::<T>()?, right.elements::<T>()?);
    let no_fit = || {
        Fault::new(format!(
            "tensors of the shapes {} and {} cannot be multiplied",
            Dimensions(&left.shape),
            Dimensions(&right.shape)
        ))
    };
    let (left_batch, rows, middle) = match *left.shape.as_slice() {
        [] => return Err(no_fit()),
        [middle] => (Shape::new(), 1, middle),
        [ref batch @ .., rows, middle] => (Shape::from_slice(batch), rows, middle),
    };
    let (right_batch, right_middle, columns) = match *right.shape.as_slice() {
        [] => return Err(no_fit()),
        [middle] => (Shape::new(), middle, 1),
        [ref batch @ .., middle, columns] => (Shape::from_slice(batch), middle, columns),
    };
    if middle != right_middle {
        return Err(no_fit());
    }
    let batch = common_shape(&left_batch, &right_batch)?;
    let mut shape = batch.clone();
    if left.shape.len() > 1 {
        shape.push(rows);
    }
    if right.shape.len() > 1 {
        shape.push(columns);
    }
    let mut product = vec![T::default(); length_of(&shape, size_of::<T>())?];
    if product.is_empty() {
        return Ok(Tensor::new(shape, product));
    }
    let mut left_steps = Steps::new(&left_batch, &batch);
    let mut right_steps = Steps::new(&right_batch, &batch);
    for product in product.chunks_exact_mut(rows * columns) {
        let left = left_steps.next() * rows * middle;
        let right = right_steps.next() * middle * columns;
        multiply(
            &left_elements[left..left + rows * middle],
            &right_elements[right..right + middle * columns],
            product,
            columns,
        );
    }
    Ok(Tensor::new(shape, product))
}

/// Computes the product of two matrices, row by row. It has at least one column.
fn multiply<T: Factor>(left: &[T], right: &[T], product: &mut [T], columns: usize) {
    let middle = right.len() / columns;
    let mut sums = vec![T::Sum::default(); columns];
    for (product, row) in product
        .chunks_exact_mut(columns)
        .zip(left.chunks(middle.max(1)))
    {
        sums.fill(T::Sum::default());
        for (number, right) in row.iter().zip(right.chunks_exact(columns)) {
            for (sum, factor) in sums.iter_mut().zip(right) {
                T::add_product(sum, *number, *factor);
            }
        }
        for (place, sum) in product.iter_mut().zip(&sums) {
            *place = T::narrow(*sum);
        }
    }
}

/// What Gemm does besides multiplying.
#[derive(Clone, Copy, Debug)]
pub struct Gemm {
    pub alpha: f32,
    pub beta: f32,
    pub transposes_left: bool,
    pub transposes_right: bool,
}

impl Gemm {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        match inputs.get(0)?.data {
            Data::Float(_) => self.compute(inputs, self.alpha, self.beta),
            Data::Double(_) => self.compute(inputs, f64::from(self.alpha), f64::from(self.beta)),
            _ => Err(Fault::new("it is computed of float and double only")),
        }
    }

    fn compute<'m, T>(self, inputs: &Inputs<'_, 'm>, alpha: T, beta: T) -> Result<Tensor<'m>, Fault>
    where
        T: Element<'m> + Factor + Add<Output = T> + Mul<Output = T>,
    {
        let left = oriented::<T>(inputs.get(0)?, self.transposes_left)?;
        let right = oriented::<T>(inputs.get(1)?, self.transposes_right)?;
        let product = matmul_numbers::<T>(&left, &right)?;
        let scaled = product.elements::<T>()?.iter().map(|value| *value * alpha);
        let scaled: Vec<T> = scaled.collect();
        let Some(addend) = inputs.optional(2) else {
            return Ok(Tensor::new(product.shape, scaled));
        };
        let addend_elements = addend.elements::<T>()?;
        let (shape, sum) = combine(
            (&scaled, &product.shape),
            (addend_elements, &addend.shape),
            |value, addend| *value + *addend * beta,
        )?;
        if shape != product.shape {
            return Err(Fault::new("what is added does not fit the product"));
        }
        Ok(Tensor::new(shape, sum))
    }
}

/// A matrix, with its axes exchanged if that is asked for.
fn oriented<'m, T: Element<'m> + Copy>(
    input: &Tensor<'m>,
    transposes: bool,
) -> Result<Tensor<'m>, Fault> {
    let [rows, columns] = *input.shape.as_slice() else {
        return Err(Fault::new("expected matrices"));
    };
    if !transposes {
        return Ok(input.clone());
    }
    let elements = input.elements::<T>()?;
    let exchanged =
        (0..columns).flat_map(|column| (0..rows).map(move |row| elements[row * columns + column]));
    let exchanged = exchanged.collect();
    Ok(Tensor::new(Shape::from_slice(&[columns, rows]), exchanged))
}
