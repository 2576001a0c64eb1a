//! People as pages show them: a list with search, one person, a photo. Changes go through the documented calls.

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use protocol::{IdentityId, PersonType};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::local_api::Desk;
use crate::local_api::answer::{Page, Refusal, json};
use crate::reason::table as reason;
use crate::store::roster::{self, Entry, Filter};

/// People on one page unless the query says otherwise, and at most.
const LIMIT: (usize, usize) = (50, 500);

/// A person as this API shows one.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Person)]
pub(super) struct View {
    identity_id: String,
    name: String,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP.
    #[serde(rename = "type")]
    #[schema(value_type = i64)]
    kind: PersonType,
    permission_ids: Vec<String>,
    libraries: Vec<String>,
    recognisable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What else is kept.
    info: Map<String, Value>,
    created_at_ms: i64,
    updated_at_ms: i64,
}

/// What a list is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Query {
    limit: usize,
    after: u32,
    of: Filter,
}

/// People in the order they came. `next` is the cursor of the following page, null on the last.
#[utoipa::path(get, path = "/api/v1/people", tag = "people",
    params(("limit" = Option<usize>, Query, description = "people on the page, 50 unless given, 500 at most"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("q" = Option<String>, Query, description = "a part of id, name or card number"),
        ("group" = Option<String>, Query, description = "in this permission group, by id or name"),
        ("library" = Option<String>, Query, description = "in this library"),
        ("type" = Option<i64>, Query, description = "1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP"),
        ("recognisable" = Option<bool>, Query, description = "can be recognised, or cannot")),
    responses((status = OK, body = Page<View>), (status = BAD_REQUEST)))]
pub(super) async fn list(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let Query { limit, after, of } = read(&query.unwrap_or_default())?;
    // One more than is shown tells whether there is another page.
    let page = desk.app.store.read(move |db| roster::page(db, after, &of, limit + 1)).await?;
    let next = if page.len() > limit { page.get(limit - 1).map(|last| last.key.to_string()) } else { None };
    let items: Vec<View> = page.into_iter().take(limit).map(view).collect();
    json(&Page::new(items, next))
}

/// One person.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = OK, body = View), (status = NOT_FOUND)))]
pub(super) async fn show(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let key = id.clone();
    let entry = desk.app.store.read(move |db| roster::one(db, &key)).await?;
    json(&view(entry.ok_or_else(|| unknown(&id))?))
}

/// The registration photo.
#[utoipa::path(get, path = "/api/v1/people/{id}/photo", tag = "people", params(("id" = String, Path)),
    responses((status = OK, content_type = "image/jpeg"), (status = NOT_FOUND)))]
pub(super) async fn photo(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let found = desk.app.people.find(&IdentityId::new(id.clone()));
    let (key, _) = found.ok_or_else(|| unknown(&id))?;
    let photo = desk.app.people.photo(key).await?.ok_or_else(|| reason::no_photo(id))?;
    let headers = [(header::CONTENT_TYPE, kind(&photo)), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, photo).into_response())
}

fn read(query: &str) -> Result<Query, Refusal> {
    let mut read = Query { limit: LIMIT.0, after: 0, of: Filter::default() };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let wrong = || Refusal(reason::not_of_this_list(value.as_ref()).of(&name));
        match &*name {
            "limit" => read.limit = value.parse::<usize>().map_err(|_| wrong())?.clamp(1, LIMIT.1),
            "cursor" => read.after = value.parse().map_err(|_| wrong())?,
            "type" => read.of.kind = Some(value.parse().map_err(|_| wrong())?),
            "recognisable" => read.of.recognisable = Some(value.parse().map_err(|_| wrong())?),
            "q" => read.of.part = filled(&value),
            "group" => read.of.group = filled(&value),
            "library" => read.of.library = filled(&value),
            _ => {}
        }
    }
    Ok(read)
}

/// An empty field of a form asks for nothing.
fn filled(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn view(entry: Entry) -> View {
    View {
        identity_id: entry.identity_id,
        name: entry.name,
        kind: entry.kind.into(),
        permission_ids: entry.groups,
        libraries: entry.libraries,
        recognisable: entry.unusable.is_none(),
        reason: entry.unusable,
        info: entry.info,
        created_at_ms: entry.created_at,
        updated_at_ms: entry.updated_at,
    }
}

/// What a picture is, by its first bytes.
pub(super) fn kind(photo: &[u8]) -> &'static str {
    match photo {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'B', b'M', ..] => "image/bmp",
        _ => "application/octet-stream",
    }
}

pub(super) fn unknown(id: &str) -> Refusal {
    reason::no_person(id).into()
}
