//! The page on which a customer binds a card, below [`PREFIX`]: the card, then the one-time code of the
//! bank, then back to the merchant. It holds no state: what a session is and may become is decided by the
//! core.
//!
//! Pages work without scripts. There is no cookie: whoever has the session's code is the customer, so no
//! page of somebody else can act for one.

mod card_form;
mod code;
mod destination;
mod form;
mod page;
mod payment;
mod sandbox;
mod screens;
mod steps;
mod texts;
mod words;

use super::{
    IngressState,
    guard::{Dialect, Guard, net},
};
use crate::{card::CardSecret, merchants::MerchantDirectory, pages::assets, vault::Vault};
use axum::{Router, http::StatusCode, response::Response, routing::get};
use code::SessionCode;
use page::Page;
use purser_actors::{Client, ports::Clock};
use purser_subjects::binding::EnterCard;
use std::{sync::Arc, time::Duration};
use texts::{Lang, Texts, Words};

/// Where the page is.
pub const PREFIX: &str = "/dd-card-binding";

/// Where a card holder confirms a payment.
const PAYMENT: &str = "/dd-otp";

/// How long the core is waited for where it has to ask nobody.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it is waited for where it asks an issuer; then the customer sees that it takes longer.
const ISSUER_TIMEOUT: Duration = Duration::from_secs(12);
/// Purpose of the digests that tell two forms apart.
const REQUEST_PURPOSE: &str = "card-binding-form";

/// What the handlers share.
struct Binder {
    client: Client,
    merchants: MerchantDirectory,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

impl Binder {
    /// The command that enters a card: sealed with its code for the issuer, and without it for later.
    fn card(&self, code: &SessionCode, card: &CardSecret, holder: &str) -> EnterCard {
        EnterCard {
            code: code.digest(),
            card: card.summary(holder),
            sealed_card: card.seal_for_binding(&self.vault, code.binding()),
            stored_card: card.without_code().seal_for_binding(&self.vault, code.binding()),
            fingerprint: card.fingerprint(&self.vault),
        }
    }
}

/// The pages, and what they are drawn with.
pub(super) fn router(state: &IngressState, guard: Guard) -> Router {
    let client = state.client.named("card-binding");
    let merchants =
        MerchantDirectory::new(client.clone(), state.store.clone(), state.vault.clone());
    let binder = Arc::new(Binder {
        client,
        merchants,
        vault: state.vault.clone(),
        clock: state.clock.clone(),
    });
    let form = |step| format!("{PREFIX}/{step}");
    let routes = Router::new()
        .route(PREFIX, get(steps::show))
        .route(&form("card"), get(steps::elsewhere).post(steps::enter_card))
        .route(&form("otp"), get(steps::elsewhere).post(steps::enter_otp))
        .route(&form("resend"), get(steps::elsewhere).post(steps::resend))
        .route(&form("cancel"), get(steps::elsewhere).post(steps::cancel))
        .route(PAYMENT, get(payment::show))
        .route(&format!("{PAYMENT}/code"), get(payment::elsewhere).post(payment::enter))
        .with_state(binder)
        .method_not_allowed_fallback(async || {
            plain(|texts| texts.strange, StatusCode::METHOD_NOT_ALLOWED)
        });
    guard.around(routes, DIALECT).merge(net(assets::router()))
}

const DIALECT: Dialect = Dialect {
    name: "card-binding",
    overloaded: || plain(|texts| texts.unavailable, StatusCode::SERVICE_UNAVAILABLE),
    timed_out: || plain(|texts| texts.unavailable, StatusCode::SERVICE_UNAVAILABLE),
    panicked: || plain(|texts| texts.unavailable, StatusCode::INTERNAL_SERVER_ERROR),
};

/// A page where nothing is known of who asks.
fn plain(words: fn(&Texts) -> Words, status: StatusCode) -> Response {
    plain_in(Lang::Id, words, status)
}

fn plain_in(lang: Lang, words: fn(&Texts) -> Words, status: StatusCode) -> Response {
    let page = Page::of_nobody(lang);
    screens::plain(&page, words(page.texts), status)
}

#[cfg(test)]
mod tests;
