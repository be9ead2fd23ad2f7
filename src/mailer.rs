//! Sends e-mails over SMTP. Which, when and how often is the core's matter; here is one try.
//!
//! E-mails about merchants of the sandbox are kept and not sent: play money bothers nobody.

use crate::{config::SmtpConfig, messenger::guard::Sandboxes};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{Error, extension::ClientId},
};
use purser_actors::ports::{MailOutcome, MailRow};
use std::{
    fmt,
    net::IpAddr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use url::{Host, Url};

/// For each answer of the mail server.
const ANSWER: Duration = Duration::from_secs(20);
/// For a whole try.
const TOTAL: Duration = Duration::from_secs(60);
/// Characters of what went wrong that are kept.
const SHOWN: usize = 300;

/// A way to one mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    sandboxes: Arc<dyn Sandboxes>,
}

/// Why the settings cannot be used. Tells no password.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// There is a server and no sender, or a sender and no server.
    #[error("smtp.url and smtp.from go together: set both or none")]
    Half,
    /// The sender is no address.
    #[error("smtp.from: no e-mail address such as 'Purser <notices@pay.example>'")]
    From,
    /// The URL cannot be used.
    #[error(
        "smtp.url: must look like smtps://user:password@host or \
         smtp://user:password@host:587?tls=required"
    )]
    Url,
    /// The password would travel in clear.
    #[error(
        "smtp.url: a password goes only over TLS (smtps://, or ?tls=required), or to this machine"
    )]
    InClear,
}

impl SmtpMailer {
    /// The mailer of the settings, if they name a mail server.
    ///
    /// # Errors
    /// [`MailerError`].
    pub fn of(
        config: &SmtpConfig,
        sandboxes: Arc<dyn Sandboxes>,
    ) -> Result<Option<Self>, MailerError> {
        let (url, from) = match (&config.url, &config.from) {
            (None, None) => return Ok(None),
            (Some(url), Some(from)) => (url.expose(), from),
            _ => return Err(MailerError::Half),
        };
        let from: Mailbox = from.parse().map_err(|_| MailerError::From)?;
        check(url)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let transport = builder
            .map_err(|_| MailerError::Url)?
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(ANSWER))
            .build();
        Ok(Some(Self { transport, from, sandboxes }))
    }

    /// Tries once.
    pub async fn send(&self, mail: &MailRow) -> MailOutcome {
        match self.sandboxes.is_sandbox(&mail.merchant).await {
            Ok(true) => return MailOutcome::Kept,
            Ok(false) => {}
            Err(error) => return MailOutcome::Failed(shown(&error)),
        }
        let message = match self.message(mail) {
            Ok(message) => message,
            Err(error) => return MailOutcome::Refused(shown(&error)),
        };
        match tokio::time::timeout(TOTAL, self.transport.send(message)).await {
            Ok(Ok(_)) => MailOutcome::Sent,
            Ok(Err(error)) => judge(&error),
            Err(_) => MailOutcome::Unreachable("the mail server took too long".to_owned()),
        }
    }

    /// The same bytes for every try, so that servers and people can tell a repetition.
    fn message(&self, mail: &MailRow) -> Result<Message, String> {
        let to: Address = mail.recipient.parse().map_err(|_| "no e-mail address".to_owned())?;
        let sent_at = u64::try_from(mail.at.as_millis()).unwrap_or_default();
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .date(UNIX_EPOCH + Duration::from_millis(sent_at))
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| error.to_string())
    }
}

/// Looks at what the library would take and should not be given.
fn check(text: &str) -> Result<(), MailerError> {
    let url = Url::parse(text).map_err(|_| MailerError::Url)?;
    let is_of_tls = match url.scheme() {
        "smtps" => true,
        "smtp" => url.query_pairs().any(|(name, value)| name == "tls" && value == "required"),
        _ => return Err(MailerError::Url),
    };
    let is_here = match url.host().ok_or(MailerError::Url)? {
        // With such a scheme an address is a name like others.
        Host::Domain(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    if url.password().is_some() && !is_of_tls && !is_here {
        return Err(MailerError::InClear);
    }
    Ok(())
}

/// What an error says of the e-mail. A server that takes nothing from us, because it does not know us
/// (RFC 4954, 6) or takes no mail at all (RFC 7504), says nothing of it.
fn judge(error: &Error) -> MailOutcome {
    let code = error.status().map(u16::from);
    let text = shown(&error.to_string());
    match code {
        Some(521 | 530 | 534 | 535 | 538) => MailOutcome::Unreachable(text),
        Some(500..) => MailOutcome::Refused(text),
        Some(421 | 432 | 454) | None => MailOutcome::Unreachable(text),
        Some(_) => MailOutcome::Failed(text),
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer").field("from", &self.from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use purser_subjects::MerchantId;

    struct Nobody;

    #[async_trait]
    impl Sandboxes for Nobody {
        async fn is_sandbox(&self, _: &MerchantId) -> Result<bool, String> {
            Ok(false)
        }
    }

    fn mailer(url: Option<&str>, from: Option<&str>) -> Result<Option<SmtpMailer>, MailerError> {
        let url = url.map(|url| url.parse().unwrap());
        let config = SmtpConfig { url, from: from.map(str::to_owned) };
        SmtpMailer::of(&config, Arc::new(Nobody))
    }

    #[tokio::test]
    async fn settings_that_cannot_work_are_refused_without_telling_the_password() {
        let from = Some("Purser <notices@pay.example>");
        assert!(mailer(None, None).unwrap().is_none());
        for url in [
            "smtps://u:hunter2@mail.example",
            "smtp://u:hunter2@mail.example:587?tls=required",
            "smtp://u:hunter2@127.0.0.1:2525",
            "smtp://relay.internal",
        ] {
            assert!(mailer(Some(url), from).unwrap().is_some(), "{url}");
        }
        for (url, from) in [
            (Some("smtps://mail.example"), None),
            (None, from),
            (Some("smtps://mail.example"), Some("nobody")),
            (Some("imap://u:hunter2@mail.example"), from),
            (Some("hunter2"), from),
            (Some("smtp://u:hunter2@mail.example"), from),
            (Some("smtp://u:hunter2@mail.example?tls=opportunistic"), from),
        ] {
            let error = mailer(url, from).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_mail_is_the_same_whenever_it_is_sent() {
        let mailer = mailer(Some("smtp://127.0.0.1:1"), Some("Purser <notices@pay.example>"));
        let mail = MailRow {
            id: uuid::Uuid::nil(),
            at: purser_subjects::Timestamp::from_millis(784_111_777_000),
            merchant: "10001".parse().unwrap(),
            recipient: "ops@shop.example".into(),
            subject: "Your endpoint".into(),
            text: "It was disabled.\n".into(),
        };
        let mailer = mailer.unwrap().unwrap();
        let bytes = mailer.message(&mail).unwrap().formatted();
        assert_eq!(bytes, mailer.message(&mail).unwrap().formatted());
        let text = String::from_utf8(bytes).unwrap();
        for line in [
            "From: Purser <notices@pay.example>\r\n",
            "To: ops@shop.example\r\n",
            "Subject: Your endpoint\r\n",
            "Date: Sun, 06 Nov 1994 08:49:37 +0000\r\n",
            "Message-ID: <00000000-0000-0000-0000-000000000000@pay.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
        ] {
            assert!(text.contains(line), "{line:?} in {text}");
        }
        let to_two = MailRow { recipient: "a@x, b@y".into(), ..mail };
        assert!(mailer.message(&to_two).is_err());
    }
}
