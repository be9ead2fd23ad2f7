//! Operators' control of a node: merchants and quarantined actors. Verbs reach the operations through a
//! Unix socket in the data folder; where no server runs, the verb itself serves it for as long as it takes.

mod access;
mod api;
mod api_keys;
mod callbacks;
mod client;
mod credentials;
mod mails;
mod operations;
mod router;
mod snap;
mod socket;
mod terms;

pub use access::AdminAccess;
pub use api::{
    ApiAccess, GatewayCredentials, MerchantAccess, MerchantPage, MerchantSummary, NewMerchant,
    QuarantinedActor, Released,
};
pub use api_keys::{ApiKeySummary, CreatedApiKey, NewApiKey};
pub use callbacks::{EndpointFilter, SecretRotation};
pub use client::AdminClient;
pub use credentials::random_merchant_id;
pub use mails::MailView;
pub use operations::Operations;
pub use router::router;
pub use snap::{SnapAccess, SnapChange, SnapSummary};
pub use socket::{ControlSocket, SocketError};
pub use terms::TermsChange;
