//! Card brands by issuer identification number.

/// Ranges of the first six digits, inclusive, as the schemes publish them. The first match counts, so
/// a range inside another one stands before it.
const RANGES: &[(u32, u32, &str)] = &[
    // NPCI (RuPay)
    (508_500, 508_999, "RUPAY"),
    (606_985, 607_984, "RUPAY"),
    (608_001, 608_500, "RUPAY"),
    (652_150, 653_149, "RUPAY"),
    (817_200, 820_199, "RUPAY"),
    // Visa
    (400_000, 499_999, "VISA"),
    // Mastercard
    (510_000, 559_999, "MC"),
    (222_100, 272_099, "MC"),
    // American Express
    (340_000, 349_999, "AMEX"),
    (370_000, 379_999, "AMEX"),
    // Diners Club
    (300_000, 305_999, "DINER"),
    (309_500, 309_599, "DINER"),
    (360_000, 369_999, "DINER"),
    (380_000, 399_999, "DINER"),
    // Discover
    (601_100, 601_199, "DISC"),
    (644_000, 659_999, "DISC"),
    // JCB
    (352_800, 358_999, "JCB"),
    // UnionPay; its numbers from 622126 to 622925 are accepted by Discover, but issued by UnionPay
    (620_000, 629_999, "CUP"),
    (810_000, 817_199, "CUP"),
    // Maestro
    (500_000, 509_999, "MAESTRO"),
    (560_000, 589_999, "MAESTRO"),
    (630_400, 630_499, "MAESTRO"),
    (639_000, 639_099, "MAESTRO"),
    (670_000, 679_999, "MAESTRO"),
];

/// Brand of a card by the first six digits of its number; `CARD` where they tell nothing.
pub fn brand_of(number: &str) -> &'static str {
    let iin = number.get(..6).filter(|iin| iin.bytes().all(|b| b.is_ascii_digit()));
    let Some(iin) = iin.and_then(|iin| iin.parse::<u32>().ok()) else { return "CARD" };
    let range = RANGES.iter().find(|(first, last, _)| (*first..=*last).contains(&iin));
    range.map_or("CARD", |(_, _, brand)| brand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_follow_the_first_digits() {
        for (start, brand) in [
            ("424242", "VISA"),
            ("400000", "VISA"),
            ("510510", "MC"),
            ("555555", "MC"),
            ("222099", "CARD"),
            ("222100", "MC"),
            ("272099", "MC"),
            ("272100", "CARD"),
            ("378282", "AMEX"),
            ("340000", "AMEX"),
            ("300000", "DINER"),
            ("309500", "DINER"),
            ("309600", "CARD"),
            ("361234", "DINER"),
            ("385200", "DINER"),
            ("601111", "DISC"),
            ("644000", "DISC"),
            ("650000", "DISC"),
            ("352799", "CARD"),
            ("352800", "JCB"),
            ("358999", "JCB"),
            ("620000", "CUP"),
            ("622126", "CUP"),
            ("810000", "CUP"),
            ("501800", "MAESTRO"),
            ("675964", "MAESTRO"),
            ("639000", "MAESTRO"),
            ("508500", "RUPAY"),
            ("607000", "RUPAY"),
            ("652150", "RUPAY"),
            ("817200", "RUPAY"),
            ("999999", "CARD"),
            ("12345", "CARD"),
            ("42424x", "CARD"),
            ("", "CARD"),
        ] {
            assert_eq!(brand_of(start), brand, "{start}");
        }
    }
}
