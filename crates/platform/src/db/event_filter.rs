//! Which events are meant: the conditions of a search as SQL, and the one condition whose index leads the search.
//!
//! Conditions without an index of their own are looked for in slices: [`EventFilter::slice_end`] says how far the next so many
//! rows of the leading index reach, so that no single query reads more than that, however rare what is looked for.

use std::fmt::Write as _;
use std::sync::Arc;

use super::search::contains;
use super::{DbError, Tx, Val};

/// A place in the list: the time and the id of the event before it.
pub(crate) type Place = (i64, String);

/// Which events a list holds, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventFilter {
    /// At this (estimated) time or later.
    pub(crate) from: Option<i64>,
    /// Before this (estimated) time.
    pub(crate) until: Option<i64>,
    /// First reported at this time or earlier: what a list that is read for long must not see.
    pub(crate) arrived_by: Option<i64>,
    pub(crate) identity_id: Option<String>,
    /// Part of the name.
    pub(crate) name: Option<String>,
    pub(crate) dev_sno: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) ep_id: Option<String>,
    /// The library's name.
    pub(crate) group: Option<String>,
    /// One of these types; any when empty.
    pub(crate) types: Vec<i64>,
    /// None of these types.
    pub(crate) other_types: Vec<i64>,
    /// Score from 0 to 1, at least and at most.
    pub(crate) score: (Option<f64>, Option<f64>),
    pub(crate) verdict: Option<String>,
    pub(crate) gate: Option<String>,
    pub(crate) door: Option<String>,
    pub(crate) photo: Option<bool>,
    pub(crate) late: Option<bool>,
    pub(crate) ahead: Option<bool>,
    /// Only of boxes at these sites: what the asker may see.
    pub(crate) sites: Option<Arc<[String]>>,
}

/// A condition and its parameters as they are written down.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) sql: String,
    pub(super) params: Vec<Val>,
}

impl Conditions {
    /// Adds a condition; each `?` stands for the next of `values`.
    pub(super) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Val>) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        let mut parts = condition.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        for (value, part) in values.into_iter().zip(parts) {
            self.params.push(value);
            // Writing to a text cannot fail.
            let _ = write!(self.sql, "${}{part}", self.params.len());
        }
    }

    fn when<T: Into<Val>>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            self.and(condition, [value.into()]);
        }
    }

    fn one_of<T: Clone + Into<Val>>(&mut self, column: &str, values: &[T]) {
        let places = vec!["?"; values.len()].join(", ");
        self.and(&format!("{column} ({places})"), values.iter().cloned().map(Into::into));
    }

    /// Adds the parameter of a `LIMIT` or the like; answers its place.
    pub(super) fn place(&mut self, value: i64) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }
}

impl EventFilter {
    /// The conditions of every row wanted, after a place and not beyond another.
    pub(super) fn conditions(&self, after: Option<&Place>, end: Option<&Place>) -> Conditions {
        let mut all = self.leading(after);
        if let Some((at, id)) = end {
            all.and("e.estimated_at >= ?", [(*at).into()]);
            all.and("(e.estimated_at > ? OR e.id >= ?)", [(*at).into(), id.into()]);
        }
        all.when("e.arrived_at <= ?", self.arrived_by);
        all.when("e.identity_id = ?", self.identity_id.as_ref());
        if let Some(name) = &self.name {
            let found = contains(&mut all.params, &["e.identity_name"], name);
            all.and(&found, []);
        }
        all.when("e.dev_sno = ?", self.dev_sno.as_ref());
        all.when("e.dev_sno IN (SELECT dev_sno FROM box WHERE site = ?)", self.site.as_ref());
        all.when("e.ep_id = ?", self.ep_id.as_ref());
        all.when("e.group_name = ?", self.group.as_ref());
        if !self.types.is_empty() {
            all.one_of("e.person_type IN", &self.types);
        }
        if !self.other_types.is_empty() {
            all.one_of("e.person_type NOT IN", &self.other_types);
        }
        // Boxes of other makers count in percent.
        const SCORE: &str = "CASE WHEN e.score > 1 THEN e.score / 100 ELSE e.score END";
        all.when(&format!("{SCORE} >= ?"), self.score.0);
        all.when(&format!("{SCORE} <= ?"), self.score.1);
        all.when("e.verdict = ?", self.verdict.as_ref());
        all.when("e.gate = ?", self.gate.as_ref());
        all.when("e.door = ?", self.door.as_ref());
        for (wanted, yes, no) in [
            (self.photo, "e.photo_bytes IS NOT NULL", "e.photo_bytes IS NULL"),
            (self.late, "e.late = 1", "e.late = 0"),
            (self.ahead, "e.ahead = 1", "e.ahead = 0"),
        ] {
            if let Some(wanted) = wanted {
                all.and(if wanted { yes } else { no }, []);
            }
        }
        if let Some(sites) = &self.sites {
            // Nobody's site: an empty list is no SQL.
            let places = if sites.is_empty() { "NULL".to_owned() } else { vec!["?"; sites.len()].join(", ") };
            let sites = sites.iter().map(Val::from);
            all.and(&format!("e.dev_sno IN (SELECT dev_sno FROM box WHERE site IN ({places}))"), sites);
        }
        all
    }

