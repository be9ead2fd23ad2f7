//! `purser mails`.

use super::{
    merchant::{json, refused},
    table::Table,
};
use crate::{
    admin::{AdminAccess, MailView},
    config::Config,
    terminal::{Failure, print},
};
use clap::Args;

/// Which e-mails are shown.
#[derive(Clone, Debug, Args)]
pub struct MailOptions {
    /// At most so many, newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Print one JSON document, with the texts
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: MailOptions, config: &Config) -> Result<(), Failure> {
    let admin = AdminAccess::open(config).await?;
    let outcome = admin.mails(options.limit).await.map_err(refused);
    admin.close().await;
    let mails = outcome?;
    print(if options.json { json(&mails)? } else { table(&mails) })
}

fn table(mails: &[MailView]) -> String {
    let mut table = Table::new(["CAUSED", "STATUS", "TRIES", "NEXT", "TO", "SUBJECT", "ERROR"]);
    for mail in mails {
        table.row([
            &mail.at,
            &mail.status,
            &mail.attempts.to_string(),
            mail.next_attempt_at.as_deref().unwrap_or_default(),
            &mail.to,
            &mail.subject,
            mail.error.as_deref().unwrap_or_default(),
        ]);
    }
    table.text()
}
