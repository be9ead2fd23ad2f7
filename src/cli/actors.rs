//! `purser actors`.

use super::merchant::{json, refused};
use crate::{
    admin::{AdminAccess, AdminClient},
    config::Config,
    data_dir::DataDir,
    terminal::{Failure, print, say},
};
use clap::Subcommand;
use purser_subjects::{EntityId, EntityKey, EntityKind};

/// See and release actors that failed too often. Quarantine lives in the running server.
#[derive(Debug, Subcommand)]
pub enum ActorsVerb {
    /// List quarantined actors
    Quarantined {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Let a quarantined actor work again
    Release {
        /// merchant, account, transaction or callback
        #[arg(value_parser = kind)]
        kind: EntityKind,
        /// Its id
        id: EntityId,
    },
}

fn kind(token: &str) -> Result<EntityKind, String> {
    EntityKind::from_token(token).ok_or_else(|| {
        let known = EntityKind::ALL.map(EntityKind::token).join(", ");
        format!("there are actors of the kinds {known}")
    })
}

pub(super) async fn run(verb: ActorsVerb, config: &Config) -> Result<(), Failure> {
    let server = server(config).await?;
    match verb {
        ActorsVerb::Quarantined { json: as_json } => {
            let actors = server.quarantined().await.map_err(refused)?;
            if as_json {
                return print(json(&actors)?);
            }
            if actors.is_empty() {
                say("No actor is quarantined.");
                return Ok(());
            }
            let lines: Vec<_> =
                actors.iter().map(|actor| format!("{} {}", actor.kind, actor.id)).collect();
            print(lines.join("\n"))
        }
        ActorsVerb::Release { kind, id } => {
            let actor = EntityKey::new(kind, id);
            let released = server.release(&actor).await.map_err(refused)?.released;
            if !released {
                return Err(Failure::failed(format!("{actor} is not quarantined")));
            }
            say(&format!("Released {actor}."));
            Ok(())
        }
    }
}

async fn server(config: &Config) -> Result<AdminClient, Failure> {
    let folder = config.data_dir.display();
    let none = || {
        Failure::cannot_begin(format!(
            "no server runs on the data folder {folder}; quarantine ends with the server, so there \
             is nothing to show or release"
        ))
    };
    let dir = DataDir::existing(&config.data_dir).map_err(|_| none())?;
    AdminAccess::server(&dir).await?.ok_or_else(none)
}
