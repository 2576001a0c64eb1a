//! People. A photo is judged as strictly as one that comes from a platform; who is refused is not kept.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use protocol::fog::{
    CreatedUser, Data, StoredUser, UserCreate, UserDelete, UserDeleted, UserQuery, UserUpdate,
};
use protocol::image::encode_base64_photo;
use protocol::{IdentityId, PersonInfo, RegisterType};
use rusqlite::Connection;

use super::{in_turn, naming, person};
use crate::App;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::{Heavy, Sent};
use crate::people::Face;
use crate::reason::table as reason;
use crate::store::people::DEFAULT_LIBRARY;
use crate::store::roster::{self, Entry};
use crate::store::{StoreError, libraries};

/// `GET users`: one person, or a page of a library, with photos. The answer is written while it is read, so its length costs
/// no memory.
pub(super) async fn list(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let query = sent.query(UserQuery::from_query)?;
    let entries = match (query.identity_id, query.group_name) {
        (Some(id), _) => vec![found(&desk, &id).await?],
        (None, name) => {
            let name = name.unwrap_or_default();
            let library = name.clone();
            let read = move |db: &Connection| {
                if libraries::find(db, &library)?.is_none() {
                    return Ok(None);
                }
                roster::of_library(db, &library, query.limit, query.skip_num).map(Some)
            };
            desk.app.store.read(read).await?.ok_or_else(|| naming::no_library(&name))?
        }
    };
    let app = Arc::clone(&desk.app);
    let people = futures_util::stream::iter(entries.into_iter().enumerate()).then(move |(index, entry)| {
        let app = Arc::clone(&app);
        async move {
            let text = serde_json::to_string(&with_photo(&app, &entry).await?)?;
            Ok::<_, StoreError>(if index == 0 { text } else { format!(",{text}") })
        }
    });
    let piece = |text: &str| futures_util::stream::iter([Ok::<_, StoreError>(text.to_owned())]);
    let whole = piece(r#"{"data":{"identities_list":["#).chain(people).chain(piece("]}}"));
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(whole)).into_response())
}

/// `POST users`: a new person; with `ignore_exist` also one who is here already, who then joins the libraries and is updated.
pub(super) async fn create(
    State(desk): State<Desk>,
    Heavy { sent, _room }: Heavy,
) -> Result<Response, Refusal> {
    let request = sent.json(UserCreate::read)?;
    drop(sent);
    person::check(&request.identity_id, &request.info.name, &request.info.rest)?;
    let id = request.identity_id;
    let _place = in_turn(desk.commands.place(&id)).await?;
    let (wanted, groups, key) = (request.group_names, request.info.permission_ids.clone(), id.clone());
    let looked_up = desk.app.store.read(move |db| {
        let known = roster::one(db, key.as_str())?;
        let holds = known.as_ref().map(|entry| entry.groups.clone()).unwrap_or_default();
        let named = person::permissions_named(db, &groups, &holds)?;
        Ok((known, named, person::libraries_named(db, wanted)?))
    });
    let (known, named, wanted) = looked_up.await?;
    if known.is_some() && !request.ignore_exist {
        return Err(reason::person_exists(id.to_string()).into());
    }
    let wanted = wanted.map_err(|name| naming::no_library(&name))?;
    person::known(&named, request.create_permissions)?;
    let photo = request.reg_photo;
    let face = match &known {
        Some(_) if photo.trim().is_empty() => None,
        Some(entry) => Some(judged(&desk, photo.clone(), person::register_type(entry)).await?),
        None => Some(judged(&desk, photo.clone(), RegisterType::Ordinary).await?),
    };
    let before = known.as_ref().map(|entry| entry.info.clone()).unwrap_or_default();
    let info = PersonInfo {
        permission_ids: named.groups,
        rest: person::merged(&before, request.info.rest),
        ..request.info
    };
    let register_type = known.as_ref().map_or(RegisterType::Ordinary, person::register_type);
    let (is_new, unknown) = (known.is_none(), named.unknown);
    let also = move |db: &Connection, key| {
        person::create_permissions(db, &unknown)?;
        if is_new {
            libraries::leave(db, key, DEFAULT_LIBRARY)?;
        }
        libraries::join(db, key, &wanted)
    };
    let record = person::record(id.clone(), register_type, info);
    desk.app.people.upsert_with(&record, face, also).await.map_err(person::refusal)?;
    tracing::info!(person = %id, new = is_new, "a person was written through the local API");
    let entry = found(&desk, &id).await?;
    json(&Data::new(CreatedUser {
        identity_id: id,
        reg_photo: photo,
        group_names: entry.libraries.clone(),
        info: person::info(&entry, None),
    }))
}