    /// Whether there are conditions the leading index knows nothing of.
    pub(super) fn is_sliced(&self) -> bool {
        let leads = usize::from(self.leader().is_some());
        let told = [
            self.arrived_by.is_some(),
            self.identity_id.is_some(),
            self.name.is_some(),
            self.dev_sno.is_some(),
            self.site.is_some(),
            self.ep_id.is_some(),
            self.group.is_some(),
            !self.types.is_empty(),
            !self.other_types.is_empty(),
            self.score.0.is_some() || self.score.1.is_some(),
            self.verdict.is_some(),
            self.gate.is_some(),
            self.door.is_some(),
            self.photo.is_some(),
            self.late.is_some(),
            self.ahead.is_some(),
            self.sites.is_some(),
        ];
        told.into_iter().filter(|told| *told).count() > leads
    }

    /// The place `rows` rows further along the leading index; `None` when it ends before.
    pub(super) fn slice_end(
        &self,
        tx: &mut Tx<'_>,
        after: Option<&Place>,
        rows: i64,
    ) -> Result<Option<Place>, DbError> {
        let (sql, params) = self.slice_sql(after, rows);
        let row = tx.first(&sql, &params)?;
        row.map(|row| Ok((row.int("estimated_at")?, row.text("id")?))).transpose()
    }

    pub(super) fn slice_sql(&self, after: Option<&Place>, rows: i64) -> (String, Vec<Val>) {
        let mut leading = self.leading(after);
        let skipped = leading.place(rows);
        let sql = format!(
            "SELECT e.estimated_at, e.id FROM event e{} ORDER BY e.estimated_at DESC, e.id DESC LIMIT 1 OFFSET {skipped}",
            leading.sql
        );
        (sql, leading.params)
    }

    /// The condition that leads, the times, and the place after which the list goes on.
    fn leading(&self, after: Option<&Place>) -> Conditions {
        let mut leading = Conditions::default();
        if let Some((condition, value)) = self.leader() {
            leading.and(condition, value);
        }
        leading.when("e.estimated_at >= ?", self.from);
        leading.when("e.estimated_at < ?", self.until);
        if let Some((at, id)) = after {
            leading.and("e.estimated_at <= ?", [(*at).into()]);
            leading.and("(e.estimated_at < ? OR e.id < ?)", [(*at).into(), id.into()]);
        }
        leading
    }

    /// The condition with an index of its own that leaves fewest events. The words of the partial indexes (see the migration)
    /// stand in it as they stand there, because that is what the engines go by.
    fn leader(&self) -> Option<(&'static str, Option<Val>)> {
        let text = |told: &Option<String>| told.as_ref().map(Val::from);
        let rare = |told: &Option<String>, common: &[&str]| {
            told.as_ref().filter(|told| !common.contains(&told.as_str())).map(Val::from)
        };
        let of = |condition, value: Option<Val>| value.map(|value| (condition, Some(value)));
        let flag =
            |condition, wanted: Option<bool>| wanted.filter(|wanted| *wanted).map(|_| (condition, None));
        of("e.identity_id = ?", text(&self.identity_id))
            .or_else(|| of("e.gate = ? AND e.gate <> 'match'", rare(&self.gate, &["match"])))
            .or_else(|| flag("e.ahead = 1", self.ahead))
            .or_else(|| flag("e.late = 1", self.late))
            .or_else(|| {
                let door = rare(&self.door, &["opened", "none"]);
                of("e.door = ? AND e.door <> 'opened' AND e.door <> 'none'", door)
            })
            .or_else(|| {
                let verdict = rare(&self.verdict, &["let_in", "stranger"]);
                of("e.verdict = ? AND e.verdict <> 'let_in' AND e.verdict <> 'stranger'", verdict)
            })
            .or_else(|| of("e.ep_id = ?", text(&self.ep_id)))
            .or_else(|| of("e.dev_sno = ?", text(&self.dev_sno)))
            .or_else(|| match self.types[..] {
                [only] if only != 1 => of("e.person_type = ? AND e.person_type <> 1", Some(only.into())),
                _ => None,
            })
            .or_else(|| flag("e.photo_bytes IS NOT NULL", self.photo))
    }
}
