//! What the box says about a person in events, and decides passage by.

use protocol::{GroupId, IdentityId, PersonType};
use serde_json::{Map, Value};

use crate::store::people::PersonRow;

/// A person as the directory in memory holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonCard {
    /// The platform's id.
    pub identity_id: IdentityId,
    /// Name.
    pub name: String,
    /// Employee, visitor, blacklist, stranger, VIP.
    pub kind: PersonType,
    /// Permission groups.
    pub permission_ids: Vec<GroupId>,
    /// Whatever else the platform said about the person (validity dates among it), verbatim.
    pub info: Map<String, Value>,
}

impl PersonCard {
    pub(super) fn of(row: PersonRow) -> Self {
        Self {
            identity_id: IdentityId::new(row.identity_id),
            name: row.name,
            kind: row.kind.into(),
            permission_ids: row.groups.into_iter().map(GroupId::new).collect(),
            info: row.info,
        }
    }
}
