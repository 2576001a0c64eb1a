//! Which tables there are, by the migrations themselves: a new table is exported without anybody thinking of it, and what is left
//! out is named here with the reason.

use crate::db::migrate;

/// Tables whose rows are not exported, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    ("schema_version", "the manifest says it"),
    ("seal", "the manifest says what the key is recognised by"),
    ("session", "operators log in again"),
    ("lease", "it is about running processes"),
    (
        "import_file",
        "files of unfinished imports are not exported: whoever reads the rows back must not look for them",
    ),
];

/// A table to be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// The columns of its primary key, in the key's order.
    pub(crate) key: Vec<String>,
}

/// The tables to be exported at a version of the schema, in the order in which they were made: whatever one refers to comes before it.
pub(crate) fn exported(version: i64) -> Vec<Table> {
    let left_out = |table: &Table| LEFT_OUT.iter().any(|(name, _)| *name == table.name);
    up_to(version).into_iter().filter(|table| !left_out(table)).collect()
}

/// The tables there are at a version of the schema.
pub(super) fn up_to(version: i64) -> Vec<Table> {
    let scripts = (1..).zip(migrate::scripts()).take_while(|(at, _)| *at <= version);
    // The one table no migration makes: it says which were applied.
    let first = Table { name: "schema_version".to_owned(), key: vec!["version".to_owned()] };
    std::iter::once(first).chain(scripts.flat_map(|(_, script)| tables_of(script))).collect()
}

fn tables_of(script: &str) -> Vec<Table> {
    let code: String =
        script.lines().map(|line| line.split("--").next().unwrap_or(line)).collect::<Vec<_>>().join(" ");
    code.split(';').filter_map(table_of).collect()
}

/// The table a statement makes, if it makes one.
fn table_of(statement: &str) -> Option<Table> {
    let (head, body) = statement.split_once('(')?;
    let mut words = head.split_whitespace();
    let made = words.next()?.eq_ignore_ascii_case("CREATE") && words.next()?.eq_ignore_ascii_case("TABLE");
    let name = words.next_back().filter(|_| made)?.to_owned();
    let body = body.trim_end().strip_suffix(')')?;
    let mut key = Vec::new();
    for part in top_level(body) {
        let upper = part.to_uppercase();
        let Some(at) = upper.find("PRIMARY KEY") else { continue };
        let listed = part.get(at..).and_then(|rest| rest.split_once('(')).map(|(_, rest)| rest);
        if at == 0 {
            let listed = listed.and_then(|rest| rest.split_once(')')).map_or("", |(columns, _)| columns);
            key = listed.split(',').map(|column| column.trim().to_owned()).collect();
        } else {
            key = part.split_whitespace().take(1).map(str::to_owned).collect();
        }
    }
    Some(Table { name, key })
}

/// The parts of a table's body: commas inside parentheses do not count.
fn top_level(body: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (at, c) in body.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.extend(body.get(start..at).map(str::trim));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(body.get(start..).map(str::trim));
    parts
}
