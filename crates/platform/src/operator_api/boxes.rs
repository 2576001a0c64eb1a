//! Boxes: giving out keys, what a box serves, when it was last heard of, and what its people look like from here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use protocol::{DevSno, GroupId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::checks;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, At, Body, Page, page_limit, read_cursor};
use crate::app::App;
use crate::clock;
use crate::db::boxes::{self, BoxRow, Holdings, Settings, Wanted};
use crate::db::{DbError, Tx, audit, desired};
use crate::refusal::Refusal;

/// A box.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoxView {
    /// The licence key, typed into the box.
    dev_sno: String,
    name: String,
    site: String,
    /// Uploads need no token, the address of the last login is enough.
    legacy: bool,
    /// Serves as quality-check server.
    fiqa_server: bool,
    /// Ids of the permission groups it serves.
    groups: Vec<String>,
    /// Whether its last heartbeat is younger than three periods.
    online: bool,
    /// Milliseconds since the last heartbeat; null when there was none.
    heartbeat_age_ms: Option<i64>,
    heartbeat_at: Option<i64>,
    /// The last sign of life of any kind.
    seen_at: Option<i64>,
    /// Since when it leaves a command unanswered without a sign of life.
    silent_since: Option<i64>,
    login_at: Option<i64>,
    /// Where it last logged in from.
    login_addr: Option<String>,
    /// The hardware that occupies the key; null when it is free.
    mac: Option<String>,
    /// The last heartbeat as it came; null when there was none.
    #[schema(value_type = Object, nullable)]
    heartbeat: Value,
    /// How many people are in which state on it.
    people: HoldingsView,
    created_at: i64,
}

/// How many people are in which state on a box.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldingsView {
    /// To be sent.
    pending: i64,
    /// The broker has the command.
    sent: i64,
    /// Proved by the box.
    applied: i64,
    /// Refused by the box.
    failed: i64,
}

/// A new box.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBox {
    /// 1 to 64 characters.
    pub(super) name: String,
    /// Where it stands.
    #[serde(default)]
    site: String,
    #[serde(default)]
    legacy: bool,
    #[serde(default)]
    fiqa_server: bool,
    /// Ids of the groups it serves; the default group `0` unless given.
    #[serde(default)]
    groups: Option<Vec<String>>,
    /// A key that exists already; made here unless given.
    #[serde(default)]
    pub(super) dev_sno: Option<String>,
}

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoxChange {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    site: Option<String>,
    #[serde(default)]
    legacy: Option<bool>,
    #[serde(default)]
    fiqa_server: Option<bool>,
}

/// Which groups a box serves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServedGroups {
    /// Ids; replaces what it served before.
    groups: Vec<String>,
}

/// Which boxes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoxQuery {
    /// Rows per page, 1 to 500; 50 unless given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Part of the key, the name or the site.
    search: Option<String>,
    /// Only boxes that stand on this site.
    site: Option<String>,
    /// Only boxes that are online, or that are not.
    online: Option<bool>,
    /// Only boxes that have refused somebody, or that have not.
    failing: Option<bool>,
}

