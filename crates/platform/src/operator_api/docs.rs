//! The API's document and a page that shows it. Both come from this program alone: nothing is loaded from elsewhere.

use axum::Extension;
use axum::http::{HeaderName, header};
use axum::response::Html;
use bytes::Bytes;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, PathItem};

use super::access::{Need, need_of};
use super::identify::COOKIE;

/// The document as served.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

impl Document {
    /// Writes the completed document once.
    pub(crate) fn of(collected: OpenApi) -> Self {
        // A document made of strings and maps always serialises.
        Self(complete(collected).to_pretty_json().unwrap_or_default().into())
    }
}

/// Completes the collected operations: title, ways to log in, and for each operation the role it demands.
fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Menshen platform")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Lists answer `{items, next}` to `?limit=&cursor=`; refusals answer `{error: {code, message, detail}}`. \
             Times are milliseconds since 1970 in UTC.",
        ))
        .build();
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(COOKIE));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_of(item) {
            let role = match need_of(method, path) {
                Some(Need::Role(role)) => role.word(),
                Some(Need::Nothing) => "nobody",
                None => "refused",
            };
            operation.extensions =
                Some(ExtensionsBuilder::new().add("x-role", serde_json::Value::from(role)).build());
            if role != "nobody" {
                let none: [&str; 0] = [];
                operation.security = Some(vec![
                    SecurityRequirement::new("bearer", none),
                    SecurityRequirement::new("cookie", none),
                ]);
            }
        }
    }
    document
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "docs", responses((status = OK, body = Object)))]
pub(crate) async fn openapi(
    Extension(Document(document)): Extension<Document>,
) -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(header::CONTENT_TYPE, "application/json")], document)
}

/// A page that shows this document to people.
#[utoipa::path(get, path = "/api/docs", tag = "docs", responses((status = OK, content_type = "text/html", body = String)))]
pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("docs/page.html"))
}

/// The page's script.
#[utoipa::path(get, path = "/api/docs/page.js", tag = "docs",
    responses((status = OK, content_type = "text/javascript", body = String)))]
pub(crate) async fn script() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("docs/page.js"))
}
