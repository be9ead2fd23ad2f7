//! Which acquirer a merchant's money goes through.

use super::{connector::ConnectorAcquirer, sandbox::SandboxAcquirer};
use async_trait::async_trait;
use purser_actors::ports::{
    Acquirer, AcquirerOutcome, AcquirerRequest, AcquirerStatus, Payout, StatusQuery,
};
use purser_subjects::{
    ErrorCode, Rejection,
    connector::ConnectorName,
    merchant::{AcquirerName, Environment},
    transaction::{Decline, DeclineReason},
};
use std::collections::BTreeMap;

/// Sends sandbox money to the sandbox alone, and live money to the acquirer that the merchant's terms
/// name.
pub struct AcquirerRouter {
    sandbox: SandboxAcquirer,
    connectors: BTreeMap<ConnectorName, ConnectorAcquirer>,
}

impl AcquirerRouter {
    /// A router to `sandbox` and to `connectors`.
    pub fn new(
        sandbox: SandboxAcquirer,
        connectors: BTreeMap<ConnectorName, ConnectorAcquirer>,
    ) -> Self {
        Self { sandbox, connectors }
    }

    fn choose(
        &self,
        environment: Environment,
        acquirer: Option<&AcquirerName>,
    ) -> Result<&dyn Acquirer, Rejection> {
        // Not stored as the answer of an idempotency key: the operator can mend it.
        let unavailable = |why: String| Err(Rejection::new(ErrorCode::Unavailable, why));
        match (environment, acquirer) {
            (Environment::Sandbox, _) => Ok(&self.sandbox),
            (Environment::Live, None) => {
                unavailable("the live merchant has no acquirer; set one in its terms".to_owned())
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

/// Nothing was sent, and nothing will be.
fn not_sent(rejection: Rejection) -> AcquirerOutcome {
    AcquirerOutcome::Declined(Decline {
        reason: DeclineReason::NotSupported,
        code: "57".to_owned(),
        message: rejection.message,
    })
}

#[async_trait]
impl Acquirer for AcquirerRouter {
    fn serves(
        &self,
        environment: Environment,
        acquirer: Option<&AcquirerName>,
    ) -> Result<(), Rejection> {
        self.choose(environment, acquirer).map(|_| ())
    }

    async fn execute(&self, request: AcquirerRequest) -> AcquirerOutcome {
        match self.choose(request.environment, request.acquirer.as_ref()) {
            Ok(acquirer) => acquirer.execute(request).await,
            Err(rejection) => not_sent(rejection),
        }
    }

    async fn status(&self, query: StatusQuery) -> AcquirerStatus {
        match self.choose(query.environment, query.acquirer.as_ref()) {
            Ok(acquirer) => acquirer.status(query).await,
            Err(_) => AcquirerStatus::Unknown,
        }
    }

    async fn pay_out(&self, payout: Payout) -> AcquirerOutcome {
        match self.choose(payout.environment, payout.acquirer.as_ref()) {
            Ok(acquirer) => acquirer.pay_out(payout).await,
            Err(rejection) => not_sent(rejection),
        }
    }

    async fn payout_status(&self, payout: Payout) -> AcquirerStatus {
        match self.choose(payout.environment, payout.acquirer.as_ref()) {
            Ok(acquirer) => acquirer.payout_status(payout).await,
            Err(_) => AcquirerStatus::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
