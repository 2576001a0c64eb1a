//! The page of a binary that was built without its pages.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

const TEXT: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Menshen</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 12vh auto; padding: 0 1rem; color-scheme: light dark }</style>
<h1>The console is not in this build</h1>
<p>This binary was built without Node.js, so it has no web pages. Everything else works: the API describes itself at
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
<p>To get the console: install Node.js 20.19 or newer with npm, run <code>scripts/setup</code> in the source tree, and build again.</p>
<hr>
<p lang="zh-CN">此程序构建时没有 Node.js，因此不含网页控制台。请安装 Node.js 20.19 或更高版本与 npm，在源码目录运行 <code>scripts/setup</code> 后重新构建。</p>
</html>
"#;

/// How to get the pages.
pub(crate) fn page() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(TEXT.as_bytes()));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
