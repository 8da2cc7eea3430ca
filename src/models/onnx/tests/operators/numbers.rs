use super::{NAN, bools, fault, float, int, op, run, texts, try_run};

#[test]
fn arithmetic_repeats_axes_of_length_one() {
    let matrix = float(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let row = float(&[3], &[10.0, 20.0, 30.0]);
    let column = float(&[2, 1], &[100.0, 200.0]);
    let one = float(&[], &[2.0]);
    let sum = [11.0, 22.0, 33.0, 14.0, 25.0, 36.0];
    assert_eq!(
        run(op("Add"), &[matrix.clone(), row.clone()]),
        float(&[2, 3], &sum)
    );
    assert_eq!(
        run(op("Add"), &[row.clone(), matrix.clone()]),
        float(&[2, 3], &sum)
    );
    let sum = [101.0, 102.0, 103.0, 204.0, 205.0, 206.0];
    assert_eq!(
        run(op("Add"), &[matrix.clone(), column.clone()]),
        float(&[2, 3], &sum)
    );
    let outer = [110.0, 120.0, 130.0, 210.0, 220.0, 230.0];
    assert_eq!(
        run(op("Add"), &[column.clone(), row.clone()]),
        float(&[2, 3], &outer)
    );
    let less = [1.0, 0.0, -1.0, -2.0, -3.0, -4.0];
    assert_eq!(
        run(op("Sub"), &[one.clone(), matrix.clone()]),
        float(&[2, 3], &less)
    );
    let squares = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0];
    assert_eq!(
        run(op("Pow"), &[matrix.clone(), one]),
        float(&[2, 3], &squares)
    );
    let all = [column.clone(), row.clone(), matrix.clone()];
    let sums = [111.0, 122.0, 133.0, 214.0, 225.0, 236.0];
    assert_eq!(run(op("Sum"), &all), float(&[2, 3], &sums));
    let halves = run(op("Div"), &[int(&[2], &[7, 1]), int(&[2], &[2, 0])]);
    assert_eq!(halves, int(&[2], &[3, 0]));
    assert!(fault(op("Add"), &[matrix.clone(), float(&[2], &[1.0; 2])]).contains("do not fit"));
    assert!(fault(op("Add"), &[matrix, int(&[1], &[1])]).contains("float and int64"));
}

#[test]
fn elements_are_changed_one_by_one() {
    for (name, values, expected) in [
        ("Abs", [-1.0, 2.0], [1.0, 2.0]),
        ("Neg", [-1.0, 2.0], [1.0, -2.0]),
        ("Relu", [-1.0, 2.0], [0.0, 2.0]),
        ("Sqrt", [4.0, 9.0], [2.0, 3.0]),
        ("Exp", [0.0, f32::NEG_INFINITY], [1.0, 0.0]),
        ("Log", [1.0, 0.0], [0.0, f32::NEG_INFINITY]),
        ("Sigmoid", [0.0, -200.0], [0.5, 0.0]),
        ("Tanh", [0.0, 100.0], [0.0, 1.0]),
        ("Reciprocal", [4.0, 0.5], [0.25, 2.0]),
    ] {
        let found = run(op(name), &[float(&[2], &values)]);
        assert_eq!(found, float(&[2], &expected), "{name}");
    }
    let is_nan = run(op("IsNaN"), &[float(&[2], &[NAN, 1.0])]);
    assert_eq!(is_nan, bools(&[2], &[true, false]));
    assert_eq!(run(op("Not"), &[is_nan]), bools(&[2], &[false, true]));
    let clipped = [
        float(&[3], &[-5.0, 0.5, 9.0]),
        float(&[], &[0.0]),
        float(&[], &[1.0]),
    ];
    assert_eq!(run(op("Clip"), &clipped), float(&[3], &[0.0, 0.5, 1.0]));
    assert!(fault(op("Exp"), &[texts(&[1], &["a"])]).contains("string"));
}

#[test]
fn comparisons_and_choices() {
    let (one, other) = (float(&[3], &[1.0, 2.0, NAN]), float(&[1], &[2.0]));
    for (name, expected) in [
        ("Less", [true, false, false]),
        ("LessOrEqual", [true, true, false]),
        ("Greater", [false, false, false]),
        ("GreaterOrEqual", [false, true, false]),
        ("Equal", [false, true, false]),
    ] {
        let found = run(op(name), &[one.clone(), other.clone()]);
        assert_eq!(found, bools(&[3], &expected), "{name}");
    }
    let truths = bools(&[2, 1], &[true, false]);
    let chosen = run(
        op("Where"),
        &[truths, texts(&[2], &["a", "b"]), texts(&[1], &["z"])],
    );
    assert_eq!(chosen, texts(&[2, 2], &["a", "b", "z", "z"]));
    let both = [bools(&[2], &[true, false]), bools(&[2], &[true, true])];
    assert_eq!(run(op("And"), &both), bools(&[2], &[true, false]));
    assert_eq!(run(op("Or"), &both), bools(&[2], &[true, true]));
}

