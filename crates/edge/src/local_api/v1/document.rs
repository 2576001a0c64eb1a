//! The OpenAPI document of `/api/v1`.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi};

use super::Desk;

/// Where it is.
const PATH: &str = "/api/v1/openapi.json";

/// The route that serves `document`, completed with title and ways to log in.
pub(super) fn router(document: OpenApi) -> Router<Desk> {
    // A document made of strings and maps always serialises.
    let text = complete(document).to_pretty_json().unwrap_or_default();
    Router::new().route(PATH, get(async move || ([(header::CONTENT_TYPE, "application/json")], text)))
}

fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Menshen box")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "What the box offers beside the documented SophonMQ and SophonFogSys calls. The token of \
             data_dir/local_api.token is needed, as Bearer or as the password of HTTP Basic. Refusals answer \
             {error: {code, message, status}}. Times are milliseconds since 1970 in UTC.",
        ))
        .build();
    name_operations(&mut document);
    let components = document.components.get_or_insert_with(Components::new);
    let of = |scheme| SecurityScheme::Http(HttpBuilder::new().scheme(scheme).build());
    components.add_security_scheme("bearer", of(HttpAuthScheme::Bearer));
    components.add_security_scheme("basic", of(HttpAuthScheme::Basic));
    let none: [&str; 0] = [];
    document.security =
        Some(vec![SecurityRequirement::new("bearer", none), SecurityRequirement::new("basic", none)]);
    document
}

/// Names every operation by its method and address: clients are made from these names, so no two may share one.
fn name_operations(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let place = words_of(path.strip_prefix("/api/v1/").unwrap_or(path));
        let operations: [(&str, &mut Option<Operation>); 5] = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{place}"));
            }
        }
    }
}

/// `cameras/{name}` as `cameras_by_name`.
fn words_of(path: &str) -> String {
    path.replace('{', "by_").replace('}', "").replace(['/', '-', '.'], "_")
}
