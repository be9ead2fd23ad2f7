//! Operators' control of a node: merchants and quarantined actors. Verbs reach the operations through a
//! Unix socket in the data folder; where no server runs, the verb itself serves it for as long as it takes.

mod access;
mod api;
mod client;
mod credentials;
mod operations;
mod router;
mod socket;
mod terms;

pub use access::AdminAccess;
pub use api::{
    GatewayCredentials, MerchantAccess, MerchantPage, MerchantSummary, NewMerchant,
    QuarantinedActor, Released,
};
pub use client::AdminClient;
pub use credentials::random_merchant_id;
pub use operations::Operations;
pub use router::router;
pub use socket::{ControlSocket, SocketError};
pub use terms::TermsChange;
