//! Bodies and outputs of tasks.

use super::*;

#[test]
fn names_of_parameters_are_not_words_of_the_commands() {
    for name in [
        "file", "server", "json", "force", "limit", "now", "fire", "task", "at_once",
    ] {
        let text = format!("  a: {{params: {{{name}: {{type: int}}}}}}");
        let problem = format!("tasks.a.params.{name}: {name} is a word of the commands");
        assert_faults(&[(&text, &problem)]);
    }
}

#[test]
fn bodies_are_checked() {
    assert_faults(&[
        (
            "  a: {run: x, exec: [y]}",
            "tasks.a.exec: stands beside run; expected only one of run, exec, sql, uses",
        ),
        (
            "  a: {with: {x: 1}}",
            "tasks.a.with: belongs to uses, which is missing",
        ),
        ("  a: {run: ''}", "tasks.a.run: the script is empty"),
        ("  a: {run: [x, '']}", "tasks.a.run[1]: the script is empty"),
        ("  a: {run: []}", "tasks.a.run: the list is empty"),
        (
            "  a: {run: {x: y}}",
            "tasks.a.run: found a mapping; expected a text or a list",
        ),
        (
            "  a: {run: }",
            "tasks.a.run: found nothing; expected a text or a list",
        ),
        ("  a: {exec: x}", "tasks.a.exec: found `x`; expected a list"),
        ("  a: {exec: [x, '{OUT}']}", "unknown placeholder `OUT`"),
        (
            "  a: {exec: [x, '{OUT_2}'], outputs: ['{date}-{kind}']}",
            "unknown placeholder `OUT_2`",
        ),
        ("  a: {exec: [x, '{IN_b}']}", "unknown placeholder `IN_b`"),
        (
            "  a: {exec: [x, '{dat}']}",
            "unknown placeholder `dat`: no parameter and no variable; did you mean date?",
        ),
        ("  a: {exec: [x, '{kind-1d}']}", "only times can be shifted"),
        ("  a: {exec: [x, '{date']}", "expected a } for this {"),
        (
            "  a: {exec: [x, '{now}']}",
            "{now} is known in `default` only",
        ),
        (
            "  a: {sql: {connection: c, run: 'SELECT :dat'}}",
            "tasks.a.sql.run: unknown parameter `:dat`; did you mean date?",
        ),
        (
            "  a: {sql: {connection: c}}",
            "tasks.a.sql: the key `run` is missing; expected a text",
        ),
        (
            "  a: {uses: guess, with: {}}",
            "tasks.a.uses: found `guess`; expected one of label, dispatch, import, scrape, predict, brief",
        ),
        ("  a: {uses: label}", "tasks.a: the key `with` is missing"),
        (
            "  a: {uses: dispatch, with: {condition: 1}}",
            "tasks.a.with: the key `service` is missing",
        ),
        (
            "  a: {uses: dispatch, with: {service: s, x: 1}}",
            "tasks.a.with.x: unknown key",
        ),
        (
            "  a: {uses: label, with: {end: '{dat}'}}",
            "tasks.a.with.end: unknown placeholder `dat`",
        ),
        (
            "  a: {uses: label, with: {x: {y: 1, y: 2}}}",
            "tasks.a.with.x.y: the key is given twice",
        ),
        (
            "  a: {uses: dispatch, with: {service: s}}",
            "tasks.a.with: the key `condition` is missing",
        ),
        (
            "  a: {uses: label, with: {strat_time: '2020-01-01'}}",
            "tasks.a.with.strat_time: unknown key; did you mean start_time?",
        ),
        (
            "  a: {uses: label, with: {row_labels: some}}",
            "tasks.a.with.row_labels: expected first or all, found `some`",
        ),
        (
            "  a: {uses: label, with: {start_time: '{date} 25:00:00'}}",
            "tasks.a.with.start_time: ",
        ),
        (
            "  a: {uses: label, with: {rule_set: a, rules: {b: [[c, start]]}}}",
            "tasks.a.with.rules: cannot be given together",
        ),
    ]);
}

#[test]
fn faults_of_a_request_to_a_flow_are_found_at_once_with_their_places() {
    let task = "  a:\n    uses: label\n    with:\n      start_time: soon\n      \
                end_time: '{date}'\n      row_labels: some";
    let faults = faults_of(&with_task(task));
    let lines: Vec<&str> = faults.lines().collect();
    assert_eq!(lines.len(), 2, "{faults}");
    assert!(lines[0].starts_with("project.yaml:7:19: tasks.a.with.start_time: "));
    assert!(lines[1].starts_with("project.yaml:9:19: tasks.a.with.row_labels: "));
}

