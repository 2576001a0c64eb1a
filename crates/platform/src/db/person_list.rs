//! Lists of people: filtered, in the order of ids or names, from a cursor on.
//!
//! The order is total (names are followed by ids), so that pages never repeat or miss somebody who did not change meanwhile.

use protocol::IdentityId;

use super::person::{self, Person};
use super::search::contains;
use super::sites::{self, Sites};
use super::{DbError, Row, Tx, Val};

/// Which people a list holds; what is `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Part of the name or of the id.
    pub(crate) search: Option<String>,
    /// Only members of this group.
    pub(crate) group: Option<String>,
    /// Only with this tag.
    pub(crate) tag: Option<String>,
    /// Only of this department; empty: of none.
    pub(crate) department: Option<String>,
    /// Only of this type.
    pub(crate) kind: Option<i64>,
    /// Only with (true) or without (false) a photo.
    pub(crate) photo: Option<bool>,
    /// Only with this validity, at this moment.
    pub(crate) validity: Option<(Validity, i64)>,
    /// Only in this state on the boxes.
    pub(crate) enrolment: Option<Enrolment>,
    /// The sites whose boxes count for that.
    pub(crate) sites: Sites,
}

/// How somebody's validity lies to a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    /// Begun and not ended.
    Now,
    /// Ended.
    Expired,
    /// Not begun.
    NotYet,
}

/// How far somebody got on the boxes they are wanted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enrolment {
    /// Wanted nowhere.
    Nowhere,
    /// Some box has not yet proved to hold them, and none refused.
    Pending,
    /// Some box refused them.
    Failed,
    /// Every box they are wanted on has proved to hold them.
    Applied,
}

/// In which order, and from where on.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// By id, after this one.
    Id(String),
    /// By name, after this name and id.
    Name(String, String),
}

/// A page of at most `limit` people.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    filter: &Filter,
    order: &Order,
    limit: i64,
) -> Result<Vec<Person>, DbError> {
    let rows = page(tx, person::COLUMNS, filter, order, limit)?;
    person::with_lists(tx, &rows)
}

/// Only the ids of such a page.
pub(crate) fn ids(
    tx: &mut Tx<'_>,
    filter: &Filter,
    order: &Order,
    limit: i64,
) -> Result<Vec<IdentityId>, DbError> {
    let rows = page(tx, "identity_id", filter, order, limit)?;
    rows.iter().map(|row| row.text("identity_id").map(IdentityId::new)).collect()
}

fn page(
    tx: &mut Tx<'_>,
    columns: &str,
    filter: &Filter,
    order: &Order,
    limit: i64,
) -> Result<Vec<Row>, DbError> {
    let (sql, params) = statement(columns, filter, order, limit);
    tx.query(&sql, &params)
}

/// The query of a page, read in the order of an index: a part of a name or id is looked for in one after another until the page is full,
/// in the worst case in all of them; no index of both engines knows parts of words.
fn statement(columns: &str, filter: &Filter, order: &Order, limit: i64) -> (String, Vec<Val>) {
    let mut clause = Clause::default();
    let order = match order {
        Order::Id(id) => {
            let at = clause.add(id.as_str());
            clause.and(&format!("identity_id > {at}"));
            "identity_id"
        }
        Order::Name(name, id) => {
            let (name, id) = (clause.add(name.as_str()), clause.add(id.as_str()));
            clause.and(&format!("(name > {name} OR (name = {name} AND identity_id > {id}))"));
            "name, identity_id"
        }
    };
    clause.filter(filter);
    let limit = clause.add(limit);
    (format!("SELECT {columns} FROM person{} ORDER BY {order} LIMIT {limit}", clause.sql), clause.params)
}

/// A `WHERE` in the making: conditions and their parameters in the order of their numbers.
#[derive(Default)]
struct Clause {
    sql: String,
    params: Vec<Val>,
}

impl Clause {
    fn add(&mut self, value: impl Into<Val>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    fn and(&mut self, condition: &str) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        self.sql.push_str(condition);
    }

