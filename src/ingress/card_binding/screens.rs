//! The pages themselves: from a session as it stands to HTML.

use super::{
    card_form::{CardEcho, CardErrors, HOLDER_MAX},
    destination,
    page::{Clock, Fact, Page, masked_phone},
    sandbox::{self, Sample},
    texts::{Texts, Words},
    words,
};
use crate::pages::{FormTarget, Frame, Refresh, respond};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use purser_subjects::{
    Timestamp,
    binding::{BindingView, OtpView, SessionStage},
};
use uuid::Uuid;

/// Script of the pages.
const SCRIPT: &str = "card-binding.js";
/// Brands that are named beside the field of the number.
const BRANDS: &[&str] = &["Visa", "Mastercard", "JCB", "Amex", "UnionPay"];
/// Seconds after which a page looks again what the bank says.
const LOOK_AGAIN_S: i64 = 2;
/// Seconds for which a success is shown before the customer goes back by itself.
const SUCCESS_SHOWN_S: i64 = 2;
/// The same for what the customer should have time to read.
const FAILURE_SHOWN_S: i64 = 8;

/// What is drawn above the words of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Good,
    Bad,
    Warn,
    Busy,
}

/// A way on.
struct Link {
    url: String,
    words: String,
    /// What happens without a click.
    then: Option<String>,
}

#[derive(Template)]
#[template(path = "card_binding/card.html")]
struct CardScreen<'p> {
    frame: Frame<'p>,
    page: &'p Page,
    /// Number of the step.
    at: u8,
    facts: Vec<Fact>,
    notice: Option<Words>,
    errors: CardErrors,
    echo: CardEcho,
    attempt: String,
    brands: &'static [&'static str],
    holder_max: usize,
    clock: Clock,
    cards: Vec<Sample>,
}

#[derive(Template)]
#[template(path = "card_binding/otp.html")]
struct OtpScreen<'p> {
    frame: Frame<'p>,
    page: &'p Page,
    /// Number of the step.
    at: u8,
    facts: Vec<Fact>,
    sent: String,
    news: Option<&'static str>,
    wrong: Option<String>,
    tries: Option<String>,
    attempt: String,
    resend: String,
    can_resend: bool,
    resends: String,
    clock: Clock,
    codes: Vec<Sample>,
}

#[derive(Template)]
#[template(path = "card_binding/payment.html")]
struct PaymentScreen<'p> {
    frame: Frame<'p>,
    page: &'p Page,
    facts: Vec<Fact>,
    sent: String,
    wrong: Option<&'p str>,
    attempt: String,
    back: Option<String>,
    codes: Vec<Sample>,
}

#[derive(Template)]
#[template(path = "card_binding/outcome.html")]
struct OutcomeScreen<'p> {
    frame: Frame<'p>,
    page: &'p Page,
    /// Number of the step, 0 for none.
    at: u8,
    sign: Sign,
    words: Words,
    facts: Vec<Fact>,
    link: Option<Link>,
}

/// What is wrong with what was just entered.
#[derive(Default)]
pub(crate) struct Fault {
    pub(crate) notice: Option<Words>,
    pub(crate) card: CardErrors,
    pub(crate) echo: CardEcho,
    pub(crate) otp: Option<&'static str>,
    /// Whether another one-time code was just sent.
    pub(crate) resent: bool,
}

/// The page of a session as it stands.
pub(crate) fn session(page: &Page, view: &BindingView, fault: Fault, now: Timestamp) -> Response {
    match view.stage {
        SessionStage::Issued | SessionStage::Opened => card(page, view, fault, now),
        SessionStage::OtpSent => match &view.otp {
            Some(code) => otp(page, view, code, &fault, now),
            None => working(page),
        },
        SessionStage::CardEntered | SessionStage::Verifying => working(page),
        SessionStage::Bound
        | SessionStage::Failed
        | SessionStage::Expired
        | SessionStage::Cancelled => over(page, view),
    }
}

fn card(page: &Page, view: &BindingView, fault: Fault, now: Timestamp) -> Response {
    let texts = page.texts;
    let clock = Clock::new(view.expires_at, now, page.lang);
    let is_wrong = fault.card.any();
    let title = page.title(texts.card_title);
    let again = view.failure.as_ref().and_then(|failure| words::again(texts, failure.reason));
    let screen = CardScreen {
        frame: form_frame(page, &title, &clock),
        page,
        at: 1,
        facts: known(page, view),
        notice: if is_wrong { Some(texts.please_fix) } else { fault.notice.or(again) },
        errors: fault.card,
        echo: fault.echo,
        attempt: card_attempt(view),
        brands: BRANDS,
        holder_max: HOLDER_MAX,
        clock,
        cards: sandbox::cards(page),
    };
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    respond(status, &screen, FormTarget::Here)
}

