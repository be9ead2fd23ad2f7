use super::*;
use axum::http::HeaderValue;

fn code(result: Result<Fields, Refusal>) -> &'static str {
    result.map_or_else(|refusal| refusal.code.code, |_| "ok")
}

#[test]
fn json_values_keep_their_literal_text() {
    let fields = json(r#"{"a":100.00,"b":true,"c":"x\u00e9","d":null,"e":1e2,"f":""}"#).unwrap();
    for (name, value) in [("a", "100.00"), ("b", "true"), ("c", "xé"), ("e", "1e2")] {
        assert_eq!(fields.get(name), Some(value));
    }
    assert_eq!((fields.get("d"), fields.get("f")), (None, None));
}

#[test]
fn bad_json_is_refused() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    for (text, refused) in [
        ("", "20101"),
        ("[]", "20101"),
        ("\"a\"", "20101"),
        ("{\"a\":\"b\"", "20101"),
        ("{\"a\":\"b\"} x", "20101"),
        ("{\"a\":\"b\",}", "20101"),
        ("{\"a\":NaN}", "20101"),
        (r#"{"a":"\ud800"}"#, "20101"),
        ("{\"\":\"b\"}", "20101"),
        ("{\"a b\":\"b\"}", "20101"),
        (r#"{"a":"1","a":"1"}"#, "20102"),
        (r#"{"a":"1","\u0061":"1"}"#, "20102"),
        (r#"{"a":"","a":"1"}"#, "20102"),
        (r#"{"card":{"number":"1"}}"#, "20103"),
        (r#"{"a":["1"]}"#, "20103"),
        (&deep, "20103"),
        (r#"{"a":"\u0000"}"#, "20109"),
        (r#"{"a":"x\r\ny"}"#, "20109"),
    ] {
        assert_eq!(code(json(text)), refused, "{text:.60}");
    }
}

#[test]
fn forms_are_read_strictly() {
    let fields = form("a=1+2&b=%C3%A9%2B&&c&d=x=y").unwrap();
    assert_eq!(fields.get("a"), Some("1 2"));
    assert_eq!(fields.get("b"), Some("é+"));
    assert_eq!(fields.get("c"), None);
    assert_eq!(fields.get("d"), Some("x=y"));
    for (text, refused) in [
        ("a=%", "20105"),
        ("a=%4", "20105"),
        ("a=%zz", "20105"),
        ("a=%+1", "20105"),
        ("a=%FF", "20105"),
        ("a=%C3", "20105"),
        ("a=1&a=1", "20102"),
        ("a=1&%61=1", "20102"),
        ("=1", "20101"),
        ("a=%00", "20109"),
        ("a=%0d%0aSet-Cookie:x", "20109"),
        ("a=%E2%80%A8", "20109"),
    ] {
        assert_eq!(code(form(text)), refused, "{text}");
    }
}

#[test]
fn only_utf_8_is_read() {
    assert_eq!(code(decode(Format::Form, b"a=\xff")), "20105");
    assert_eq!(code(decode(Format::Json, b"{\"a\":\"\xff\"}")), "20105");
}

#[test]
fn the_content_type_decides() {
    for (value, expected) in [
        ("application/json", Some(Format::Json)),
        ("Application/JSON; charset=UTF-8", Some(Format::Json)),
        ("application/x-www-form-urlencoded;charset=\"utf-8\"", Some(Format::Form)),
        ("application/json; charset=iso-8859-1", None),
        ("application/jsonp", None),
        ("text/plain", None),
        ("multipart/form-data; boundary=x", None),
        ("", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
        assert_eq!(format(&headers).ok(), expected, "{value}");
        headers.append(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert!(format(&headers).is_err(), "two types");
    }
    assert!(format(&HeaderMap::new()).is_err());
}
