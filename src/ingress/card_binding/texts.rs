//! What the pages say, in Indonesian and English. A language is a value of [`Texts`], so none can lack a
//! text.

mod en;
mod id;

use purser_subjects::binding::Language;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    /// Indonesian, where nothing else was asked for.
    Id,
    /// English.
    En,
}

impl Lang {
    /// Every language.
    pub(crate) const ALL: [Self; 2] = [Self::Id, Self::En];

    /// The language of a session.
    pub(crate) fn of(language: Language) -> Self {
        match language {
            Language::Id => Self::Id,
            Language::En => Self::En,
        }
    }

    /// The language that `ID`, `en` and the like stand for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(name))
    }

    /// The language that a browser asks for (RFC 9110, 12.5.4), by the order alone.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        let tags = header.split(',').map(|tag| tag.split([';', '-']).next().unwrap_or_default());
        tags.map(str::trim).find_map(Self::named)
    }

    /// Its tag (BCP 47).
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// Its tag as it is shown.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::En => "EN",
        }
    }

    /// Its name in itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "Bahasa Indonesia",
            Self::En => "English",
        }
    }

    /// What is said in it.
    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Self::Id => &id::TEXTS,
            Self::En => &en::TEXTS,
        }
    }
}

/// Head and words of an outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) head: &'static str,
    pub(crate) body: &'static str,
}

/// Everything that is said. `{}` stands for the merchant's name, if it is known; functions take what
/// else a text is about.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) skip: &'static str,
    pub(crate) language: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) safe: &'static str,
    pub(crate) the_shop: &'static str,
    pub(crate) steps: &'static str,
    pub(crate) step_card: &'static str,
    pub(crate) step_otp: &'static str,
    pub(crate) step_done: &'static str,
    pub(crate) time_left: &'static str,
    pub(crate) valid_until: &'static str,
    pub(crate) please_fix: Words,

    pub(crate) card_title: &'static str,
    pub(crate) card_lead: &'static str,
    pub(crate) bank: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) customer: &'static str,
    pub(crate) number: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) brands: &'static str,
    pub(crate) holder: &'static str,
    pub(crate) expiry: &'static str,
    pub(crate) expiry_hint: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_hint: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) cancel: &'static str,

    pub(crate) otp_title: &'static str,
    pub(crate) otp_sent: fn(bank: Option<&str>, phone: Option<&str>) -> String,
    pub(crate) otp: &'static str,
    pub(crate) otp_hint: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) tries_left: fn(u32) -> String,
    pub(crate) wrong_otp: fn(u32) -> String,
    pub(crate) resend: &'static str,
    pub(crate) resends_left: fn(u32) -> String,
    pub(crate) resent: &'static str,
    pub(crate) no_resends: &'static str,
    pub(crate) otp_expired: &'static str,
    pub(crate) bank_silent: &'static str,

    pub(crate) number_missing: &'static str,
    pub(crate) number_wrong: &'static str,
    pub(crate) holder_missing: &'static str,
    pub(crate) holder_wrong: &'static str,
    pub(crate) expiry_missing: &'static str,
    pub(crate) expiry_wrong: &'static str,
    pub(crate) expiry_past: &'static str,
    pub(crate) code_missing: &'static str,
    pub(crate) code_wrong: &'static str,
    pub(crate) otp_missing: &'static str,
    pub(crate) otp_form: &'static str,

    /// Another card may be entered.
    pub(crate) refused_again: Words,
    pub(crate) blocked_again: Words,
    pub(crate) expired_again: Words,
    pub(crate) unsupported_again: Words,
    pub(crate) silent_again: Words,
    pub(crate) bound_again: Words,

    pub(crate) working: Words,
    pub(crate) look_again: &'static str,
    pub(crate) bound: Words,
    pub(crate) linked_card: &'static str,
    pub(crate) failed: Words,
    pub(crate) refused_card: Words,
    pub(crate) blocked: Words,
    pub(crate) unsupported: Words,
    pub(crate) silent: Words,
    pub(crate) expired: Words,
    pub(crate) cancelled: Words,
    pub(crate) unknown: Words,
    pub(crate) unavailable: Words,
    pub(crate) too_large: Words,
    pub(crate) strange: Words,
    pub(crate) try_again: &'static str,
    pub(crate) back: &'static str,
    pub(crate) going_back: &'static str,
    pub(crate) close: &'static str,

    pub(crate) sandbox_title: &'static str,
    pub(crate) sandbox_card: &'static str,
    pub(crate) sandbox_otp: &'static str,
    pub(crate) sandbox_number: &'static str,
    pub(crate) sandbox_code: &'static str,
    pub(crate) sandbox_what: &'static str,
    pub(crate) sandbox_fill: &'static str,
    pub(crate) sandbox_other: &'static str,

    pub(crate) pay_purpose: &'static str,
    pub(crate) pay_title: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) wrong_code: &'static str,
    pub(crate) paid: Words,
    pub(crate) not_paid: Words,
    pub(crate) paying: Words,
}

/// `text` with `{}` replaced by `name`.
pub(crate) fn about(text: &str, name: &str) -> String {
    text.replace("{}", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_by_name_and_by_what_browsers_ask_for() {
        assert_eq!(Lang::named("ID"), Some(Lang::Id));
        assert_eq!(Lang::named("en"), Some(Lang::En));
        assert_eq!(Lang::named("fr"), None);
        assert_eq!(Lang::accepted("fr-FR, en-GB;q=0.8, id;q=0.5"), Some(Lang::En));
        assert_eq!(Lang::accepted("id-ID,id;q=0.9,en;q=0.8"), Some(Lang::Id));
        assert_eq!(Lang::accepted("fr"), None);
        assert_eq!(Lang::accepted(""), None);
    }

    #[test]
    fn texts_with_a_number_name_it_and_texts_about_the_merchant_can() {
        for lang in Lang::ALL {
            let texts = lang.texts();
            for count in [1, 2, 3] {
                let count_text = count.to_string();
                assert!((texts.tries_left)(count).contains(&count_text));
                assert!((texts.wrong_otp)(count).contains(&count_text));
                assert!((texts.resends_left)(count).contains(&count_text));
            }
            let sent = (texts.otp_sent)(Some("BRI"), Some("0812 **** 789"));
            assert!(sent.contains("BRI") && sent.contains("789"), "{sent}");
            assert!(!(texts.otp_sent)(None, None).contains("  "));
            assert!(about(texts.card_lead, "Toko").contains("Toko"));
            assert!(about(texts.back, "Toko").contains("Toko"));
        }
    }

    #[test]
    fn one_try_and_one_resend_are_singular_in_english() {
        let texts = Lang::En.texts();
        assert!((texts.tries_left)(1).contains("1 try"));
        assert!((texts.tries_left)(2).contains("2 tries"));
        assert!(!(texts.resends_left)(1).contains("times"));
    }
}
