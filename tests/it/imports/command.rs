//! `audience import`: what people see.

use super::data;
use crate::support::Place;

fn printed(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let mut command = place.command();
    let done = command.arg("import").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        done.status.code().unwrap(),
        text(done.stdout),
        text(done.stderr),
    )
}

#[test]
fn a_stranger_drafts_looks_imports_and_sees_the_problems() {
    let place = Place::empty();
    let file = data("report.xlsx").display().to_string();
    let (code, draft, errors) = printed(&place, &["suggest", &file]);
    assert_eq!(code, 0, "{errors}");
    std::fs::write(place.path("draft.yaml"), &draft).unwrap();
    let mapping = data("report.yaml").display().to_string();
    for mapping in ["draft.yaml", &mapping] {
        let (code, shown, errors) = printed(&place, &["preview", &file, "--mapping", mapping]);
        assert_eq!(code, 0, "{errors}");
        assert!(
            shown.starts_with("report.xlsx · xlsx · sheet: 実績表\n"),
            "{shown}"
        );
    }
    let (_, shown, _) = printed(&place, &["preview", &file, "--mapping", &mapping]);
    assert!(shown.contains("\nsales · 実績表!A5:H12 · "), "{shown}");
    assert!(
        shown.contains("not_a_number  `x` is not a number"),
        "{shown}"
    );
    assert!(shown.contains("left out: 実績表!A10: "), "{shown}");
    assert!(
        shown.contains("6 cells that no rule read: 実績表!G2, "),
        "{shown}"
    );
    let (code, judged, _) = printed(&place, &["lint", &file]);
    assert_eq!(code, 0);
    assert!(judged.contains("\n1-4: cells are merged.\n"), "{judged}");
    let arguments = [
        "run",
        &file,
        "--mapping",
        &mapping,
        "--output",
        "sqlite://out.db",
    ];
    let (code, done, errors) = printed(&place, &arguments);
    assert_eq!(code, 0, "{errors}");
    assert!(
        done.starts_with("report.xlsx imported with mapping report\n"),
        "{done}"
    );
    assert!(done.contains("  sales: "), "{done}");
    assert!(done.contains("not_a_number"), "{done}");
    let (code, done, _) = printed(&place, &[&arguments[..], &["--strict"]].concat());
    assert_eq!(code, 1);
    assert!(
        done.starts_with("report.xlsx refused with mapping report\n"),
        "{done}"
    );
}

#[test]
fn faults_are_named_with_file_and_line() {
    let place = Place::empty();
    std::fs::write(place.path("bad.yaml"), "import: x\ntabels: []\n").unwrap();
    let file = data("ledger.csv").display().to_string();
    let (code, _, errors) = printed(&place, &["preview", &file, "--mapping", "bad.yaml"]);
    assert_eq!(code, 2);
    assert!(errors.contains("error: bad.yaml:2:1: "), "{errors}");
    let (code, _, errors) = printed(&place, &["preview", &file, "--mapping", "nowhere"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("--mapping nowhere: there is no such file"),
        "{errors}"
    );
    let (code, _, errors) = printed(&place, &["lint", "nowhere.csv"]);
    assert_eq!(code, 2);
    assert!(errors.starts_with("error: nowhere.csv: "), "{errors}");
}
