use super::*;
use crate::vault::MasterKey;

const NUMBER: &str = "4242424242424242";

fn vault() -> Vault {
    Vault::new(MasterKey::from_hex(&"5a".repeat(32)).unwrap())
}

fn payment(id: &str) -> TransactionId {
    id.parse().unwrap()
}

fn card(number: &str, code: Option<&str>) -> CardSecret {
    CardSecret::new(number, 12, 2030, code).unwrap()
}

#[test]
fn a_sealed_card_opens_for_its_payment_alone() {
    let vault = vault();
    for (number, code) in [(NUMBER, Some("123")), ("378282246310005", Some("1234")), (NUMBER, None)]
    {
        let sealed = card(number, code).seal(&vault, &payment("p1"));
        let opened = CardSecret::open(&vault, &payment("p1"), &sealed).unwrap();
        assert_eq!(opened.number(), number);
        assert_eq!((opened.expiry_month(), opened.expiry_year()), (12, 2030));
        assert_eq!(opened.security_code(), code);
        let elsewhere = CardSecret::open(&vault, &payment("p2"), &sealed);
        assert!(matches!(elsewhere, Err(CardError::Vault(VaultError::NotAuthentic))));
    }
}

#[test]
fn other_sealed_bytes_are_no_card() {
    let vault = vault();
    let sealed = vault.seal(PURPOSE, "p1", NUMBER.as_bytes());
    let error = CardSecret::open(&vault, &payment("p1"), &sealed).unwrap_err();
    assert!(matches!(error, CardError::NotACard));
}

#[test]
fn the_form_is_checked() {
    assert!(CardSecret::new("123456789012", 1, 2025, None).is_ok());
    assert!(CardSecret::new("1234567890123456789", 1, 2025, Some("0000")).is_ok());
    for number in
        ["", "12345678901", "12345678901234567890", "4242 4242 4242 4242", "42424242424242４"]
    {
        assert!(matches!(CardSecret::new(number, 1, 2025, None), Err(CardError::Number)));
    }
    for (month, year) in [(0, 2025), (13, 2025), (1, 25), (1, 1999), (1, 2100)] {
        assert!(matches!(CardSecret::new(NUMBER, month, year, None), Err(CardError::Expiry)));
    }
    for code in ["", "12", "12345", "12a"] {
        let refused = CardSecret::new(NUMBER, 1, 2025, Some(code));
        assert!(matches!(refused, Err(CardError::SecurityCode)));
    }
}

#[test]
fn the_summary_shows_ten_digits_at_most() {
    let summary = card("4000000000003220", None).summary("A. Holder");
    assert_eq!(summary.brand, "VISA");
    assert_eq!((summary.bin.as_str(), summary.last4.as_str()), ("400000", "3220"));
    assert_eq!((summary.expiry_month, summary.expiry_year), (12, 2030));
    assert_eq!(summary.holder, "A. Holder");
}

#[test]
fn debug_output_never_holds_the_number() {
    let card = card(NUMBER, Some("987"));
    let sealed = card.seal(&vault(), &payment("p1"));
    for text in [format!("{card:?}"), format!("{card:#?}"), format!("{sealed:?}")] {
        assert!(!text.contains("4242") && !text.contains("987"), "{text}");
    }
}

#[test]
fn errors_never_hold_what_was_refused() {
    for (number, month, code) in
        [("42424242424242421234x", 1, None), (NUMBER, 42, None), (NUMBER, 1, Some("4242x"))]
    {
        let error = CardSecret::new(number, month, 2030, code).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("42"), "{text}");
    }
}
