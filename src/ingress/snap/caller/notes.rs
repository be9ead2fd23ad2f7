//! What a call notes for later ones, once: which X-EXTERNAL-ID was used and for what, and what a reference
//! stands for. Each note is the stored answer of one command of the merchant (ARCHITECTURE.md, "What a
//! client names is claimed in the merchant's answers").

use super::Call;
use crate::ingress::snap::{
    Snap,
    answer::Answer,
    codes,
    refusal::{self, Refused},
    service::{Form, Service},
    timestamp,
};
use purser_actors::{AskOptions, ports::AnswerKey};
use purser_subjects::{
    Answer as Stored, ErrorCode,
    merchant::{ClaimRequestId, RequestIdClaimed},
};
use std::time::Duration;
use uuid::Uuid;

impl Call {
    /// The claim of this call's X-EXTERNAL-ID for its client, service and day.
    fn claim(&self, day: &str, used_for: String) -> ClaimRequestId {
        let scope =
            format!("{}:{}:{day}", self.client.client_key, self.service.code(Form::Standard));
        ClaimRequestId { scope, id: self.head.external_id.clone(), used_for }
    }

    /// A scope of this client and day.
    pub(crate) fn daily_scope(&self, snap: &Snap, name: &str) -> String {
        format!("{}:{name}:{}", self.client.client_key, timestamp::day(snap.clock.now()))
    }

    /// Takes the X-EXTERNAL-ID for this call alone. `subject` is what it is about, to be found by it.
    ///
    /// # Errors
    /// 409/00 when it was used before on this day.
    pub(crate) async fn take_external_id(&self, snap: &Snap, subject: &str) -> Result<(), Answer> {
        // The second part makes every call another one.
        let used_for = format!("{subject} {}", Uuid::now_v7().simple());
        self.claim_external_id(snap, used_for).await
    }

    /// Takes the X-EXTERNAL-ID for a flow, within which it may be used again.
    ///
    /// # Errors
    /// 409/00 when it was used for another flow on this day.
    pub(crate) async fn share_external_id(&self, snap: &Snap, flow: &str) -> Result<(), Answer> {
        self.claim_external_id(snap, flow.to_owned()).await
    }

    async fn claim_external_id(&self, snap: &Snap, used_for: String) -> Result<(), Answer> {
        let claim = self.claim(&timestamp::day(snap.clock.now()), used_for);
        if self.make(snap, claim).await? { Ok(()) } else { Err(Answer::new(codes::CONFLICT)) }
    }

    /// Notes something once: whether nobody had noted anything else there before.
    pub(crate) async fn note(
        &self,
        snap: &Snap,
        scope: &str,
        id: &str,
        used_for: String,
    ) -> Result<bool, Answer> {
        let claim = ClaimRequestId { scope: scope.to_owned(), id: id.to_owned(), used_for };
        self.make(snap, claim).await
    }

    async fn make(&self, snap: &Snap, claim: ClaimRequestId) -> Result<bool, Answer> {
        let key = claim.key();
        let options = AskOptions {
            key: Some(key),
            fingerprint: None,
            correlation: self.correlation,
            timeout: snap.timeout,
        };
        match snap.client.ask(self.client.merchant.entity_id(), claim, options).await {
            Ok(RequestIdClaimed { .. }) => Ok(true),
            Err(refused) if refused.code == ErrorCode::IdempotencyConflict => Ok(false),
            Err(refused) => Err(Refused(refused).into()),
        }
    }

    /// What was noted, of several places the first that has something.
    pub(crate) async fn noted(
        &self,
        snap: &Snap,
        places: &[(String, String)],
    ) -> Result<Option<String>, Answer> {
        Ok(self.notes(snap, places).await?.into_iter().flatten().next())
    }

    /// What was noted in each of these places.
    pub(crate) async fn notes(
        &self,
        snap: &Snap,
        places: &[(String, String)],
    ) -> Result<Vec<Option<String>>, Answer> {
        let merchant = self.client.merchant.key();
        let keys = places.iter().map(|(scope, id)| {
            let (scope, id, used_for) = (scope.clone(), id.clone(), String::new());
            AnswerKey::of(&merchant, &ClaimRequestId { scope, id, used_for }.key())
        });
        let keys: Vec<_> = keys.collect();
        let answers = snap.store.answers(&keys).await.map_err(refusal::store)?;
        let notes =
            answers.into_iter().map(|stored| {
                match Stored::<RequestIdClaimed>::from_bytes(&stored?.answer?) {
                    Ok(Stored::Ok(claimed)) => Some(claimed.used_for),
                    _ => None,
                }
            });
        Ok(notes.collect())
    }

    /// Where an X-EXTERNAL-ID of another service of this client would be noted, on the last days.
    pub(crate) fn external_places(
        &self,
        snap: &Snap,
        service: Service,
        external_id: &str,
        days: u32,
    ) -> Vec<(String, String)> {
        let now = snap.clock.now();
        let day = |back: u32| {
            let at = now.before(Duration::from_secs(u64::from(back) * 86_400));
            let (key, code) = (&self.client.client_key, service.code(Form::Standard));
            (format!("{key}:{code}:{}", timestamp::day(at)), external_id.to_owned())
        };
        (0..days).map(day).collect()
    }
}
