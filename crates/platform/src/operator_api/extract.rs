//! Reading requests: bodies, queries and path segments that answer the one error shape and name the field at fault.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, ApiResult};
use crate::refusal::Refusal;

/// Largest JSON body.
pub(crate) const BODY_LIMIT: usize = 4 << 20;
/// Rows of a page unless asked otherwise, and at most.
const PAGE: (u32, u32) = (50, 500);

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// The query string.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

/// The query string where two shapes share it; a parameter neither of them has is refused.
#[derive(Debug)]
pub(crate) struct AskedBoth<A, B>(pub(crate) A, pub(crate) B);

/// The variable segments of the path.
#[derive(Debug)]
pub(crate) struct At<T>(pub(crate) T);

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Rows per page, 1 to 500; 50 unless given.
    pub(crate) limit: Option<u32>,
    /// `next` of the page before.
    pub(crate) cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The rows, in the list's order.
    pub(crate) items: Vec<T>,
    /// What to ask for as `cursor` to get the next page; null on the last one.
    pub(crate) next: Option<String>,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let body = read_body(request, BODY_LIMIT).await?;
        let mut json = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let field = error.path().to_string();
            let field = if field == "." { "body".to_owned() } else { field };
            Refusal::invalid(field, error.inner().to_string())
        })?;
        json.end().map_err(|error| Refusal::invalid("body", error.to_string()))?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        query(&parts.uri).map(Self)
    }
}

impl<A, B, S> FromRequestParts<S> for AskedBoth<A, B>
where
    A: DeserializeOwned + IntoParams,
    B: DeserializeOwned + IntoParams,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let known = A::into_params(|| None).into_iter().chain(B::into_params(|| None));
        let known: Vec<String> = known.map(|parameter| parameter.name).collect();
        let mut told = url::form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes());
        if let Some((unknown, _)) = told.find(|(name, _)| !known.iter().any(|known| known == name)) {
            let reason = format!("there is no parameter {unknown:?}; there are {}", known.join(", "));
            return Err(Refusal::invalid("query", reason).into());
        }
        Ok(Self(query(&parts.uri)?, query(&parts.uri)?))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(refused) => Err(Refusal::invalid("path", refused.body_text()).into()),
        }
    }
}

fn query<T: DeserializeOwned>(uri: &Uri) -> ApiResult<T> {
    let asked = Query::try_from_uri(uri).map_err(|refused| Refusal::invalid("query", refused.body_text()))?;
    Ok(asked.0)
}

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn read_body(request: Request, limit: usize) -> ApiResult<Bytes> {
    let too_large = || ApiError::from(Refusal::TooLarge { limit });
    let told = request.headers().get(header::CONTENT_LENGTH);
    if told.and_then(|told| told.to_str().ok()?.parse::<usize>().ok()).is_some_and(|told| told > limit) {
        return Err(too_large());
    }
    let mut stream = request.into_body().into_data_stream();
    let mut whole = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Refusal::invalid("body", "did not arrive completely"))?;
        if whole.len() + chunk.len() > limit {
            return Err(too_large());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// The number of rows to answer.
pub(crate) fn page_limit(asked: Option<u32>) -> ApiResult<i64> {
    match asked.unwrap_or(PAGE.0) {
        limit if (1..=PAGE.1).contains(&limit) => Ok(limit.into()),
        _ => Err(Refusal::invalid("limit", format!("must be 1 to {}", PAGE.1)).into()),
    }
}

/// The row after which a page begins; empty for the first page.
pub(crate) fn read_cursor(asked: Option<&str>) -> ApiResult<String> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(String::new()) };
    let bytes = URL_SAFE_NO_PAD.decode(asked).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(bytes.ok_or_else(|| Refusal::invalid("cursor", "is not one this list gave"))?)
}

/// A row's place as a cursor.
pub(crate) fn write_cursor(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

impl<T> Page<T> {
    /// Makes a page out of up to `limit + 1` rows: the surplus one only tells that there are more.
    pub(crate) fn of<R>(
        mut rows: Vec<R>,
        limit: i64,
        key: impl Fn(&R) -> String,
        view: impl Fn(R) -> T,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| write_cursor(&key(last)));
        Self { items: rows.into_iter().map(view).collect(), next }
    }
}

/// For fields of a change: absent is `None`, an explicit null is `Some(None)`.
pub(crate) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}
