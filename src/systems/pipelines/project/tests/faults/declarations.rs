//! Declarations of parameters.

use super::*;

#[test]
fn declarations_are_checked() {
    for (declaration, problem) in [
        (
            "{}",
            "params.p: the key `type` is missing; expected one of string, int",
        ),
        (
            "{type: dat}",
            "params.p.type: found `dat`; did you mean date?",
        ),
        ("{type: choice}", "the key `values` is missing"),
        (
            "{type: choice, values: []}",
            "params.p.values: the list is empty",
        ),
        (
            "{type: int, values: [1, x]}",
            "params.p.values[1]: found `x`; expected a whole number",
        ),
        (
            "{type: int, values: [1, 1]}",
            "params.p.values[1]: `1` is given twice",
        ),
        (
            "{type: int, values: [1], default: 2}",
            "params.p.default: found `2`; expected one of 1",
        ),
        (
            "{type: date, default: 2026-02-30}",
            "found `2026-02-30`; expected a date",
        ),
        (
            "{type: date, default: '{date}'}",
            "unknown placeholder `date`; expected now",
        ),
        (
            "{type: date, default: '{now-1x}'}",
            "expected a shift such as -1d",
        ),
        (
            "{type: int, min: 2, max: 1}",
            "params.p.max: is less than min, which is 2",
        ),
        (
            "{type: int, max: x}",
            "params.p.max: found `x`; expected a whole number",
        ),
        (
            "{type: bool, min: 1}",
            "params.p.min: belongs to numbers and times, not to bool",
        ),
        (
            "{type: string, pattern: '['}",
            "params.p.pattern: invalid expression `[`: unclosed character class",
        ),
        (
            "{type: int, pattern: x}",
            "params.p.pattern: belongs to the type string, not to int",
        ),
        (
            "{type: string, default: ../x}",
            "params.p.default: found `../x`",
        ),
        (
            "{type: string, default: -rf}",
            "params.p.default: found `-rf`",
        ),
        (
            "{type: int, significant: no}",
            "found `no`; expected true or false",
        ),
        ("5", "params.p: found `5`; expected a mapping"),
    ] {
        let text = format!("project: p\nparams: {{p: {declaration}}}\ntasks: {{a: }}\n");
        let faults = faults_of(&text);
        assert!(faults.contains(problem), "{declaration}\n{faults}");
        assert_eq!(faults.lines().count(), 1, "{declaration}\n{faults}");
    }
    assert_faults(&[
        (
            "  a: {params: [dat]}",
            "tasks.a.params[0]: unknown parameter `dat` of the project; did you mean date?",
        ),
        (
            "  a: {params: [date, date]}",
            "tasks.a.params[1]: `date` is given twice",
        ),
        (
            "  a: {params: {A: {type: int}}}",
            "tasks.a.params.A: invalid name",
        ),
    ]);
}
