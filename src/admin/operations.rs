//! The operations, next to the node.

use super::{
    api::{
        ApiAccess, GatewayCredentials, MerchantAccess, MerchantPage, MerchantSummary, NewMerchant,
        QuarantinedActor, Released,
    },
    credentials::{PARTNER_ID, random_merchant_id, random_secure_key, random_username},
    snap,
    terms::TermsChange,
};
use crate::{callbacks::Callbacks, ingress::gateway::SCHEME, platform::Supervisor, vault::Vault};
use futures_util::{StreamExt, TryStreamExt, stream};
use purser_actors::{
    AskOptions, Client,
    ports::{Acquirer, Store},
};
use purser_subjects::{
    Ask, EntityKey, ErrorCode, MerchantId, Rejection,
    merchant::{
        CreateMerchant, Credential, Environment, MerchantProfile, MerchantTerms, ReadProfile,
        Reinstate, SetTerms, Suspend,
    },
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// New ids drawn before giving up; one in 90 million draws meets a given merchant.
const DRAWS: usize = 8;
/// Merchants on a page.
const PAGE: u32 = 100;
/// Profiles of a page read at a time.
const READS_AT_ONCE: usize = 8;
/// Label of the key that a merchant gets when it is created.
const FIRST_KEY: &str = "made with the merchant";
/// How long the operator waits for one answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The operations, next to the node.
#[derive(Clone)]
pub struct Operations {
    client: Client,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    acquirer: Arc<dyn Acquirer>,
    supervisor: Supervisor,
    callbacks: Callbacks,
    base_url: Arc<str>,
}

impl Operations {
    /// Operations on the node that `client` reaches; merchants are told that it is at `base_url`.
    pub fn new(
        client: &Client,
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        acquirer: Arc<dyn Acquirer>,
        supervisor: Supervisor,
        base_url: &str,
    ) -> Self {
        let client = client.named("operator");
        let callbacks = Callbacks::new(client.clone(), Arc::clone(&store), Arc::clone(&vault));
        Self { client, store, vault, acquirer, supervisor, callbacks, base_url: base_url.into() }
    }

    /// Creates a merchant under a random id.
    ///
    /// # Errors
    /// The merchant's refusal, for example of terms out of bounds.
    pub async fn create(&self, new: NewMerchant) -> Result<MerchantAccess, Rejection> {
        for _ in 1..DRAWS {
            match self.create_as(&random_merchant_id(), new.clone()).await {
                Err(taken) if taken.code == ErrorCode::AlreadyExists => {}
                outcome => return outcome,
            }
        }
        self.create_as(&random_merchant_id(), new).await
    }

    /// Creates the merchant `id`.
    ///
    /// # Errors
    /// The merchant's refusal; `already_exists` when the id or the drawn log-in name is taken.
    pub async fn create_as(
        &self,
        id: &MerchantId,
        new: NewMerchant,
    ) -> Result<MerchantAccess, Rejection> {
        self.check_acquirer(new.environment, &new.terms)?;
        let username = random_username(&new.name);
        let secure_key = random_secure_key();
        let secret = self.vault.seal("credential", &context(&username), secure_key.as_bytes());
        let credential = Credential {
            scheme: SCHEME.to_owned(),
            name: username,
            secret,
            attributes: BTreeMap::from([("partnerId".to_owned(), PARTNER_ID.to_owned())]),
        };
        let (snap, snap_credentials) = snap::new_client(&self.vault).await?;
        let [client, partner] = snap_credentials;
        let profile = self
            .ask(
                id,
                CreateMerchant {
                    name: new.name,
                    environment: new.environment,
                    credentials: vec![credential, client, partner],
                    terms: new.terms.apply(MerchantTerms::default()),
                },
            )
            .await?;
        let mut access = self.access(&profile)?;
        access.snap = Some(snap);
        match self.issue_api_key(id, profile.environment, FIRST_KEY.to_owned()).await {
            Ok(created) => access.api = Some(ApiAccess { key: created.key }),
            // The merchant is there and can have a key any time; its other credentials are not lost.
            Err(error) => tracing::warn!(%error, merchant = %id, "no API key could be made"),
        }
        Ok(access)
    }

    /// How a merchant's client gets in, its gateway secret opened. API keys are not known.
    ///
    /// # Errors
    /// `not_found` when there is no such merchant, or it has no gateway credential.
    pub async fn reveal(&self, id: &MerchantId) -> Result<MerchantAccess, Rejection> {
        self.access(&self.ask(id, ReadProfile {}).await?)
    }

    /// A page of merchants in the order of ids.
    ///
    /// # Errors
    /// `unavailable` when the store or a merchant does not answer.
    pub async fn list(&self, after: Option<&MerchantId>) -> Result<MerchantPage, Rejection> {
        let ids = self.store.merchants(after, PAGE).await.map_err(|error| {
            Rejection::new(ErrorCode::Unavailable, format!("cannot list merchants: {error}"))
        })?;
        let full = u32::try_from(ids.len()).is_ok_and(|length| length == PAGE);
        let next = ids.last().filter(|_| full).cloned();
        let merchants = stream::iter(ids)
            .map(|id| async move { self.ask(&id, ReadProfile {}).await.map(MerchantSummary::from) })
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(MerchantPage { merchants, next })
    }

    /// Stops new payments of a merchant.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn suspend(&self, id: &MerchantId) -> Result<MerchantSummary, Rejection> {
        self.ask(id, Suspend {}).await.map(Into::into)
    }

    /// Ends a merchant's suspension.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn reinstate(&self, id: &MerchantId) -> Result<MerchantSummary, Rejection> {
        self.ask(id, Reinstate {}).await.map(Into::into)
    }

    /// Changes some of a merchant's terms.
    ///
    /// # Errors
    /// `not_found`, or `invalid_field` for terms out of bounds.
    pub async fn set_terms(
        &self,
        id: &MerchantId,
        change: TermsChange,
    ) -> Result<MerchantSummary, Rejection> {
        let profile = self.ask(id, ReadProfile {}).await?;
        self.check_acquirer(profile.environment, &change)?;
        self.ask(id, SetTerms { terms: change.apply(profile.terms) }).await.map(Into::into)
    }

    /// Seals secrets of merchants.
    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Endpoints and deliveries of all merchants.
    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(super) fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }

    /// Actors that failed too often.
    pub fn quarantined(&self) -> Vec<QuarantinedActor> {
        let actors = self.supervisor.quarantined();
        actors.into_iter().map(|key| QuarantinedActor { kind: key.kind, id: key.id }).collect()
    }

    /// Lets a quarantined actor work again.
    pub fn release(&self, actor: &EntityKey) -> Released {
        Released { released: self.supervisor.release(actor) }
    }

    /// An acquirer that nothing can be sent to is refused where it is named, and not at the first payment.
    fn check_acquirer(
        &self,
        environment: Environment,
        change: &TermsChange,
    ) -> Result<(), Rejection> {
        match &change.acquirer {
            Some(acquirer) => self.acquirer.serves(environment, Some(acquirer)),
            None => Ok(()),
        }
    }

    pub(super) async fn ask<A: Ask>(
        &self,
        id: &MerchantId,
        command: A,
    ) -> Result<A::Reply, Rejection> {
        let options = AskOptions { timeout: TIMEOUT, ..AskOptions::default() };
        self.client.ask(id.entity_id(), command, options).await
    }

    fn access(&self, profile: &MerchantProfile) -> Result<MerchantAccess, Rejection> {
        let credential = profile.credentials.iter().find(|credential| credential.scheme == SCHEME);
        let credential = credential.ok_or_else(|| {
            Rejection::new(ErrorCode::NotFound, "the merchant has no gateway credential")
        })?;
        let unreadable =
            |why: String| Rejection::new(ErrorCode::Unavailable, format!("stored secret: {why}"));
        let secret = self
            .vault
            .open("credential", &context(&credential.name), &credential.secret)
            .map_err(|error| unreadable(error.to_string()))?;
        let secure_key =
            String::from_utf8(secret.to_vec()).map_err(|_| unreadable("no text".to_owned()))?;
        Ok(MerchantAccess {
            base_url: self.base_url.to_string(),
            gateway: GatewayCredentials {
                partner_id: credential.attributes.get("partnerId").cloned().unwrap_or_default(),
                username: credential.name.clone(),
                member_id: profile.merchant.clone(),
                secure_key,
            },
            api: None,
            snap: snap::access(&self.vault, profile)?,
        })
    }
}

/// What a gateway secret is sealed for.
fn context(username: &str) -> String {
    format!("{SCHEME}:{username}")
}
