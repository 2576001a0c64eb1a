//! Who may call: the token as `Authorization: Bearer`, or as the password of HTTP Basic (any name).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protocol::{Code, ErrorObject};

use super::answer::Refusal;
use super::token::Token;

/// Lets a request pass that may; everything else is answered here, before its body is read.
pub(super) async fn guard(State(token): State<Arc<Option<Token>>>, request: Request, next: Next) -> Response {
    let allowed = match token.as_ref() {
        None => true,
        Some(token) => secret(request.headers()).is_some_and(|secret| token.is(&secret)),
    };
    if allowed {
        return next.run(request).await;
    }
    let text = "the token of local_api.token is needed, as \"Authorization: Bearer\"";
    let mut refusal = Refusal(ErrorObject::new(Code::BAD_REQUEST, text)).into_response();
    *refusal.status_mut() = StatusCode::UNAUTHORIZED;
    let challenge = HeaderValue::from_static("Bearer, Basic realm=\"box\"");
    refusal.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    refusal
}

fn secret(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let plain = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
        return plain.split_once(':').map(|(_, password)| password.to_owned());
    }
    None
}
