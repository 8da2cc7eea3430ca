//! What tasks need: other tasks, resources, secrets, numbers.

use super::*;

#[test]
fn requirements_are_checked() {
    let other = "  a: {params: {date: {type: date}, n: {type: int, min: 1}, k: {type: choice, values: [x]}, o: {type: int, default: 1}}}\n";
    let cases = [
        ("[b]", "unknown task `b`; did you mean a?"),
        (
            "[{task: a, n: 1, kk: x}]",
            "requires[0].kk: a has no such parameter; did you mean k?",
        ),
        (
            "[a]",
            "tasks.task.requires[0]: a needs a value for n; expected `n:` (int)",
        ),
        (
            "[{task: a, n: 0}]",
            "requires[0].n: found `0`; expected 1 or more",
        ),
        ("[{task: a, n: x}]", "found `x`; expected a whole number"),
        (
            "[{task: a, n: '{kind}'}]",
            "`{kind}` comes to a text such as `a`; expected a whole number",
        ),
        ("[{task: a, n: 1, k: y}]", "found `y`; expected one of x"),
        (
            "[{task: a, n: 1, date: 2026-02-30}]",
            "found `2026-02-30`; expected a date",
        ),
        (
            "[{task: a, n: 5..1}]",
            "the range 5..1 ends before it begins",
        ),
        (
            "[{task: a, n: 1..1000000}]",
            "the range 1..1000000 has more than 100000 values",
        ),
        ("[{task: a, n: []}]", "requires[0].n: the list is empty"),
        (
            "[{task: a, n: [1, x]}]",
            "requires[0].n[1]: found `x`; expected a whole number",
        ),
        ("[{task: a, n: '{dat:%d}'}]", "unknown placeholder `dat`"),
        ("[{n: 1}]", "requires[0]: the key `task` is missing"),
        (
            "[{task: a, n: 1, optional: perhaps}]",
            "requires[0].optional: found `perhaps`; expected true or false",
        ),
        (
            "[{task: a, n: 1}, {task: a, n: 2}]",
            "requires[1]: the variable `IN_a` is there already",
        ),
        (
            "[{task: a, n: 1}, other/a]",
            "requires[1]: the variable `IN_a` is there already",
        ),
        ("[A]", "found `A`; expected a task or project/task"),
    ];
    for (requires, problem) in cases {
        let task = format!("{other}  task: {{requires: {requires}}}");
        assert_faults(&[(&task, problem)]);
    }
    assert_faults(&[(
        "  a: {params: {date: {type: month}}}\n  b: {requires: [a]}",
        "a would get date of this task, which is of the type date; expected month",
    )]);
}

#[test]
fn circles_are_drawn() {
    assert_faults(&[
        (
            "  a: {requires: [b]}\n  b: {requires: [c]}\n  c: {requires: [a]}",
            "4:18: tasks.a.requires[0]: requires itself: a → b → c → a",
        ),
        ("  a: {requires: [a]}", "requires itself: a → a"),
        (
            "  a: {requires: [{task: b, date: '{date}'}]}\n  b: {requires: [{task: a, optional: true}]}",
            "a → b → a",
        ),
        (
            "  x: {requires: [a]}\n  a: {requires: [c, b]}\n  b: {requires: [a]}\n  c: {requires: [b]}",
            "a → b → a",
        ),
    ]);
    let shifted = "  a: {requires: [{task: b, date: '{date-1d}'}]}\n  b: {requires: [a]}";
    assert_eq!(faults_of(&with_task(shifted)), "");
}

#[test]
fn resources_secrets_and_numbers_are_checked() {
    let text = |task: &str| {
        format!("project: p\nresources: {{disk: 2}}\nsecrets: [HOOK]\ntasks:\n  a: {{{task}}}\n")
    };
    for (task, problem) in [
        (
            "resources: {disk: 3}",
            "tasks.a.resources.disk: asks for 3 slots; there are 2",
        ),
        (
            "resources: {disc: 1}",
            "tasks.a.resources.disc: unknown resource; did you mean disk?",
        ),
        (
            "resources: {disk: 0}",
            "found `0`; expected a whole number from 1 to 1000000",
        ),
        (
            "secrets: [HOK]",
            "tasks.a.secrets[0]: unknown secret `HOK`; did you mean HOOK?",
        ),
        (
            "secrets: [HOOK, HOOK]",
            "tasks.a.secrets[1]: `HOOK` is given twice",
        ),
        (
            "priority: 1001",
            "expected a whole number from -1000 to 1000",
        ),
        ("at_once: 0", "expected a whole number from 1"),
        (
            "timeout: 90",
            "found `90`; expected a duration such as 90s, or none",
        ),
        (
            "timeout: 0s",
            "found `0s`; expected a duration such as 90s, or none",
        ),
        ("timeout: 1.5h", "found `1.5h`"),
        ("grace: 99999999d", "found `99999999d`"),
        (
            "retry_delay: 10m..10s",
            "expected two durations such as 10s..10m, the shorter one first",
        ),
        ("shell: []", "the list is empty"),
        (
            "run: x, wait: {poll: 1m}",
            "tasks.a.wait: belongs to tasks that others make",
        ),
        (
            "wait: {poll: 0s}",
            "expected a duration such as 90s, more than nothing",
        ),
        (
            "limits: {memory: much}",
            "expected a number of bytes, or a size such as 4KiB",
        ),
        (
            "env: {lower: x}",
            "tasks.a.env.lower: invalid name; expected a capital letter",
        ),
        (
            "env: {TMPDIR: x}",
            "tasks.a.env.TMPDIR: is set for each attempt",
        ),
        (
            "env: {A: '{B}', B: x}",
            "tasks.a.env.A: unknown placeholder `B`",
        ),
        ("cwd: '{date}'", "unknown placeholder `date`"),
        ("help: [x]", "tasks.a.help: found a list; expected a text"),
    ] {
        let faults = faults_of(&text(task));
        assert!(faults.contains(problem), "{task}\n{faults}");
        assert_eq!(faults.lines().count(), 1, "{task}\n{faults}");
    }
}
