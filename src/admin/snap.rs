//! Clients of the SNAP interface: what they are given, and what can be changed about them.

use super::{client::AdminClient, operations::Operations, router::Refused};
use crate::{
    ingress::snap::{
        CLIENT_SCHEME, PARTNER_SCHEME,
        signature::{PathProfile, PublicKey, to_pem},
    },
    vault::Vault,
};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::put,
};
use purser_subjects::{
    ErrorCode, MerchantId, Rejection,
    merchant::{Credential, MerchantProfile, ReadProfile, RevokeAccessTokens, SetCredential},
};
use rand::{RngExt, distr::Alphanumeric};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Characters of partner and merchant ids, without those that are easily confused.
const READABLE: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Characters of a client secret: 190 bits.
const SECRET_LENGTH: usize = 32;
/// Longest address of notifications that the core keeps.
const MAX_NOTIFY_URL: usize = 255;

/// How a merchant's server proves who it is to the SNAP interface.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapAccess {
    /// `X-CLIENT-KEY`
    pub client_key: String,
    /// The key of every service call's signature.
    pub client_secret: String,
    /// The key of token requests, in PEM; absent where it is not known, since the platform keeps the
    /// public half alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_pem: Option<String>,
    /// `X-PARTNER-ID`
    pub partner_id: String,
    /// `merchantId` of requests.
    pub merchant_id: String,
    /// `CHANNEL-ID`
    pub channel_id: String,
}

impl fmt::Debug for SnapAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SnapAccess({})", self.partner_id)
    }
}

/// Changes to a merchant's SNAP client; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SnapChange {
    /// Its public RSA key, in PEM.
    pub public_key_pem: Option<String>,
    /// `with_query` or `without_query`: which path it signs.
    pub path: Option<String>,
    /// Where it is told of bindings and payments; the empty text: nowhere.
    pub notify_url: Option<String>,
    /// Whether its access tokens are ended.
    pub revoke_tokens: bool,
}

/// What may be told of a SNAP client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapSummary {
    /// `X-CLIENT-KEY`
    pub client_key: String,
    /// `X-PARTNER-ID`
    pub partner_id: String,
    /// `merchantId` of requests.
    pub merchant_id: String,
    /// `CHANNEL-ID`
    pub channel_id: String,
    /// Which path it signs.
    pub path: String,
    /// Where it is told of bindings and payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<String>,
    /// How many access tokens were ended.
    pub revoked_tokens: u32,
}

/// A new client: what it is given, and the two credentials that the merchant keeps of it.
pub(super) async fn new_client(vault: &Vault) -> Result<(SnapAccess, [Credential; 2]), Rejection> {
    let failed = |why: &str| Rejection::new(ErrorCode::Unavailable, format!("RSA key: {why}"));
    // Takes a tenth of a second, and far longer in builds for tests.
    let pair = tokio::task::spawn_blocking(|| KeyPair::generate(KeySize::Rsa2048));
    let pair = pair.await.map_err(|_| failed("cut off"))?.map_err(|_| failed("not made"))?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| failed("not written"))?;
    let public: PublicKeyX509Der<'_> =
        pair.public_key().as_der().map_err(|_| failed("not written"))?;
    let access = {
        let mut rng = rand::rng();
        let bytes: [u8; 16] = rng.random();
        let mut readable = |length: usize| -> String {
            (0..length).map(|_| char::from(READABLE[rng.random_range(0..READABLE.len())])).collect()
        };
        let (partner_id, merchant_id) = (readable(6), readable(6));
        let mut rng = rand::rng();
        SnapAccess {
            client_key: hex::encode(bytes),
            client_secret: (&mut rng)
                .sample_iter(Alphanumeric)
                .take(SECRET_LENGTH)
                .map(char::from)
                .collect(),
            private_key_pem: Some(to_pem(private.as_ref(), "PRIVATE KEY")),
            partner_id,
            merchant_id,
            channel_id: rng.random_range(10_000_u32..100_000).to_string(),
        }
    };
    let public = to_pem(public.as_ref(), "PUBLIC KEY");
    let credentials = credentials(vault, &access, &public);
    Ok((access, credentials))
}

/// What a merchant keeps of a client.
fn credentials(vault: &Vault, access: &SnapAccess, public_key: &str) -> [Credential; 2] {
    let attributes = [
        ("partnerId", access.partner_id.as_str()),
        ("merchantId", &access.merchant_id),
        ("channelId", &access.channel_id),
        ("path", PathProfile::default().as_str()),
        ("publicKey", public_key),
    ];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let context = |scheme: &str, name: &str| format!("{scheme}:{name}");
    let seal = |scheme: &str, name: &str, secret: &str| {
        vault.seal("credential", &context(scheme, name), secret.as_bytes())
    };
    [
        Credential {
            scheme: CLIENT_SCHEME.to_owned(),
            name: access.client_key.clone(),
            secret: seal(CLIENT_SCHEME, &access.client_key, &access.client_secret),
            attributes: attributes.into_iter().map(own).collect(),
        },
        Credential {
            scheme: PARTNER_SCHEME.to_owned(),
            name: access.partner_id.clone(),
            secret: seal(PARTNER_SCHEME, &access.partner_id, ""),
            attributes: BTreeMap::new(),
        },
    ]
}

