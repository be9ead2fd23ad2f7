//! Get OAuth Code, and the like of it with a body: a session in which a customer binds a card.

use super::{
    Snap,
    answer::{Answer, Fields},
    caller::Call,
    codes,
    fields::{self, Charset, Object, Rule, rule},
    opaque::Opaque,
    query::Query,
    seamless::Seamless,
    service::Form,
};
use purser_subjects::{
    BindingId, ErrorCode,
    binding::{IssueSession, Language},
    transaction::NotifyTarget,
};
use std::collections::BTreeMap;

/// Name of SNAP's notifications.
pub const FORMAT: &str = "snap";
/// The only scope there is.
pub(crate) const SCOPE: &str = "CARD_REGISTRATION";
/// `state`: exactly 32 characters, unique for the merchant.
pub(crate) const STATE: Rule = rule(32, 32, Charset::Visible);
/// `merchantId` of the forms that are not the standard's.
pub(crate) const MERCHANT_ID: Rule = rule(6, 6, Charset::Alphanumeric);
/// Values within `additionalInfo`.
const ADDITIONAL: Rule = rule(1, 100, Charset::And(" @.-_+*!~"));
/// Names within `additionalInfo`.
const ADDITIONAL_NAMES: [&str; 3] = ["additionalInfo1", "additionalInfo2", "additionalInfo3"];
/// Longest address of a redirect; the standard's is shorter.
const MAX_URL: usize = 2048;
const MAX_URL_STANDARD: usize = 256;

/// Parameters of the query.
const PARAMETERS: &[&str] = &[
    "redirectUrl",
    "failureRedirectUrl",
    "scopes",
    "state",
    "merchantId",
    "lang",
    "seamlessData",
    "seamlessSign",
    "additionalInfo",
    "additionalInfo1",
    "additionalInfo2",
    "additionalInfo3",
];

/// What a session is begun with, from wherever.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    pub(crate) state: String,
    pub(crate) language: Language,
    pub(crate) redirect_url: Option<String>,
    pub(crate) failure_redirect_url: Option<String>,
    pub(crate) seamless: Seamless,
    pub(crate) details: BTreeMap<String, String>,
}

/// `GET /get-auth-code`.
pub(crate) async fn handle(snap: &Snap, call: &Call) -> Result<Answer, Answer> {
    let query = Query::of(call.query.as_deref(), PARAMETERS)?;
    let max_url = if call.form == Form::Standard { MAX_URL_STANDARD } else { MAX_URL };
    let redirect_url = url(&query, "redirectUrl", max_url)?;
    if redirect_url.is_none() && call.form == Form::Standard {
        return Err(Answer::missing("redirectUrl"));
    }
    let failure_redirect_url = url(&query, "failureRedirectUrl", max_url)?;
    let scopes = query.required("scopes", rule(1, 256, Charset::Visible))?;
    if scopes != SCOPE {
        return Err(Answer::invalid("scopes", SCOPE));
    }
    let state = query.required("state", STATE)?.to_owned();
    let merchant_id = match call.form {
        Form::Standard => query.text("merchantId", rule(1, 64, Charset::Alphanumeric))?,
        _ => Some(query.required("merchantId", MERCHANT_ID)?),
    };
    if let Some(merchant_id) = merchant_id {
        call.client.check_merchant_id(merchant_id)?;
    }
    let language = language(query.text("lang", rule(2, 2, Charset::Alphanumeric))?, "lang")?;
    let seamless = query.text("seamlessData", rule(1, 1024, Charset::Text))?;
    let seamless = match (call.form, seamless) {
        (Form::Standard, None) => Seamless::default(),
        (Form::Standard, Some(text)) => {
            let sign = query.required("seamlessSign", rule(1, 2048, Charset::Visible))?;
            Seamless::standard(text, sign, &call.client, snap.clock.now())?
        }
        (_, None) => return Err(Answer::missing("seamlessData")),
        (_, Some(text)) => Seamless::briefs(text)?,
    };
    let details = additional(&query)?;
    let wish = Wish { state, language, redirect_url, failure_redirect_url, seamless, details };
    let echoed = wish.state.clone();
    let code = begin(snap, call, wish).await?;
    Ok(Answer::ok(Fields::new().with("authCode", code.text()).with("state", echoed)))
}

