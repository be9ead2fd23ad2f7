//! `/dd-otp`: where a card holder gives the one-time code of a payment. Its address holds, sealed, all that
//! it must know; whether the code is right, and what then becomes of the payment, is decided by the core.

use super::{
    ASK_TIMEOUT, Binder, ISSUER_TIMEOUT, REQUEST_PURPOSE, card_form, destination,
    form::{Form, NoForm},
    page::{Fact, Page},
    screens::{self, Ending},
    steps::{NoSession, parameter},
    texts::Lang,
    words,
};
use crate::{
    card::seal_otp,
    ingress::snap::otp_link::{self, OtpLink},
    pages::guarded,
    telemetry::CorrelationId,
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use purser_actors::AskOptions;
use purser_subjects::{
    Ask, EntityId, ErrorCode, Rejection,
    binding::{
        BindingView, ChallengeProof, ChargeStage, ChargeView, InquireBinding, InquireCharge,
        VerifyChallenge,
    },
    merchant::Environment,
    transaction::{Inquire, PaymentStatus},
};
use std::sync::Arc;
use uuid::Uuid;

/// A visit to a payment.
struct Visit<'b> {
    binder: &'b Binder,
    token: String,
    link: OtpLink,
    lang: Option<Lang>,
    options: AskOptions,
}

/// What the page shows.
struct Seen {
    page: Page,
    view: BindingView,
    charge: ChargeView,
}

/// `GET /dd-otp`
pub(crate) async fn show(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    let is_wrong = parameter(&request, "wrong").is_some();
    let visit = Visit::of(&binder, &request)?;
    let seen = visit.seen().await?;
    let wrong = is_wrong.then_some(seen.page.texts.wrong_code);
    Ok(visit.screen(&seen, wrong, StatusCode::OK).await)
}

/// `GET /dd-otp/code`: whoever comes here has reloaded the page of the form by its address.
pub(crate) async fn elsewhere(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    Ok(Visit::of(&binder, &request)?.back(""))
}

/// `POST /dd-otp/code`
pub(crate) async fn enter(
    State(binder): State<Arc<Binder>>,
    request: Request,
) -> Result<Response, NoSession> {
    let binder = &*binder;
    let visit = Visit::of(binder, &request)?;
    let form = Form::read(request).await.map_err(|error| {
        let page = visit.bare();
        let (words, status) = match error {
            NoForm::Strange => (page.texts.strange, StatusCode::FORBIDDEN),
            NoForm::TooLarge => (page.texts.too_large, StatusCode::PAYLOAD_TOO_LARGE),
        };
        NoSession::from(screens::plain(&page, words, status))
    })?;
    let seen = visit.seen().await?;
    if seen.charge.stage != ChargeStage::AwaitingOtp {
        return Ok(visit.back(""));
    }
    let otp = match card_form::otp(form.get("otp"), seen.page.texts) {
        Ok(otp) => otp,
        Err(words) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(visit.screen(&seen, Some(words), status).await);
        }
    };
    let proof = ChallengeProof {
        challenge: visit.link.challenge,
        otp: seal_otp(&binder.vault, &visit.link.binding, &otp),
    };
    let verify = VerifyChallenge { merchant: visit.link.merchant.clone(), proof };
    // The form names its attempt, so that sending it twice is one.
    let attempt = Uuid::parse_str(form.get("attempt")).unwrap_or_default();
    let options = AskOptions {
        key: Some(format!("page-otp:{}", attempt.simple())),
        fingerprint: Some(binder.vault.fingerprint(REQUEST_PURPOSE, otp.as_bytes())),
        timeout: ISSUER_TIMEOUT,
        ..visit.options.clone()
    };
    match binder.client.ask(visit.link.binding.entity_id(), verify, options).await {
        Err(refused) if refused.code == ErrorCode::WrongOtp => Ok(visit.back("&wrong=1")),
        Err(refused) if refused.code == ErrorCode::Overloaded => {
            Err(visit.refused(&refused).into())
        }
        // Whatever else came of it is seen on the page.
        _ => Ok(visit.back("")),
    }
}

