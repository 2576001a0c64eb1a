//! Many boxes at once: all of them or, when one cannot be, none; the answer is the list to print and hand to installers.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use protocol::{DevSno, GroupId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::boxes::{NewBox, new_key, own_site};
use super::checks;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, Body};
use crate::app::App;
use crate::db::boxes::{self, Settings};
use crate::db::{Tx, audit, recompute};
use crate::device_api::LOGIN;
use crate::refusal::Refusal;
use crate::{base_url, clock};

/// Most boxes of one request.
const MOST: usize = 500;
/// How often another key is tried when one is taken.
const TRIES: usize = 8;

/// Either a number of boxes that are alike, or a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBoxes {
    /// So many boxes, 1 to 500, called `name` with a number behind it.
    #[serde(default)]
    count: Option<usize>,
    /// What they are like; needed with `count`. Its `dev_sno` must be left out.
    #[serde(default)]
    like: Option<NewBox>,
    /// Exactly these boxes, at most 500.
    #[serde(default)]
    boxes: Vec<NewBox>,
}

/// In which form the list is answered.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BulkQuery {
    /// `json` (unless given) or `csv`.
    format: Option<String>,
}

/// The boxes that were added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddedBoxes {
    items: Vec<AddedBox>,
}

/// A box that was added: what its installer needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AddedBox {
    /// The licence key, typed into the box.
    dev_sno: String,
    name: String,
    site: String,
    /// Typed into the box beside the key.
    login_url: String,
}

/// A box as asked for, checked.
struct Wanted {
    given: Option<DevSno>,
    settings: Settings,
    groups: Vec<GroupId>,
}

/// Registers many boxes: a number of them, or a list; all or none. Their keys have the documented form.
#[utoipa::path(post, path = "/api/v1/boxes/bulk", tag = "boxes", params(BulkQuery), request_body = NewBoxes, responses(
    (status = CREATED, content((AddedBoxes = "application/json"), (String = "text/csv")),
     description = "as JSON, or as CSV with `?format=csv`: dev_sno, name, site, login_url"),
    (status = CONFLICT, body = ErrorBody, description = "one of the keys exists already"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<BulkQuery>,
    headers: HeaderMap,
    uri: Uri,
    Body(body): Body<NewBoxes>,
) -> ApiResult<Response> {
    let csv = match asked.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(Refusal::invalid("format", "must be json or csv").into()),
    };
    let wanted = read(body, &caller)?;
    let login_url = format!("{}{LOGIN}", base_url::of_request(&app.config, &headers, &uri));
    let items = app.db.write(move |tx| add(tx, wanted, &caller, &login_url)).await?;
    app.nudge();
    if !csv {
        return Ok((StatusCode::CREATED, Json(AddedBoxes { items })).into_response());
    }
    let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
    Ok((StatusCode::CREATED, kind, table(&items)?).into_response())
}

fn read(asked: NewBoxes, caller: &Caller) -> Result<Vec<Wanted>, Refusal> {
    let NewBoxes { count, like, boxes } = asked;
    let wanted = match (count, like, boxes.is_empty()) {
        (Some(count), Some(like), true) if (1..=MOST).contains(&count) => {
            if like.dev_sno.is_some() {
                return Err(Refusal::invalid(
                    "like.dev_sno",
                    "every box gets a key of its own; leave it out",
                ));
            }
            let width = count.to_string().len();
            (1..=count)
                .map(|number| {
                    let name = format!("{} {number:0width$}", like.name);
                    let mut new = like.clone();
                    new.name = name;
                    one(new, "like")
                })
                .collect::<Result<Vec<_>, _>>()?
        }
        (None, None, false) if boxes.len() <= MOST => boxes
            .into_iter()
            .enumerate()
            .map(|(at, new)| one(new, &format!("boxes.{at}")))
            .collect::<Result<Vec<_>, _>>()?,
        _ => {
            let rule = format!("give either count (1 to {MOST}) and like, or boxes (1 to {MOST} of them)");
            return Err(Refusal::invalid("count", rule));
        }
    };
    for wanted in &wanted {
        own_site(caller, &wanted.settings.site)?;
    }
    Ok(wanted)
}

fn one(new: NewBox, place: &str) -> Result<Wanted, Refusal> {
    let inside = |refusal: Refusal| match refusal {
        Refusal::Invalid { field, reason } => Refusal::invalid(format!("{place}.{field}"), reason),
        other => other,
    };
    new.checked().map(|(given, settings, groups)| Wanted { given, settings, groups }).map_err(inside)
}

fn add(
    tx: &mut Tx<'_>,
    wanted: Vec<Wanted>,
    caller: &Caller,
    login_url: &str,
) -> Result<Vec<AddedBox>, Refusal> {
    let now = clock::now();
    let groups: BTreeSet<GroupId> = wanted.iter().flat_map(|wanted| wanted.groups.iter().cloned()).collect();
    checks::groups_exist(tx, &groups.into_iter().collect::<Vec<_>>())?;
    let mut items: Vec<AddedBox> = Vec::with_capacity(wanted.len());
    for (at, wanted) in (1_i64..).zip(wanted) {
        let id = match wanted.given {
            // Looked at beforehand: after a failed insert nothing more can be done in the transaction.
            Some(id) if boxes::exists(tx, &id)? => {
                return Err(Refusal::Conflict(format!("there is a box {:?} already", id.as_str())));
            }
            Some(id) => id,
            None => free_key(tx, at, now)?,
        };
        boxes::insert(tx, &id, &wanted.settings, now)?;
        boxes::set_groups(tx, &id, &wanted.groups)?;
        recompute::box_later(tx, &id, now)?;
        items.push(AddedBox {
            dev_sno: id.as_str().to_owned(),
            name: wanted.settings.name,
            site: wanted.settings.site,
            login_url: login_url.to_owned(),
        });
    }
    let keys: Vec<&str> = items.iter().map(|added| added.dev_sno.as_str()).collect();
    audit::append(tx, &caller.deed("box.create_many", "", json!({"boxes": keys})), now)?;
    Ok(items)
}

/// The ordinal is the box's place in its batch, as in the documented keys.
fn free_key(tx: &mut Tx<'_>, ordinal: i64, now: i64) -> Result<DevSno, Refusal> {
    for _ in 0..TRIES {
        let key = new_key(ordinal, now);
        if !boxes::exists(tx, &key)? {
            return Ok(key);
        }
    }
    Err(Refusal::Internal("no free licence key was found".to_owned()))
}

fn table(items: &[AddedBox]) -> Result<Vec<u8>, Refusal> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for item in items {
        table.serialize(item).map_err(|error| Refusal::Internal(error.to_string()))?;
    }
    table.into_inner().map_err(|error| Refusal::Internal(error.to_string()))
}