#[test]
fn what_only_a_value_decides_is_no_fault_of_a_request() {
    let task = "  a: {params: {set: {type: string}}, uses: label, with: {rule_set: '{set}', \
                start_time: '{set}', countdown_s: 5}}";
    assert_eq!(faults_of(&with_task(task)), "");
}

#[test]
fn what_binds_in_statements_stands_outside_of_quotes_and_comments() {
    let good = r#"  a:
    sql:
      connection: c
      run: |
        SELECT ':x', ":x", `:x`, 'it''s :x', :date::text, a[1:x], $$ :x $$, $b$ :x $b$ -- :x
        # it's :x
        /* :x */ FROM t WHERE kind = :kind AND x = @y := 1"#;
    assert_eq!(faults_of(&with_task(good)), "");
}

#[test]
fn outputs_are_checked() {
    assert_faults(&[
        (
            "  a: {outputs: [{path: x, glob: y}]}",
            "tasks.a.outputs[0].glob: stands beside path",
        ),
        (
            "  a: {outputs: [{min_bytes: 1}]}",
            "tasks.a.outputs[0].min_bytes: belongs to path, which is missing",
        ),
        (
            "  a: {outputs: [{glob: y, min_bytes: 1}]}",
            "min_bytes: belongs to path, not to glob",
        ),
        (
            "  a: {outputs: [{}]}",
            "tasks.a.outputs[0]: expected one of path, glob, sql, http, marker",
        ),
        (
            "  a: {outputs: ['']}",
            "tasks.a.outputs[0]: the path is empty",
        ),
        (
            "  a: {outputs: [\"x\\ny\"]}",
            "the path holds a control character",
        ),
        (
            "  a: {outputs: [{path: x, min_bytes: 4 KiB}]}",
            "found `4 KiB`; expected a number of bytes, or a size such as 4KiB",
        ),
        (
            "  a: {outputs: [{glob: x, min: 0}]}",
            "found `0`; expected a whole number from 1 up",
        ),
        (
            "  a: {outputs: [{sql: SELECT 1}]}",
            "the key `connection` is missing",
        ),
        (
            "  a: {outputs: [{sql: 'SELECT :dat', connection: c}]}",
            "unknown parameter `:dat`",
        ),
        (
            "  a: {outputs: [{http: 'ftp://x'}]}",
            "expected http:// or https://",
        ),
        (
            "  a: {outputs: [{http: 'https://x', status: 2000}]}",
            "expected a whole number from 100 to 599",
        ),
        (
            "  a: {run: x, outputs: [{marker: false}]}",
            "expected true, or another form",
        ),
        (
            "  a: {outputs: [{marker: true}]}",
            "only tasks with a body leave a marker",
        ),
        (
            "  a: {outputs: [../x]}",
            "tasks.a.outputs[0]: expected a path inside of the project, without `..`",
        ),
        (
            "  a: {outputs: [{glob: 'x[', min: 1}]}",
            "tasks.a.outputs[0].glob: invalid pattern `x[`",
        ),
        (
            "  a: {outputs: [{glob: x, min: '1'}]}",
            "found the text `1`; expected a whole number from 1 up",
        ),
        (
            "  a: {outputs: x}",
            "tasks.a.outputs: found `x`; expected a list",
        ),
    ]);
}

#[test]
fn no_two_tasks_have_the_same_output() {
    assert_faults(&[
        (
            "  a: {run: x, params: [], outputs: [out/x]}\n  b: {run: x, params: [], outputs: [./out//x]}",
            "5:37: tasks.b.outputs[0]: a has the same output, on line 4",
        ),
        (
            "  a: {run: x, outputs: ['{date}-{kind}', '{date}-{kind}']}",
            "tasks.a.outputs[1]: this task has the same output",
        ),
        (
            "  a: {run: x, params: {day: {type: date}}, outputs: ['x/{day}']}\n  b: {run: x, params: [date], env: {X: x}, outputs: ['{X}/{date}']}",
            "tasks.b.outputs[0]: a has the same output",
        ),
    ]);
    let good = "  a: {run: x, params: {k: {type: choice, values: [a]}}, outputs: ['{k}']}\n  \
                b: {run: x, params: {k: {type: choice, values: [b]}}, outputs: ['{k}']}";
    assert_eq!(faults_of(&with_task(good)), "");
}
