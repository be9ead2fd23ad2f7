//! A merchant's client: who it is, and how it proves that.

use crate::ingress::snap::{
    Snap,
    answer::Answer,
    codes, refusal,
    signature::{PathProfile, PublicKey, verify_rsa},
};
use purser_subjects::{
    MerchantId,
    merchant::{Environment, MerchantProfile},
};
use zeroize::Zeroizing;

/// Scheme of the merchants' credentials; the name is the client key.
pub const CLIENT_SCHEME: &str = "snap-client";
/// Scheme by which a client is found from its partner id.
pub const PARTNER_SCHEME: &str = "snap-partner";

/// A client as its credential tells it.
pub(crate) struct Client {
    pub(crate) merchant: MerchantId,
    pub(crate) client_key: String,
    /// `merchantId` of requests, 6 characters.
    pub(crate) merchant_id: String,
    pub(super) partner_id: String,
    pub(super) channel_id: String,
    pub(super) path: PathProfile,
    secret: Zeroizing<Vec<u8>>,
    public_key: Option<PublicKey>,
    /// Whether somebody issues the cards of its customers: a live merchant's terms name who.
    has_issuer: bool,
    /// Where it is told of its bindings.
    pub(crate) notify_url: Option<String>,
}

impl Client {
    /// The client with a partner id.
    pub(super) async fn by_partner(snap: &Snap, partner_id: &str) -> Result<Option<Self>, Answer> {
        let Some(profile) = profile(snap, PARTNER_SCHEME, partner_id).await? else {
            return Ok(None);
        };
        Self::of(snap, &profile, |client| client.partner_id == partner_id)
    }

    /// The client with a key.
    pub(super) async fn by_key(snap: &Snap, key: &str) -> Result<Option<Self>, Answer> {
        let Some(profile) = profile(snap, CLIENT_SCHEME, key).await? else { return Ok(None) };
        Self::of(snap, &profile, |client| client.client_key == key)
    }

    fn of(
        snap: &Snap,
        profile: &MerchantProfile,
        is_it: impl Fn(&Self) -> bool,
    ) -> Result<Option<Self>, Answer> {
        let credentials = profile.credentials.iter();
        for credential in credentials.filter(|credential| credential.scheme == CLIENT_SCHEME) {
            let attribute =
                |name: &str| credential.attributes.get(name).cloned().unwrap_or_default();
            let client = Self {
                merchant: profile.merchant.clone(),
                client_key: credential.name.clone(),
                merchant_id: attribute("merchantId"),
                partner_id: attribute("partnerId"),
                channel_id: attribute("channelId"),
                path: attribute("path").parse().unwrap_or_default(),
                secret: snap.merchants.secret(credential).map_err(refusal::vault)?,
                public_key: PublicKey::from_pem(&attribute("publicKey")).ok(),
                has_issuer: profile.environment == Environment::Sandbox
                    || profile.terms.issuer.is_some(),
                notify_url: credential.attributes.get("notifyUrl").cloned(),
            };
            if is_it(&client) {
                return Ok(Some(client));
            }
        }
        Ok(None)
    }

    /// Checks the merchantId that a request names.
    pub(crate) fn check_merchant_id(&self, merchant_id: &str) -> Result<(), Answer> {
        if merchant_id == self.merchant_id { Ok(()) } else { Err(Answer::new(codes::MERCHANT)) }
    }

    /// Checks that cards can be bound for it.
    pub(crate) fn check_issuer(&self) -> Result<(), Answer> {
        if self.has_issuer { Ok(()) } else { Err(Answer::new(codes::NOT_REGISTERED)) }
    }

    /// The client secret.
    pub(crate) fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Checks a signature that was made with the client's private key.
    pub(crate) fn has_signed(&self, text: &str, signature: &str) -> bool {
        self.public_key.as_ref().is_some_and(|key| verify_rsa(key, text, signature))
    }
}

async fn profile(
    snap: &Snap,
    scheme: &str,
    name: &str,
) -> Result<Option<std::sync::Arc<MerchantProfile>>, Answer> {
    let found = snap.merchants.by_login(scheme, name).await.map_err(refusal::directory)?;
    let Some(merchant) = found else { return Ok(None) };
    snap.merchants.by_id(&merchant).await.map_err(refusal::directory)
}
