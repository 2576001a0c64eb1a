//! Who is restricted to sites sees and changes only what stands there.
//!
//! * Boxes of other sites, their cameras, events and commands, do not exist for them: lists leave them out, lookups answer
//!   `not_found`.
//! * People and groups stand nowhere: everybody reads them. What would reach a box outside is refused with `outside_sites`:
//!   a change of a group that such a box serves, or of a person who is a member of such a group or becomes one.
//! * Operators, API keys and the audit log are for admins, and admins are never restricted.

use protocol::GroupId;

use super::access::{Caller, Role};
use super::checks;
use crate::db::sites::Sites;
use crate::db::{Tx, sites};
use crate::refusal::Refusal;

/// Sites one operator or key may be restricted to.
const MOST: usize = 64;

impl Caller {
    /// The sites they are restricted to; `None`: all.
    pub(crate) fn sites(&self) -> Option<&[String]> {
        self.sites.as_deref()
    }

    /// Whether a box that stands on `site` exists for them.
    pub(crate) fn may_see(&self, site: &str) -> bool {
        self.sites().is_none_or(|sites| sites.iter().any(|mine| mine == site))
    }

    /// Refuses a change that would reach, by one of these groups, a box outside of their sites.
    pub(crate) fn must_reach_only_own(&self, tx: &mut Tx<'_>, groups: &[GroupId]) -> Result<(), Refusal> {
        let Some(mine) = self.sites() else { return Ok(()) };
        match sites::reaching_outside(tx, mine, groups)? {
            None => Ok(()),
            Some(group) => Err(outside(&group)),
        }
    }
}

/// Why a change that would reach boxes beyond the caller's sites is refused.
pub(crate) fn outside(group: &GroupId) -> Refusal {
    Refusal::OutsideSites(format!("the group {:?}, which boxes of other sites serve", group.as_str()))
}

/// A restriction as asked for: at least one site, none unnamed; null for all. Admins cannot be restricted.
pub(super) fn read(asked: Option<&[String]>, role: Role) -> Result<Sites, Refusal> {
    let Some(asked) = asked else { return Ok(None) };
    if role == Role::Admin {
        return Err(Refusal::invalid("sites", "must be null for an admin, who is never restricted"));
    }
    if asked.is_empty() || asked.len() > MOST {
        return Err(Refusal::invalid("sites", format!("must be null (all sites) or 1 to {MOST} sites")));
    }
    let mut names = asked.iter().map(|site| checks::text("sites", site)).collect::<Result<Vec<_>, _>>()?;
    if names.iter().any(String::is_empty) {
        return Err(Refusal::invalid("sites", "must not hold an empty name"));
    }
    names.sort();
    names.dedup();
    Ok(Some(names.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restrictions_are_named_and_never_for_admins() {
        let some = ["north".to_owned(), " east ".to_owned(), "north".to_owned()];
        let sites = read(Some(&some), Role::Viewer).unwrap().unwrap();
        assert_eq!(sites.as_ref(), ["east", "north"]);
        assert!(read(None, Role::Admin).unwrap().is_none());
        assert!(read(Some(&some), Role::Admin).is_err());
        assert!(
            read(Some(&[]), Role::Viewer).is_err() && read(Some(&[" ".to_owned()]), Role::Viewer).is_err()
        );
    }
}
