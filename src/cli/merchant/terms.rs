//! Terms as they are typed.

use crate::{admin::TermsChange, cli::percent::Percent, terminal::Failure};
use clap::Args;
use purser_subjects::{Currency, Money, merchant::AcquirerName};
use std::str::FromStr;

/// Terms of a merchant. The fee is percent plus fixed, at least the least and at most the most fee.
#[derive(Clone, Debug, Default, Args)]
pub struct TermsOptions {
    /// Percentage of a captured payment, such as 2.9
    #[arg(long, value_name = "PERCENT")]
    fee_percent: Option<Percent>,
    /// Fixed fee, such as 0.30EUR; repeat for other currencies; "none" removes all
    #[arg(long, value_name = "AMOUNT")]
    fee_fixed: Vec<FeeAmount>,
    /// Least fee; repeat for other currencies; "none" removes all
    #[arg(long, value_name = "AMOUNT")]
    fee_min: Vec<FeeAmount>,
    /// Most fee; repeat for other currencies; "none" removes all
    #[arg(long, value_name = "AMOUNT")]
    fee_max: Vec<FeeAmount>,
    /// Whole days (UTC) from capture to settlement; 0 settles at once
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=365))]
    settlement_days: Option<u16>,
    /// Hour (UTC) of the settlement
    #[arg(long, value_name = "HOUR", value_parser = clap::value_parser!(u8).range(0..=23))]
    settlement_hour: Option<u8>,
    /// Percentage that goes to the reserve first
    #[arg(long, value_name = "PERCENT")]
    reserve_percent: Option<Percent>,
    /// Days from settlement until the reserve is released
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=730))]
    reserve_days: Option<u16>,
    /// Whether a payment can be refunded in several parts; otherwise once
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    multiple_refunds: Option<bool>,
    /// Who moves a live merchant's card money: nats:NAME, a connector that `serve` has a key for
    #[arg(long, value_name = "ACQUIRER")]
    acquirer: Option<AcquirerName>,
    /// Who issues the cards that a live merchant binds: nats:NAME, a connector that `serve` has a key for
    #[arg(long, value_name = "ISSUER")]
    issuer: Option<AcquirerName>,
}

/// An amount, or the word that removes all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FeeAmount {
    None,
    Of(Money),
}

impl FromStr for FeeAmount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        let split = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
        let (amount, code) = split.ok_or("an amount is written like 0.30EUR")?;
        let currency: Currency = code
            .to_ascii_uppercase()
            .parse()
            .map_err(|error| format!("{error}; an amount is written like 0.30EUR"))?;
        Money::parse_decimal(amount.trim_end(), currency)
            .map(Self::Of)
            .map_err(|error| error.to_string())
    }
}

impl TermsOptions {
    /// What was typed, as changes.
    ///
    /// # Errors
    /// When two amounts of one list have the same currency, or "none" stands beside amounts.
    pub fn change(&self) -> Result<TermsChange, Failure> {
        Ok(TermsChange {
            fee_percent_bps: self.fee_percent.map(|percent| percent.0),
            fee_fixed: amounts("--fee-fixed", &self.fee_fixed)?,
            fee_min: amounts("--fee-min", &self.fee_min)?,
            fee_max: amounts("--fee-max", &self.fee_max)?,
            settlement_days: self.settlement_days,
            settlement_hour: self.settlement_hour,
            reserve_bps: self.reserve_percent.map(|percent| percent.0),
            reserve_days: self.reserve_days,
            multiple_refunds: self.multiple_refunds,
            acquirer: self.acquirer.clone(),
            issuer: self.issuer.clone(),
        })
    }
}

fn amounts(option: &str, typed: &[FeeAmount]) -> Result<Option<Vec<Money>>, Failure> {
    if typed.is_empty() {
        return Ok(None);
    }
    let mut amounts: Vec<Money> = Vec::with_capacity(typed.len());
    for amount in typed {
        match amount {
            FeeAmount::None if typed.len() == 1 => {}
            FeeAmount::None => {
                return Err(Failure::cannot_begin(format!("{option} none stands alone")));
            }
            FeeAmount::Of(money) if amounts.iter().any(|had| had.currency == money.currency) => {
                let message = format!("{option} has two amounts in {}", money.currency);
                return Err(Failure::cannot_begin(message));
            }
            FeeAmount::Of(money) => amounts.push(*money),
        }
    }
    Ok(Some(amounts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        terms: TermsOptions,
    }

    fn change(line: &[&str]) -> Result<TermsChange, String> {
        let line = std::iter::once("purser").chain(line.iter().copied());
        let line = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        line.terms.change().map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn terms_are_read_exactly() {
        let change = change(&[
            "--fee-percent",
            "2.9",
            "--fee-fixed",
            "0.30EUR",
            "--fee-fixed",
            "30 jpy",
            "--fee-max",
            "none",
            "--multiple-refunds",
        ])
        .unwrap();
        assert_eq!(change.fee_percent_bps, Some(290));
        let fixed: Vec<_> = change.fee_fixed.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(fixed, ["0.30 EUR", "30 JPY"]);
        assert_eq!(change.fee_max, Some(vec![]));
        assert_eq!(change.fee_min, None);
        assert_eq!(change.multiple_refunds, Some(true));
        assert_eq!(change.settlement_days, None);
    }

    #[test]
    fn acquirer_and_issuer_are_connectors() {
        let change = change(&["--acquirer", "nats:bank", "--issuer", "nats:cards"]).unwrap();
        assert_eq!(change.acquirer, Some("nats:bank".parse().unwrap()));
        assert_eq!(change.issuer, Some("nats:cards".parse().unwrap()));
    }

    #[test]
    fn nonsense_is_refused() {
        for line in [
            &["--fee-fixed", "0.301EUR"][..],
            &["--fee-fixed", "EUR"],
            &["--fee-fixed", "1€"],
            &["--fee-fixed", "1EUR", "--fee-fixed", "2EUR"],
            &["--fee-fixed", "none", "--fee-fixed", "2EUR"],
            &["--settlement-hour", "24"],
            &["--acquirer", "bank"],
            &["--acquirer", "nats:Bank"],
            &["--reserve-days", "731"],
        ] {
            assert!(change(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn a_flag_can_be_taken_back() {
        assert_eq!(change(&["--multiple-refunds=false"]).unwrap().multiple_refunds, Some(false));
        assert!(change(&[]).unwrap().is_empty());
    }
}
