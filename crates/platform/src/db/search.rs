//! Parts of names, found however their capitals are written.
//!
//! The databases fold the letters a to z alone (`LOWER`, in both engines). Other letters are looked for as they were typed, in small
//! letters, in capitals, and as names are written, which is how people write them.

use std::collections::BTreeSet;

use super::Val;

/// A condition, in brackets: `text` stands somewhere in one of these columns, its own special characters taken literally. What it is
/// compared with is added to `params`.
pub(super) fn contains(params: &mut Vec<Val>, columns: &[&str], text: &str) -> String {
    let mut ways = Vec::new();
    for pattern in patterns(text) {
        params.push(pattern.into());
        let at = params.len();
        ways.extend(columns.iter().map(|column| format!("LOWER({column}) LIKE ${at} ESCAPE '!'")));
    }
    format!("({})", ways.join(" OR "))
}

/// What rows folded by `LOWER` are compared with; a single pattern for most words.
fn patterns(text: &str) -> BTreeSet<String> {
    let ways = [text.to_owned(), text.to_lowercase(), text.to_uppercase(), as_a_name(text)];
    ways.iter().map(|way| pattern(&way.to_ascii_lowercase())).collect()
}

fn pattern(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c]))
        .collect();
    format!("%{escaped}%")
}

/// Each word with a capital, the rest small.
fn as_a_name(text: &str) -> String {
    let mut begins = true;
    let mut name = String::with_capacity(text.len());
    for letter in text.chars() {
        match begins {
            true => name.extend(letter.to_uppercase()),
            false => name.extend(letter.to_lowercase()),
        }
        begins = !letter.is_alphanumeric();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::DbError;
    use crate::db::testing::{Fresh, both};

    #[test]
    fn most_words_are_one_pattern() {
        for (text, pattern) in [("Smith", "%smith%"), ("张三", "%张三%"), ("50%_!", "%50!%!_!!%")] {
            assert_eq!(patterns(text), BTreeSet::from([pattern.to_owned()]));
        }
        assert_eq!(patterns("Öz-çelik").len(), 3);
    }

    #[tokio::test]
    async fn names_are_found_however_they_are_typed() {
        let names = ["Иван Петров", "ÖMER", "Élodie O'Brien", "smith", "50% off"];
        let asked = [
            ("Иван", 0),
            ("иван", 0),
            ("петров", 0),
            ("ИВАН ПЕТРОВ", 0),
            ("етро", 0),
            ("ömer", 1),
            ("Ömer", 1),
            ("mEr", 1),
            ("élodie", 2),
            ("ÉLODIE O'BRIEN", 2),
            ("SMITH", 3),
            ("0% O", 4),
        ];
        for Fresh { db, .. } in &both().await {
            db.write(move |tx| {
                for (n, name) in (0i64..).zip(names) {
                    let sql =
                        "INSERT INTO person(identity_id, name, created_at, updated_at) VALUES($1, $2, 0, 0)";
                    tx.exec(sql, &[n.to_string().into(), name.into()])?;
                }
                for (text, wanted) in asked {
                    let mut params = Vec::new();
                    let condition = contains(&mut params, &["name", "department"], text);
                    let rows =
                        tx.query(&format!("SELECT identity_id FROM person WHERE {condition}"), &params)?;
                    let found =
                        rows.iter().map(|row| row.text("identity_id")).collect::<Result<Vec<_>, _>>()?;
                    assert_eq!(found, [wanted.to_string()], "{text}");
                }
                Ok::<_, DbError>(())
            })
            .await
            .unwrap();
        }
    }
}
