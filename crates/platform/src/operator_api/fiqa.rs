//! Quality checks of an uploaded picture by a box: tracked like every command; the picture is gone when it has ended.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use protocol::{CommandBody, DevSno, ExtendParams, FiqaLevel, image};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::access::Caller;
use super::boxes::visible;
use super::commands::CommandAccepted;
use super::error::{ApiResult, ErrorBody};
use super::extract::{Asked, read_body};
use crate::app::App;
use crate::clock;
use crate::db::command::{self, NewCommand};
use crate::db::{audit, boxes};
use crate::refusal::Refusal;

/// Largest picture, in bytes: it travels through the broker, a third longer.
const PICTURE: usize = 4 << 20;
/// How long a quality check may take, in milliseconds: whoever asked waits for it.
pub(super) const WITHIN: i64 = 60_000;

/// Who is to judge, and how strictly.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FiqaQuery {
    /// This box; unless given, whichever quality-check server is free first.
    dev_sno: Option<String>,
    /// `high` (unless given), `custom`, `middle`, `low` or `no`.
    level: Option<String>,
}

/// Has a box judge a picture (JPEG or PNG, at most 4 MiB). Follow the answer at `GET /api/v1/commands/{id}`; `result` tells of
/// every face.
#[utoipa::path(post, path = "/api/v1/fiqa", tag = "commands", params(FiqaQuery),
    request_body(content((String = "image/jpeg"), (String = "image/png")), description = "the picture"),
    responses((status = ACCEPTED, body = CommandAccepted), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "no box serves as quality-check server"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<FiqaQuery>,
    request: Request,
) -> ApiResult<(StatusCode, Json<CommandAccepted>)> {
    let level = read_level(asked.level.as_deref())?;
    let picture = read_body(request, PICTURE).await?;
    if !(picture.starts_with(&[0xff, 0xd8, 0xff]) || picture.starts_with(b"\x89PNG")) {
        return Err(Refusal::invalid("body", "must be a JPEG or PNG picture").into());
    }
    let body = CommandBody::Fiqa { image_base64: image::encode_base64_photo(&picture), level };
    let (named, now) = (asked.dev_sno.map(DevSno::new), clock::now());
    let id = app
        .db
        .write(move |tx| {
            match &named {
                Some(dev_sno) => drop(visible(tx, &caller, dev_sno)?),
                None if caller.sites.is_some() => {
                    return Err(Refusal::invalid("dev_sno", "name a box of a site you may manage"));
                }
                None if !boxes::any_fiqa_server(tx)? => {
                    let message =
                        "no box serves as quality-check server: set fiqa_server of one, or name a box";
                    return Err(Refusal::Conflict(message.to_owned()));
                }
                None => {}
            }
            // Without a key until a box has answered: it is not known before which one that will be.
            let dev_sno = named.unwrap_or_else(|| DevSno::new(""));
            let told = json!({"method": "fiqa", "level": level.as_str()});
            audit::append(tx, &caller.deed("command.send", dev_sno.as_str(), told), now)?;
            let new = NewCommand {
                dev_sno,
                body,
                extend: ExtendParams::default(),
                people: Vec::new(),
                answer_within: WITHIN,
                origin: caller.username,
            };
            Ok(command::queue(tx, new, now)?)
        })
        .await?;
    app.nudge();
    Ok((StatusCode::ACCEPTED, Json(CommandAccepted::of(Some(id), "fiqa"))))
}

/// Unlike a box, which takes any unknown word for the strictest level, the operator is told.
pub(super) fn read_level(word: Option<&str>) -> Result<FiqaLevel, Refusal> {
    match word.unwrap_or("high") {
        "high" => Ok(FiqaLevel::High),
        "custom" => Ok(FiqaLevel::Custom),
        "middle" => Ok(FiqaLevel::Middle),
        "low" => Ok(FiqaLevel::Low),
        "no" => Ok(FiqaLevel::No),
        _ => Err(Refusal::invalid("level", "must be high, custom, middle, low or no")),
    }
}
