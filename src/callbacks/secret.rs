//! New secrets of registered endpoints.

use super::Callbacks;
use crate::messenger::SECRET_PURPOSE;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};
use purser_subjects::{
    EndpointId, MerchantId,
    callback::{EndpointSecret, SigningKey},
};
use rand::{RngExt, distr::Alphanumeric};
use zeroize::Zeroizing;

/// Purposes of what is derived from idempotency keys.
const DERIVED_SECRET: &str = "endpoint-secret-of-key";
const DERIVED_SEED: &str = "endpoint-seed-of-key";
const DERIVED_ID: &str = "endpoint-id-of-key";
/// Characters of an id after its prefix.
const ID_LENGTH: usize = 24;
const ID_PREFIX: &str = "ep_";

/// Where a new secret comes from.
#[derive(Clone, Copy, Debug)]
pub enum SecretSource<'a> {
    /// It is drawn.
    Random,
    /// It is derived, under the master key, from what names the request that asks for it: sent again,
    /// the request is answered with the same secret, though it is stored for nobody to read.
    Request(&'a str),
}

/// A secret in the forms that its two owners need.
pub struct NewSecret {
    /// For the merchant, shown once: `whsec_` and base64.
    pub text: Zeroizing<String>,
    /// For the merchant, if asymmetric signatures are wanted too: `whpk_` and base64.
    pub public_key: Option<String>,
    /// For the endpoint.
    pub sealed: EndpointSecret,
}

impl Callbacks {
    /// A new secret for `endpoint`, with an Ed25519 key pair too if it is to be `asymmetric`.
    pub fn new_secret(
        &self,
        endpoint: &EndpointId,
        source: SecretSource<'_>,
        asymmetric: bool,
    ) -> NewSecret {
        let draw = |purpose| match source {
            SecretSource::Random => Zeroizing::new(rand::rng().random::<[u8; 32]>()),
            SecretSource::Request(name) => {
                let named = format!("{endpoint}|{name}");
                Zeroizing::new(self.vault.fingerprint(purpose, named.as_bytes()))
            }
        };
        let seal = |bytes: &[u8; 32]| self.vault.seal(SECRET_PURPOSE, endpoint.as_str(), bytes);
        let hmac = draw(DERIVED_SECRET);
        let ed25519 = asymmetric.then(|| {
            let seed = draw(DERIVED_SEED);
            let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).expect("a seed has 32 bytes");
            let public = format!("whpk_{}", STANDARD.encode(pair.public_key()));
            SigningKey { seed: seal(&seed), public }
        });
        NewSecret {
            text: Zeroizing::new(format!("whsec_{}", STANDARD.encode(*hmac))),
            public_key: ed25519.as_ref().map(|key| key.public.clone()),
            sealed: EndpointSecret { hmac: seal(&hmac), ed25519 },
        }
    }

    /// The id of an endpoint to register: of requests with one idempotency key, the same.
    pub fn new_endpoint_id(&self, merchant: &MerchantId, key: Option<&str>) -> EndpointId {
        let name: String = match key {
            None => rand::rng().sample_iter(Alphanumeric).take(ID_LENGTH).map(char::from).collect(),
            Some(key) => {
                let named = format!("{merchant}|{key}");
                hex::encode(self.vault.fingerprint(DERIVED_ID, named.as_bytes()))
            }
        };
        let name = &name[..ID_LENGTH];
        format!("{ID_PREFIX}{name}").parse().expect("letters and digits are an id")
    }
}