fn otp(page: &Page, view: &BindingView, code: &OtpView, fault: &Fault, now: Timestamp) -> Response {
    let texts = page.texts;
    let clock = Clock::new(view.expires_at, now, page.lang);
    let reason = view.failure.as_ref().map(|failure| failure.reason);
    let refused = reason.and_then(|reason| words::otp(texts, reason, code.tries_left));
    let form_wrong = fault.otp.map(str::to_owned);
    let wrong = form_wrong.or_else(|| refused.filter(|_| !fault.resent || reason_of_send(view)));
    let tries = (texts.tries_left)(code.tries_left.into());
    let bank = view.bank_code.as_deref().and_then(words::bank);
    let phone = Some(code.sent_to.clone()).filter(|to| !to.is_empty()).or_else(|| phone(view));
    let title = page.title(texts.otp_title);
    let can_resend = code.resends_left > 0;
    let resends = (texts.resends_left)(code.resends_left.into());
    let screen = OtpScreen {
        frame: form_frame(page, &title, &clock),
        page,
        at: 2,
        facts: card_facts(texts, view),
        sent: (texts.otp_sent)(bank, phone.as_deref()),
        news: (fault.resent && wrong.is_none()).then_some(texts.resent),
        tries: wrong.as_ref().is_none_or(|words| !words.contains(&tries)).then_some(tries),
        wrong,
        attempt: otp_attempt(view, code),
        resend: resend_attempt(view, code),
        can_resend,
        resends: if can_resend { resends } else { texts.no_resends.to_owned() },
        clock,
        codes: sandbox::codes(page),
    };
    let is_wrong = fault.otp.is_some();
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    respond(status, &screen, FormTarget::Here)
}

/// Whether the last thing that went wrong is that no other code could be sent.
fn reason_of_send(view: &BindingView) -> bool {
    use purser_subjects::binding::FailureReason::IssuerUnavailable;
    view.failure.as_ref().is_some_and(|failure| failure.reason == IssuerUnavailable)
}

fn working(page: &Page) -> Response {
    let words = page.texts.working;
    let link = Link { url: page.url(), words: page.texts.look_again.to_owned(), then: None };
    let url = page.url();
    let refresh = Refresh { after_s: LOOK_AGAIN_S, url: Some(&url), only_without_script: false };
    outcome(page, 2, Sign::Busy, words, Vec::new(), Some(link), Some(refresh), StatusCode::OK)
}

fn over(page: &Page, view: &BindingView) -> Response {
    let texts = page.texts;
    let (step, sign, words, shown_s) = match view.stage {
        SessionStage::Bound => (3, Sign::Good, texts.bound, SUCCESS_SHOWN_S),
        SessionStage::Expired => (0, Sign::Warn, texts.expired, FAILURE_SHOWN_S),
        SessionStage::Cancelled => (0, Sign::Warn, texts.cancelled, SUCCESS_SHOWN_S),
        _ => {
            let reason = view.failure.as_ref().map(|failure| failure.reason);
            (0, Sign::Bad, words::over(texts, reason), FAILURE_SHOWN_S)
        }
    };
    let facts = if sign == Sign::Good { card_facts(texts, view) } else { Vec::new() };
    let url = destination::of(view);
    let refresh = url.as_deref();
    let refresh =
        refresh.map(|url| Refresh { after_s: shown_s, url: Some(url), only_without_script: false });
    let link = url.clone().map(|url| Link {
        url,
        words: page.say(texts.back),
        then: Some(page.say(texts.going_back)),
    });
    outcome(page, step, sign, words, facts, link, refresh, StatusCode::OK)
}

/// How a payment that was confirmed goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Paid,
    Failed,
    Working,
}

/// The page on which a payment is confirmed.
pub(crate) fn payment(
    page: &Page,
    facts: Vec<Fact>,
    sent: String,
    wrong: Option<&str>,
    back: Option<String>,
    status: StatusCode,
) -> Response {
    let title = page.title(page.texts.pay_title);
    let frame = Frame {
        lang: page.lang.tag(),
        title: &title,
        skip: page.texts.skip,
        script: Some(SCRIPT),
        refresh: None,
    };
    let attempt = Uuid::now_v7().simple().to_string();
    let codes = sandbox::codes(page);
    let screen = PaymentScreen { frame, page, facts, sent, wrong, attempt, back, codes };
    respond(status, &screen, FormTarget::Here)
}

