//! Patterns of Python in the syntax of this program, where both mean the same.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    Ast, ClassPerl, ClassPerlKind, ClassSetBinaryOp, ClassSetItem, Flag, FlagsItem, FlagsItemKind,
    GroupKind, Span, Visitor, visit,
};
use regex_syntax::hir::translate::Translator;

/// The same pattern, or in which way Python would read it differently.
pub(super) fn translated(pattern: &str) -> Result<String, String> {
    let tree = Parser::new()
        .parse(pattern)
        .map_err(|error| format!("cannot be read: {}", error.kind()))?;
    let replaced = visit(&tree, Translation::default())?;
    let mut translated = String::with_capacity(pattern.len() + 64);
    let mut done = 0;
    for (span, replacement) in replaced {
        translated.push_str(&pattern[done..span.start.offset]);
        translated.push_str(&replacement);
        done = span.end.offset;
    }
    translated.push_str(&pattern[done..]);
    refuse_empty_matches(&translated)?;
    Ok(translated)
}

/// Where two empty matches may touch, the languages differ.
fn refuse_empty_matches(pattern: &str) -> Result<(), String> {
    let tree = Parser::new().parse(pattern);
    let tree = tree.map_err(|error| format!("cannot be read: {}", error.kind()))?;
    let meaning = Translator::new().translate(pattern, &tree);
    let meaning = meaning.map_err(|error| format!("cannot be read: {}", error.kind()))?;
    match meaning.properties().minimum_len() {
        Some(0) | None => Err("matches empty texts".to_owned()),
        Some(_) => Ok(()),
    }
}

/// What is to be replaced, in the order of the pattern.
#[derive(Default)]
struct Translation {
    replaced: Vec<(Span, String)>,
}

impl Visitor for Translation {
    type Output = Vec<(Span, String)>;
    type Err = String;

    fn finish(mut self) -> Result<Self::Output, String> {
        self.replaced.sort_by_key(|(span, _)| span.start.offset);
        Ok(self.replaced)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), String> {
        match ast {
            Ast::ClassPerl(class) => self.replace(class),
            Ast::Empty(_)
            | Ast::Dot(_)
            | Ast::Literal(_)
            | Ast::Alternation(_)
            | Ast::Concat(_) => {}
            Ast::ClassBracketed(_) => {}
            Ast::ClassUnicode(_) => {
                return Err("has a class `\\p{…}`, which Python does not know".to_owned());
            }
            Ast::Assertion(_) => {
                return Err("has an assertion such as `\\b`, `^` or `$`".to_owned());
            }
            Ast::Flags(flags) => check_flags(&flags.flags.items)?,
            Ast::Group(group) => {
                if let GroupKind::NonCapturing(flags) = &group.kind {
                    check_flags(&flags.items)?;
                }
            }
            Ast::Repetition(repetition) => {
                if matches!(*repetition.ast, Ast::Repetition(_)) {
                    return Err("repeats what is repeated, such as `a++`".to_owned());
                }
            }
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), String> {
        match item {
            ClassSetItem::Perl(class) => self.replace(class),
            ClassSetItem::Bracketed(_) => return Err("has a set in a set".to_owned()),
            ClassSetItem::Ascii(_) | ClassSetItem::Unicode(_) => {
                return Err("has a named class, which Python does not know".to_owned());
            }
            ClassSetItem::Empty(_)
            | ClassSetItem::Literal(_)
            | ClassSetItem::Range(_)
            | ClassSetItem::Union(_) => {}
        }
        Ok(())
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), String> {
        Err("has an operation on sets, such as `&&`".to_owned())
    }
}

impl Translation {
    /// `\w` has no combining marks in Python, `\s` has separators of ASCII.
    fn replace(&mut self, class: &ClassPerl) {
        let members = match class.kind {
            ClassPerlKind::Digit => return,
            ClassPerlKind::Space => r"\s\x1c-\x1f",
            ClassPerlKind::Word => r"\p{L}\p{N}_",
        };
        let negation = if class.negated { "^" } else { "" };
        self.replaced
            .push((class.span, format!("[{negation}{members}]")));
    }
}

/// Only `u` changes nothing: it is what holds anyway.
fn check_flags(flags: &[FlagsItem]) -> Result<(), String> {
    let mut flags = flags.iter();
    match flags.all(|item| item.kind == FlagsItemKind::Flag(Flag::Unicode)) {
        true => Ok(()),
        false => Err("has flags other than `(?u)`".to_owned()),
    }
}
