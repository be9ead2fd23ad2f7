//! E-mails of all merchants, for the operator.

use super::{client::AdminClient, operations::Operations, router::Refused};
use crate::callbacks::time;
use axum::{
    Json, Router,
    extract::{Query, State},
    routing::get,
};
use purser_actors::ports::{MailState, StoredMail};
use purser_subjects::{ErrorCode, Rejection};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// E-mails that are shown at once, at most.
const MOST: u32 = 1_000;

/// An e-mail, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// Its id.
    pub id: Uuid,
    /// When it was caused, as of RFC 3339.
    pub at: String,
    /// Whose merchant it is about.
    pub merchant: String,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// `waiting`, `sent`, `given_up`, or `kept` (its merchant is one of the sandbox).
    pub status: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<String>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl From<StoredMail> for MailView {
    fn from(stored: StoredMail) -> Self {
        let (status, waits) = match stored.state {
            MailState::Waiting => ("waiting", true),
            MailState::Sent => ("sent", false),
            MailState::GivenUp => ("given_up", false),
            MailState::Kept => ("kept", false),
        };
        let mail = stored.mail;
        Self {
            id: mail.id,
            at: time::text(mail.at),
            merchant: mail.merchant.to_string(),
            to: mail.recipient,
            subject: mail.subject,
            text: mail.text,
            status: status.to_owned(),
            attempts: stored.attempts,
            next_attempt_at: waits.then(|| time::text(stored.due_at)),
            error: stored.error,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Page {
    limit: u32,
}

impl AdminClient {
    /// The newest e-mails, at most so many.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn mails(&self, limit: u32) -> Result<Vec<MailView>, Rejection> {
        self.call(Method::GET, &format!("mails?limit={limit}"), None::<&()>).await
    }
}

/// The operations on e-mails over HTTP.
pub(super) fn router() -> Router<Operations> {
    Router::new().route("/mails", get(newest))
}

async fn newest(
    State(admin): State<Operations>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<MailView>>, Refused> {
    let mails = admin.store().mails(page.limit.min(MOST)).await.map_err(|error| {
        tracing::error!(%error, "the store does not answer");
        Rejection::new(ErrorCode::Unavailable, "the store does not answer")
    })?;
    Ok(Json(mails.into_iter().map(MailView::from).collect()))
}
