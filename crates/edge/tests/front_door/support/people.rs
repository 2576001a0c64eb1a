//! People made up by the hundred, written into a box's store before it starts.

use edge::people::{Face, People};
use edge::store::Store;
use futures_util::StreamExt as _;
use serde_json::json;
use vision::{Gallery, Template};

/// Writes `number` people, `p0` and on, each with a photo of 20 KB that shows nothing.
pub(crate) async fn make_up(store: Store, number: usize) {
    let people = People::open(store, Gallery::new(4, None), "a test's pack", number).await.unwrap();
    let somebody = |n: usize| {
        let record = json!({"identity_id": format!("p{n}"), "info": {"name": "n", "type": 1, "permission_ids": ["0"]}});
        let template = Template::normalised(&[1.0, n as f32, 3.0, 4.0]).unwrap();
        let face = Face { template, photo: vec![1; 20_000], crop: Vec::new() };
        let people = people.clone();
        async move { people.upsert(&serde_json::from_value(record).unwrap(), Some(face), None).await.unwrap() }
    };
    let mut written = futures_util::stream::iter((0..number).map(somebody)).buffer_unordered(64);
    while written.next().await.is_some() {}
}
