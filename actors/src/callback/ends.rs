//! When an endpoint is disabled, and who is told. Pure.

use super::{CallbackState, Endpoint};
use crate::{
    entity::{Context, Effects, Notice},
    ports::MailRow,
};
use purser_subjects::{
    EndpointId, Timestamp,
    callback::{
        CallbackEvent, DisableReason, EndpointDisabled, EndpointNotice, EndpointStatus, NoticeType,
    },
    encode,
};
use std::time::Duration;

/// An endpoint that accepted nothing for so long is disabled.
const FAILING: Duration = Duration::from_secs(5 * 86_400);

type Happens = Effects<CallbackEvent>;

/// What happens at the end of an attempt, applied as it is collected.
pub(super) struct Ending<'c> {
    after: CallbackState,
    effects: Happens,
    context: &'c Context,
}

impl<'c> Ending<'c> {
    pub(super) fn new(state: &CallbackState, context: &'c Context) -> Self {
        Self { after: state.clone(), effects: Effects::none(), context }
    }

    /// The state after what has happened so far.
    pub(super) fn state(&self) -> &CallbackState {
        &self.after
    }

    pub(super) fn now(&self) -> Timestamp {
        self.context.now
    }

    pub(super) fn happens(&mut self, event: impl Into<CallbackEvent>) {
        let event = event.into();
        self.after.apply(&event);
        self.effects.events.push(event);
    }

    /// Disables the endpoint if the receiver is gone, or was failing since too long ago.
    pub(super) fn finish(mut self, is_gone: bool, failing: Option<Timestamp>) -> Happens {
        let is_failing = failing.is_some_and(|since| self.context.now.since(since) >= FAILING);
        let reason = match (is_gone, is_failing) {
            (true, _) => DisableReason::Gone,
            (false, true) => DisableReason::Failing,
            (false, false) => return self.effects,
        };
        let Some(endpoint) = &self.after.endpoint else { return self.effects };
        // Others that were under way when it was disabled may end so, too.
        if endpoint.status == EndpointStatus::Enabled {
            let disabled = disabled(&self.after, endpoint, reason, true, self.context);
            self.effects.events.extend(disabled.events);
            self.effects.notices.extend(disabled.notices);
            self.effects.mails.extend(disabled.mails);
        }
        self.effects
    }
}

/// The endpoint is disabled; `is_told`: the merchant's other endpoints and its contact are.
pub(super) fn disabled(
    state: &CallbackState,
    endpoint: &Endpoint,
    reason: DisableReason,
    is_told: bool,
    context: &Context,
) -> Happens {
    let sequence = state.notices + 1;
    let event = EndpointDisabled { reason, notice: is_told.then_some(sequence), at: context.now };
    let mut effects = Effects { events: vec![event.into()], ..Effects::default() };
    if !is_told {
        return effects;
    }
    let id = EndpointId::from(context.id.clone());
    let (url, at) = (endpoint.url.clone(), context.now);
    let notice = EndpointNotice { endpoint: id.clone(), url, reason: Some(reason), at };
    effects.notices.push(Notice {
        merchant: endpoint.merchant.clone(),
        sequence,
        event: NoticeType::EndpointDisabled,
        except: Some(id),
        payload: encode(&notice).into(),
    });
    if !endpoint.settings.contact.is_empty() {
        effects.mails.push(mail(endpoint, reason, context));
    }
    effects
}

fn mail(endpoint: &Endpoint, reason: DisableReason, context: &Context) -> MailRow {
    let why = match reason {
        DisableReason::Requested => "An operator disabled it.",
        DisableReason::Gone => "It answered 410 Gone.",
        DisableReason::Failing => "It has accepted nothing for five days.",
    };
    let (id, url) = (&context.id, without_query(&endpoint.url));
    MailRow {
        id: context.derived_id(2),
        at: context.now,
        merchant: endpoint.merchant.clone(),
        recipient: endpoint.settings.contact.clone(),
        subject: "Your notification endpoint was disabled".to_owned(),
        text: format!(
            "Notifications to {url} (endpoint {id}) are held back.\n{why}\n\nThose that wait are kept \
             and go on when you enable the endpoint again.\n"
        ),
    }
}

/// A URL as it may be shown: queries often carry what identifies an order, or a secret.
pub(super) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}