#[test]
fn axes_are_reduced() {
    let cube = float(&[2, 2, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let axis = |axis: i64| int(&[1], &[axis]);
    let reduce =
        |name: &str, number: i64| run(op(name).int("keepdims", 0), &[cube.clone(), axis(number)]);
    assert_eq!(
        reduce("ReduceSum", 0),
        float(&[2, 2], &[6.0, 8.0, 10.0, 12.0])
    );
    assert_eq!(
        reduce("ReduceSum", -1),
        float(&[2, 2], &[3.0, 7.0, 11.0, 15.0])
    );
    assert_eq!(
        reduce("ReduceMean", 1),
        float(&[2, 2], &[2.0, 3.0, 6.0, 7.0])
    );
    assert_eq!(
        reduce("ReduceMax", 2),
        float(&[2, 2], &[2.0, 4.0, 6.0, 8.0])
    );
    assert_eq!(
        reduce("ReduceMin", 0),
        float(&[2, 2], &[1.0, 2.0, 3.0, 4.0])
    );
    assert_eq!(
        reduce("ReduceProd", 2),
        float(&[2, 2], &[2.0, 12.0, 30.0, 56.0])
    );
    assert_eq!(
        reduce("ReduceSumSquare", 2),
        float(&[2, 2], &[5.0, 25.0, 61.0, 113.0])
    );
    let all = run(op("ReduceSum"), std::slice::from_ref(&cube));
    assert_eq!(all, float(&[1, 1, 1], &[36.0]));
    let old = op("ReduceSum").ints("axes", &[1]).int("keepdims", 1);
    let (old, _) = try_run(11, old, std::slice::from_ref(&cube)).unwrap();
    assert_eq!(old, float(&[2, 1, 2], &[4.0, 6.0, 12.0, 14.0]));
    let large = float(&[1, 2], &[1000.0, 1000.0]);
    let log = run(op("ReduceLogSumExp").int("keepdims", 0), &[large, axis(1)]);
    assert_eq!(log, float(&[1], &[1000.0 + 2.0_f32.ln()]));
    let best = op("ArgMax").int("axis", 1).int("keepdims", 0);
    assert_eq!(
        run(best, &[float(&[2, 3], &[1.0, 3.0, 3.0, 9.0, 2.0, 1.0])]),
        int(&[2], &[1, 0])
    );
    let best = op("TopK").int("axis", 1);
    let found = run(
        best,
        &[float(&[1, 4], &[1.0, 9.0, 3.0, 9.0]), int(&[1], &[3])],
    );
    assert_eq!(found, float(&[1, 3], &[9.0, 9.0, 3.0]));
    let sums = run(
        op("CumSum"),
        &[float(&[2, 2], &[1.0, 2.0, 3.0, 4.0]), int(&[], &[1])],
    );
    assert_eq!(sums, float(&[2, 2], &[1.0, 3.0, 3.0, 7.0]));
    assert!(fault(op("ReduceSum"), &[cube, axis(3)]).contains("no axis 3"));
}

#[test]
fn matrices_are_multiplied() {
    let left = float(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let right = float(&[3, 2], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let product = float(&[2, 2], &[4.0, 5.0, 10.0, 11.0]);
    assert_eq!(run(op("MatMul"), &[left.clone(), right.clone()]), product);
    let vector = float(&[3], &[1.0, 1.0, 1.0]);
    assert_eq!(
        run(op("MatMul"), &[left.clone(), vector]),
        float(&[2], &[6.0, 15.0])
    );
    let batch = float(&[2, 1, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let products = float(&[2, 1, 2], &[4.0, 5.0, 10.0, 11.0]);
    assert_eq!(run(op("MatMul"), &[batch, right.clone()]), products);
    let gemm = op("Gemm")
        .float("alpha", 2.0)
        .float("beta", 10.0)
        .int("transB", 1);
    let transposed = float(&[2, 3], &[1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
    let found = run(gemm, &[left.clone(), transposed, float(&[2], &[1.0, 2.0])]);
    assert_eq!(found, float(&[2, 2], &[18.0, 30.0, 30.0, 42.0]));
    assert!(fault(op("MatMul"), &[left.clone(), left]).contains("cannot be multiplied"));
}

#[test]
fn softmax_is_of_an_axis_or_of_all_that_follow() {
    let input = float(&[1, 2, 2], &[0.0, 0.0, 0.0, 0.0]);
    assert_eq!(
        run(op("Softmax"), std::slice::from_ref(&input)),
        float(&[1, 2, 2], &[0.5; 4])
    );
    let (old, _) = try_run(11, op("Softmax"), &[input]).unwrap();
    assert_eq!(old, float(&[1, 2, 2], &[0.25; 4]));
}
