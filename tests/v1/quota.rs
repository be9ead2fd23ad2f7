//! How many endpoints a merchant may have.

use super::client::Api;
use futures_util::future::join_all;
use serde_json::json;

/// As the page says.
const MOST: usize = 100;

on_both_platforms! {
    async fn a_merchant_has_a_hundred_endpoints_however_fast_it_registers(platform) {
        let platform = platform.start().await;
        let api = Api::open(&platform, "shop").await;
        let body = json!({ "url": "http://127.0.0.1:9/" });
        let path = "callback-endpoints";
        let keys: Vec<_> = (0..MOST + 12).map(|n| format!("key-{n}")).collect();
        let answers = join_all(keys.iter().map(|key| api.post_once(path, key, &body))).await;
        let registered = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(registered, MOST);
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            answer.refused(422, "too_many");
            assert!(answer.body.contains("100 endpoints"), "{}", answer.body);
        }
        // A refusal is the answer of its key for good.
        let (key, refused) =
            keys.iter().zip(&answers).find(|(_, answer)| answer.status == 422).unwrap();
        let again = api.post_once(path, key, &body).await;
        again.refused(422, "too_many");
        assert_eq!(again.fault(), refused.fault());
        api.post(path, &body).await.refused(422, "too_many");
        // Another merchant has a hundred of its own, and one that is removed makes room for one.
        Api::open(&platform, "other").await.post(path, &body).await.expect(201);
        let id = answers.iter().find(|answer| answer.status == 201).unwrap().text("id");
        api.delete(&format!("{path}/{id}")).await.expect(204);
        api.post(path, &body).await.expect(201);
        api.post(path, &body).await.refused(422, "too_many");
    }
}