/// The page of a payment that was confirmed, or will not be made.
pub(crate) fn paid(
    page: &Page,
    ending: Ending,
    facts: Vec<Fact>,
    back: Option<String>,
) -> Response {
    let texts = page.texts;
    let here = page.url();
    let (sign, words, shown_s) = match ending {
        Ending::Paid => (Sign::Good, texts.paid, SUCCESS_SHOWN_S),
        Ending::Failed => (Sign::Bad, texts.not_paid, FAILURE_SHOWN_S),
        Ending::Working => (Sign::Busy, texts.paying, LOOK_AGAIN_S),
    };
    let to = if ending == Ending::Working { Some(here.as_str()) } else { back.as_deref() };
    let refresh =
        to.map(|url| Refresh { after_s: shown_s, url: Some(url), only_without_script: false });
    let link = to.map(|url| match ending {
        Ending::Working => {
            Link { url: url.to_owned(), words: texts.look_again.to_owned(), then: None }
        }
        _ => Link {
            url: url.to_owned(),
            words: page.say(texts.back),
            then: Some(page.say(texts.going_back)),
        },
    });
    outcome(page, 0, sign, words, facts, link, refresh, StatusCode::OK)
}

/// A page that needs no session.
pub(crate) fn plain(page: &Page, words: Words, status: StatusCode) -> Response {
    let sign = if status.is_server_error() { Sign::Warn } else { Sign::Bad };
    let link = page.has_session().then(|| Link {
        url: page.url(),
        words: page.texts.try_again.to_owned(),
        then: None,
    });
    outcome(page, 0, sign, words, Vec::new(), link, None, status)
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the page")]
fn outcome(
    page: &Page,
    step: u8,
    sign: Sign,
    words: Words,
    facts: Vec<Fact>,
    link: Option<Link>,
    refresh: Option<Refresh<'_>>,
    status: StatusCode,
) -> Response {
    let title = page.title(words.head);
    let frame = Frame {
        lang: page.lang.tag(),
        title: &title,
        skip: page.texts.skip,
        script: None,
        refresh,
    };
    let screen = OutcomeScreen { frame, page, at: step, sign, words, facts, link };
    respond(status, &screen, FormTarget::Nowhere)
}

/// A page with a form turns into that of the session's end by itself; where there is a script, it sees to
/// that.
fn form_frame<'p>(page: &Page, title: &'p str, clock: &Clock) -> Frame<'p> {
    let refresh = Refresh { after_s: clock.left_s + 2, url: None, only_without_script: true };
    Frame {
        lang: page.lang.tag(),
        title,
        skip: page.texts.skip,
        script: Some(SCRIPT),
        refresh: Some(refresh),
    }
}

/// The customer's phone as it may be shown.
pub(crate) fn phone(view: &BindingView) -> Option<String> {
    view.phone.as_deref().map(masked_phone)
}

/// What the merchant told of the customer.
fn known(page: &Page, view: &BindingView) -> Vec<Fact> {
    let texts = page.texts;
    let bank = view.bank_code.as_deref().map(|code| match words::bank(code) {
        Some(name) => name.to_owned(),
        None => code.to_owned(),
    });
    let phone = phone(view);
    let customer = if phone.is_none() { view.customer.clone() } else { None };
    let facts = [(texts.bank, bank), (texts.phone, phone), (texts.customer, customer)];
    facts.into_iter().filter_map(|(name, value)| Some(Fact { name, value: value? })).collect()
}

pub(crate) fn card_facts(texts: &'static Texts, view: &BindingView) -> Vec<Fact> {
    let value =
        view.card.as_ref().map(|card| format!("{} •••• {}", words::brand(&card.brand), card.last4));
    value.map(|value| Fact { name: texts.linked_card, value }).into_iter().collect()
}

/// Names this entering of a card, so that the same form sent twice is one. The form that is shown after a
/// bank that did not answer is another, though no card counted: the same card may be entered again.
pub(crate) fn card_attempt(view: &BindingView) -> String {
    format!("{}.{}", view.cards_left, view.updated_at.as_millis())
}

/// The same of a one-time code.
pub(crate) fn otp_attempt(view: &BindingView, code: &OtpView) -> String {
    format!("{}.{}", resend_attempt(view, code), code.tries_left)
}

/// The same of another one-time code being asked for.
pub(crate) fn resend_attempt(view: &BindingView, code: &OtpView) -> String {
    format!("{}.{}", view.cards_left, code.resends_left)
}
