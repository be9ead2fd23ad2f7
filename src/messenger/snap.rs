//! Notifications of SNAP: the body of service 56, signed with the platform's RSA key. Merchants verify it
//! with the public key that [`SnapKey`] shows.

mod body;
mod key;

pub use key::{SnapKey, SnapKeyError};

use super::{
    Render, RenderError, Rendered,
    sign::snap::{signature, string_to_sign},
};
use crate::merchants::MerchantDirectory;
use async_trait::async_trait;
use purser_actors::ports::{Delivery, DueDelivery};
use purser_subjects::{Timestamp, merchant::Credential};
use std::{fmt, sync::Arc};
use url::Url;
use uuid::Uuid;

/// Name of this format in payments and bindings.
const FORMAT: &str = "snap";
/// Scheme of the credentials that say how a merchant signs and is signed for.
const CLIENT_SCHEME: &str = "snap-client";

/// Renders and signs what SNAP tells a merchant.
pub struct SnapNotification {
    merchants: Arc<MerchantDirectory>,
    key: Arc<SnapKey>,
}

impl SnapNotification {
    /// A renderer that signs with `key`.
    pub fn new(merchants: Arc<MerchantDirectory>, key: Arc<SnapKey>) -> Self {
        Self { merchants, key }
    }

    /// How the merchant wants it; nothing where it has no credentials of SNAP any more.
    async fn client(&self, delivery: &Delivery) -> Result<Option<Credential>, RenderError> {
        let unavailable = || RenderError::new("the merchant is not known at present");
        let profile = self.merchants.by_id(&delivery.merchant).await;
        let profile = profile.map_err(|error| unavailable().caused_by(error))?;
        let profile = profile.ok_or_else(unavailable)?;
        let mut credentials = profile.credentials.iter();
        Ok(credentials.find(|credential| credential.scheme == CLIENT_SCHEME).cloned())
    }
}

impl fmt::Debug for SnapNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SnapNotification")
    }
}

#[async_trait]
impl Render for SnapNotification {
    fn format(&self) -> &'static str {
        FORMAT
    }

    async fn render(&self, due: &DueDelivery, at: Timestamp) -> Result<Rendered, RenderError> {
        let delivery = &due.delivery;
        let client = self.client(delivery).await?;
        let attribute = |name: &str| client.as_ref()?.attributes.get(name).cloned();
        let body = body::of(delivery, attribute("merchantId").as_deref())?;
        let timestamp = body::time(at);
        let with_query = attribute("path").as_deref() == Some("with_query");
        let path = signed_path(&due.url, with_query)
            .ok_or_else(|| RenderError::new("the address has no path"))?;
        let unavailable = || RenderError::new("the signing key is not available at present");
        let private = self.key.private().await;
        let private = private.map_err(|error| unavailable().caused_by(error))?;
        let signature = signature(&private, &string_to_sign(&path, &body, &timestamp))
            .map_err(|error| unavailable().caused_by(error))?;
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-timestamp".to_owned(), timestamp),
            ("x-signature".to_owned(), signature),
            ("x-external-id".to_owned(), external_id(delivery.id, delivery.attempts)),
        ];
        for (header, name) in [("x-partner-id", "partnerId"), ("channel-id", "channelId")] {
            headers.extend(attribute(name).map(|value| (header.to_owned(), value)));
        }
        Ok(Rendered { headers, body })
    }
}

/// The path of an address as it is signed.
fn signed_path(url: &str, with_query: bool) -> Option<String> {
    let url = Url::parse(url).ok()?;
    match url.query().filter(|_| with_query) {
        Some(query) => Some(format!("{}?{query}", url.path())),
        None => Some(url.path().to_owned()),
    }
}

/// 32 digits, another one for each attempt: a receiver that keeps the standard refuses one that it had
/// on the same day. What is told twice is known by `originalReferenceNo`.
fn external_id(delivery: Uuid, attempts: u32) -> String {
    const DIGITS: u128 = 10u128.pow(27);
    format!("{:027}{:05}", delivery.as_u128() % DIGITS, attempts % 100_000)
}

#[cfg(test)]
mod tests;
