use super::super::making::floats;
use super::{fault, float, int, op, run, try_run};

#[test]
fn shapes_are_changed() {
    let input = int(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    let reshaped = |shape: &[i64]| run(op("Reshape"), &[input.clone(), int(&[shape.len()], shape)]);
    assert_eq!(reshaped(&[-1]).shape[..], [6]);
    assert_eq!(reshaped(&[0, -1, 1]).shape[..], [2, 3, 1]);
    for wrong in [
        &[4][..],
        &[-1, 4],
        &[-1, -1],
        &[-2, 3],
        &[i64::MAX, i64::MAX],
        &[0, 0, 0],
    ] {
        let shape = int(&[wrong.len()], wrong);
        assert!(fault(op("Reshape"), &[input.clone(), shape]).contains("has no shape"));
    }
    let exchanged = int(&[3, 2], &[1, 4, 2, 5, 3, 6]);
    assert_eq!(
        run(op("Transpose"), std::slice::from_ref(&input)),
        exchanged
    );
    assert_eq!(
        run(op("Flatten").int("axis", 0), std::slice::from_ref(&input)).shape[..],
        [1, 6]
    );
    assert_eq!(
        run(op("Unsqueeze"), &[input.clone(), int(&[1], &[1])]).shape[..],
        [2, 1, 3]
    );
    assert_eq!(
        run(op("Squeeze"), &[int(&[1, 2, 1], &[1, 2])]).shape[..],
        [2]
    );
    assert_eq!(
        run(op("Shape"), std::slice::from_ref(&input)),
        int(&[2], &[2, 3])
    );
    let joined = run(
        op("Concat").int("axis", 1),
        &[input.clone(), int(&[2, 1], &[7, 8])],
    );
    assert_eq!(joined, int(&[2, 4], &[1, 2, 3, 7, 4, 5, 6, 8]));
    let repeated = run(op("Expand"), &[int(&[2, 1], &[1, 2]), int(&[2], &[1, 2])]);
    assert_eq!(repeated, int(&[2, 2], &[1, 1, 2, 2]));
    let filled = op("ConstantOfShape").with("value", |it| it.t = Some(floats("", &[1], &[7.0])));
    assert_eq!(
        run(filled, &[int(&[2], &[1, 2])]),
        float(&[1, 2], &[7.0, 7.0])
    );
    let wrong = op("Concat").int("axis", 0);
    assert!(fault(wrong, &[input, int(&[2, 1], &[7, 8])]).contains("do not fit"));
}

#[test]
fn huge_shapes_are_refused_before_memory_is_taken() {
    let huge = int(&[2], &[1 << 40, 1 << 40]);
    let large = int(&[2], &[1 << 20, 1 << 20]);
    for shape in [huge, large] {
        assert!(fault(op("ConstantOfShape"), std::slice::from_ref(&shape)).contains("too large"));
        let one = float(&[1], &[1.0]);
        assert!(fault(op("Expand"), &[one, shape]).contains("too large"));
    }
    let tall = float(&[1 << 20, 1], &vec![0.0; 1 << 20]);
    let wide = float(&[1, 1 << 20], &vec![0.0; 1 << 20]);
    assert!(fault(op("MatMul"), &[tall.clone(), wide.clone()]).contains("too large"));
    assert!(fault(op("Add"), &[tall, wide]).contains("too large"));
}

#[test]
fn parts_are_taken() {
    let input = float(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let columns = int(&[2], &[-1, 0]);
    let gathered = run(
        op("Gather").int("axis", 1),
        &[input.clone(), columns.clone()],
    );
    assert_eq!(gathered, float(&[2, 2], &[3.0, 1.0, 6.0, 4.0]));
    let (_, finding) = try_run(17, op("Gather"), &[input.clone(), int(&[1], &[5])]).unwrap();
    assert_eq!(finding.unwrap(), "there is no element 5 among 2");
    let picks = int(&[2, 1], &[2, 0]);
    let picked = run(op("GatherElements").int("axis", 1), &[input.clone(), picks]);
    assert_eq!(picked, float(&[2, 1], &[3.0, 4.0]));
    let slice = |start: i64, end: i64, axis: i64, step: i64| {
        let one = |value: i64| int(&[1], &[value]);
        run(
            op("Slice"),
            &[input.clone(), one(start), one(end), one(axis), one(step)],
        )
    };
    assert_eq!(
        slice(1, i64::MAX, 1, 1),
        float(&[2, 2], &[2.0, 3.0, 5.0, 6.0])
    );
    assert_eq!(
        slice(-1, i64::MIN, 1, -2),
        float(&[2, 2], &[3.0, 1.0, 6.0, 4.0])
    );
    assert_eq!(slice(0, 1, 0, i64::MAX), float(&[1, 3], &[1.0, 2.0, 3.0]));
    assert_eq!(slice(2, 1, 1, 1).shape[..], [2, 0]);
    let extract = op("ml.ArrayFeatureExtractor");
    let extracted = run(extract.clone(), &[input.clone(), int(&[1], &[1])]);
    assert_eq!(extracted, float(&[2, 1], &[2.0, 5.0]));
    assert!(fault(extract, &[input, columns]).contains("below 3"));
}
