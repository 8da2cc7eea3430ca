use super::{DraftNode, ForestBuilder, Test, TreeDraft, TreeFault};

/// A split of column 0 that goes to node 1 if the test passes, else to node 2.
fn split(test: Test<f64>, missing_passes: bool) -> DraftNode<f64> {
    DraftNode::Split {
        column: 0,
        test,
        missing_passes,
        zero_is_missing: false,
        passed: 1,
        failed: 2,
    }
}

fn leaf(value: f64) -> DraftNode<f64> {
    DraftNode::Leaf { target: 0, value }
}

/// What a forest of one column and target says of each value: alone, and among many rows.
fn answers(builder: ForestBuilder<f64>, values: &[f64]) -> Vec<f64> {
    let forest = builder.build();
    let mut many = vec![0.0; values.len() * 8];
    let repeated: Vec<f64> = values.iter().flat_map(|value| [*value; 8]).collect();
    forest.add(&repeated, &mut many);
    let alone = values.iter().map(|value| {
        let mut sum = [0.0];
        forest.add(&[*value], &mut sum);
        sum[0]
    });
    let alone: Vec<f64> = alone.collect();
    let of_blocks: Vec<f64> = many.iter().step_by(8).copied().collect();
    assert_eq!(alone, of_blocks);
    alone
}

const VALUES: [f64; 10] = [
    f64::NEG_INFINITY,
    -1.5,
    -0.0,
    0.0,
    5e-324,
    1.5,
    2.0,
    f64::MAX,
    f64::INFINITY,
    f64::NAN,
];

#[test]
fn every_test_is_what_the_comparison_says() {
    type MakeTest = fn(f64) -> Test<f64>;
    type Compare = fn(&f64, &f64) -> bool;
    let tests: [(MakeTest, Compare); 6] = [
        (Test::LessOrEqual, f64::le),
        (Test::Less, f64::lt),
        (Test::GreaterOrEqual, f64::ge),
        (Test::Greater, f64::gt),
        (Test::Equal, f64::eq),
        (Test::NotEqual, f64::ne),
    ];
    for threshold in VALUES {
        for (index, (test, compare)) in tests.iter().enumerate() {
            for missing_passes in [false, true] {
                let mut builder = ForestBuilder::new(1, 1);
                // Eight trees and one, so that trees are walked side by side and alone.
                for _ in 0..9 {
                    let nodes = vec![
                        split(test(threshold), missing_passes),
                        leaf(1.0),
                        leaf(-1.0),
                    ];
                    builder.add_tree(&TreeDraft::new(nodes)).unwrap();
                }
                let expected = VALUES.map(|value| {
                    let passes = if value.is_nan() {
                        missing_passes
                    } else {
                        compare(&value, &threshold)
                    };
                    if passes { 9.0 } else { -9.0 }
                });
                assert_eq!(
                    answers(builder, &VALUES),
                    expected,
                    "test {index} of {threshold}, missing {missing_passes}"
                );
            }
        }
    }
}

#[test]
fn a_set_has_whole_categories() {
    let mut builder = ForestBuilder::new(1, 1);
    let set = builder.add_set(&[0b1001, 0b10]).unwrap();
    let nodes = vec![split(Test::Member(set), true), leaf(1.0), leaf(-1.0)];
    builder.add_tree(&TreeDraft::new(nodes)).unwrap();
    let values = [
        0.0,
        0.9,
        -0.5,
        -1.0,
        1.0,
        3.0,
        33.0,
        64.0,
        1e300,
        -1e300,
        f64::NAN,
    ];
    let expected = [1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0];
    assert_eq!(answers(builder, &values), expected);
}

#[test]
fn a_sparse_set_takes_no_room_for_what_is_between() {
    let mut builder = ForestBuilder::new(1, 1);
    let categories = vec![1 << 30, 5, 5, 70_000];
    let set = builder.add_categories(categories).unwrap();
    let nodes = vec![split(Test::Member(set), false), leaf(1.0), leaf(-1.0)];
    builder.add_tree(&TreeDraft::new(nodes)).unwrap();
    let dense = builder.add_categories(vec![2, 0, 40]).unwrap();
    let nodes = vec![split(Test::Member(dense), false), leaf(10.0), leaf(0.0)];
    builder.add_tree(&TreeDraft::new(nodes)).unwrap();
    let values = [
        5.0,
        70_000.0,
        1_073_741_824.0,
        6.0,
        0.0,
        40.0,
        2.0,
        3.0,
        70.0,
    ];
    let expected = [1.0, 1.0, 1.0, -1.0, 9.0, 9.0, 9.0, -1.0, -1.0];
    assert_eq!(answers(builder, &values), expected);
}

