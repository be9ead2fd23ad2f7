use super::*;

fn code_of(name: &str, value: &str) -> &'static str {
    let mut fields = Fields::default();
    fields.add(name.to_owned(), value.to_owned()).unwrap();
    check(&fields).map_or_else(|refusal| refusal.code.code, |()| "ok")
}

#[test]
fn fields_follow_their_rules() {
    let wide = "é".repeat(100);
    let long = "x".repeat(101);
    for (name, value, expected) in [
        ("authentication.memberId", "10001", "ok"),
        ("authentication.memberId", "12345678901", "20107"),
        ("authentication.memberId", "1x", "20107"),
        ("authentication.memberId", "١", "20107"),
        ("authentication.terminalId", "1234567", "20107"),
        ("merchantTransactionId", "Rest Transaction 01", "ok"),
        ("merchantTransactionId", &wide, "ok"),
        ("merchantTransactionId", &long, "20108"),
        ("merchantTransactionId", "'; DROP TABLE payments; --", "ok"),
        ("amount", "0.01", "ok"),
        ("amount", "99999999.99", "ok"),
        ("amount", "100000000.00", "20110"),
        ("amount", "0.00", "20111"),
        ("amount", "-1.00", "20110"),
        ("amount", "1", "20110"),
        ("amount", "1.0", "20110"),
        ("amount", "1.000", "20110"),
        ("amount", "1,00", "20110"),
        ("amount", "1e2", "20110"),
        ("amount", " 1.00", "20110"),
        ("amount", ".00", "20110"),
        ("amount", "١.00", "20110"),
        ("currency", "EUR", "ok"),
        ("currency", "eur", "20112"),
        ("currency", "XXX", "20112"),
        ("tmpl_amount", "1", "20110"),
        ("tmpl_currency", "AAA", "20112"),
        ("idType", "PID", "ok"),
        ("idType", "pid", "20107"),
        ("customer.telnocc", "091", "ok"),
        ("customer.telnocc", "91", "20107"),
        ("customer.phone", "+49 (30) 1234-56", "ok"),
        ("customer.phone", "call me", "20107"),
        ("customer.email", "a.b+c@shop.example", "ok"),
        ("customer.email", "a@b", "20107"),
        ("customer.email", "a@@b.example", "20107"),
        ("customer.email", "a b@c.example", "20107"),
        ("customer.ip", "192.0.2.1", "ok"),
        ("customer.ip", "2001:db8::1", "ok"),
        ("customer.ip", "192.0.2.256", "20107"),
        ("customer.birthDate", "20000229", "ok"),
        ("customer.birthDate", "20010229", "20107"),
        ("customer.birthDate", "2001-01-01", "20107"),
        ("notificationUrl", "https://shop.example/cb?order=1", "ok"),
        ("notificationUrl", "http://127.0.0.1:8080/cb", "ok"),
        ("notificationUrl", "ftp://shop.example/", "20120"),
        ("notificationUrl", "javascript:alert(1)", "20120"),
        ("notificationUrl", "https://user:pw@shop.example/", "20120"),
        ("notificationUrl", "https://user@shop.example/", "20120"),
        ("notificationUrl", "/relative", "20120"),
        ("notificationUrl", "https://", "20120"),
        ("notificationUrl", "https:shop.example", "20120"),
        ("notificationUrl", "https:///shop.example", "20120"),
        ("notificationUrl", "https://@shop.example", "20120"),
        ("notificationUrl", "https://shop.example/a b", "20120"),
        ("notificationUrl", "https://shop.example\\@evil.example/", "20120"),
        ("notificationUrl", &format!("https://shop.example/{}", "x".repeat(80)), "20108"),
        ("redirectMethod", "PUT", "20107"),
        ("deviceDetails.browserLanguage", "en-US", "ok"),
        ("deviceDetails.browserLanguage", "zh-Hant", "20108"),
        ("deviceDetails.browserTimezoneOffset", "-120", "ok"),
        ("deviceDetails.browserTimezoneOffset", "UTC", "20107"),
        ("deviceDetails.browserJavaEnabled", "true", "ok"),
        ("deviceDetails.browserJavaEnabled", "1", "20107"),
        ("shipping.country", "DE", "ok"),
        ("something.else", "whatever", "ok"),
    ] {
        assert_eq!(code_of(name, value), expected, "{name}={value:.60}");
    }
}

#[test]
fn what_is_echoed_has_at_most_255_bytes() {
    assert_eq!(code_of("orderDescriptor", &"x".repeat(255)), "ok");
    assert_eq!(code_of("orderDescriptor", &"é".repeat(128)), "20108");
}

#[test]
fn a_name_stands_once() {
    let names: std::collections::BTreeSet<_> = FIELDS.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), FIELDS.len());
}

#[test]
fn every_field_is_documented() {
    let page = include_str!("../../../../docs/gateway.md");
    for (name, _) in FIELDS {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
