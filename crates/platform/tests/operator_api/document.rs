use crate::harness::Platform;

#[tokio::test]
async fn the_document_is_this_one() {
    let platform = Platform::start().await;
    let document = platform.get("/api/v1/openapi.json").await.expect(200);
    insta::assert_json_snapshot!("openapi", document, {".info.version" => "[version]"});
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let platform = Platform::start().await;
    let response = platform.client.get(platform.url("/api/docs")).send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    let page = response.text().await.unwrap();
    let script =
        platform.client.get(platform.url("/api/docs/page.js")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("/api/docs/page.js"));
    for text in [page, script] {
        assert!(!text.contains("http://") && !text.contains("https://"), "loads from elsewhere");
    }
}
