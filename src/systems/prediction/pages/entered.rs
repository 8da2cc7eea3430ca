//! What somebody has entered into the form that imports a file.

use crate::systems::prediction::import::parse_address;
use crate::ui::{FileForm, GivenFile, find};

/// Rows that are shown above a cell that is looked for.
const ABOVE: u32 = 5;

/// What a button asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    /// Show what would come out.
    #[default]
    Preview,
    /// Draft the mapping, or take it as it is stored, whatever is in the text.
    Fill,
    /// Store the mapping.
    Save,
    /// Import the file.
    Run,
}

#[derive(Debug, Default)]
pub(super) struct Entered {
    pub file: Option<GivenFile>,
    /// The name of the mapping that the text was taken from; empty: it is drafted.
    pub from: String,
    /// What the text was filled from, with `FILLED` in front; empty: nothing yet.
    filled: String,
    pub text: String,
    /// Of the stored mapping when the text was taken from it.
    pub tag: String,
    pub sheet: String,
    /// From 1.
    pub first_row: u32,
    pub is_strict: bool,
    pub step: Step,
}

const FILLED: &str = "from:";

impl Entered {
    pub(super) fn of(form: FileForm) -> Self {
        let field = |name: &str| find(&form.fields, name).unwrap_or_default().to_owned();
        let mut entered = Self {
            from: field("from"),
            filled: field("filled"),
            // As browsers send a text, and as it is stored.
            text: field("text").replace("\r\n", "\n"),
            tag: field("tag"),
            sheet: field("sheet"),
            first_row: field("first_row").parse().unwrap_or(1).max(1),
            is_strict: !field("strict").is_empty(),
            step: match field("do").as_str() {
                "fill" => Step::Fill,
                "save" => Step::Save,
                "run" => Step::Run,
                _ => Step::Preview,
            },
            file: form.file,
        };
        // A button that leads to another sheet, or to rows or a cell of this one.
        for (name, value) in &form.fields {
            match name.as_str() {
                "go_sheet" => {
                    entered.sheet.clone_from(value);
                    entered.first_row = 1;
                }
                "go_row" => entered.first_row = value.parse().unwrap_or(1).max(1),
                "go_cell" => entered.go_to(value),
                _ => {}
            }
        }
        entered
    }

    /// Of a form that nobody has filled in.
    pub(super) fn beginning_with(mapping: String) -> Self {
        Self {
            from: mapping,
            first_row: 1,
            ..Self::default()
        }
    }

    fn go_to(&mut self, cell: &str) {
        if let Some((sheet, address)) = cell.rsplit_once('!')
            && let Some((row, _)) = parse_address(address)
        {
            sheet.clone_into(&mut self.sheet);
            self.first_row = (row + 1).saturating_sub(ABOVE).max(1);
        }
    }

    /// Whether the text is to be filled in anew.
    pub(super) fn is_to_fill(&self) -> bool {
        self.step == Step::Fill || self.text.trim().is_empty() || self.filled != self.origin()
    }

    /// Puts a text in.
    pub(super) fn fill(&mut self, text: String, tag: String) {
        self.text = text;
        self.tag = tag;
        self.filled = self.origin();
    }

    /// What the form keeps of where its text is from.
    pub(super) fn filled(&self) -> &str {
        &self.filled
    }

    fn origin(&self) -> String {
        format!("{FILLED}{}", self.from)
    }

    /// The text, so that it is taken for a mapping and not for the name of one.
    pub(super) fn yaml(&self) -> String {
        match self.text.ends_with('\n') {
            true => self.text.clone(),
            false => format!("{}\n", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(fields: &[(&str, &str)]) -> Entered {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Entered::of(FileForm {
            fields: fields.collect(),
            file: None,
        })
    }

    #[test]
    fn a_text_is_filled_in_once_and_again_when_its_origin_changes() {
        let mut form = entered(&[("from", "report")]);
        assert!(form.is_to_fill());
        form.fill("import: report\n".to_owned(), String::new());
        let filled = form.filled().to_owned();
        let mine = ("text", "import: mine\r\n");
        let same = entered(&[("from", "report"), ("filled", &filled), mine]);
        assert!(!same.is_to_fill());
        assert_eq!(same.text, "import: mine\n");
        for other in ["", "reports"] {
            assert!(entered(&[("from", other), ("filled", &filled), mine]).is_to_fill());
        }
        let again = [
            ("from", "report"),
            ("filled", &*filled),
            mine,
            ("do", "fill"),
        ];
        assert!(entered(&again).is_to_fill());
    }

    #[test]
    fn buttons_lead_to_sheets_rows_and_cells() {
        let place = |fields: &[(&str, &str)]| {
            let form = entered(fields);
            (form.sheet, form.first_row)
        };
        let own = ("sheet", "a");
        let at = |sheet: &str, row| (sheet.to_owned(), row);
        assert_eq!(place(&[own, ("first_row", "81")]), at("a", 81));
        let fields = [own, ("first_row", "81"), ("go_sheet", "b")];
        assert_eq!(place(&fields), at("b", 1));
        assert_eq!(place(&[own, ("go_row", "x")]), at("a", 1));
        assert_eq!(place(&[own, ("go_cell", "c!d!B200")]), at("c!d", 195));
        assert_eq!(place(&[own, ("go_cell", "b!B2")]), at("b", 1));
        assert_eq!(place(&[own, ("go_cell", "nothing")]), at("a", 1));
    }
}
