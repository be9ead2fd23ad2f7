//! The operations, through the control socket of a running server.

use super::{
    api::{MerchantAccess, MerchantPage, MerchantSummary, NewMerchant, QuarantinedActor, Released},
    socket::{ControlSocket, SocketError},
    terms::TermsChange,
};
use purser_subjects::{EntityKey, ErrorCode, MerchantId, Rejection};
use reqwest::{Client, Method};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// Longer than the server itself waits for an actor.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The operations of a running server.
pub struct AdminClient {
    http: Client,
    // Keeps the path of the socket valid.
    _socket: ControlSocket,
}

impl AdminClient {
    /// The server behind `socket`; `None` when nobody listens there.
    ///
    /// # Errors
    /// When the socket is there and may not be used.
    pub async fn connect(socket: ControlSocket) -> Result<Option<Self>, SocketError> {
        if !socket.is_served().await? {
            return Ok(None);
        }
        let http = Client::builder()
            .unix_socket(socket.path())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| SocketError::Io(std::io::Error::other(error)))?;
        Ok(Some(Self { http, _socket: socket }))
    }

    /// Creates a merchant.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn create(&self, new: &NewMerchant) -> Result<MerchantAccess, Rejection> {
        self.call(Method::POST, "merchants", Some(new)).await
    }

    /// A page of merchants.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn list(&self, after: Option<&MerchantId>) -> Result<MerchantPage, Rejection> {
        let after = after.map(|id| format!("?after={id}")).unwrap_or_default();
        self.call(Method::GET, &format!("merchants{after}"), None::<&()>).await
    }

    /// Stops new payments of a merchant.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn suspend(&self, id: &MerchantId) -> Result<MerchantSummary, Rejection> {
        self.call(Method::POST, &format!("merchants/{id}/suspend"), None::<&()>).await
    }

    /// Ends a merchant's suspension.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn reinstate(&self, id: &MerchantId) -> Result<MerchantSummary, Rejection> {
        self.call(Method::POST, &format!("merchants/{id}/reinstate"), None::<&()>).await
    }

    /// Changes some of a merchant's terms.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn set_terms(
        &self,
        id: &MerchantId,
        change: &TermsChange,
    ) -> Result<MerchantSummary, Rejection> {
        self.call(Method::PUT, &format!("merchants/{id}/terms"), Some(change)).await
    }

    /// Actors that failed too often.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn quarantined(&self) -> Result<Vec<QuarantinedActor>, Rejection> {
        self.call(Method::GET, "actors/quarantined", None::<&()>).await
    }

    /// Lets a quarantined actor work again.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn release(&self, actor: &EntityKey) -> Result<Released, Rejection> {
        let path = format!("actors/{}/{}/release", actor.kind, actor.id);
        self.call(Method::POST, &path, None::<&()>).await
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Rejection> {
        let mut request = self.http.request(method, format!("http://purser/{path}"));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| no_answer(&error))?;
        if answer.status().is_success() {
            return answer.json().await.map_err(|error| no_answer(&error));
        }
        let status = answer.status();
        Err(answer.json().await.unwrap_or_else(|_| {
            let message = format!("the server answered {status}");
            Rejection::new(ErrorCode::InvalidMessage, message)
        }))
    }
}

fn no_answer(error: &reqwest::Error) -> Rejection {
    let why = crate::terminal::chain(error);
    Rejection::new(ErrorCode::Unavailable, format!("the running server did not answer: {why}"))
}