    fn filter(&mut self, filter: &Filter) {
        if let Some(search) = &filter.search {
            let found = contains(&mut self.params, &["name", "identity_id"], search);
            self.and(&found);
        }
        if let Some(group) = &filter.group {
            let at = self.add(group);
            self.and(&format!("identity_id IN (SELECT identity_id FROM person_group WHERE group_id = {at})"));
        }
        if let Some(tag) = &filter.tag {
            let at = self.add(tag);
            self.and(&format!("identity_id IN (SELECT identity_id FROM person_tag WHERE tag = {at})"));
        }
        if let Some(department) = &filter.department {
            let at = self.add(department);
            self.and(&format!("department = {at}"));
        }
        if let Some(kind) = filter.kind {
            let at = self.add(kind);
            self.and(&format!("kind = {at}"));
        }
        if let Some(photo) = filter.photo {
            self.and(if photo { "photo_key IS NOT NULL" } else { "photo_key IS NULL" });
        }
        if let Some((validity, now)) = filter.validity {
            let at = self.add(now);
            self.and(&match validity {
                Validity::Now => format!(
                    "(valid_from IS NULL OR valid_from <= {at}) AND (valid_until IS NULL OR valid_until > {at})"
                ),
                Validity::Expired => format!("valid_until <= {at}"),
                Validity::NotYet => format!("valid_from > {at}"),
            });
        }
        if let Some(enrolment) = filter.enrolment {
            let mut within = String::new();
            sites::restrict(&mut within, &mut self.params, "b.dev_sno", filter.sites.as_deref());
            self.and(&enrolment.condition(&within));
        }
    }
}

impl Enrolment {
    /// The condition; `within` restricts which boxes `b` count.
    fn condition(self, within: &str) -> String {
        let on_a_box = |further: &str| {
            format!(
                "EXISTS (SELECT 1 FROM box_person b WHERE b.identity_id = person.identity_id
                 AND b.desired_revision IS NOT NULL{further}{within})"
            )
        };
        let failed = " AND b.state = 'failed'";
        match self {
            Self::Nowhere => format!("NOT {}", on_a_box("")),
            Self::Failed => on_a_box(failed),
            Self::Pending => {
                format!("{} AND NOT {}", on_a_box(" AND b.state IN ('pending', 'sent')"), on_a_box(failed))
            }
            Self::Applied => {
                format!("{} AND NOT {}", on_a_box(""), on_a_box(" AND b.state <> 'applied'"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{Fresh, both, plan};

    fn filters() -> Vec<(&'static str, Filter)> {
        let some = |text: &str| Some(text.to_owned());
        let none = Filter::default;
        vec![
            ("everybody", none()),
            ("search", Filter { search: some("an"), ..none() }),
            ("group", Filter { group: some("0"), ..none() }),
            ("tag", Filter { tag: some("night"), ..none() }),
            ("department", Filter { department: some("works"), ..none() }),
            ("kind", Filter { kind: Some(2), ..none() }),
            ("no photo", Filter { photo: Some(false), ..none() }),
            ("expired", Filter { validity: Some((Validity::Expired, 9)), ..none() }),
            ("failed", Filter { enrolment: Some(Enrolment::Failed), ..none() }),
            ("pending", Filter { enrolment: Some(Enrolment::Pending), ..none() }),
            ("nowhere", Filter { enrolment: Some(Enrolment::Nowhere), ..none() }),
        ]
    }

    #[tokio::test]
    async fn every_list_of_people_goes_by_an_index() {
        let orders = [Order::Id("a".to_owned()), Order::Name("a".to_owned(), "b".to_owned())];
        for Fresh { db, is_sqlite, .. } in &both().await {
            for (name, filter) in filters() {
                for order in &orders {
                    let (sql, params) = statement(person::COLUMNS, &filter, order, 50);
                    let plan = plan(db, *is_sqlite, sql, params).await;
                    let scans =
                        ["SCAN person;", "SCAN b", "SCAN person_group", "SCAN person_tag", "Seq Scan"];
                    let whole = scans.iter().find(|scan| format!("{plan};").contains(**scan));
                    assert_eq!(whole, None, "{name}: {plan}");
                }
            }
        }
    }
}