/// Boxes in the order of their keys.
#[utoipa::path(get, path = "/api/v1/boxes", tag = "boxes", params(BoxQuery),
    responses((status = OK, body = Page<BoxView>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<BoxQuery>,
) -> ApiResult<Json<Page<BoxView>>> {
    let (limit, after) = (page_limit(asked.limit)?, read_cursor(asked.cursor.as_deref())?);
    let heard_after = clock::now() - app.config.boxes.online_for();
    let wanted = Wanted {
        search: asked.search,
        site: asked.site,
        online: asked.online.map(|online| (online, heard_after)),
        failing: asked.failing,
    };
    let rows =
        app.db.read(move |tx| boxes::list(tx, &wanted, caller.sites.as_deref(), &after, limit + 1)).await?;
    Ok(Json(Page::of(rows, limit, |row| row.dev_sno.as_str().to_owned(), |row| BoxView::of(row, &app))))
}

/// Registers a box; its key (`dev_sno`) is what is typed into it.
#[utoipa::path(post, path = "/api/v1/boxes", tag = "boxes", request_body = NewBox, responses(
    (status = CREATED, body = BoxView), (status = CONFLICT, body = ErrorBody, description = "the key exists already"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<NewBox>,
) -> ApiResult<(StatusCode, Json<BoxView>)> {
    let (given, settings, groups) = asked.checked()?;
    own_site(&caller, &settings.site)?;
    let now = clock::now();
    let added = app
        .db
        .write(move |tx| {
            checks::groups_exist(tx, &groups)?;
            let id = match given {
                Some(id) => id,
                None => new_key(boxes::count(tx)?, now),
            };
            boxes::insert(tx, &id, &settings, now).map_err(|error| match error {
                DbError::Exists(_) => Refusal::Conflict(format!("there is a box {:?} already", id.as_str())),
                other => other.into(),
            })?;
            boxes::set_groups(tx, &id, &groups)?;
            desired::recompute_for_box(tx, &id, now)?;
            let told = json!({"name": settings.name, "site": settings.site, "groups": groups});
            audit::append(tx, &caller.deed("box.create", id.as_str(), told), now)?;
            existing(tx, &id)
        })
        .await?;
    app.nudge();
    Ok((StatusCode::CREATED, Json(BoxView::of(added, &app))))
}

/// One box.
#[utoipa::path(get, path = "/api/v1/boxes/{dev_sno}", tag = "boxes", params(("dev_sno" = String, Path)),
    responses((status = OK, body = BoxView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<BoxView>> {
    let id = DevSno::new(id);
    let found = app.db.read(move |tx| visible(tx, &caller, &id)).await?;
    Ok(Json(BoxView::of(found, &app)))
}

/// Changes what a box is called and how it is treated.
#[utoipa::path(patch, path = "/api/v1/boxes/{dev_sno}", tag = "boxes", params(("dev_sno" = String, Path)),
    request_body = BoxChange, responses((status = OK, body = BoxView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<BoxChange>,
) -> ApiResult<Json<BoxView>> {
    let name = asked.name.as_deref().map(|name| checks::name("name", name)).transpose()?;
    let site = asked.site.as_deref().map(|site| checks::text("site", site)).transpose()?;
    let id = DevSno::new(id);
    let changed = app
        .db
        .write(move |tx| {
            let before = visible(tx, &caller, &id)?.settings;
            let settings = Settings {
                name: name.unwrap_or(before.name),
                site: site.unwrap_or(before.site),
                legacy: asked.legacy.unwrap_or(before.legacy),
                fiqa_server: asked.fiqa_server.unwrap_or(before.fiqa_server),
            };
            own_site(&caller, &settings.site)?;
            boxes::update(tx, &id, &settings)?;
            let told = json!({
                "name": settings.name, "site": settings.site, "legacy": settings.legacy,
                "fiqa_server": settings.fiqa_server,
            });
            audit::append(tx, &caller.deed("box.change", id.as_str(), told), clock::now())?;
            existing(tx, &id)
        })
        .await?;
    Ok(Json(BoxView::of(changed, &app)))
}

/// Removes a box. Its events stay; it cannot log in any more, and what it holds is not taken from it: wipe it first.
#[utoipa::path(delete, path = "/api/v1/boxes/{dev_sno}", tag = "boxes", params(("dev_sno" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    let (id, now) = (DevSno::new(id), clock::now());
    app.db
        .write(move |tx| {
            visible(tx, &caller, &id)?;
            boxes::delete(tx, &id, now)?;
            audit::append(tx, &caller.deed("box.remove", id.as_str(), json!({})), now)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Frees the key for other hardware. The present one must log in again, and whichever logs in first occupies the key.
#[utoipa::path(post, path = "/api/v1/boxes/{dev_sno}/unbind", tag = "boxes", params(("dev_sno" = String, Path)),
    responses((status = OK, body = BoxView), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn unbind(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<BoxView>> {
    let id = DevSno::new(id);
    let changed = app
        .db
        .write(move |tx| {
            visible(tx, &caller, &id)?;
            boxes::unbind(tx, &id)?;
            audit::append(tx, &caller.deed("box.unbind", id.as_str(), json!({})), clock::now())?;
            existing(tx, &id)
        })
        .await?;
    Ok(Json(BoxView::of(changed, &app)))
}

/// Sets which groups a box serves: their members are brought there, everybody else is taken off it.
#[utoipa::path(put, path = "/api/v1/boxes/{dev_sno}/groups", tag = "boxes", params(("dev_sno" = String, Path)),
    request_body = ServedGroups, responses((status = OK, body = BoxView), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn serve(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
    Body(asked): Body<ServedGroups>,
) -> ApiResult<Json<BoxView>> {
    let groups = checks::groups(&asked.groups)?;
    let (id, now) = (DevSno::new(id), clock::now());
    let changed = app
        .db
        .write(move |tx| {
            visible(tx, &caller, &id)?;
            checks::groups_exist(tx, &groups)?;
            boxes::set_groups(tx, &id, &groups)?;
            desired::recompute_for_box(tx, &id, now)?;
            audit::append(tx, &caller.deed("box.serve", id.as_str(), json!({"groups": groups})), now)?;
            existing(tx, &id)
        })
        .await?;
    app.nudge();
    Ok(Json(BoxView::of(changed, &app)))
}

pub(super) fn existing(tx: &mut Tx<'_>, id: &DevSno) -> Result<BoxRow, Refusal> {
    boxes::find(tx, id)?.ok_or_else(|| Refusal::not_found("box", id.as_str()))
}

/// A box the caller may see; any other is as good as none.
pub(super) fn visible(tx: &mut Tx<'_>, caller: &Caller, id: &DevSno) -> Result<BoxRow, Refusal> {
    let found = existing(tx, id)?;
    if caller.may_see(&found.settings.site) {
        return Ok(found);
    }
    Err(Refusal::not_found("box", id.as_str()))
}

/// Refuses to put a box where the caller could not see it.
pub(super) fn own_site(caller: &Caller, site: &str) -> Result<(), Refusal> {
    if caller.may_see(site) {
        return Ok(());
    }
    Err(Refusal::invalid("site", "must be one of the sites you may manage"))
}

/// A key in the shape boxes know: six capital letters, a four-digit ordinal, the time as fourteen digits.
pub(super) fn new_key(ordinal: i64, now: i64) -> DevSno {
    let letters: String = rand::random::<[u8; 6]>().iter().map(|byte| char::from(b'A' + byte % 26)).collect();
    let time = jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    DevSno::new(format!("{letters}{:04}{}", ordinal.rem_euclid(10_000), time.strftime("%Y%m%d%H%M%S")))
}

impl NewBox {
    /// Key (when given), settings and groups, each within its bounds.
    pub(super) fn checked(self) -> Result<(Option<DevSno>, Settings, Vec<GroupId>), Refusal> {
        let settings = Settings {
            name: checks::name("name", &self.name)?,
            site: checks::text("site", &self.site)?,
            legacy: self.legacy,
            fiqa_server: self.fiqa_server,
        };
        let given = self.dev_sno.as_deref().map(checks::dev_sno).transpose()?;
        let default = || vec![GroupId::default_group().as_str().to_owned()];
        let groups = checks::groups(&self.groups.unwrap_or_else(default))?;
        Ok((given, settings, groups))
    }
}

impl BoxView {
    fn of(found: BoxRow, app: &App) -> Self {
        let heartbeat_age_ms = found.heartbeat_at.map(|at| (clock::now() - at).max(0));
        Self {
            dev_sno: found.dev_sno.as_str().to_owned(),
            name: found.settings.name,
            site: found.settings.site,
            legacy: found.settings.legacy,
            fiqa_server: found.settings.fiqa_server,
            groups: found.groups.iter().map(|group| group.as_str().to_owned()).collect(),
            online: heartbeat_age_ms.is_some_and(|age| age < app.config.boxes.online_for()),
            heartbeat_age_ms,
            heartbeat_at: found.heartbeat_at,
            seen_at: found.seen_at,
            silent_since: found.silent_since,
            login_at: found.login_at,
            login_addr: found.login_addr,
            mac: found.mac,
            heartbeat: found.heartbeat,
            people: found.holding.into(),
            created_at: found.created_at,
        }
    }
}

impl From<Holdings> for HoldingsView {
    fn from(counted: Holdings) -> Self {
        let Holdings { pending, sent, applied, failed } = counted;
        Self { pending, sent, applied, failed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_shape_boxes_know() {
        let key = new_key(10_007, 1_563_932_095_000);
        let text = key.as_str();
        assert_eq!((text.len(), &text[6..]), (24, "000720190724013455"));
        assert!(text[..6].bytes().all(|b| b.is_ascii_uppercase()));
        assert!(checks::dev_sno(text).is_ok());
    }
}
