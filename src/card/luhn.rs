//! The check digit of card numbers (ISO/IEC 7812-1, annex B).

/// Whether the last digit of `number` is its check digit. False for anything but digits.
pub fn luhn_valid(number: &str) -> bool {
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .map(|b| u32::from(b - b'0'))
        .enumerate()
        .map(|(position, digit)| match (position % 2, digit) {
            (0, digit) => digit,
            (_, digit @ 0..=4) => 2 * digit,
            (_, digit) => 2 * digit - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_have_their_check_digit() {
        for number in ["4242424242424242", "378282246310005", "6011111111111117", "18", "0"] {
            assert!(luhn_valid(number), "{number}");
        }
    }

    #[test]
    fn one_wrong_digit_is_always_noticed() {
        let good = "4242424242424242";
        for position in 0..good.len() {
            for digit in '0'..='9' {
                let mut number = good.to_owned();
                number.replace_range(position..=position, &digit.to_string());
                assert_eq!(luhn_valid(&number), number == good, "{number}");
            }
        }
    }

    #[test]
    fn other_text_is_invalid() {
        for text in ["", "4242 4242 4242 4242", "424242424242424x", "٤٢"] {
            assert!(!luhn_valid(text), "{text:?}");
        }
    }
}
