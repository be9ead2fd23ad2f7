//! Requests of SNAP, in its first form, as a merchant's server signs and sends them.

use crate::{
    admin::SnapAccess,
    clock::SystemClock,
    ingress::snap::signature::{Encoding, PrivateKey, service_string, sign_service, token_string},
};
use form_urlencoded::Serializer;
use purser_actors::ports::Clock;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use time::{OffsetDateTime, UtcOffset, macros::format_description};

/// Where the form stands.
const PREFIX: &str = "/api/v1.0";

/// A merchant's client, with all that it needs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SnapShop {
    pub(crate) access: SnapAccess,
    /// Its private key, in PEM.
    pub(crate) private_key: String,
}

/// Writes requests to one server.
pub(super) struct SnapWriter {
    pub(super) host: String,
    pub(super) shop: SnapShop,
}

/// A signed call.
pub(super) struct SnapCall<'c> {
    pub(super) method: &'static str,
    pub(super) service: &'static str,
    /// Without the question mark; empty: none.
    pub(super) query: &'c str,
    pub(super) body: &'c str,
    pub(super) token: &'c str,
    /// X-EXTERNAL-ID: 32 letters and digits that nobody had before.
    pub(super) external_id: &'c str,
}

impl SnapWriter {
    /// Asks for an access token.
    ///
    /// # Errors
    /// When the private key is none.
    pub(super) fn token(&self) -> Result<Vec<u8>, String> {
        let (client_key, timestamp) = (&self.shop.access.client_key, now());
        let key =
            PrivateKey::from_pem(&self.shop.private_key).map_err(|error| error.to_string())?;
        let signed = key.sign(&token_string(client_key, &timestamp));
        let signature = Encoding::Base64.encode(&signed.map_err(|error| error.to_string())?);
        let head = format!(
            "POST {PREFIX}/access-token/b2b HTTP/1.1\r\nX-CLIENT-KEY: {client_key}\r\n\
             X-TIMESTAMP: {timestamp}\r\nX-SIGNATURE: {signature}\r\n"
        );
        Ok(self.finish(head, r#"{"grantType":"client_credentials"}"#))
    }

    /// Begins a session under a name of exactly 32 characters, for a customer of at most 20.
    pub(super) fn auth_code(&self, token: &str, state: &str, customer: &str) -> Vec<u8> {
        let seamless = format!(r#"{{"mobileNumber":"628123456789","userId":"{customer}"}}"#);
        let query = Serializer::new(String::with_capacity(256))
            .append_pair("lang", "EN")
            .append_pair("merchantId", &self.shop.access.merchant_id)
            .append_pair("scopes", "CARD_REGISTRATION")
            .append_pair("state", state)
            .append_pair("seamlessData", &seamless)
            .finish();
        let (method, service) = ("GET", "/get-auth-code");
        let call = SnapCall { method, service, query: &query, body: "", token, external_id: state };
        self.signed(&call)
    }

    /// Takes what was bound with an auth code.
    pub(super) fn binding(&self, token: &str, code: &str, reference: &str) -> Vec<u8> {
        let body = format!(
            r#"{{"partnerReferenceNo":"{reference}","authCode":"{code}","merchantId":"{}"}}"#,
            self.shop.access.merchant_id
        );
        let (method, service) = ("POST", "/registration-account-binding");
        let call =
            SnapCall { method, service, query: "", body: &body, token, external_id: reference };
        self.signed(&call)
    }

    fn signed(&self, call: &SnapCall<'_>) -> Vec<u8> {
        let SnapAccess { client_secret, partner_id, channel_id, .. } = &self.shop.access;
        let (path, timestamp) = (format!("{PREFIX}{}", call.service), now());
        let text = service_string(call.method, &path, call.token, call.body.as_bytes(), &timestamp);
        // What is not signed is refused, and counted as that.
        let text = text.unwrap_or_default();
        let signature = Encoding::Hex.encode(&sign_service(client_secret.as_bytes(), &text));
        let mark = if call.query.is_empty() { "" } else { "?" };
        let head = format!(
            "{} {path}{mark}{} HTTP/1.1\r\nAuthorization: Bearer {}\r\nX-TIMESTAMP: {timestamp}\r\n\
             X-SIGNATURE: {signature}\r\nX-PARTNER-ID: {partner_id}\r\nX-EXTERNAL-ID: {}\r\n\
             CHANNEL-ID: {channel_id}\r\n",
            call.method, call.query, call.token, call.external_id,
        );
        self.finish(head, call.body)
    }

    fn finish(&self, mut head: String, body: &str) -> Vec<u8> {
        // A String takes all that is written.
        let _ = write!(
            head,
            "Host: {}\r\nAccept: application/json\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.host,
            body.len(),
        );
        head.into_bytes()
    }
}

/// The present in Jakarta, with seconds and offset: 25 characters.
fn now() -> String {
    let seconds = SystemClock::new().now().as_millis().div_euclid(1_000);
    let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let local = now.to_offset(UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC));
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+07:00");
    local.format(&format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingress::snap::signature::verify_service;

    #[test]
    fn a_call_is_signed_over_what_is_sent() {
        let access = SnapAccess {
            client_key: "k".repeat(32),
            client_secret: "secret".to_owned(),
            private_key_pem: None,
            partner_id: "123456".to_owned(),
            merchant_id: "M00001".to_owned(),
            channel_id: "12345".to_owned(),
        };
        let shop = SnapShop { access, private_key: String::new() };
        let writer = SnapWriter { host: "127.0.0.1:8080".to_owned(), shop };
        let request = writer.binding("token", "code", "reference");
        let request = String::from_utf8(request).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.unwrap_or_default().to_owned()
        };
        let path = "/api/v1.0/registration-account-binding";
        assert!(head.starts_with(&format!("POST {path} HTTP/1.1\r\n")));
        let timestamp = header("X-TIMESTAMP");
        assert_eq!(timestamp.len(), 25);
        let text = service_string("POST", path, "token", body.as_bytes(), &timestamp).unwrap();
        assert!(verify_service(b"secret", &text, &header("X-SIGNATURE")));
        assert_eq!(header("Content-Length"), body.len().to_string());
    }
}
