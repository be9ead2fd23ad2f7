//! SNAP, the Indonesian standard for payment interfaces: card bindings and direct debits.
//! `docs/snap.md` is its reference; the pages that customers see are elsewhere.
//!
//! It translates and nothing else: what may happen to a binding or a payment is decided by the core.

mod access_tokens;
mod answer;
mod auth_code;
mod body;
mod caller;
mod card_bind;
mod card_data;
mod codes;
mod debit;
mod fields;
mod headers;
pub mod minify;
pub mod opaque;
mod openapi;
mod otp;
pub mod otp_link;
mod query;
mod refusal;
mod registration;
mod seamless;
mod service;
pub mod signature;
mod target;
mod timestamp;

pub use auth_code::FORMAT;
pub use caller::{CLIENT_SCHEME, PARTNER_SCHEME};
pub use openapi::openapi;

use super::{
    IngressState,
    guard::{Dialect, Guard},
    login_limit::LoginLimit,
};
use crate::{config::SnapConfig, merchants::MerchantDirectory, vault::Vault};
use answer::Answer;
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::IntoResponse,
    routing::any,
};
use caller::Call;
use purser_actors::{
    Client,
    ports::{Clock, Store},
};
use service::{Form, PREFIXES, Service};
use std::{sync::Arc, time::Duration};

/// How long the core is waited for; shorter than the limit of the whole request, so that the answer
/// says what is known.
const ASK_TIMEOUT: Duration = Duration::from_secs(45);

/// What the handlers share.
struct Snap {
    client: Client,
    merchants: MerchantDirectory,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    failures: LoginLimit,
    config: SnapConfig,
    timeout: Duration,
}

impl Snap {
    /// Where customers' browsers reach the platform.
    fn public_url(&self, call: &Call) -> String {
        match (&self.config.public_url, &call.host) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(host)) => format!("http://{host}"),
            (None, None) => String::new(),
        }
    }
}

/// The routes of all forms, with their full paths.
pub(super) fn router(state: &IngressState, guard: Guard) -> Router {
    let client = state.client.named("snap");
    let merchants =
        MerchantDirectory::new(client.clone(), state.store.clone(), state.vault.clone());
    let snap = Arc::new(Snap {
        client,
        merchants,
        store: state.store.clone(),
        vault: state.vault.clone(),
        clock: state.clock.clone(),
        failures: LoginLimit::default(),
        config: state.snap.clone(),
        timeout: ASK_TIMEOUT,
    });
    let mut routes = Router::new();
    for (prefix, form) in PREFIXES {
        for service in Service::ALL {
            let handle = move |State(snap): State<Arc<Snap>>, request: Request| async move {
                serve(&snap, form, *service, request).await.unwrap_or_else(|refusal| refusal)
            };
            routes = routes.route(&format!("{prefix}{}", service.path()), any(handle));
        }
        routes = routes
            .route(prefix, any(nothing))
            .route(&format!("{prefix}/"), any(nothing))
            .route(&format!("{prefix}/{{*path}}"), any(nothing));
    }
    let clock = Arc::clone(&state.clock);
    let write = move |request: Request, next: Next| answer::write(clock.now(), request, next);
    guard.around(routes.with_state(snap), DIALECT).layer(middleware::from_fn(write))
}

/// There is nothing at this path.
async fn nothing() -> Answer {
    Answer::new(codes::ROUTING)
}

async fn serve(
    snap: &Snap,
    form: Form,
    service: Service,
    request: Request,
) -> Result<Answer, Answer> {
    if !service.allows(request.method()) {
        return Err(Answer::new(codes::METHOD));
    }
    let received = body::read(request).await?;
    match service {
        Service::B2b => return access_tokens::b2b(snap, form, &received).await,
        Service::B2b2c => return access_tokens::b2b2c(snap, form, &received).await,
        _ => {}
    }
    let call = Call::authenticate(snap, form, service, received).await?;
    match service {
        Service::CardBind => card_bind::bind(snap, &call).await,
        Service::CardLimit => card_bind::limit(snap, &call).await,
        Service::CardInquiry => card_bind::inquiry(snap, &call).await,
        Service::OtpVerification => otp::verify(snap, &call).await,
        Service::CardUnbind => registration::unbinding(snap, &call, "token").await,
        Service::AccountCreation => registration::creation(snap, &call).await,
        Service::AccountBinding => registration::binding(snap, &call).await,
        Service::AccountInquiry => registration::inquiry(snap, &call).await,
        Service::AccountUnbinding => registration::unbinding(snap, &call, "tokenId").await,
        Service::AuthCode => auth_code::handle(snap, &call).await,
        Service::Payment => debit::pay(snap, &call).await,
        Service::Status => debit::status(snap, &call).await,
        Service::Cancel => debit::cancel(snap, &call).await,
        Service::Refund => debit::refund(snap, &call).await,
        Service::RequestOtp => otp::request(snap, &call).await,
        Service::B2b | Service::B2b2c => Err(Answer::new(codes::GENERAL)),
    }
}

const DIALECT: Dialect = Dialect {
    name: "snap",
    overloaded: || Answer::new(codes::TOO_MANY).into_response(),
    timed_out: || Answer::new(codes::TIMEOUT).into_response(),
    panicked: || Answer::new(codes::INTERNAL).into_response(),
};
