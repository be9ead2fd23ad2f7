//! What all pages of a session have in common: language, merchant, addresses, and small pieces.

use super::{
    PAYMENT, PREFIX,
    texts::{Lang, Texts, about},
};
use form_urlencoded::Serializer;
use purser_subjects::Timestamp;
use time::{OffsetDateTime, UtcOffset};

/// The page of nobody's session is ours.
const NOBODY: &str = "Purser";

/// What every page knows.
pub(crate) struct Page {
    pub(crate) lang: Lang,
    pub(crate) texts: &'static Texts,
    /// Name of the merchant, where a session says whose it is.
    pub(crate) merchant: Option<String>,
    pub(crate) sandbox: bool,
    /// What the merchant wants of the customer.
    pub(crate) purpose: &'static str,
    /// Where the page is, and its language if nobody chooses another.
    place: Option<(Place, Lang)>,
}

/// The address of a page, which holds all that is known of its visitor.
struct Place {
    path: &'static str,
    parameter: &'static str,
    value: String,
}

/// One way to see the page.
pub(crate) struct LanguageLink {
    pub(crate) tag: &'static str,
    pub(crate) short: &'static str,
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) current: bool,
}

/// A line about the session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// How long the session lasts.
pub(crate) struct Clock {
    /// Seconds that are left.
    pub(crate) left_s: i64,
    /// When it ends, in Jakarta.
    pub(crate) until: String,
}

impl Page {
    /// A page of no session.
    pub(crate) fn of_nobody(lang: Lang) -> Self {
        let texts = lang.texts();
        let purpose = texts.purpose;
        Self { lang, texts, merchant: None, sandbox: false, purpose, place: None }
    }

    /// A page of the session with this code, which is in `session_lang` unless the customer chose `lang`.
    pub(crate) fn of_session(code: &str, lang: Option<Lang>, session_lang: Lang) -> Self {
        let place = Place { path: PREFIX, parameter: "authCode", value: code.to_owned() };
        let place = Some((place, session_lang));
        Self { place, ..Self::of_nobody(lang.unwrap_or(session_lang)) }
    }

    /// A page on which a payment is confirmed.
    pub(crate) fn of_payment(token: &str, lang: Option<Lang>, session_lang: Lang) -> Self {
        let place = Place { path: PAYMENT, parameter: "token", value: token.to_owned() };
        let page = Self::of_nobody(lang.unwrap_or(session_lang));
        Self { purpose: page.texts.pay_purpose, place: Some((place, session_lang)), ..page }
    }

    /// Whether there is a session to come back to.
    pub(crate) fn has_session(&self) -> bool {
        self.place.is_some()
    }

    /// Who asks for the card.
    pub(crate) fn who(&self) -> &str {
        self.merchant.as_deref().unwrap_or(NOBODY)
    }

    /// First letter of its name.
    pub(crate) fn initial(&self) -> String {
        let letter = self.who().chars().find(|c| c.is_alphanumeric());
        letter.map_or_else(|| "•".to_owned(), |letter| letter.to_uppercase().to_string())
    }

    /// A text with the merchant's name in it.
    pub(crate) fn say(&self, text: &str) -> String {
        about(text, self.merchant.as_deref().unwrap_or(self.texts.the_shop))
    }

    /// Title of the window.
    pub(crate) fn title(&self, head: &str) -> String {
        format!("{head} · {}", self.who())
    }

    /// The address of the session's page.
    pub(crate) fn url(&self) -> String {
        self.address("", self.lang)
    }

    /// Where a form of the session is sent.
    pub(crate) fn action(&self, step: &str) -> String {
        self.address(&format!("/{step}"), self.lang)
    }

    /// The page in every language.
    pub(crate) fn languages(&self) -> Option<Vec<LanguageLink>> {
        self.place.as_ref()?;
        let link = |lang: Lang| LanguageLink {
            tag: lang.tag(),
            short: lang.short(),
            name: lang.name(),
            url: self.address("", lang),
            current: lang == self.lang,
        };
        Some(Lang::ALL.map(link).into())
    }

    fn address(&self, below: &str, lang: Lang) -> String {
        let Some((place, session_lang)) = &self.place else { return PREFIX.to_owned() };
        let mut query = Serializer::new(String::new());
        query.append_pair(place.parameter, &place.value);
        if lang != *session_lang {
            query.append_pair("lang", lang.tag());
        }
        format!("{}{below}?{}", place.path, query.finish())
    }
}

impl Clock {
    pub(crate) fn new(expires_at: Timestamp, now: Timestamp, lang: Lang) -> Self {
        let left_ms = expires_at.as_millis().saturating_sub(now.as_millis()).max(0);
        let left_s = left_ms / 1_000 + i64::from(left_ms % 1_000 > 0);
        let at = OffsetDateTime::from_unix_timestamp(expires_at.as_millis().div_euclid(1_000));
        let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        // Western Indonesia keeps UTC+7 all year.
        let at = at.to_offset(UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC));
        let until = match lang {
            Lang::Id => format!("{:02}.{:02} WIB", at.hour(), at.minute()),
            Lang::En => format!("{:02}:{:02} WIB", at.hour(), at.minute()),
        };
        Self { left_s, until }
    }
}

/// A phone number as it may be shown to whoever has the page's address.
pub(crate) fn masked_phone(phone: &str) -> String {
    let all: Vec<char> = phone.chars().collect();
    if all.len() < 9 {
        return "•".repeat(all.len());
    }
    let text = |part: &[char]| part.iter().collect::<String>();
    format!("{} •••• {}", text(&all[..4]), text(&all[all.len() - 3..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_language_where_it_is_not_the_sessions() {
        let code = "ab".repeat(32);
        let own = Page::of_session(&code, None, Lang::Id);
        assert_eq!(own.url(), format!("/dd-card-binding?authCode={code}"));
        let chosen = Page::of_session(&code, Some(Lang::En), Lang::Id);
        assert_eq!(chosen.action("otp"), format!("/dd-card-binding/otp?authCode={code}&lang=en"));
        let links = chosen.languages().unwrap();
        assert_eq!(links.iter().map(|link| link.current).collect::<Vec<_>>(), [false, true]);
        assert_eq!(links[0].url, own.url());
        assert!(Page::of_nobody(Lang::En).languages().is_none());
    }

    #[test]
    fn a_merchant_without_a_letter_has_a_dot() {
        let mut page = Page::of_nobody(Lang::En);
        assert_eq!((page.initial().as_str(), page.say("at {}")), ("P", "at the shop".to_owned()));
        page.merchant = Some("…".to_owned());
        assert_eq!(page.initial(), "•");
        page.merchant = Some("»ölhaus".to_owned());
        assert_eq!((page.initial().as_str(), page.say("at {}")), ("Ö", "at »ölhaus".to_owned()));
    }

    #[test]
    fn the_clock_is_that_of_jakarta_and_never_below_zero() {
        // 2026-03-01T17:05:30.500Z is the day after in Jakarta.
        let end = Timestamp::from_millis(1_772_384_730_500);
        let before = Timestamp::from_millis(1_772_384_700_000);
        let clock = Clock::new(end, before, Lang::Id);
        assert_eq!((clock.left_s, clock.until.as_str()), (31, "00.05 WIB"));
        assert_eq!(Clock::new(before, end, Lang::En).left_s, 0);
    }

    #[test]
    fn most_of_a_phone_number_is_hidden() {
        assert_eq!(masked_phone("6281234567890"), "6281 •••• 890");
        assert_eq!(masked_phone("081234567"), "0812 •••• 567");
        assert_eq!(masked_phone("12345"), "•••••");
    }
}