/// Begins a session: its code.
pub(crate) async fn begin(snap: &Snap, call: &Call, wish: Wish) -> Result<Opaque, Answer> {
    call.client.check_issuer()?;
    let binding = BindingId::derive(&call.client.merchant, &wish.state);
    call.take_external_id(snap, &format!("session:{binding}")).await?;
    let code = Opaque::random(&binding);
    let issue = session(snap, call, wish, &code);
    // A code is drawn for every request, so none of them is a repetition of another.
    let key = Some(format!("issue:{}", code.digest()));
    call.ask(snap, binding.entity_id(), key, issue).await.map_err(|refused| {
        if refused.is(ErrorCode::AlreadyExists) {
            Answer::of(codes::CONFLICT, "state").describe("The state began a session before.")
        } else {
            refused.into()
        }
    })?;
    Ok(code)
}

/// The command that begins a session.
pub(crate) fn session(snap: &Snap, call: &Call, wish: Wish, code: &Opaque) -> IssueSession {
    let Wish { state, language, redirect_url, failure_redirect_url, seamless, mut details } = wish;
    details.insert("externalId".to_owned(), call.head.external_id.clone());
    details.insert("merchantId".to_owned(), call.client.merchant_id.clone());
    let notify = call.client.notify_url.clone();
    IssueSession {
        merchant: call.client.merchant.clone(),
        state,
        code: code.digest(),
        valid_secs: snap.config.session_ttl_secs,
        language,
        scopes: vec![SCOPE.to_owned()],
        redirect_url,
        failure_redirect_url,
        customer: seamless.user_id,
        phone: seamless.mobile_number,
        bank_code: seamless.bank_code,
        details,
        notify: notify.map(|url| NotifyTarget { url, format: FORMAT.to_owned() }),
    }
}

/// `ID` or `EN`; without a word Indonesian. The standard writes small letters too.
pub(crate) fn language(text: Option<&str>, field: &str) -> Result<Language, Answer> {
    match text {
        None | Some("ID" | "id") => Ok(Language::Id),
        Some("EN" | "en") => Ok(Language::En),
        Some(_) => Err(Answer::invalid(field, "ID or EN")),
    }
}

fn url(query: &Query, name: &str, max_bytes: usize) -> Result<Option<String>, Answer> {
    let Some(url) = query.text(name, rule(1, MAX_URL, Charset::Visible))? else { return Ok(None) };
    fields::url(name, url, max_bytes)?;
    Ok(Some(url.to_owned()))
}

/// `additionalInfo`, as an object of additionalInfo1 to 3, as one text, or as parameters of these names.
fn additional(query: &Query) -> Result<BTreeMap<String, String>, Answer> {
    let mut details = BTreeMap::new();
    if let Some(text) = query.text("additionalInfo", rule(1, 1024, Charset::Text))? {
        if text.starts_with('{') {
            let invalid =
                || Answer::invalid("additionalInfo", "additionalInfo1 to additionalInfo3");
            let object = super::body::object(text.as_bytes()).map_err(|_| invalid())?;
            if object.keys().any(|name| !ADDITIONAL_NAMES.contains(&name.as_str())) {
                return Err(invalid());
            }
            let object = Object::at(&object, "additionalInfo");
            for name in ADDITIONAL_NAMES {
                let value = object.text(name, ADDITIONAL)?;
                details.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            }
        } else {
            ADDITIONAL.check("additionalInfo", text)?;
            details.insert("additionalInfo".to_owned(), text.to_owned());
        }
    }
    for name in ADDITIONAL_NAMES {
        let value = query.text(name, ADDITIONAL)?;
        details.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    Ok(details)
}
