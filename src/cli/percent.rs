//! Percentages as they are typed, exact in hundredths of a percent.

use std::str::FromStr;

/// Hundredths of a percent in 100 %.
const WHOLE_BPS: u32 = 10_000;

/// A percentage from 0 to 100 with at most two decimals, in hundredths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Percent(pub(super) u32);

impl Percent {
    /// The percentage as it would be typed.
    pub(super) fn display(self) -> String {
        let (whole, hundredths) = (self.0 / 100, self.0 % 100);
        match hundredths {
            0 => whole.to_string(),
            tenths if tenths % 10 == 0 => format!("{whole}.{}", tenths / 10),
            _ => format!("{whole}.{hundredths:02}"),
        }
    }
}

impl FromStr for Percent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_suffix('%').unwrap_or(text);
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) {
            return Err("a percentage is written like 2.9");
        }
        if decimals.len() > 2 {
            return Err("a percentage has at most two decimals");
        }
        let above = "a percentage is at most 100";
        let whole: u32 = whole.parse().map_err(|_| above)?;
        let hundredths: u32 = format!("{decimals:0<2}").parse().map_err(|_| above)?;
        let bps = whole.checked_mul(100).and_then(|bps| bps.checked_add(hundredths));
        match bps {
            Some(bps) if bps <= WHOLE_BPS => Ok(Self(bps)),
            _ => Err(above),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        for (text, bps, shown) in [
            ("2.9", 290, "2.9"),
            ("0", 0, "0"),
            ("0.05", 5, "0.05"),
            ("1.10%", 110, "1.1"),
            ("100", 10_000, "100"),
            ("100.00", 10_000, "100"),
        ] {
            let percent: Percent = text.parse().unwrap();
            assert_eq!((percent.0, percent.display().as_str()), (bps, shown), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", ".", "2.", ".9", "-1", "+1", "2,9", "2.901", "100.01", "99999999999", "1e1", "%"]
        {
            assert!(text.parse::<Percent>().is_err(), "{text:?}");
        }
    }
}
