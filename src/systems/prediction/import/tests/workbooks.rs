//! The workbooks of the specification, row for row and problem for problem.

use super::support::{assert_expected, mapping, previewed};

macro_rules! handed {
    ($($test:ident: $name:literal, $file:literal;)*) => {
        $(#[test]
        fn $test() {
            let bytes = include_bytes!(concat!("data/", $file));
            let mapping = mapping(include_str!(concat!("data/", $name, ".yaml")));
            let preview = previewed($file, bytes, &mapping);
            let expected = serde_json::from_str(include_str!(concat!("data/", $name, ".json")));
            assert_expected($name, &preview, &expected.expect("the expectation is JSON"));
        })*
    };
}

handed! {
    a_monthly_report_with_two_tables_is_read: "report", "report.xlsx";
    two_measures_under_each_year_become_columns: "measures", "measures.xlsx";
    forms_become_a_row_a_sheet: "forms", "forms.xlsx";
    a_csv_of_cp932_is_read: "ledger", "ledger.csv";
    records_that_run_from_left_to_right_are_read: "plans", "plans.xlsx";
    what_is_wrong_is_reported_cell_by_cell: "faults", "faults.xlsx";
}
