//! Whom a screen greets: made of an event of this box, or of one another box has sent. Whoever is on the black list is neither
//! named nor shown, whatever the settings say.

use protocol::{Event, PersonType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::decision::{Record, Verdict};

/// What a person is to the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Works here.
    Employee,
    /// Visits.
    Visitor,
    /// Known and not welcome: the screen asks whoever it is to the reception, without name or picture.
    Blacklist,
    /// Nobody enrolled here.
    Stranger,
    /// A guest of honour.
    Vip,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Employee, Self::Visitor, Self::Blacklist, Self::Stranger, Self::Vip];

    fn of(kind: PersonType) -> Self {
        match kind {
            PersonType::Visitor => Self::Visitor,
            PersonType::Blacklist => Self::Blacklist,
            PersonType::Stranger => Self::Stranger,
            PersonType::Vip => Self::Vip,
            PersonType::Employee | PersonType::Other(_) => Self::Employee,
        }
    }
}

/// Somebody to greet, before the settings have their say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// What the person is to the house.
    pub kind: Kind,
    /// The person's id; empty where there is none.
    pub identity_id: String,
    /// The name; `None` for those who are not named.
    pub name: Option<String>,
    /// The camera's name, where it is one of this box.
    pub camera: String,
    /// The camera's address.
    pub address: String,
    /// When the picture was taken, milliseconds UTC.
    pub at: i64,
}

impl Arrival {
    /// From an event of this box: whoever was let in, whoever is on the black list, and strangers whose picture is good enough to
    /// say that they are strangers. `None`: nobody to greet.
    pub fn here(record: &Record) -> Option<Self> {
        let kind = Kind::of(record.person_type.into());
        let seen_well = record.trace.quality.fails.is_empty();
        let counts = match kind {
            Kind::Blacklist => record.is_match(),
            Kind::Stranger => record.verdict == Verdict::Stranger && seen_well,
            Kind::Employee | Kind::Visitor | Kind::Vip => record.verdict == Verdict::LetIn,
        };
        counts.then(|| Self {
            kind,
            identity_id: record.identity_id.clone(),
            name: named(kind, &record.identity_name),
            camera: record.camera.clone(),
            address: record.address.clone(),
            at: record.taken_at,
        })
    }

    /// From an event another box has sent.
    pub fn sent(event: &Event) -> Self {
        let kind = if event.is_stranger() { Kind::Stranger } else { Kind::of(event.ext.person_type) };
        Self {
            kind,
            identity_id: event.identity_id.to_string(),
            name: named(kind, &event.identity_name),
            camera: String::new(),
            address: event.ext.device_ip.clone(),
            at: event.timestamp.0,
        }
    }
}

/// The longest name shown, characters.
const LONGEST_NAME: usize = 60;

fn named(kind: Kind, name: &str) -> Option<String> {
    let has_name = matches!(kind, Kind::Employee | Kind::Visitor | Kind::Vip) && !name.trim().is_empty();
    has_name.then(|| name.trim().chars().take(LONGEST_NAME).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::STRANGER;
    use crate::testing::record;

    #[test]
    fn those_let_in_are_greeted_by_name() {
        let mut tom = record(1, "Tom");
        let arrival = Arrival::here(&tom).unwrap();
        assert_eq!((arrival.kind, arrival.name.as_deref()), (Kind::Employee, Some("Tom")));
        tom.person_type = 5;
        assert_eq!(Arrival::here(&tom).unwrap().kind, Kind::Vip);
        tom.verdict = Verdict::Refused;
        assert_eq!(Arrival::here(&tom), None);
    }

    #[test]
    fn the_black_list_is_never_named() {
        let mut tom = record(1, "Tom");
        (tom.person_type, tom.verdict) = (3, Verdict::Refused);
        let arrival = Arrival::here(&tom).unwrap();
        assert_eq!((arrival.kind, arrival.name), (Kind::Blacklist, None));
        let sent = br#"{"identity_id": "1", "identity_name": "Tom", "timestamp": 1, "ext_data": {"person_type": 3}}"#;
        let event = Event::read_batch(sent).unwrap().remove(0);
        assert_eq!((Arrival::sent(&event).kind, Arrival::sent(&event).name), (Kind::Blacklist, None));
    }

    #[test]
    fn strangers_are_those_seen_well() {
        let mut stranger = record(1, STRANGER);
        stranger.verdict = Verdict::Stranger;
        stranger.trace.quality.fails = Vec::new();
        let arrival = Arrival::here(&stranger).unwrap();
        assert_eq!((arrival.kind, arrival.name), (Kind::Stranger, None));
        stranger.trace.quality.fails = vec!["clarity".into()];
        assert_eq!(Arrival::here(&stranger), None);
        let sent = br#"{"identity_id": "", "identity_name": "stranger", "timestamp": 1, "ext_data": {"person_type": 1}}"#;
        let event = Event::read_batch(sent).unwrap().remove(0);
        assert_eq!(Arrival::sent(&event).kind, Kind::Stranger);
    }
}
