//! The table of hostile requests.

use super::{
    Case,
    Edit::{
        Add, Body, Checksum, ContentType, Digest, Fill, Form, Header, Method, Path, Remove, Set,
        SetLate, Token,
    },
    Fixture,
    Target::{Capture, Inquire, LogIn, Pay},
    Whose::{Nobodys, Others, Own},
};

const fn case(
    name: &'static str,
    target: super::Target,
    edits: &'static [super::Edit],
    status: u16,
    code: &'static str,
) -> Case {
    Case { name, target, edits, status, code }
}

fn replace(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    replace_bytes(body, from.as_bytes(), to.as_bytes())
}

fn replace_bytes(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = body.windows(from.len()).position(|window| window == from);
    let at = at.expect("the valid body holds what is replaced");
    [&body[..at], to, &body[at + from.len()..]].concat()
}

fn append(body: Vec<u8>, more: &[u8]) -> Vec<u8> {
    [&*body, more].concat()
}

/// The member's token with a header that says it needs no signature (`{"typ":"JWT","alg":"none"}`).
fn algorithm_none(fixture: &Fixture) -> Option<String> {
    let claims = fixture.token.split('.').nth(1)?;
    Some(format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.{claims}."))
}

/// Every hostile request.
pub(crate) const CASES: &[Case] = &[
    // Who sends it
    case("no token", Pay, &[Token(|_| None)], 200, "20002"),
    case("empty token", Pay, &[Token(|_| Some(String::new()))], 200, "20003"),
    case("token that is none", Pay, &[Token(|_| Some("Bearer x.y.z".into()))], 200, "20003"),
    case("token of five kilobytes", Pay, &[Token(|_| Some("x".repeat(5000)))], 200, "20003"),
    case("expired token", Pay, &[Token(|f| Some(f.expired_token.clone()))], 200, "20004"),
    case(
        "token with a changed signature",
        Pay,
        &[Token(|f| Some(format!("{}x", f.token)))],
        200,
        "20003",
    ),
    case(
        "token without a signature",
        Pay,
        &[Token(|f| f.token.rsplit_once('.').map(|(start, _)| format!("{start}.")))],
        200,
        "20003",
    ),
    case("token of algorithm none", Pay, &[Token(algorithm_none)], 200, "20003"),
    case("two tokens", Pay, &[Header("AuthToken", "x")], 200, "20003"),
    case("another member's token", Pay, &[Token(|f| Some(f.other_token.clone()))], 200, "20005"),
    case("another member's id", Pay, &[Set("authentication.memberId", "99999")], 200, "20005"),
    case(
        "SQL in the member id",
        Pay,
        &[Set("authentication.memberId", "1' OR '1'='1")],
        200,
        "20005",
    ),
    case("no member id", Pay, &[Remove("authentication.memberId")], 200, "20106"),
    // Checksums
    case(
        "wrong checksum",
        Pay,
        &[SetLate("authentication.checksum", "00000000000000000000000000000000")],
        200,
        "20006",
    ),
    case("no checksum", Pay, &[Remove("authentication.checksum")], 200, "20106"),
    case("empty checksum", Pay, &[SetLate("authentication.checksum", "")], 200, "20106"),
    case("upper-case checksum", Pay, &[Digest(|digest| digest.to_uppercase())], 200, "20006"),
    case("checksum cut short", Pay, &[Digest(|digest| digest[..31].to_owned())], 200, "20006"),
    case("checksum with more behind it", Pay, &[Digest(|digest| digest + "00")], 200, "20006"),
    case(
        "checksum of letters outside ASCII",
        Pay,
        &[SetLate(
            "authentication.checksum",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        )],
        200,
        "20006",
    ),
    case(
        "secure key first",
        Pay,
        &[Checksum(|f, x| {
            format!(
                "{}|{}|{}|{}",
                f.secure_key,
                f.member_id,
                x.get("merchantTransactionId"),
                x.get("amount")
            )
        })],
        200,
        "20006",
    ),
    case(
        "secure key last",
        Pay,
        &[Checksum(|f, x| {
            format!(
                "{}|{}|{}|{}",
                f.member_id,
                x.get("merchantTransactionId"),
                x.get("amount"),
                f.secure_key
            )
        })],
        200,
        "20006",
    ),
    case(
        "checksum with a trailing separator",
        Pay,
        &[Checksum(|f, x| {
            format!(
                "{}|{}|{}|{}|",
                f.member_id,
                f.secure_key,
                x.get("merchantTransactionId"),
                x.get("amount")
            )
        })],
        200,
        "20006",
    ),
    case(
        "checksum of an amount written otherwise",
        Pay,
        &[Checksum(|f, x| {
            format!("{}|{}|{}|10.0", f.member_id, f.secure_key, x.get("merchantTransactionId"))
        })],
        200,
        "20006",
    ),
    case(
        "checksum without the amount",
        Pay,
        &[Checksum(|f, x| {
            format!("{}|{}|{}", f.member_id, f.secure_key, x.get("merchantTransactionId"))
        })],
        200,
        "20006",
    ),
    case(
        "checksum without the secure key",
        Pay,
        &[Checksum(|f, x| {
            format!("{}||{}|{}", f.member_id, x.get("merchantTransactionId"), x.get("amount"))
        })],
        200,
        "20006",
    ),
    case(
        "checksum with another member's key",
        Pay,
        &[Checksum(|f, x| {
            format!(
                "{}|{}|{}|{}",
                f.member_id,
                f.other_secure_key,
                x.get("merchantTransactionId"),
                x.get("amount")
            )
        })],
        200,
        "20006",
    ),
    case("amount changed after the checksum", Pay, &[SetLate("amount", "99.00")], 200, "20006"),
    case(
        "reference changed after the checksum",
        Pay,
        &[SetLate("merchantTransactionId", "another-order")],
        200,
        "20006",
    ),
    // Amounts and currencies
    case("negative amount", Pay, &[Set("amount", "-5.00")], 200, "20110"),
    case("amount with a plus", Pay, &[Set("amount", "+5.00")], 200, "20110"),
    case("zero", Pay, &[Set("amount", "0.00")], 200, "20111"),
    case("long zero", Pay, &[Set("amount", "00000000.00")], 200, "20111"),
    case("amount without decimals", Pay, &[Set("amount", "5")], 200, "20110"),
    case("amount with one decimal", Pay, &[Set("amount", "5.0")], 200, "20110"),
    case("amount with three decimals", Pay, &[Set("amount", "5.005")], 200, "20110"),
    case("amount with many decimals", Pay, &[Set("amount", "5.0000000000000001")], 200, "20110"),
    case("amount of nine digits", Pay, &[Set("amount", "100000000.00")], 200, "20110"),
    case("amount of hundreds of digits", Pay, &[Fill("amount", "9", 300)], 200, "20110"),
    case("amount with an exponent", Pay, &[Set("amount", "1e3")], 200, "20110"),
    case("amount in hex", Pay, &[Set("amount", "0x10.00")], 200, "20110"),
    case("amount with a comma", Pay, &[Set("amount", "5,00")], 200, "20110"),
    case("amount with a leading space", Pay, &[Set("amount", " 5.00")], 200, "20110"),
    case("amount that is no number", Pay, &[Set("amount", "NaN")], 200, "20110"),
    case("infinite amount", Pay, &[Set("amount", "Infinity")], 200, "20110"),
    case("amount in Arabic digits", Pay, &[Set("amount", "\u{665}.\u{660}\u{660}")], 200, "20110"),
    case("amount with SQL", Pay, &[Set("amount", "5.00'; DROP TABLE postings; --")], 200, "20110"),
    case("amount with a line break", Pay, &[Set("amount", "5.00\n")], 200, "20109"),
    case("no amount", Pay, &[Remove("amount")], 200, "20106"),
    case("empty amount", Pay, &[Set("amount", "")], 200, "20106"),
    case(
        "negative JSON number",
        Pay,
        &[Set("amount", "-5.00"), Body(|body| replace(&body, r#""-5.00""#, "-5.00"))],
        200,
        "20110",
    ),
    case(
        "JSON number with an exponent",
        Pay,
        &[Set("amount", "1e3"), Body(|body| replace(&body, r#""1e3""#, "1e3"))],
        200,
        "20110",
    ),
    case("currency without a minor unit", Pay, &[Set("currency", "XAU")], 200, "20112"),
    case("currency that is none", Pay, &[Set("currency", "ZZZ")], 200, "20112"),
    case("currency in lower case", Pay, &[Set("currency", "eur")], 200, "20112"),
    case("currency of four letters", Pay, &[Set("currency", "EURO")], 200, "20112"),
    case("no currency", Pay, &[Remove("currency")], 200, "20106"),
    case(
        "yen with decimals",
        Pay,
        &[Set("currency", "JPY"), Set("amount", "100.50")],
        200,
        "20113",
    ),
    // What is asked for
    case("no payment type", Pay, &[Remove("paymentType")], 200, "20106"),
    case("capture without a payment", Pay, &[Set("paymentType", "CP")], 200, "20117"),
    case("payment type in lower case", Pay, &[Set("paymentType", "db")], 200, "20117"),
    case("mode that is no card", Pay, &[Set("paymentMode", "UPI")], 200, "20118"),
    case("brand that is no card", Pay, &[Set("paymentBrand", "SKRILL")], 200, "20118"),
    case("brand of another card", Pay, &[Set("paymentBrand", "MC")], 200, "20121"),
    case("first of a series", Pay, &[Set("recurringType", "INITIAL")], 200, "20119"),
    case("token with the payment", Pay, &[Set("createRegistration", "true")], 200, "20119"),
    case("3-D Secure", Pay, &[Set("attemptThreeD", "3D")], 200, "20119"),
    case("3-D Secure only", Pay, &[Set("attemptThreeD", "only3D")], 200, "20119"),
    case("3-D Secure of an unknown kind", Pay, &[Set("attemptThreeD", "maybe")], 200, "20107"),
    case("installments", Pay, &[Set("installment", "12")], 200, "20119"),
    // Cards
    case("wrong check digit", Pay, &[Set("card.number", "4111111111111112")], 200, "20114"),
    case("card number with letters", Pay, &[Set("card.number", "4111x11111111111")], 200, "20114"),
    case(
        "card number with spaces",
        Pay,
        &[Set("card.number", "4111 1111 1111 1111")],
        200,
        "20114",
    ),
    case("card number of 11 digits", Pay, &[Set("card.number", "41111111111")], 200, "20114"),
    case(
        "card number of 20 digits",
        Pay,
        &[Set("card.number", "41111111111111111111")],
        200,
        "20114",
    ),
    case(
        "card number in full-width digits",
        Pay,
        &[Set(
            "card.number",
            "\u{ff14}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}",
        )],
        200,
        "20114",
    ),
    case("card with SQL", Pay, &[Set("card.number", "4111111111111111' OR 1=1")], 200, "20114"),
    case("expired card", Pay, &[Set("card.expiryYear", "2020")], 200, "20115"),
    case("month 13", Pay, &[Set("card.expiryMonth", "13")], 200, "20107"),
    case("month 00", Pay, &[Set("card.expiryMonth", "00")], 200, "20107"),
    case("month of one digit", Pay, &[Set("card.expiryMonth", "1")], 200, "20107"),
    case("negative month", Pay, &[Set("card.expiryMonth", "-1")], 200, "20107"),
    case("year of two digits", Pay, &[Set("card.expiryYear", "35")], 200, "20107"),
    case("year past all cards", Pay, &[Set("card.expiryYear", "9999")], 200, "20107"),
    case("code of two digits", Pay, &[Set("card.cvv", "73")], 200, "20116"),
    case("code of five digits", Pay, &[Set("card.cvv", "73777")], 200, "20116"),
    case("code of letters", Pay, &[Set("card.cvv", "abc")], 200, "20116"),
    case("no card number", Pay, &[Remove("card.number")], 200, "20106"),
    case("no month", Pay, &[Remove("card.expiryMonth")], 200, "20106"),
    case("no year", Pay, &[Remove("card.expiryYear")], 200, "20106"),
    case("no security code", Pay, &[Remove("card.cvv")], 200, "20106"),
    case(
        "card number in the description",
        Pay,
        &[Set("orderDescriptor", "card 4111111111111111")],
        200,
        "20122",
    ),
    case(
        "card number in groups in the description",
        Pay,
        &[Set("orderDescriptor", "card 4111 1111-1111.1111")],
        200,
        "20122",
    ),
    case("card number as a field's name", Pay, &[Set("4111111111111111", "x")], 200, "20122"),
    case(
        "card number as the reference",
        Pay,
        &[Set("merchantTransactionId", "4111111111111111")],
        200,
        "20122",
    ),
    // Other fields
    case(
        "reference of 101 characters",
        Pay,
        &[Fill("merchantTransactionId", "x", 101)],
        200,
        "20108",
    ),
    case("no reference", Pay, &[Remove("merchantTransactionId")], 200, "20106"),
    case("reference with a NUL", Pay, &[Set("merchantTransactionId", "a\u{0}b")], 200, "20109"),
    case(
        "header injection in a name",
        Pay,
        &[Set("customer.givenName", "Ada\r\nSet-Cookie: admin=1")],
        200,
        "20109",
    ),
    case("line separator in a name", Pay, &[Set("customer.surname", "a\u{2028}b")], 200, "20109"),
    case(
        "escape sequence in a description",
        Pay,
        &[Set("orderDescriptor", "\u{1b}[2J")],
        200,
        "20109",
    ),
    case("tab in an unknown field", Pay, &[Set("x-unknown", "a\tb")], 200, "20109"),
    case(
        "script as the notification URL",
        Pay,
        &[Set("notificationUrl", "javascript:alert(1)")],
        200,
        "20120",
    ),
    case(
        "file as the notification URL",
        Pay,
        &[Set("notificationUrl", "file:///etc/passwd")],
        200,
        "20120",
    ),
    case(
        "user information in a URL",
        Pay,
        &[Set("notificationUrl", "https://shop.example@evil.example/")],
        200,
        "20120",
    ),
    case(
        "backslash in a URL",
        Pay,
        &[Set("notificationUrl", "https://shop.example\\@evil.example/")],
        200,
        "20120",
    ),
    case("URL without a host", Pay, &[Set("merchantRedirectUrl", "https:///path")], 200, "20120"),
    case(
        "header injection in a URL",
        Pay,
        &[Set("notificationUrl", "https://shop.example/\r\nHost: evil")],
        200,
        "20109",
    ),
    case("address without a domain", Pay, &[Set("customer.email", "ada@localhost")], 200, "20107"),
    case(
        "header injection in an address",
        Pay,
        &[Set("customer.email", "ada@shop.example\nBcc: all@shop.example")],
        200,
        "20109",
    ),
    case("IP address that is none", Pay, &[Set("customer.ip", "999.1.1.1")], 200, "20107"),
    case("calling code of two digits", Pay, &[Set("customer.telnocc", "91")], 200, "20107"),
    case("birthday that never was", Pay, &[Set("customer.birthDate", "20230229")], 200, "20107"),
    case("terminal with SQL", Pay, &[Set("authentication.terminalId", "1;--")], 200, "20107"),
    case(
        "URL of 101 bytes",
        Pay,
        &[Fill("notificationUrl", "https://shop.example/", 5)],
        200,
        "20108",
    ),
    case("name of 51 characters", Pay, &[Fill("customer.givenName", "x", 51)], 200, "20108"),
    case("description of 256 characters", Pay, &[Fill("orderDescriptor", "x", 256)], 200, "20108"),
    case("unknown field of 2,049 characters", Pay, &[Fill("x-unknown", "x", 2049)], 200, "20104"),
    // Bodies
    case("key twice in JSON", Pay, &[Add("amount", "10.00")], 200, "20102"),
    case("key twice in a form", Pay, &[Form, Add("amount", "10.00")], 200, "20102"),
    case(
        "key twice, once escaped in JSON",
        Pay,
        &[Body(|body| replace(&body, "}", r#","\u0061mount":"1.00"}"#))],
        200,
        "20102",
    ),
    case(
        "key twice, once escaped in a form",
        Pay,
        &[Form, Body(|body| append(body, b"&%61mount=1.00"))],
        200,
        "20102",
    ),
    case(
        "nested object",
        Pay,
        &[Body(|body| replace(&body, "}", r#","card":{"number":"4"}}"#))],
        200,
        "20103",
    ),
    case(
        "array as a value",
        Pay,
        &[Body(|body| replace(&body, r#""10.00""#, r#"["10.00"]"#))],
        200,
        "20103",
    ),
    case(
        "JSON of ten thousand levels",
        Pay,
        &[Body(|body| {
            replace(&body, "}", &format!(r#","a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000)))
        })],
        200,
        "20103",
    ),
    case(
        "JSON cut short",
        Pay,
        &[Body(|mut body| {
            body.pop();
            body
        })],
        200,
        "20101",
    ),
    case("JSON with more behind it", Pay, &[Body(|body| append(body, b"{}"))], 200, "20101"),
    case("JSON array", Pay, &[Body(|body| [b"[", &*body, b"]"].concat())], 200, "20101"),
    case("JSON text", Pay, &[Body(|_| b"\"x\"".to_vec())], 200, "20101"),
    case("lone surrogate", Pay, &[Body(|body| replace(&body, "Ada", r"\ud800"))], 200, "20101"),
    case("empty JSON body", Pay, &[Body(|_| Vec::new())], 200, "20101"),
    case("empty form", Pay, &[Form, Body(|_| Vec::new())], 200, "20106"),
    case("form sent as JSON", Pay, &[Form, ContentType(Some("application/json"))], 200, "20101"),
    case(
        "JSON sent as a form",
        Pay,
        &[ContentType(Some("application/x-www-form-urlencoded"))],
        200,
        "20101",
    ),
    case(
        "invalid UTF-8 in JSON",
        Pay,
        &[Body(|body| replace_bytes(&body, b"Ada", b"A\xff"))],
        200,
        "20105",
    ),
    case(
        "invalid UTF-8 in a form",
        Pay,
        &[Form, Body(|body| append(body, b"&x=%ff%fe"))],
        200,
        "20105",
    ),
    case(
        "overlong UTF-8 in a form",
        Pay,
        &[Form, Body(|body| append(body, b"&x=%c0%af"))],
        200,
        "20105",
    ),
    case("broken percent escape", Pay, &[Form, Body(|body| append(body, b"&x=%4"))], 200, "20105"),
    case("NUL in a form", Pay, &[Form, Body(|body| append(body, b"&x=%00"))], 200, "20109"),
    case("body of 70,000 bytes", Pay, &[Body(|body| append(body, &[b' '; 70_000]))], 413, "20413"),
    case(
        "body of a megabyte",
        Pay,
        &[Form, Body(|body| append(body, &vec![b'&'; 1_000_000]))],
        413,
        "20413",
    ),
    case(
        "five hundred unknown fields",
        Pay,
        &[
            Form,
            Body(|body| {
                append(body, (0..500).map(|n| format!("&x{n}=1")).collect::<String>().as_bytes())
            }),
        ],
        200,
        "20104",
    ),
    case("name of a field with a space", Pay, &[Add("a b", "1")], 200, "20101"),
    case(
        "name of a field of 101 bytes",
        Pay,
        &[Body(|body| replace(&body, "}", &format!(r#","{}":"1"}}"#, "x".repeat(101))))],
        200,
        "20101",
    ),
    // Headers, methods and paths
    case("no content type", Pay, &[ContentType(None)], 415, "20415"),
    case("plain text", Pay, &[ContentType(Some("text/plain"))], 415, "20415"),
    case("XML body", Pay, &[ContentType(Some("application/xml"))], 415, "20415"),
    case("multipart", Pay, &[ContentType(Some("multipart/form-data; boundary=x"))], 415, "20415"),
    case(
        "another charset",
        Pay,
        &[ContentType(Some("application/json; charset=iso-8859-1"))],
        415,
        "20415",
    ),
    case(
        "JSON of another kind",
        Pay,
        &[ContentType(Some("application/json-patch+json"))],
        415,
        "20415",
    ),
    case("two content types", Pay, &[Header("Content-Type", "text/plain")], 415, "20415"),
    case("compressed body", Pay, &[Header("Content-Encoding", "gzip")], 415, "20415"),
    case("GET", Pay, &[Method("GET")], 405, "20405"),
    case("PUT", Pay, &[Method("PUT")], 405, "20405"),
    case("DELETE", Pay, &[Method("DELETE")], 405, "20405"),
    case("PATCH", Pay, &[Method("PATCH")], 405, "20405"),
    case("unknown path", Pay, &[Path("/payment")], 404, "20404"),
    case("path in lower case", Pay, &[Path("/authtoken")], 404, "20404"),
    case("trailing slash", Pay, &[Path("/payments/")], 404, "20404"),
    case("path upwards", Pay, &[Path("/payments/../inquiry")], 404, "20404"),
    case("path of more parts", Pay, &[Path("/payments/1/2")], 404, "20404"),
    case("no path", Pay, &[Path("/")], 404, "20404"),
    // Payments of others
    case("capture of another member's payment", Capture(Others), &[], 200, "20201"),
    case("capture of no payment", Capture(Nobodys), &[], 200, "20201"),
    case("inquiry of another member's payment", Inquire(Others), &[], 200, "20201"),
    case("inquiry of no payment", Inquire(Nobodys), &[], 200, "20201"),
    case(
        "inquiry of a payment with SQL",
        Inquire(Own),
        &[Set("paymentId", "x' OR '1'='1")],
        200,
        "20201",
    ),
    case("inquiry of a payment with dots", Inquire(Own), &[Set("paymentId", "*.>")], 200, "20201"),
    // Operations and inquiries
    case(
        "capture of more than was authorised",
        Capture(Own),
        &[Set("amount", "10.01")],
        200,
        "20204",
    ),
    case("capture of a negative amount", Capture(Own), &[Set("amount", "-1.00")], 200, "20110"),
    case("capture of zero", Capture(Own), &[Set("amount", "0.00")], 200, "20111"),
    case("capture without an amount", Capture(Own), &[Remove("amount")], 200, "20106"),
    case("capture in another currency", Capture(Own), &[Set("currency", "USD")], 200, "20212"),
    case("capture in no currency", Capture(Own), &[Set("currency", "???")], 200, "20112"),
    case(
        "capture with the checksum of an inquiry",
        Capture(Own),
        &[Checksum(|f, _| format!("{}|{}|{}", f.member_id, f.secure_key, f.payment_id))],
        200,
        "20006",
    ),
    case(
        "capture with the checksum of another payment",
        Capture(Own),
        &[Checksum(|f, x| {
            format!("{}|{}|{}|{}", f.member_id, f.secure_key, f.other_payment_id, x.get("amount"))
        })],
        200,
        "20006",
    ),
    case(
        "capture that names another payment",
        Capture(Own),
        &[Set("paymentId", "00000000000000000000000000000000")],
        200,
        "20107",
    ),
    case(
        "payment at the path of a payment",
        Capture(Own),
        &[Set("paymentType", "DB")],
        200,
        "20117",
    ),
    case("operation without a type", Capture(Own), &[Remove("paymentType")], 200, "20106"),
    case("capture without a token", Capture(Own), &[Token(|_| None)], 200, "20002"),
    case(
        "capture with another member's token",
        Capture(Own),
        &[Token(|f| Some(f.other_token.clone()))],
        200,
        "20005",
    ),
    case(
        "idempotency key with a space",
        Capture(Own),
        &[Header("Idempotency-Key", "a b")],
        200,
        "20107",
    ),
    case(
        "two idempotency keys",
        Capture(Own),
        &[Header("Idempotency-Key", "a"), Header("Idempotency-Key", "b")],
        200,
        "20107",
    ),
    case("inquiry of an unknown kind", Inquire(Own), &[Set("idType", "XID")], 200, "20107"),
    case("inquiry without an id", Inquire(Own), &[Remove("paymentId")], 200, "20106"),
    case(
        "inquiry with the type of a payment",
        Inquire(Own),
        &[Set("paymentType", "DB")],
        200,
        "20117",
    ),
    case(
        "inquiry with a wrong checksum",
        Inquire(Own),
        &[Digest(|_| "0".repeat(32))],
        200,
        "20006",
    ),
    // Log-ins
    case("wrong key", LogIn, &[Set("authentication.sKey", "wrong")], 200, "20001"),
    case("wrong partner", LogIn, &[Set("authentication.partnerId", "999999")], 200, "20001"),
    case("unknown user", LogIn, &[Set("merchant.username", "nobody-at-all")], 200, "20001"),
    case("user with SQL", LogIn, &[Set("merchant.username", "' OR '1'='1")], 200, "20001"),
    case("empty key", LogIn, &[Set("authentication.sKey", "")], 200, "20106"),
    case("no user", LogIn, &[Remove("merchant.username")], 200, "20106"),
    case("user of 101 characters", LogIn, &[Fill("merchant.username", "x", 101)], 200, "20108"),
];