fn client_of(profile: &MerchantProfile) -> Option<&Credential> {
    profile.credentials.iter().find(|credential| credential.scheme == CLIENT_SCHEME)
}

/// The client of a merchant, without its private key, which is not kept.
pub(super) fn access(
    vault: &Vault,
    profile: &MerchantProfile,
) -> Result<Option<SnapAccess>, Rejection> {
    let Some(credential) = client_of(profile) else { return Ok(None) };
    let unreadable =
        |why: String| Rejection::new(ErrorCode::Unavailable, format!("stored secret: {why}"));
    let secret = vault
        .open("credential", &format!("{CLIENT_SCHEME}:{}", credential.name), &credential.secret)
        .map_err(|error| unreadable(error.to_string()))?;
    let secret =
        String::from_utf8(secret.to_vec()).map_err(|_| unreadable("no text".to_owned()))?;
    let attribute = |name: &str| credential.attributes.get(name).cloned().unwrap_or_default();
    Ok(Some(SnapAccess {
        client_key: credential.name.clone(),
        client_secret: secret,
        private_key_pem: None,
        partner_id: attribute("partnerId"),
        merchant_id: attribute("merchantId"),
        channel_id: attribute("channelId"),
    }))
}

impl Operations {
    /// Gives a merchant a SNAP client, if it has none.
    ///
    /// # Errors
    /// `not_found`, or `unavailable`.
    pub async fn create_snap_client(
        &self,
        merchant: &MerchantId,
    ) -> Result<Option<SnapAccess>, Rejection> {
        if client_of(&self.ask(merchant, ReadProfile {}).await?).is_some() {
            return Ok(None);
        }
        let (access, credentials) = new_client(self.vault()).await?;
        for credential in credentials {
            self.ask(merchant, SetCredential { credential }).await?;
        }
        Ok(Some(access))
    }

    /// Changes a merchant's SNAP client.
    ///
    /// # Errors
    /// `not_found` when there is no such merchant or it has no client, `invalid_field`.
    pub async fn change_snap_client(
        &self,
        merchant: &MerchantId,
        change: SnapChange,
    ) -> Result<SnapSummary, Rejection> {
        let profile = self.ask(merchant, ReadProfile {}).await?;
        let missing = || Rejection::new(ErrorCode::NotFound, "the merchant has no SNAP client");
        let mut credential = client_of(&profile).ok_or_else(missing)?.clone();
        let invalid = |why: &str| Rejection::new(ErrorCode::InvalidField, why);
        let mut changed = Vec::new();
        if let Some(pem) = change.public_key_pem {
            PublicKey::from_pem(&pem).map_err(|error| invalid(&error.to_string()))?;
            changed.push(("publicKey", Some(pem)));
        }
        if let Some(path) = change.path {
            let profile = path.parse::<PathProfile>();
            profile.map_err(|()| invalid("a path profile is with_query or without_query"))?;
            changed.push(("path", Some(path)));
        }
        if let Some(url) = change.notify_url {
            let is_url = |url: &str| {
                url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
            };
            if !url.is_empty() && (url.len() > MAX_NOTIFY_URL || !is_url(&url)) {
                return Err(invalid(
                    "notifications go to an http or https URL of at most 255 bytes",
                ));
            }
            changed.push(("notifyUrl", Some(url).filter(|url| !url.is_empty())));
        }
        let client = credential.name.clone();
        if !changed.is_empty() {
            for (name, value) in changed {
                match value {
                    Some(value) => credential.attributes.insert(name.to_owned(), value),
                    None => credential.attributes.remove(name),
                };
            }
            self.ask(merchant, SetCredential { credential: credential.clone() }).await?;
        }
        let revoked_tokens = match change.revoke_tokens {
            true => self.ask(merchant, RevokeAccessTokens { client: Some(client) }).await?.count,
            false => 0,
        };
        let attribute = |name: &str| credential.attributes.get(name).cloned().unwrap_or_default();
        Ok(SnapSummary {
            client_key: credential.name.clone(),
            partner_id: attribute("partnerId"),
            merchant_id: attribute("merchantId"),
            channel_id: attribute("channelId"),
            path: attribute("path"),
            notify_url: credential.attributes.get("notifyUrl").cloned(),
            revoked_tokens,
        })
    }
}

impl AdminClient {
    /// Changes a merchant's SNAP client.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn change_snap_client(
        &self,
        merchant: &MerchantId,
        change: &SnapChange,
    ) -> Result<SnapSummary, Rejection> {
        self.call(Method::PUT, &format!("merchants/{merchant}/snap"), Some(change)).await
    }
}

/// The operations on SNAP clients over HTTP.
pub(super) fn router() -> Router<Operations> {
    Router::new().route("/merchants/{id}/snap", put(change))
}

async fn change(
    State(admin): State<Operations>,
    Path(id): Path<MerchantId>,
    Json(change): Json<SnapChange>,
) -> Result<Json<SnapSummary>, Refused> {
    Ok(Json(admin.change_snap_client(&id, change).await?))
}
