//! What a person is searched by: the mean of the templates of all photos, scaled to length 1, because that names people
//! more surely than any one of them and changes the thresholds hardly at all (docs/how-to/recognition.md).

use rusqlite::Connection;
use vision::Template;

use crate::store::seal::Sealer;
use crate::store::{StoreError, more_photos, people as rows};

/// Photos from which on the thresholds allow for the mean.
const MANY: usize = 3;

/// A template to search by.
pub(super) struct Searched {
    pub(super) template: Template,
    photos: usize,
}

impl Searched {
    /// By one photo.
    pub(super) fn one(template: Template) -> Self {
        Self { template, photos: 1 }
    }

    /// By the registration photo and further ones; those that do not fit are left out.
    pub(super) fn of(registration: Template, further: &[Vec<u8>]) -> Self {
        let mut all = vec![registration];
        let fits = |template: &Template| template.len() == all[0].len();
        let further: Vec<Template> =
            further.iter().filter_map(|bytes| Template::from_bytes(bytes).ok()).filter(fits).collect();
        all.extend(further);
        match Template::mean(&all) {
            Ok(template) => Self { template, photos: all.len() },
            // Photos that cancel each other out cannot be of one person.
            Err(_) => Self::one(all.swap_remove(0)),
        }
    }

    /// As the rows have it now; `None` when the person has no template of `pack`.
    pub(super) fn read(
        db: &Connection,
        sealer: &Sealer,
        key: u32,
        pack: &str,
    ) -> Result<Option<Self>, StoreError> {
        let Some(registration) = rows::template(db, sealer, key, pack)? else { return Ok(None) };
        let Ok(registration) = Template::from_bytes(&registration) else { return Ok(None) };
        Ok(Some(Self::of(registration, &more_photos::templates(db, sealer, key, pack)?)))
    }

    /// Whether the thresholds have to allow for it.
    pub(super) fn is_averaged(&self) -> bool {
        self.photos >= MANY
    }
}
