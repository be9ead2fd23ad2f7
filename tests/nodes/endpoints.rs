//! What several nodes decide about one merchant's endpoints.

use crate::support::{
    cluster::TestCluster,
    shop::{Shop, terms},
};
use futures_util::future::join_all;
use purser::messenger::SECRET_PURPOSE;
use purser_actors::callback::MAX_ENDPOINTS;
use purser_subjects::{
    ErrorCode,
    callback::{EndpointSecret, EndpointSettings, RegisterEndpoint},
};

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_register_for_one_merchant_at_once_keep_its_limit() {
    let cluster = TestCluster::of(2).await;
    let shop = Shop::open(cluster.any(), "shop", terms()).await;
    let register = |n: usize| {
        let name = format!("ep{n}");
        let hmac = cluster.any().vault.seal(SECRET_PURPOSE, &name, &[1; 32]);
        let register = RegisterEndpoint {
            merchant: shop.merchant.clone(),
            url: "https://shop.example/".to_owned(),
            events: Vec::new(),
            description: String::new(),
            secret: EndpointSecret { hmac, ed25519: None },
            settings: EndpointSettings::default(),
        };
        let cluster = &cluster;
        async move { cluster.ask(&name, register).await }
    };
    let answers = join_all((0..MAX_ENDPOINTS + 40).map(register)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), MAX_ENDPOINTS);
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused.code, ErrorCode::TooMany, "{refused}");
    }
}
