//! What the customer does. Everything that changes something is answered with the way back to the page,
//! which shows the session as it stands: so a reload does nothing twice, and what was lost on the way is
//! seen there.

use super::{
    ASK_TIMEOUT, Binder, ISSUER_TIMEOUT, card_form,
    code::SessionCode,
    form::{Form, NoForm},
    page::Page,
    screens::{self, Fault},
    texts::{Lang, Texts, Words},
};
use crate::{card::seal_otp, pages::guarded, telemetry::CorrelationId};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, ErrorCode, Rejection,
    binding::{BindingView, CancelSession, OpenSession, ResendOtp, SessionStage, VerifyOtp},
    merchant::Environment,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// For how long what could not be asked is asked again.
const ASK_AGAIN_FOR: Duration = Duration::from_secs(2);
/// The pause before it is.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(50);
/// Longest name of an attempt that a form carries.
const ATTEMPT_MAX: usize = 32;

/// A visit to a session.
struct Visit<'b> {
    binder: &'b Binder,
    code: SessionCode,
    lang: Option<Lang>,
    options: AskOptions,
}

/// A page that cannot be that of a session.
pub(crate) struct NoSession(Box<Response>);

impl From<Response> for NoSession {
    fn from(page: Response) -> Self {
        Self(Box::new(page))
    }
}

impl IntoResponse for NoSession {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// `GET /dd-card-binding`
pub(crate) async fn show(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    let resent = parameter(&request, "sent").is_some();
    let visit = Visit::of(&binder, &request)?;
    let view = visit.open().await?;
    let page = visit.page(&view).await;
    Ok(screens::session(&page, &view, Fault { resent, ..Fault::default() }, binder.clock.now()))
}

/// `GET` of where a form is sent: whoever comes here has reloaded its page by its address.
pub(crate) async fn elsewhere(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    Ok(Visit::of(&binder, &request)?.back(""))
}

/// `POST /dd-card-binding/card`
pub(crate) async fn enter_card(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    let visit = Visit::of(&binder, &request)?;
    let form = visit.form(request).await?;
    let view = visit.open().await?;
    if !matches!(view.stage, SessionStage::Issued | SessionStage::Opened) {
        return Ok(visit.back(""));
    }
    let page = visit.page(&view).await;
    let now = binder.clock.now();
    let (card, holder) = match card_form::read(&form, page.texts, now) {
        Ok(card) => card,
        Err((card, echo)) => {
            return Ok(screens::session(
                &page,
                &view,
                Fault { card, echo, ..Fault::default() },
                now,
            ));
        }
    };
    let command = binder.card(&visit.code, &card, &holder);
    let typed = [card.number(), card.security_code().unwrap_or_default(), &holder].join("|");
    let typed = format!("{typed}|{}|{}", card.expiry_month(), card.expiry_year());
    let entered = visit.once("card", form.get("attempt"), &typed, command).await?;
    match entered {
        Err(refused) if refused.code == ErrorCode::AlreadyBound => {
            let fault = Fault { notice: Some(page.texts.bound_again), ..Fault::default() };
            Ok(screens::session(&page, &view, fault, now))
        }
        _ => Ok(visit.back("")),
    }
}

/// `POST /dd-card-binding/otp`
pub(crate) async fn enter_otp(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    let visit = Visit::of(&binder, &request)?;
    let form = visit.form(request).await?;
    let view = visit.open().await?;
    if view.stage != SessionStage::OtpSent {
        return Ok(visit.back(""));
    }
    let page = visit.page(&view).await;
    let otp = match card_form::otp(form.get("otp"), page.texts) {
        Ok(otp) => otp,
        Err(words) => {
            let fault = Fault { otp: Some(words), ..Fault::default() };
            return Ok(screens::session(&page, &view, fault, binder.clock.now()));
        }
    };
    let otp_sealed = seal_otp(&binder.vault, visit.code.binding(), &otp);
    let command = VerifyOtp { code: visit.code.digest(), otp: otp_sealed };
    let _ = visit.once("otp", form.get("attempt"), &otp, command).await?;
    Ok(visit.back(""))
}

/// `POST /dd-card-binding/resend`
pub(crate) async fn resend(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    let visit = Visit::of(&binder, &request)?;
    let form = visit.form(request).await?;
    let command = ResendOtp { code: visit.code.digest() };
    let resent = visit.once("resend", form.get("attempt"), "", command).await?;
    Ok(visit.back(if resent.is_ok() { "&sent=1" } else { "" }))
}

/// `POST /dd-card-binding/cancel`
pub(crate) async fn cancel(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    let visit = Visit::of(&binder, &request)?;
    let _ = visit.form(request).await?;
    let command = CancelSession { code: visit.code.digest() };
    // What cannot be cancelled any more is seen on the page.
    let _ = visit.once("cancel", "", "", command).await?;
    Ok(visit.back(""))
}

impl<'b> Visit<'b> {
    fn of(binder: &'b Binder, request: &Request) -> Result<Self, NoSession> {
        let lang = parameter(request, "lang").and_then(|name| Lang::named(&name));
        let code = parameter(request, "authCode").and_then(|text| SessionCode::of(&text));
        let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok()).and_then(Lang::accepted);
        let correlation = request.extensions().get::<CorrelationId>().map(|id| id.0);
        let options = AskOptions { correlation, timeout: ASK_TIMEOUT, ..AskOptions::default() };
        match code {
            Some(code) => Ok(Self { binder, code, lang, options }),
            None => Err(unknown(lang.or(accepted).unwrap_or(Lang::Id))),
        }
    }

