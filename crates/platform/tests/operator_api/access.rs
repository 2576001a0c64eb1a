use reqwest::Method;
use serde_json::Value;

use crate::harness::Platform;

/// Every operation of the document: method, path with its variables filled, and the role it demands.
async fn operations(platform: &Platform) -> Vec<(Method, String, String)> {
    let document = platform.get("/api/v1/openapi.json").await.expect(200);
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let role = operation["x-role"].as_str().unwrap_or("missing").to_owned();
            let filled: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            all.push((method, filled.join("/"), role));
        }
    }
    assert!(all.len() > 40, "{}", all.len());
    all
}

#[tokio::test]
async fn every_operation_refuses_who_may_not() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let viewer = platform.with_role(&admin, "viewer").await;
    let operator = platform.with_role(&admin, "operator").await;
    for (method, path, role) in operations(&platform).await {
        let name = format!("{method} {path} ({role})");
        let nobody = platform.client.request(method.clone(), platform.url(&path)).send().await.unwrap();
        let forged = platform
            .client
            .request(method.clone(), platform.url(&path))
            .bearer_auth("x")
            .send()
            .await
            .unwrap();
        if role == "nobody" {
            assert_ne!(nobody.status().as_u16(), 401, "{name}");
            continue;
        }
        assert_eq!((nobody.status().as_u16(), forged.status().as_u16()), (401, 401), "{name}");
        let too_small: Vec<_> = match role.as_str() {
            "viewer" => vec![],
            "operator" => vec![&viewer],
            "admin" => vec![&viewer, &operator],
            other => panic!("{name}: unknown role {other}"),
        };
        for user in too_small {
            let refused = user.send(method.clone(), &path, None).await.expect(403);
            assert_eq!(refused["error"]["code"], "forbidden", "{name}");
            assert_eq!(refused["error"]["detail"]["needed"], Value::from(role.as_str()), "{name}");
        }
    }
}
