//! Axes: which part of the numbers is shown, and where lines with numbers stand.

/// How numbers are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From 0, evenly.
    Linear,
    /// By powers of ten; for numbers above 0.
    Log,
    /// Shares of calls, by how few are left: 0, 90, 99, 99.9 and 99.99 percent at equal distances.
    Shares,
}

/// One axis of a chart.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
}

/// Steps between lines, in each power of ten.
const STEPS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];
/// Lines of an even axis, about.
const LINES: f64 = 5.0;
/// Shares that are shown, at distances 0 to 4.
const SHARES: [(f64, &str); 5] =
    [(0.0, "0 %"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99 %")];

impl Axis {
    /// An axis that shows all of `values`.
    pub(super) fn of(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let positive = |value: &f64| scale != Scale::Log || *value > 0.0;
        let (low, high) = finite
            .filter(positive)
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (1.0, 1.0) } else { (low, high) };
        match scale {
            Scale::Linear => Self { scale, low: 0.0, high: (high * 1.05).max(1.0) },
            Scale::Shares => Self { scale, low: 0.0, high: 4.0 },
            Scale::Log => {
                let (low, high) = (low.log10().floor(), (high * 1.05).log10().ceil());
                Self { scale, low, high: high.max(low + 1.0) }
            }
        }
    }

    /// Where a value stands, from 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let value = match self.scale {
            Scale::Log => value.max(f64::MIN_POSITIVE).log10(),
            Scale::Linear | Scale::Shares => value,
        };
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Places with a line, and what is written there.
    pub(super) fn lines(&self) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Shares => {
                SHARES.iter().map(|(at, text)| (self.place(*at), (*text).to_owned())).collect()
            }
            Scale::Log => {
                let powers = (self.low as i32..=self.high as i32).map(|power| 10_f64.powi(power));
                powers.map(|value| (self.place(value), number(value))).collect()
            }
            Scale::Linear => {
                let rough = self.high / LINES;
                let power = 10_f64.powf(rough.log10().floor());
                let step = STEPS.into_iter().map(|step| step * power).find(|step| *step >= rough);
                let step = step.unwrap_or(power * 10.0);
                let count = (self.high / step).floor() as u32;
                let values = (0..=count).map(|line| f64::from(line) * step);
                values.map(|value| (self.place(value), number(value))).collect()
            }
        }
    }
}

/// A number as short as it can be told.
pub(super) fn number(value: f64) -> String {
    let text = |value: f64, unit: &str| {
        let text = if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") };
        format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    match value {
        _ if value >= 1e6 => text(value / 1e6, " M"),
        _ if value >= 1e4 => text(value / 1e3, " k"),
        _ if value >= 1.0 || value == 0.0 => text(value, ""),
        _ => format!("{value:.3}").trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<String> {
        axis.lines().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        let axis = Axis::of(Scale::Linear, [3.0, 8_400.0].into_iter());
        assert_eq!(texts(&axis), ["0", "2000", "4000", "6000", "8000"]);
        let axis = Axis::of(Scale::Log, [0.05, 80.0].into_iter());
        assert_eq!(texts(&axis), ["0.01", "0.1", "1", "10", "100"]);
        assert_eq!(axis.place(1.0), 0.5);
    }

    #[test]
    fn nothing_to_show_is_no_reason_to_fail() {
        for scale in [Scale::Linear, Scale::Log, Scale::Shares] {
            let axis = Axis::of(scale, [f64::NAN].into_iter());
            assert!(axis.lines().iter().all(|(place, _)| place.is_finite()), "{scale:?}");
            assert!(axis.place(0.0).is_finite());
        }
    }

    #[test]
    fn long_numbers_are_shortened() {
        for (value, text) in [(0.0, "0"), (0.05, "0.05"), (8.0, "8"), (9_500.0, "9500")] {
            assert_eq!(number(value), text);
        }
        assert_eq!((number(12_345.0), number(1_500_000.0)), ("12 k".into(), "1.5 M".into()));
    }
}