    async fn form(&self, request: Request) -> Result<Form, NoSession> {
        Form::read(request).await.map_err(|error| {
            let page = self.bare();
            let (words, status) = match error {
                NoForm::Strange => (page.texts.strange, StatusCode::FORBIDDEN),
                NoForm::TooLarge => (page.texts.too_large, StatusCode::PAYLOAD_TOO_LARGE),
            };
            screens::plain(&page, words, status).into()
        })
    }

    /// The session as it stands; the first time also says that the customer has come.
    async fn open(&self) -> Result<BindingView, NoSession> {
        let command = OpenSession { code: self.code.digest() };
        let id = self.code.binding().entity_id();
        let opened = self.binder.client.ask(id, command, self.options.clone()).await;
        opened.map_err(|refused| self.refused(&refused))
    }

    /// Asks for something that happens once however often this attempt is sent.
    ///
    /// # Errors
    /// A page, where nothing about the session can be said. A refusal by the session is the value.
    async fn once<A: Ask<Reply = BindingView>>(
        &self,
        step: &str,
        attempt: &str,
        typed: &str,
        command: A,
    ) -> Result<Result<BindingView, Rejection>, NoSession> {
        let attempt: String =
            attempt.chars().filter(|c| c.is_ascii_digit() || *c == '.').take(ATTEMPT_MAX).collect();
        let options = AskOptions {
            key: Some(format!("{step}:{attempt}")),
            fingerprint: Some(
                self.binder.vault.fingerprint(super::REQUEST_PURPOSE, typed.as_bytes()),
            ),
            timeout: ISSUER_TIMEOUT,
            ..self.options.clone()
        };
        let id = self.code.binding().entity_id();
        let begun = Instant::now();
        loop {
            let asked = self.binder.client.ask(id, command.clone(), options.clone()).await;
            match asked {
                Err(refused) if refused.code == ErrorCode::Overloaded => {
                    return Err(self.refused(&refused));
                }
                // The session is just read afresh, or moves to another node; the key makes it safe.
                Err(refused) if refused.code.is_retryable() && begun.elapsed() < ASK_AGAIN_FOR => {
                    tokio::time::sleep(ASK_AGAIN_AFTER).await;
                }
                answer => return Ok(answer),
            }
        }
    }

    /// The page of a session that cannot be seen.
    fn refused(&self, refused: &Rejection) -> NoSession {
        if refused.code == ErrorCode::NotFound {
            return unknown(self.lang.unwrap_or(Lang::Id));
        }
        tracing::warn!(code = %refused.code, "a card-binding page: {}", refused.message);
        let page = self.bare();
        let mut response =
            screens::plain(&page, page.texts.unavailable, StatusCode::SERVICE_UNAVAILABLE);
        response.headers_mut().insert(header::RETRY_AFTER, 1.into());
        response.into()
    }

    /// A page that knows nothing of the session but its code.
    fn bare(&self) -> Page {
        Page::of_session(self.code.text(), self.lang, self.lang.unwrap_or(Lang::Id))
    }

    /// A page of the session, with the merchant's name where it can be found out.
    async fn page(&self, view: &BindingView) -> Page {
        let mut page = Page::of_session(self.code.text(), self.lang, Lang::of(view.language));
        match self.binder.merchants.by_id(&view.merchant).await {
            Ok(Some(profile)) => {
                page.merchant = Some(profile.name.clone());
                page.sandbox = profile.environment == Environment::Sandbox;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the merchant of a card-binding page"),
        }
        page
    }

    /// The way to the session's page.
    fn back(&self, more: &str) -> Response {
        let lang = self.lang.map(|lang| format!("&lang={}", lang.tag())).unwrap_or_default();
        let url = format!("{}?authCode={}{lang}{more}", super::PREFIX, self.code.text());
        guarded(Redirect::to(&url).into_response())
    }
}

fn unknown(lang: Lang) -> NoSession {
    say_plainly(lang, |texts| texts.unknown, StatusCode::NOT_FOUND)
}

fn say_plainly(lang: Lang, words: fn(&Texts) -> Words, status: StatusCode) -> NoSession {
    super::plain_in(lang, words, status).into()
}

/// A parameter of the address; only the first of a name counts.
pub(crate) fn parameter(request: &Request, name: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}
