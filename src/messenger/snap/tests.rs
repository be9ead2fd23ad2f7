use super::*;

#[test]
fn the_path_is_signed_with_its_query_where_the_merchant_wants_that() {
    let url = "https://shop.example/notify/here?a=1&b=%20#top";
    assert_eq!(signed_path(url, false).unwrap(), "/notify/here");
    assert_eq!(signed_path(url, true).unwrap(), "/notify/here?a=1&b=%20");
    assert_eq!(signed_path("https://shop.example", true).unwrap(), "/");
    assert_eq!(signed_path("no url", true), None);
}

#[test]
fn every_attempt_has_an_external_id_of_its_own() {
    let delivery = Uuid::from_u128(u128::MAX);
    let ids: Vec<_> = (0..3).map(|attempts| external_id(delivery, attempts)).collect();
    for id in &ids {
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    }
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    assert_ne!(external_id(Uuid::from_u128(1), 0), external_id(Uuid::from_u128(2), 0));
}
