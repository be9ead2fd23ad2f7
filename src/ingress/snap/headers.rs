//! Headers of a call and their rules. `docs/snap.md` lists them.

use super::{
    answer::Answer,
    codes,
    fields::{Charset, Rule, rule},
    opaque,
    service::{Form, Service},
    timestamp,
};
use axum::http::{HeaderMap, Method};
use purser_subjects::Timestamp;

/// The only content type, 16 characters.
const JSON: &str = "application/json";
/// Longest signature in either encoding.
const SIGNATURE: Rule = rule(1, 2048, Charset::And("+/=_-"));
/// The lengths of X-TIMESTAMP at the first form's Get OAuth Code.
const FIRST_TIMESTAMP: std::ops::RangeInclusive<usize> = 24..=27;

/// What every signed request says of itself.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The time as it stands in the signature.
    pub(crate) timestamp: String,
    pub(crate) at: Timestamp,
    pub(crate) signature: String,
}

/// The headers of a service call.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) signed: Signed,
    /// The access token as it stands in the signature, and its digest.
    pub(crate) token: String,
    pub(crate) token_digest: String,
    pub(crate) client_key: Option<String>,
    pub(crate) partner_id: String,
    pub(crate) external_id: String,
    pub(crate) channel_id: String,
    pub(crate) customer_token: Option<String>,
}

/// The headers of a token request.
#[derive(Debug)]
pub(crate) struct TokenHead {
    pub(crate) signed: Signed,
    pub(crate) client_key: String,
}

/// Reads the headers of a service call.
///
/// # Errors
/// The refusal that names the first header that is missing or breaks its rule.
pub(crate) fn read(
    form: Form,
    service: Service,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Head, Answer> {
    let is_briefs = form == Form::First && service == Service::AuthCode;
    if is_briefs {
        exactly_json(headers, "Accept")?;
        exactly_json(headers, "Content-Type")?;
    } else {
        content_type(method, headers)?;
    }
    let token =
        bearer(headers, "Authorization")?.ok_or_else(|| Answer::missing("Authorization"))?;
    let token_digest =
        opaque::access_token_digest(token).ok_or_else(|| Answer::new(codes::TOKEN_NOT_FOUND))?;
    let signed = signed(headers, |text| !is_briefs || FIRST_TIMESTAMP.contains(&text.len()))?;
    let client_key = client_key(headers)?.map(str::to_owned);
    let (partner, external) = match form {
        Form::Standard => (rule(1, 36, Charset::And("-_.")), rule(1, 36, Charset::And("-"))),
        _ => (rule(6, 6, Charset::Alphanumeric), rule(32, 32, Charset::Alphanumeric)),
    };
    Ok(Head {
        signed,
        token: token.to_owned(),
        token_digest,
        client_key,
        partner_id: required(headers, "X-PARTNER-ID", partner)?.to_owned(),
        external_id: required(headers, "X-EXTERNAL-ID", external)?.to_owned(),
        channel_id: required(headers, "CHANNEL-ID", rule(5, 5, Charset::Digits))?.to_owned(),
        customer_token: bearer(headers, "Authorization-Customer")?.map(str::to_owned),
    })
}

/// Reads the headers of a token request.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_token(method: &Method, headers: &HeaderMap) -> Result<TokenHead, Answer> {
    content_type(method, headers)?;
    let signed = signed(headers, |_| true)?;
    let client_key = client_key(headers)?.ok_or_else(|| Answer::missing("X-CLIENT-KEY"))?;
    Ok(TokenHead { signed, client_key: client_key.to_owned() })
}

fn signed(headers: &HeaderMap, fits: impl Fn(&str) -> bool) -> Result<Signed, Answer> {
    let name = "X-TIMESTAMP";
    let text = one(headers, name)?.ok_or_else(|| Answer::missing(name))?;
    let at = timestamp::parse(text).filter(|_| fits(text)).ok_or_else(|| {
        Answer::invalid(name, "ISO 8601 with an offset, such as 2024-01-01T07:00:00+07:00.")
    })?;
    let signature = required(headers, "X-SIGNATURE", SIGNATURE)?.to_owned();
    Ok(Signed { timestamp: text.to_owned(), at, signature })
}

/// 32 characters as the brief states, or the 36 of a UUID as the product's own SDK sends.
fn client_key(headers: &HeaderMap) -> Result<Option<&str>, Answer> {
    let name = "X-CLIENT-KEY";
    let Some(key) = one(headers, name)? else { return Ok(None) };
    let fits = matches!(key.len(), 32 | 36)
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then_some(Some(key))
        .ok_or_else(|| Answer::invalid(name, "32 letters and digits, or a UUID of 36 characters."))
}

/// The value of a header that is there at most once; an empty one counts as absent.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Answer> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Answer::invalid(name, "The header stands there twice."));
    }
    let text = value.to_str().map_err(|_| Answer::invalid(name, "Visible ASCII characters."))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn required<'a>(headers: &'a HeaderMap, name: &str, rule: Rule) -> Result<&'a str, Answer> {
    let value = one(headers, name)?.ok_or_else(|| Answer::missing(name))?;
    rule.check(name, value).map(|()| value)
}

/// What stands behind `Bearer` (RFC 6750, 2.1; the scheme in any case).
fn bearer<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Answer> {
    let Some(value) = one(headers, name)? else { return Ok(None) };
    let token = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map(|(_, token)| token).filter(|token| !token.is_empty());
    token.map(Some).ok_or_else(|| Answer::invalid(name, "Bearer and a token."))
}

fn exactly_json(headers: &HeaderMap, name: &str) -> Result<(), Answer> {
    let value = one(headers, name)?.ok_or_else(|| Answer::missing(name))?;
    if value == JSON { Ok(()) } else { Err(Answer::invalid(name, "application/json")) }
}

/// A body is JSON in UTF-8, as it is.
fn content_type(method: &Method, headers: &HeaderMap) -> Result<(), Answer> {
    let name = "Content-Encoding";
    if one(headers, name)?.is_some_and(|encoding| encoding != "identity") {
        return Err(Answer::invalid(name, "identity"));
    }
    let name = "Content-Type";
    let Some(value) = one(headers, name)? else {
        let is_body = *method != Method::GET && *method != Method::HEAD;
        return if is_body { Err(Answer::missing(name)) } else { Ok(()) };
    };
    let value = value.to_ascii_lowercase();
    let (kind, parameter) = value.split_once(';').unwrap_or((&value, ""));
    let charset = parameter.trim();
    let is_utf8 = matches!(charset, "" | "charset=utf-8" | "charset=\"utf-8\"" | "charset=utf8");
    if kind.trim() == JSON && is_utf8 { Ok(()) } else { Err(Answer::invalid(name, JSON)) }
}
