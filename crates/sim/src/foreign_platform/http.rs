//! The platform's HTTP side: login, user details, photos, events, results.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{Shared, commands, rules};
use crate::kept::{abbreviate, keep};

type Asked = Query<BTreeMap<String, String>>;

/// Largest request read, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/gate/api/login", get(login))
        .route("/getSendPerson", post(details))
        .route("/pics/{file}", get(photo))
        .route("/getRecord", post(record))
        .route("/getResult", post(result))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(shared)
}

async fn login(State(shared): State<Arc<Shared>>, Query(query): Asked) -> Response {
    let known = query.get("dev_sno") == Some(&shared.options.dev_sno);
    shared.note(|seen| keep(&mut seen.logins, query));
    if !known {
        let error = json!({"error": {"code": 600_000, "message": "no such key", "status": "LOGIN_FAILED"}});
        return (StatusCode::FORBIDDEN, json_text(&error)).into_response();
    }
    let broker = &shared.options.broker;
    let mut reply = json!({
        "token": shared.token,
        "rabbitmq": {
            "host": broker.host,
            "port": broker.port.to_string(),
            "login": broker.login,
            "password": broker.password,
            "queue": commands::queue(&shared.options.dev_sno),
            "exchange": {
                "name": commands::EXCHANGE,
                "type": "topic",
                "passive": false,
                "durable": true,
                "auto_delete": false,
                "arguments": null,
            },
        },
    });
    if broker.vhost != "/" {
        reply["rabbitmq"]["vHost"] = json!(broker.vhost);
    }
    if shared.options.records {
        reply["recordAddr"] = json!("/getRecord");
    }
    json_text(&reply).into_response()
}

async fn details(State(shared): State<Arc<Shared>>, Query(query): Asked, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let ids: Option<Vec<String>> = asked["userid_list"]
        .as_array()
        .map(|ids| ids.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    let entitled =
        query.get("token") == Some(&shared.token) && query.get("dev_sno") == Some(&shared.options.dev_sno);
    let (Some(ids), true) = (ids, entitled) else {
        shared.note(|seen| {
            keep(&mut seen.refused, format!("user details asked with {query:?} and {}", abbreviate(asked)));
        });
        // The documentation shows this body and does not say which HTTP status goes with it.
        return json_text(
            &json!({"error": {"code": 40003, "message": "unauthorised", "status": "PARAM_ERROR"}}),
        )
        .into_response();
    };
    let people = shared.people.lock().unwrap_or_else(PoisonError::into_inner);
    let records: Vec<Value> =
        ids.iter().filter_map(|id| people.get(id)).map(|person| shared.record(person)).collect();
    drop(people);
    shared.note(|seen| keep(&mut seen.detail_requests, (query, ids)));
    json_text(&json!({"data": {"user_list": records}})).into_response()
}

async fn photo(State(shared): State<Arc<Shared>>, Path(file): Path<String>) -> Response {
    let id = file.trim_end_matches(".jpg");
    let people = shared.people.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(photo) = people.get(id).map(|person| person.photo.clone()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    drop(people);
    shared.note(|seen| keep(&mut seen.photos, id.to_owned()));
    ([(header::CONTENT_TYPE, "image/jpeg")], photo).into_response()
}

async fn record(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    {
        let mut outage = shared.outage.lock().unwrap_or_else(PoisonError::into_inner);
        if *outage > 0 {
            *outage -= 1;
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    match rules::event(&body) {
        Ok(event) => {
            shared.note(|seen| keep(&mut seen.events, abbreviate(event)));
            json_text(&json!({"status": 0, "message": "ok", "data": null})).into_response()
        }
        Err(reason) => refuse(&shared, format!("event: {reason}")),
    }
}

async fn result(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match rules::result(&body) {
        Ok(result) => {
            shared.note(|seen| keep(&mut seen.results, abbreviate(result)));
            // What to answer is not documented; a box must be content with the status.
            "received".into_response()
        }
        Err(reason) => refuse(&shared, format!("result: {reason}")),
    }
}

fn refuse(shared: &Shared, reason: String) -> Response {
    shared.note(|seen| keep(&mut seen.refused, reason.clone()));
    (StatusCode::BAD_REQUEST, reason).into_response()
}

fn json_text(value: &Value) -> impl IntoResponse + use<> {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string())
}
