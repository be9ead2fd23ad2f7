//! Clients: they ask, wait, and ask again with the same key.

use super::{
    command::{Answer, Command, Way},
    history::History,
    world::World,
};
use purser_actors::{Client, ports::Bus};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// Somebody outside who asks.
#[derive(Clone)]
pub(crate) struct SimClient {
    pub(crate) world: Arc<World>,
    pub(crate) client: Client,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) history: Arc<History>,
}

impl SimClient {
    /// Asks until there is a definite answer.
    pub(crate) async fn ask(&self, command: &Command) -> Answer {
        loop {
            if let Some(answer) = self.try_once(command).await {
                return answer;
            }
            sleep(Duration::from_millis(self.world.dice.between(50, 700))).await;
        }
    }

    /// Asks once; `None` when the answer is not definite or does not come.
    pub(crate) async fn try_once(&self, command: &Command) -> Option<Answer> {
        self.history.asks(command);
        let answer = command.go(Way::Ask(&self.client)).await;
        if answer.as_ref().is_err_and(|refusal| refusal.code.is_retryable()) {
            return None;
        }
        let told = answer.as_ref().map(|_| "done").map_err(|refusal| refusal.code);
        self.world.note(format_args!("{} is answered {told:?}", command.key));
        self.history.answered(command, &answer);
        Some(answer)
    }

    /// Does `commands` one after the other. Some it gives up on, some it asks twice at the
    /// same time, and some it hands over to the bus.
    pub(crate) async fn run(&self, commands: Vec<Command>) {
        for command in commands {
            match self.world.dice.below(10) {
                0 => drop(self.try_once(&command).await),
                1 | 2 => {
                    let twin = async {
                        sleep(Duration::from_millis(self.world.dice.below(30))).await;
                        self.ask(&command).await
                    };
                    drop(tokio::join!(self.ask(&command), twin));
                }
                3 | 4 => {
                    self.history.asks(&command);
                    drop(command.go(Way::Submit(&*self.bus)).await);
                    self.history.submitted(&command);
                }
                _ => drop(self.ask(&command).await),
            }
            sleep(Duration::from_millis(self.world.dice.below(400))).await;
        }
    }
}
