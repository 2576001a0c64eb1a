//! What the box does with a door when somebody may pass: the mode of `GateControllerMode`, the same for every door of the box.

use protocol::fog::DoorMode;

use super::Action;

/// The mode. The protocol gives four words and no meaning; decision 0011 says why they mean this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// The door opens.
    #[default]
    Open,
    /// The door is kept shut for everybody; what is open closes when the mode is set.
    Close,
    /// The door stays shut and the alarm is raised.
    Alarm,
    /// The door is left alone: somebody else controls it.
    Avoid,
}

impl Mode {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "opendoor",
            Self::Close => "closedoor",
            Self::Alarm => "alarm",
            Self::Avoid => "avoid",
        }
    }

    /// The mode of a word on the wire; `None` for one we do not know.
    pub fn of(word: &DoorMode) -> Option<Self> {
        match word {
            DoorMode::OpenDoor => Some(Self::Open),
            DoorMode::CloseDoor => Some(Self::Close),
            DoorMode::Alarm => Some(Self::Alarm),
            DoorMode::Avoid => Some(Self::Avoid),
            DoorMode::Other(_) => None,
        }
    }

    /// The mode as the protocol has it.
    pub fn on_the_wire(self) -> DoorMode {
        match self {
            Self::Open => DoorMode::OpenDoor,
            Self::Close => DoorMode::CloseDoor,
            Self::Alarm => DoorMode::Alarm,
            Self::Avoid => DoorMode::Avoid,
        }
    }

    /// What is done for somebody who may pass, or why nothing is.
    pub(super) fn action(self) -> Result<Action, &'static str> {
        match self {
            Self::Open => Ok(Action::Open),
            Self::Alarm => Ok(Action::Alarm),
            Self::Close => Err("the doors are kept shut: mode closedoor"),
            Self::Avoid => Err("the doors are left alone: mode avoid"),
        }
    }

    /// The mode of a stored word.
    pub(super) fn stored(word: &str) -> Option<Self> {
        [Self::Open, Self::Close, Self::Alarm, Self::Avoid].into_iter().find(|mode| mode.word() == word)
    }
}