#[test]
fn zero_may_count_as_missing() {
    let mut builder = ForestBuilder::new(1, 1);
    let mut root = split(Test::LessOrEqual(-1.0), true);
    if let DraftNode::Split {
        zero_is_missing, ..
    } = &mut root
    {
        *zero_is_missing = true;
    }
    let nodes = vec![root, leaf(1.0), leaf(-1.0)];
    builder.add_tree(&TreeDraft::new(nodes)).unwrap();
    let values = [0.0, 1e-35, -1e-36, 1e-34, f64::NAN, -1.0];
    assert_eq!(answers(builder, &values), [1.0, 1.0, 1.0, -1.0, 1.0, 1.0]);
}

#[test]
fn leaves_add_to_several_targets_in_the_order_of_the_trees() {
    let mut builder = ForestBuilder::new(2, 3);
    let mut draft = TreeDraft::new(vec![
        split(Test::Less(0.5), false),
        DraftNode::Weights { first: 0, count: 2 },
        DraftNode::Weights { first: 2, count: 1 },
    ]);
    draft.weights = vec![(0, 1.0), (2, 2.0), (1, 4.0)];
    builder.add_tree(&draft).unwrap();
    let second = TreeDraft::new(vec![DraftNode::Leaf {
        target: 1,
        value: 0.5,
    }]);
    builder.add_tree(&second).unwrap();
    let forest = builder.build();
    assert_eq!((forest.columns(), forest.targets()), (2, 3));
    for rows in [1, 8, 9] {
        let inputs = [0.0, 9.0, 1.0, 9.0].repeat(rows);
        let mut sums = vec![0.0; rows * 6];
        forest.add(&inputs, &mut sums);
        assert_eq!(sums, [1.0, 0.5, 2.0, 0.0, 4.5, 0.0].repeat(rows));
    }
}

#[test]
fn what_is_not_a_tree_is_refused() {
    let test = || split(Test::LessOrEqual(0.0), false);
    let to = |passed, failed| DraftNode::Split {
        column: 0,
        test: Test::LessOrEqual(0.0),
        missing_passes: false,
        zero_is_missing: false,
        passed,
        failed,
    };
    let cases = [
        (vec![], TreeFault::Empty),
        (vec![to(0, 0)], TreeFault::Twice { node: 0 }),
        (vec![to(1, 1), leaf(0.0)], TreeFault::Twice { node: 1 }),
        (
            vec![to(1, 2), to(2, 3), leaf(0.0), leaf(0.0)],
            TreeFault::Twice { node: 2 },
        ),
        (
            vec![leaf(0.0), leaf(0.0)],
            TreeFault::Unreachable { node: 1 },
        ),
        (
            vec![test(), leaf(0.0)],
            TreeFault::NoChild { node: 0, child: 2 },
        ),
        (
            vec![DraftNode::Leaf {
                target: 1,
                value: 0.0,
            }],
            TreeFault::NoTarget {
                node: 0,
                target: 1,
                targets: 1,
            },
        ),
        (
            vec![DraftNode::Weights {
                first: usize::MAX,
                count: 2,
            }],
            TreeFault::NoWeights { node: 0 },
        ),
    ];
    for (nodes, fault) in cases {
        let found = ForestBuilder::new(1, 1).add_tree(&TreeDraft::new(nodes.clone()));
        assert_eq!(found, Err(fault), "{nodes:?}");
    }
    let found =
        ForestBuilder::new(0, 1).add_tree(&TreeDraft::new(vec![test(), leaf(0.0), leaf(0.0)]));
    assert_eq!(
        found,
        Err(TreeFault::NoColumn {
            node: 0,
            column: 0,
            columns: 0
        })
    );
}

#[test]
fn targets_that_no_leaf_names_may_not_take_all_memory() {
    let mut builder = ForestBuilder::<f64>::new(1, 1 << 30);
    let nodes = vec![
        split(Test::LessOrEqual(0.0), false),
        leaf(0.0),
        DraftNode::Leaf {
            target: (1 << 30) - 1,
            value: 0.0,
        },
    ];
    assert_eq!(
        builder.add_tree(&TreeDraft::new(nodes)),
        Err(TreeFault::TooLarge)
    );
}

#[test]
fn a_tree_may_be_as_deep_as_it_has_nodes() {
    let depth = 100_000;
    let mut nodes = Vec::new();
    for step in 0..depth {
        nodes.push(DraftNode::Split {
            column: 0,
            test: Test::Less(f64::from(step)),
            missing_passes: false,
            zero_is_missing: false,
            passed: 2 * step as usize + 1,
            failed: 2 * step as usize + 2,
        });
        nodes.push(leaf(f64::from(step)));
    }
    nodes.push(leaf(-1.0));
    let mut builder = ForestBuilder::new(1, 1);
    builder.add_tree(&TreeDraft::new(nodes)).unwrap();
    assert_eq!(
        answers(builder, &[-5.0, 70_000.5, f64::NAN]),
        [0.0, 70_001.0, -1.0]
    );
}