impl<'b> Visit<'b> {
    fn of(binder: &'b Binder, request: &Request) -> Result<Self, NoSession> {
        let lang = parameter(request, "lang").and_then(|name| Lang::named(&name));
        let token = parameter(request, "token").unwrap_or_default();
        let correlation = request.extensions().get::<CorrelationId>().map(|id| id.0);
        let options = AskOptions { correlation, timeout: ASK_TIMEOUT, ..AskOptions::default() };
        match otp_link::open(&binder.vault, &token) {
            Some(link) => Ok(Self { binder, token, link, lang, options }),
            None => {
                let lang = lang.unwrap_or(Lang::Id);
                Err(super::plain_in(lang, |texts| texts.unknown, StatusCode::NOT_FOUND).into())
            }
        }
    }

    async fn ask<A: Ask>(&self, id: &EntityId, command: A) -> Result<A::Reply, Response> {
        let asked = self.binder.client.ask(id, command, self.options.clone()).await;
        asked.map_err(|refused| self.refused(&refused))
    }

    async fn seen(&self) -> Result<Seen, Response> {
        let merchant = self.link.merchant.clone();
        let id = self.link.binding.entity_id();
        let view = self.ask(id, InquireBinding { merchant: merchant.clone() }).await?;
        let payment = self.link.payment.clone();
        let charge = self.ask(id, InquireCharge { merchant, payment }).await?;
        let mut page = Page::of_payment(&self.token, self.lang, Lang::of(view.language));
        if let Ok(Some(profile)) = self.binder.merchants.by_id(&view.merchant).await {
            page.merchant = Some(profile.name.clone());
            page.sandbox = profile.environment == Environment::Sandbox;
        }
        Ok(Seen { page, view, charge })
    }

    /// The page as the charge stands.
    async fn screen(&self, seen: &Seen, wrong: Option<&str>, status: StatusCode) -> Response {
        let Seen { page, view, charge } = seen;
        let back = self.link.return_url.as_deref().and_then(destination::plain);
        let amount = words::amount(page.lang, charge.amount);
        let mut facts = vec![Fact { name: page.texts.amount, value: amount }];
        facts.extend(screens::card_facts(page.texts, view));
        match charge.stage {
            ChargeStage::AwaitingOtp => {
                let bank = view.bank_code.as_deref().and_then(words::bank);
                let sent = (page.texts.otp_sent)(bank, screens::phone(view).as_deref());
                screens::payment(page, facts, sent, wrong, back, status)
            }
            ChargeStage::Accepted => {
                let ending = match self.paid().await {
                    Ok(ending) => ending,
                    Err(page) => return page,
                };
                screens::paid(page, ending, facts, back)
            }
            ChargeStage::Released | ChargeStage::Failed | ChargeStage::Cancelled => {
                screens::paid(page, Ending::Failed, facts, back)
            }
        }
    }

    /// What became of the payment.
    async fn paid(&self) -> Result<Ending, Response> {
        let inquire = Inquire { merchant: self.link.merchant.clone() };
        let id = self.link.payment.entity_id();
        match self.binder.client.ask(id, inquire, self.options.clone()).await {
            Ok(payment) => Ok(match payment.status {
                PaymentStatus::Authorising => Ending::Working,
                PaymentStatus::Declined => Ending::Failed,
                _ => Ending::Paid,
            }),
            // The binding has accepted it and is just telling the payment.
            Err(refused) if refused.code == ErrorCode::NotFound => Ok(Ending::Working),
            Err(refused) => Err(self.refused(&refused)),
        }
    }

    fn bare(&self) -> Page {
        Page::of_payment(&self.token, self.lang, self.lang.unwrap_or(Lang::Id))
    }

    fn refused(&self, refused: &Rejection) -> Response {
        let page = self.bare();
        if refused.code == ErrorCode::NotFound {
            return screens::plain(&page, page.texts.unknown, StatusCode::NOT_FOUND);
        }
        tracing::warn!(code = %refused.code, "a payment's page: {}", refused.message);
        screens::plain(&page, page.texts.unavailable, StatusCode::SERVICE_UNAVAILABLE)
    }

    /// The way to the payment's page, in the language that was chosen.
    fn back(&self, more: &str) -> Response {
        let lang = self.lang.map(|lang| format!("&lang={}", lang.tag())).unwrap_or_default();
        let url = format!("{}?token={}{lang}{more}", super::PAYMENT, self.token);
        guarded(Redirect::to(&url).into_response())
    }
}
