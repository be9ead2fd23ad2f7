//! How a command looks on `purser.dead`.

use purser_actors::ports::Headers;
use purser_subjects::{Rejection, headers};

/// A reason is for people to read, not a place to store things.
const LONGEST_REASON: usize = 512;

/// The subject on which the command of `subject` is buried: `purser.dead` in place of `purser.cmd`.
pub(super) fn subject(subject: &str) -> String {
    let mut tokens = subject.splitn(3, '.');
    let (prefix, _, rest) = (tokens.next(), tokens.next(), tokens.next());
    format!("{}.dead.{}", prefix.unwrap_or_default(), rest.unwrap_or("unknown"))
}

/// Why it was buried, after how many deliveries.
pub(super) fn headers(reason: &Rejection, attempt: u64) -> Headers {
    // A line break would end the header.
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let why: String = reason.message.chars().map(plain).take(LONGEST_REASON).collect();
    [
        (headers::REASON, why),
        (headers::CODE, reason.code.as_str().to_owned()),
        (headers::ATTEMPT, attempt.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use purser_subjects::ErrorCode;

    #[test]
    fn whatever_came_as_a_command_has_a_subject_to_be_buried_on() {
        for (command, dead) in [
            ("purser.cmd.account.39.alice.transfer", "purser.dead.account.39.alice.transfer"),
            ("purser.cmd.nonsense", "purser.dead.nonsense"),
            ("purser.cmd", "purser.dead.unknown"),
        ] {
            assert_eq!(subject(command), dead);
        }
    }

    #[test]
    fn a_reason_stays_within_its_header() {
        let reason =
            Rejection::new(ErrorCode::InvalidMessage, "a\r\nb: c".to_owned() + &"x".repeat(600));
        let headers = headers(&reason, 3);
        assert_eq!(headers[0].1.len(), LONGEST_REASON);
        assert!(headers[0].1.starts_with("a  b: c"), "{headers:?}");
        assert_eq!(
            headers[1..].iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
            ["invalid_message", "3"]
        );
    }
}
