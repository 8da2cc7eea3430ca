//! Looks for a text in columns, whatever the case of its letters.

use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoColumnRef, LikeExpr};
use sea_orm::{Condition, DbBackend};

/// Whether a text stands in one of the columns.
pub(crate) fn contains<C: IntoColumnRef>(
    backend: DbBackend,
    text: &str,
    columns: impl IntoIterator<Item = C>,
) -> Condition {
    let pattern = LikeExpr::new(pattern(backend, text)).escape(ESCAPE);
    let like = |column: C| match backend {
        // It compares so by itself, and lower() would take as long as the comparison.
        DbBackend::Sqlite => Expr::col(column).like(pattern.clone()),
        _ => Expr::expr(Func::lower(Expr::col(column))).like(pattern.clone()),
    };
    let any = Condition::any();
    columns
        .into_iter()
        .fold(any, |any, column| any.add(like(column)))
}

const ESCAPE: char = '!';

fn pattern(backend: DbBackend, text: &str) -> String {
    let text = match backend {
        // It knows the cases of these letters only.
        DbBackend::Sqlite => text.to_ascii_lowercase(),
        _ => text.to_lowercase(),
    };
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_other_letters_stands_for_itself() {
        let sqlite = |text| pattern(DbBackend::Sqlite, text);
        assert_eq!(sqlite("100% A_b!"), "%100!% a!_b!!%");
        assert_eq!(sqlite("É"), "%É%");
        assert_eq!(pattern(DbBackend::Postgres, "É"), "%é%");
    }
}