/// `PUT users`: what is given changes, everything else stays.
pub(super) async fn change(
    State(desk): State<Desk>,
    Heavy { sent, _room }: Heavy,
) -> Result<Response, Refusal> {
    let request = sent.json(UserUpdate::read)?;
    drop(sent);
    let id = request.identity_id;
    let _place = in_turn(desk.commands.place(&id)).await?;
    let entry = found(&desk, &id).await?;
    let patch = request.info;
    let named = match patch.permission_ids {
        Some(groups) => {
            let holds = entry.groups.clone();
            let named = desk.app.store.read(move |db| person::permissions_named(db, &groups, &holds)).await?;
            person::known(&named, false)?;
            named.groups
        }
        None => person::info(&entry, None).permission_ids,
    };
    let register_type = person::register_type(&entry);
    let info = PersonInfo {
        permission_ids: named,
        name: patch.name.unwrap_or_else(|| entry.name.clone()),
        kind: patch.kind.unwrap_or_else(|| entry.kind.into()),
        rest: person::merged(&entry.info, patch.rest),
    };
    person::check(&id, &info.name, &info.rest)?;
    let face = match request.reg_photo {
        Some(photo) => Some(judged(&desk, photo, register_type).await?),
        None => None,
    };
    let record = person::record(id.clone(), register_type, info);
    desk.app.people.upsert_with(&record, face, |_, _| Ok(())).await.map_err(person::refusal)?;
    tracing::info!(person = %id, "a person was changed through the local API");
    let entry = found(&desk, &id).await?;
    let photo = desk.app.people.photo(entry.key).await?;
    json(&Data::new(StoredUser {
        identity_id: id,
        reg_photo: None,
        image_id: photo.as_deref().map(person::image_id),
        group_names: entry.libraries.clone(),
        info: person::info(&entry, None),
    }))
}

/// `DELETE users`: the person with faces and memberships.
pub(super) async fn remove(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let id = sent.json_or_query(UserDelete::read, UserDelete::from_query)?.identity_id;
    let _place = in_turn(desk.commands.place(&id)).await?;
    let entry = found(&desk, &id).await?;
    desk.app.people.remove(&id, None).await?;
    tracing::info!(person = %id, "a person was removed through the local API");
    json(&Data::new(UserDeleted {
        identity_id: id,
        group_names: entry.libraries,
        message: "have remove from group success".into(),
    }))
}

async fn found(desk: &Desk, id: &IdentityId) -> Result<Entry, Refusal> {
    let key = id.to_string();
    let entry = desk.app.store.read(move |db| roster::one(db, &key)).await?;
    entry.ok_or_else(|| reason::no_person(id.to_string()).into())
}

async fn judged(desk: &Desk, photo: String, register_type: RegisterType) -> Result<Face, Refusal> {
    let judged = desk.commands.face(photo, register_type.level()).await;
    judged.map_err(Refusal::of_photo)
}

async fn with_photo(app: &App, entry: &Entry) -> Result<StoredUser, StoreError> {
    let photo = app.people.photo(entry.key).await?;
    Ok(StoredUser {
        identity_id: IdentityId::new(entry.identity_id.clone()),
        reg_photo: Some(photo.as_deref().map(encode_base64_photo).unwrap_or_default()),
        image_id: None,
        group_names: entry.libraries.clone(),
        info: person::info(entry, photo.as_deref().map(person::image_id)),
    })
}
