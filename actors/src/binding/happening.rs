//! Things that happen one after the other, each to the binding as the one before has left it. Pure.

use super::state::{BindingState, CardBinding};
use crate::entity::{Context, Effects, Notice, Notification, Reply};
use purser_subjects::{
    EndpointId, Rejection,
    binding::{BindingEvent, BindingNotified},
    callback::{BindingNotice, NoticeType},
    encode,
};

/// Effects as they come together.
pub(super) struct Happening<'c> {
    state: BindingState,
    pub(super) effects: Effects<BindingEvent>,
    pub(super) context: &'c Context,
}

impl<'c> Happening<'c> {
    pub(super) fn new(state: &BindingState, context: &'c Context) -> Self {
        Self { state: state.clone(), effects: Effects::default(), context }
    }

    /// The binding as it is by now.
    pub(super) fn binding(&self) -> Option<&CardBinding> {
        self.state.binding.as_deref()
    }

    /// This happens.
    pub(super) fn push(&mut self, event: impl Into<BindingEvent>) {
        let event = event.into();
        self.state.apply(&event);
        self.effects.events.push(event);
    }

    /// The number of the next notice about the binding.
    pub(super) fn next_notice(&self) -> u32 {
        self.binding().map_or(1, |binding| binding.notices + 1)
    }

    /// Tells the merchant: the endpoints that it registered, and the address that came with the session.
    /// The event before it has the notice's number.
    pub(super) fn tell(&mut self, event: NoticeType) {
        let Some(binding) = self.state.binding.as_deref() else { return };
        let notice = BindingNotice { binding: binding.view(&self.context.id) };
        let payload: bytes::Bytes = encode(&notice).into();
        self.effects.notices.push(Notice {
            merchant: binding.merchant.clone(),
            sequence: binding.notices,
            event,
            except: None,
            payload: payload.clone(),
        });
        let Some(target) = binding.notify.clone() else { return };
        let sequence = binding.notifications + 1;
        self.effects.notifications.push(Notification {
            id: self.context.derived_id(self.effects.notifications.len() + 1),
            endpoint: EndpointId::derive(&binding.merchant, &target.url),
            merchant: binding.merchant.clone(),
            sequence,
            event: None,
            format: target.format,
            url: target.url,
            payload,
        });
        self.push(BindingNotified { sequence });
    }

    /// What happened, answered by the binding as it is then.
    pub(super) fn with_view(mut self) -> Result<Effects<BindingEvent>, Rejection> {
        let binding = super::checks::begun(self.binding())?;
        let reply = Reply::ok(binding.view(&self.context.id));
        self.effects.reply = reply;
        Ok(self.effects)
    }
}
