//! Further photos of a person: several name somebody more surely than one. Each is judged as strictly as a registration photo,
//! and must show the same person.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use protocol::{FiqaLevel, IdentityId};
use serde::Serialize;

use super::people::{kind, unknown};
use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, body, json};
use crate::local_api::fog::in_turn;
use crate::people::PhotoError;
use crate::reason::table as reason;
use crate::store::more_photos::Entry;

/// A photo that was added.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AddedPhoto)]
pub(super) struct Added {
    /// Its number.
    id: i64,
}

/// The further photos of a person, oldest first; the registration photo is not among them.
#[utoipa::path(get, path = "/api/v1/people/{id}/photos", tag = "people", params(("id" = String, Path)),
    responses((status = OK, body = Page<Entry>), (status = NOT_FOUND)))]
pub(super) async fn list(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let photos = desk.app.people.photos(key_of(&desk, &id)?).await?;
    json(&Page::whole(photos))
}

/// Adds a photo: an image as the body. A new registration photo takes all further photos away.
#[utoipa::path(post, path = "/api/v1/people/{id}/photos", tag = "people", params(("id" = String, Path)),
    request_body(content_type = "image/jpeg"),
    responses((status = CREATED, body = Added), (status = BAD_REQUEST), (status = NOT_FOUND)))]
pub(super) async fn add(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let photo = body(sent)?.to_vec();
    key_of(&desk, &id)?;
    let face = desk.commands.face_in(photo, FiqaLevel::High).await;
    let face = face.map_err(Refusal::of_photo)?;
    let _place = in_turn(desk.commands.place(&IdentityId::new(id.clone()))).await?;
    let same = desk.app.engine.rule().verification;
    let added = desk.app.people.add_photo(key_of(&desk, &id)?, face, same).await;
    let number = added.map_err(refusal)?;
    tracing::info!(person = %id, photo = number, "a further photo was added");
    Ok((StatusCode::CREATED, json(&Added { id: number })?).into_response())
}

/// One of them.
#[utoipa::path(get, path = "/api/v1/people/{id}/photos/{number}", tag = "people",
    params(("id" = String, Path), ("number" = i64, Path)),
    responses((status = OK, content_type = "image/jpeg"), (status = NOT_FOUND)))]
pub(super) async fn show(
    State(desk): State<Desk>,
    Path((id, number)): Path<(String, i64)>,
) -> Result<Response, Refusal> {
    let photo = desk.app.people.further_photo(key_of(&desk, &id)?, number).await?;
    let photo = photo.ok_or_else(|| no_photo(number))?;
    let headers = [(header::CONTENT_TYPE, kind(&photo)), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, photo).into_response())
}

/// Removes one of them.
#[utoipa::path(delete, path = "/api/v1/people/{id}/photos/{number}", tag = "people",
    params(("id" = String, Path), ("number" = i64, Path)), responses((status = NO_CONTENT), (status = NOT_FOUND)))]
pub(super) async fn remove(
    State(desk): State<Desk>,
    Path((id, number)): Path<(String, i64)>,
) -> Result<Response, Refusal> {
    let _place = in_turn(desk.commands.place(&IdentityId::new(id.clone()))).await?;
    if !desk.app.people.remove_photo(key_of(&desk, &id)?, number).await? {
        return Err(no_photo(number));
    }
    tracing::info!(person = %id, photo = number, "a further photo was removed");
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn key_of(desk: &Desk, id: &str) -> Result<u32, Refusal> {
    let found = desk.app.people.find(&IdentityId::new(id.to_owned()));
    found.map(|(key, _)| key).ok_or_else(|| unknown(id))
}

fn no_photo(number: i64) -> Refusal {
    reason::no_further_photo(number).into()
}

fn refusal(error: PhotoError) -> Refusal {
    match error {
        PhotoError::Store(error) => error.into(),
        PhotoError::SomebodyElse(found, needed) => reason::somebody_else(found, needed).into(),
        PhotoError::NothingToCompare => reason::nothing_to_compare().into(),
        PhotoError::Full(limit) => reason::too_many_photos(limit).into(),
    }
}
