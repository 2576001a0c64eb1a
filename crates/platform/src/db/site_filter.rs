//! Restricting queries to the boxes of some sites.

use super::Val;

/// Appends `AND <column> IN (…)` where the column holds a `dev_sno` and `sites` restricts anything; no site at all leaves no box.
pub(crate) fn restrict(sql: &mut String, params: &mut Vec<Val>, column: &str, sites: Option<&[String]>) {
    let Some(sites) = sites else { return };
    let first = params.len() + 1;
    params.extend(sites.iter().map(Val::from));
    let places: Vec<String> = (first..=params.len()).map(|at| format!("${at}")).collect();
    match places.is_empty() {
        true => sql.push_str(" AND 1 = 0"),
        false => sql.push_str(&format!(
            " AND {column} IN (SELECT dev_sno FROM box WHERE site IN ({}))",
            places.join(", ")
        )),
    }
}
