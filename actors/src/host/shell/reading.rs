//! What an actor has the store answer, and how it learns what the store says of its balance.

use super::{Asker, Shell};
use crate::{
    entity::{Entity, Read, answer_error},
    host::{
        deliver::Deliver,
        reads::{self, Subject},
    },
    ports::AccountWrite,
};
use actix::{ActorFutureExt, AsyncContext, WrapFuture};
use purser_subjects::{ErrorCode, Rejection};

impl<E: Entity> Shell<E> {
    /// Has the store answer.
    pub(super) fn read(&mut self, read: Read, asker: Asker) {
        let Some(AccountWrite { account, terms, status }) = E::account(&self.key.id, &self.state)
        else {
            let missing = Rejection::new(ErrorCode::NotFound, "the account was never opened");
            return self.refuse(missing, asker);
        };
        let Some(caller) = asker.caller else { return };
        let services = self.services.clone();
        let incarnation = self.incarnation.clone();
        self.services.io.spawn(async move {
            let subject = Subject { account, terms, status };
            let answer = match reads::answer(&services, incarnation, subject, read).await {
                Ok(answer) => answer.into(),
                Err(rejection) => answer_error(rejection),
            };
            let _ = caller.send(answer);
        });
    }

    /// Reads the balance from the store, and takes the message again. No other message is handled
    /// meanwhile, so all that was decided before is in what is read.
    pub(super) fn refresh_then(&mut self, again: Deliver<E>, ctx: &mut actix::Context<Self>) {
        let services = self.services.clone();
        let (key, incarnation) = (self.key.clone(), self.incarnation.clone());
        let reading = async move {
            services.journal.barrier_of(incarnation).await?;
            let begun = services.next_arrival();
            let stored = services.reader.entity(key).await.map_err(|_| reads::store_failed())?;
            Ok::<_, Rejection>((begun, stored))
        };
        let reading = reading.into_actor(self).map(move |read, shell, ctx| match read {
            Ok((begun, stored)) => {
                shell.refreshed = begun;
                E::refresh(&mut shell.state, &stored);
                shell.supervised(again, ctx);
            }
            Err(rejection) => {
                shell.answer(answer_error(rejection), again.reply);
            }
        });
        ctx.wait(reading);
    }
}
