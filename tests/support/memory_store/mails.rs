//! The outbox of e-mails.

use super::callbacks::Callbacks;
use purser_actors::ports::{MailState, MailUpdate, MailWrite, Slot, StoredMail};
use purser_subjects::Timestamp;
use std::cmp::Reverse;

impl Callbacks {
    pub(super) fn put_mail(&mut self, write: &MailWrite) {
        let mail = write.mail.clone();
        let (id, due_at) = (mail.id, mail.at);
        let state = MailState::Waiting;
        let stored = StoredMail { mail, state, attempts: 0, due_at, error: None };
        self.mails.insert(id, (write.slot, stored));
    }

    pub(super) fn mails(&self, limit: u32) -> Vec<StoredMail> {
        let mut mails: Vec<_> = self.mails.values().map(|(_, stored)| stored).collect();
        mails.sort_by_key(|stored| (Reverse(stored.mail.at), stored.mail.id));
        mails.into_iter().take(limit as usize).cloned().collect()
    }

    fn waiting(&self, slots: &[Slot]) -> impl Iterator<Item = &StoredMail> {
        let waits = |(slot, stored): &&(Slot, StoredMail)| {
            stored.state == MailState::Waiting && slots.contains(slot)
        };
        self.mails.values().filter(waits).map(|(_, stored)| stored)
    }

    pub(super) fn due_mails(
        &self,
        slots: &[Slot],
        until: Timestamp,
        limit: u32,
    ) -> Vec<StoredMail> {
        let due = self.waiting(slots).filter(|stored| stored.due_at <= until);
        let mut due: Vec<_> = due.cloned().collect();
        due.sort_by_key(|stored| (stored.due_at, stored.mail.id));
        due.truncate(limit as usize);
        due
    }

    pub(super) fn next_mail(&self, slots: &[Slot], after: Timestamp) -> Option<Timestamp> {
        self.waiting(slots).map(|stored| stored.due_at).filter(|at| *at > after).min()
    }

    pub(super) fn update_mail(&mut self, update: &MailUpdate) {
        let Some((_, stored)) = self.mails.get_mut(&update.id) else { return };
        if stored.state == MailState::Waiting && stored.attempts + 1 == update.attempts {
            (stored.state, stored.attempts) = (update.state, update.attempts);
            (stored.due_at, stored.error) = (update.due_at, update.error.clone());
        }
    }
}
