//! The OpenAPI document of `/api/v1`.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, InfoBuilder, OpenApi};

use super::{Desk, pad, refusals, welcome};

/// Where it is.
const PATH: &str = "/api/v1/openapi.json";

/// The route that serves `document`, completed.
pub(super) fn router(document: OpenApi) -> Router<Desk> {
    let text = text(document);
    Router::new().route(PATH, get(async move || ([(header::CONTENT_TYPE, "application/json")], text)))
}

/// The document whole: with the routes of pads and greeting screens, title and ways to log in.
fn text(mut document: OpenApi) -> String {
    document.merge(pad::document());
    document.merge(welcome::document());
    // A document made of strings and maps always serialises; as a value it has its keys in order.
    let document = serde_json::to_value(complete(document)).unwrap_or_default();
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Menshen box")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "What the box offers beside the documented SophonMQ and SophonFogSys calls. A session \
             is needed (POST /api/v1/session sets its cookie), or the token of data_dir/local_api.token, as Bearer or as the \
             password of HTTP Basic. Refusals answer \
             {error: {code, message, status, reason, field, details}}: `reason` is a word for programs (see RefusalDetails for \
             what `details` holds with each). The documented calls refuse in the same way. Times are milliseconds since 1970 in UTC.",
        ))
        .build();
    name_operations(&mut document);
    refusals::describe(&mut document);
    let components = document.components.get_or_insert_with(Components::new);
    let of = |scheme| SecurityScheme::Http(HttpBuilder::new().scheme(scheme).build());
    components.add_security_scheme("bearer", of(HttpAuthScheme::Bearer));
    components.add_security_scheme("basic", of(HttpAuthScheme::Basic));
    let cookie =
        ApiKeyValue::with_description("menshen_box_…", "The session; each box has a name of its own for it.");
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let none: [&str; 0] = [];
    document.security =
        Some(["session", "bearer", "basic"].map(|way| SecurityRequirement::new(way, none)).to_vec());
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_pages_are_written_against_the_document_as_it_is() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../console/openapi/box.json");
        let text = super::text(super::super::described().split_for_parts().1) + "\n";
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
            std::fs::write(&kept, &text).unwrap();
        }
        assert!(
            std::fs::read_to_string(&kept).is_ok_and(|kept| kept == text),
            "the box's API is not what console/openapi/box.json says: write it anew with\n\
             UPDATE_OPENAPI=1 cargo test -p edge --lib document::tests\n\
             and look at what the pages make of the difference"
        );
    }
}
