//! `Idempotency-Key`: one key and one path are one operation, however often it is sent.

use super::{ASK_TIMEOUT, Api, refusal::Refusal};
use crate::telemetry::CorrelationId;
use axum::{extract::FromRequestParts, http::request::Parts};
use purser_actors::AskOptions;
use std::sync::Arc;

/// The header.
pub(crate) const HEADER: &str = "idempotency-key";
/// Longest key, in bytes.
const MAX_BYTES: usize = 128;
/// Purpose of the digests that tell two requests apart.
const REQUEST_PURPOSE: &str = "api-request";

/// The key of a request, if it has one, and the request's id.
#[derive(Clone, Debug)]
pub(crate) struct Idempotency {
    pub(crate) key: Option<String>,
    correlation: Option<uuid::Uuid>,
}

impl FromRequestParts<Arc<Api>> for Idempotency {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Refusal> {
        let invalid =
            || Refusal::invalid("Idempotency-Key", "One key of 1 to 128 visible ASCII characters.");
        let mut values = parts.headers.get_all(HEADER).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => {
                let key = value.to_str().map_err(|_| invalid())?;
                let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
                let fits = (1..=MAX_BYTES).contains(&key.len()) && visible;
                Some(fits.then(|| key.to_owned()).ok_or_else(invalid)?)
            }
            (Some(_), Some(_)) => return Err(invalid()),
        };
        let correlation = parts.extensions.get::<CorrelationId>().map(|id| id.0);
        Ok(Self { key, correlation })
    }
}

impl Idempotency {
    /// How the core is asked for what may be asked again and again.
    pub(crate) fn reading(&self) -> AskOptions {
        let correlation = self.correlation;
        AskOptions { correlation, timeout: ASK_TIMEOUT, ..AskOptions::default() }
    }

    /// How the core is asked for `operation`, with everything that the client said about it.
    pub(crate) fn options(&self, api: &Api, operation: &str, said: &[u8]) -> AskOptions {
        AskOptions {
            key: self.key.as_ref().map(|key| format!("{operation}:{key}")),
            fingerprint: Some(api.vault.fingerprint(REQUEST_PURPOSE, said)),
            correlation: self.correlation,
            timeout: ASK_TIMEOUT,
        }
    }
}
