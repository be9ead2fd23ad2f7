//! What developers may try on the pages of the sandbox: the tables of its issuer. Merchants with real
//! money never see them.

use super::{page::Page, texts::Lang};
use crate::issuers::sandbox::{ISSUED_CARDS, ONE_TIME_CODES};

/// One card or one-time code, and what happens with it.
pub(crate) struct Sample {
    pub(crate) number: &'static str,
    pub(crate) what: &'static str,
}

/// The issuer's words, and the same in Indonesian.
const INDONESIAN: &[(&str, &str)] = &[
    ("Bound with a one-time code", "Terhubung dengan kode OTP"),
    ("Bound; each charge needs a one-time code", "Terhubung; setiap debit memerlukan kode OTP"),
    ("Bound; unbinding needs a one-time code", "Terhubung; pemutusan memerlukan kode OTP"),
    (
        "Bound; charges and unbinding need a one-time code",
        "Terhubung; debit dan pemutusan memerlukan kode OTP",
    ),
    ("Bound at once, without a one-time code", "Langsung terhubung, tanpa kode OTP"),
    ("Bound; charges are declined, 05", "Terhubung; debit ditolak, 05"),
    (
        "Bound; charges are declined, 51 insufficient funds",
        "Terhubung; debit ditolak, 51 saldo tidak cukup",
    ),
    (
        "Bound; charges are declined, 59 suspected fraud",
        "Terhubung; debit ditolak, 59 dugaan penipuan",
    ),
    (
        "Bound; charges are declined, 1A: 3-D Secure is asked for",
        "Terhubung; debit ditolak, 1A: 3-D Secure diminta",
    ),
    ("Bound; refunds are declined, 05", "Terhubung; pengembalian dana ditolak, 05"),
    (
        "Bound; refunds get no answer, found approved later",
        "Terhubung; pengembalian dana tanpa jawaban, kemudian ternyata disetujui",
    ),
    ("Refused: its bank does not take part", "Ditolak: bank belum bekerja sama"),
    ("Refused: the card has expired", "Ditolak: kartu sudah kedaluwarsa"),
    ("Refused: the security code is wrong", "Ditolak: CVV salah"),
    ("Refused: the bank has blocked the card", "Ditolak: kartu diblokir oleh bank"),
    ("Refused: the bank does not offer it", "Ditolak: layanan tidak tersedia di bank"),
    (
        "No answer; found 5 s later: a one-time code was sent",
        "Tidak ada jawaban; 5 detik kemudian ternyata kode OTP terkirim",
    ),
    (
        "No answer; found 5 s later never received; enter it again",
        "Tidak ada jawaban; 5 detik kemudian ternyata tidak diterima; isi lagi",
    ),
    ("Bound; the one-time code comes after 2 s", "Terhubung; kode OTP datang setelah 2 detik"),
    ("Right", "Benar"),
    ("Too late: ask for another", "Kedaluwarsa: minta kode baru"),
    ("No answer; found right 5 s later", "Tidak ada jawaban; 5 detik kemudian ternyata benar"),
    (
        "No answer; found never received 5 s later: give it again",
        "Tidak ada jawaban; 5 detik kemudian ternyata tidak diterima: isi lagi",
    ),
    ("Wrong; the third time it is blocked", "Salah; setelah tiga kali diblokir"),
];

/// The test cards.
pub(crate) fn cards(page: &Page) -> Vec<Sample> {
    let sample = |number, words| Sample { number, what: said(page.lang, words) };
    let cards = ISSUED_CARDS.iter().filter(|_| page.sandbox);
    cards.map(|card| sample(card.number, card.description)).collect()
}

/// The test codes.
pub(crate) fn codes(page: &Page) -> Vec<Sample> {
    let codes = ONE_TIME_CODES.iter().filter(|_| page.sandbox);
    let other = page.texts.sandbox_other;
    let number = |code: &'static str| if code.is_empty() { other } else { code };
    codes
        .map(|code| Sample { number: number(code.code), what: said(page.lang, code.description) })
        .collect()
}

fn said(lang: Lang, words: &'static str) -> &'static str {
    match lang {
        Lang::En => words,
        Lang::Id => {
            let found = INDONESIAN.iter().find(|(english, _)| *english == words);
            found.map_or(words, |(_, indonesian)| indonesian)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_can_be_tried_is_told_in_indonesian() {
        let mut page = Page::of_nobody(Lang::Id);
        page.sandbox = true;
        for sample in cards(&page).into_iter().chain(codes(&page)) {
            let is_translated = INDONESIAN.iter().any(|(_, words)| *words == sample.what);
            assert!(is_translated, "{} is told in English", sample.number);
        }
        page.sandbox = false;
        assert!(cards(&page).is_empty() && codes(&page).is_empty());
    }
}
