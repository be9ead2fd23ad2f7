//! Which issuer a merchant's customers bind cards of.

use super::{connector::ConnectorIssuer, sandbox::SandboxIssuer};
use async_trait::async_trait;
use purser_actors::ports::{CardIssuer, IssuerAnswer, IssuerQuery, IssuerRequest};
use purser_subjects::{
    ErrorCode, Rejection,
    binding::FailureReason,
    connector::ConnectorName,
    merchant::{AcquirerName, Environment},
};
use std::collections::BTreeMap;

/// Sends sandbox merchants' customers to the sandbox alone, and those of live merchants to the issuer that
/// the terms name.
pub struct IssuerRouter {
    sandbox: SandboxIssuer,
    connectors: BTreeMap<ConnectorName, ConnectorIssuer>,
}

impl IssuerRouter {
    /// A router to `sandbox` and to `connectors`.
    pub fn new(
        sandbox: SandboxIssuer,
        connectors: BTreeMap<ConnectorName, ConnectorIssuer>,
    ) -> Self {
        Self { sandbox, connectors }
    }

    fn choose(
        &self,
        environment: Environment,
        issuer: Option<&AcquirerName>,
    ) -> Result<&dyn CardIssuer, Rejection> {
        // Not stored as the answer of an idempotency key: the operator can mend it.
        let unavailable = |why: String| Err(Rejection::new(ErrorCode::Unavailable, why));
        match (environment, issuer) {
            (Environment::Sandbox, _) => Ok(&self.sandbox),
            (Environment::Live, None) => {
                unavailable("the live merchant has no issuer; set one in its terms".to_owned())
            }
            (Environment::Live, Some(AcquirerName::Nats(name))) => {
                match self.connectors.get(name) {
                    Some(connector) => Ok(connector),
                    None => unavailable(format!(
                        "the connector {name} is not configured on this node: it has no key"
                    )),
                }
            }
        }
    }
}

#[async_trait]
impl CardIssuer for IssuerRouter {
    fn serves(
        &self,
        environment: Environment,
        issuer: Option<&AcquirerName>,
    ) -> Result<(), Rejection> {
        self.choose(environment, issuer).map(|_| ())
    }

    async fn execute(&self, request: IssuerRequest) -> IssuerAnswer {
        match self.choose(request.about.environment, request.about.issuer.as_ref()) {
            Ok(issuer) => issuer.execute(request).await,
            // Nothing was sent, and nothing will be.
            Err(rejection) => {
                IssuerAnswer::refused(FailureReason::IssuerUnavailable, "", &rejection.message)
            }
        }
    }

    async fn status(&self, query: IssuerQuery) -> IssuerAnswer {
        match self.choose(query.about.environment, query.about.issuer.as_ref()) {
            Ok(issuer) => issuer.status(query).await,
            Err(_) => IssuerAnswer::Unknown,
        }
    }
}
