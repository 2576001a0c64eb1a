//! Which people a request means.

use serde::Deserialize;
use utoipa::ToSchema;

use super::super::access::Caller;
use super::super::checks;
use crate::clock;
use crate::db::person_list::{Enrolment, Filter, Validity};
use crate::refusal::Refusal;

/// Which people; what is left out does not restrict.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleFilter {
    /// Part of the name or of the id.
    pub(super) search: Option<String>,
    /// Only members of this group.
    pub(super) group: Option<String>,
    /// Only with this tag.
    pub(super) tag: Option<String>,
    /// Only of this department; empty: of none.
    pub(super) department: Option<String>,
    /// Only of this type, 1 to 5.
    pub(super) r#type: Option<i64>,
    /// Only with (`true`) or without (`false`) a photo.
    pub(super) photo: Option<bool>,
    /// Only those who are valid `now`, who have `expired`, or who are `not_yet` valid.
    pub(super) validity: Option<ValidityWord>,
    /// Only those who are wanted on no box (`none`), whom some box has still to prove (`pending`) or has refused (`failed`), or whom
    /// every box they are wanted on has proved (`applied`).
    pub(super) enrolment: Option<EnrolmentWord>,
}

/// How somebody's validity lies to now.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ValidityWord {
    Now,
    Expired,
    NotYet,
}

/// How far somebody got on the boxes.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnrolmentWord {
    None,
    Pending,
    Failed,
    Applied,
}

/// A query string with the fields of [`PeopleFilter`] beside its own. Query strings cannot hold one struct inside of another.
macro_rules! people_query {
    ($(#[$about:meta])* $name:ident { $($(#[$told:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            $($(#[$told])* $field: $kind,)*
            /// Part of the name or of the id.
            search: Option<String>,
            /// Only members of this group.
            group: Option<String>,
            /// Only with this tag.
            tag: Option<String>,
            /// Only of this department; empty: of none.
            department: Option<String>,
            /// Only of this type, 1 to 5.
            r#type: Option<i64>,
            /// Only with (`true`) or without (`false`) a photo.
            photo: Option<bool>,
            /// Only those who are valid `now`, who have `expired`, or who are `not_yet` valid.
            validity: Option<$crate::operator_api::people::filter::ValidityWord>,
            /// Only those wanted on no box (`none`), whom some box has still to prove (`pending`) or has refused (`failed`), or whom
            /// every box they are wanted on has proved (`applied`).
            enrolment: Option<$crate::operator_api::people::filter::EnrolmentWord>,
        }

        impl $name {
            /// Takes the filter out of the query.
            fn filter(&mut self) -> $crate::operator_api::people::filter::PeopleFilter {
                $crate::operator_api::people::filter::PeopleFilter {
                    search: self.search.take(),
                    group: self.group.take(),
                    tag: self.tag.take(),
                    department: self.department.take(),
                    r#type: self.r#type,
                    photo: self.photo,
                    validity: self.validity,
                    enrolment: self.enrolment,
                }
            }
        }
    };
}
pub(super) use people_query;

impl PeopleFilter {
    /// The filter as the database knows it, within what the caller may see.
    pub(super) fn read(self, caller: &Caller) -> Result<Filter, Refusal> {
        let now = clock::now();
        Ok(Filter {
            search: self.search.filter(|search| !search.is_empty()),
            group: self.group,
            tag: self.tag,
            department: self.department,
            kind: self.r#type.map(checks::person_type).transpose()?,
            photo: self.photo,
            validity: self.validity.map(|validity| (validity.into(), now)),
            enrolment: self.enrolment.map(Enrolment::from),
            sites: caller.sites.clone(),
        })
    }

    /// Whether it does not restrict at all.
    pub(super) fn is_empty(&self) -> bool {
        let texts = [&self.search, &self.group, &self.tag, &self.department];
        texts.iter().all(|text| text.is_none())
            && self.r#type.is_none()
            && self.photo.is_none()
            && self.validity.is_none()
            && self.enrolment.is_none()
    }
}

impl From<ValidityWord> for Validity {
    fn from(word: ValidityWord) -> Self {
        match word {
            ValidityWord::Now => Self::Now,
            ValidityWord::Expired => Self::Expired,
            ValidityWord::NotYet => Self::NotYet,
        }
    }
}

impl From<EnrolmentWord> for Enrolment {
    fn from(word: EnrolmentWord) -> Self {
        match word {
            EnrolmentWord::None => Self::Nowhere,
            EnrolmentWord::Pending => Self::Pending,
            EnrolmentWord::Failed => Self::Failed,
            EnrolmentWord::Applied => Self::Applied,
        }
    }
}
