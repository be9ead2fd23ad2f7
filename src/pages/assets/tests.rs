//! The colours of the stylesheet can be read by everybody (WCAG 2.2, 1.4.3 and 1.4.11).

use super::*;

/// The colours of one theme: names and red, green, blue.
fn colours(theme: &str) -> BTreeMap<&str, [f64; 3]> {
    let declarations = theme.split(';').filter_map(|part| part.trim().strip_prefix("--"));
    let colour = |text: &str| {
        let hex = text.trim().strip_prefix('#').filter(|hex| hex.len() == 6)?;
        let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok().map(f64::from);
        Some([part(0)?, part(2)?, part(4)?])
    };
    declarations
        .filter_map(|text| text.split_once(':'))
        .filter_map(|(n, v)| Some((n, colour(v)?)))
        .collect()
}

/// Relative luminance.
fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|part| {
        let part = part / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126f64.mul_add(r, 0.7152f64.mul_add(g, 0.0722 * b))
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_stands_out_from_what_it_stands_on() {
    let roots: Vec<_> =
        STYLE.split(":root {").skip(1).map(|rest| &rest[..rest.find('}').unwrap()]).collect();
    assert_eq!(roots.len(), 2, "a light and a dark theme");
    for theme in roots {
        let colours = colours(theme);
        for (text, ground, least) in [
            ("ink", "paper", 7.0),
            ("ink", "panel", 7.0),
            ("soft", "paper", 4.5),
            ("soft", "panel", 4.5),
            ("accent", "panel", 4.5),
            ("accent", "paper", 4.5),
            ("on-accent", "accent", 4.5),
            ("bad", "panel", 4.5),
            ("bad", "bad-ground", 4.5),
            ("ink", "bad-ground", 4.5),
            ("good", "panel", 4.5),
            ("warn", "warn-ground", 4.5),
            ("ink", "warn-ground", 4.5),
            ("edge", "panel", 3.0),
        ] {
            let found = contrast(colours[text], colours[ground]);
            assert!(found >= least, "{text} on {ground} is {found:.2} in {theme}");
        }
    }
}

#[test]
fn addresses_change_with_what_they_lead_to() {
    for asset in &ASSETS {
        let address = address(asset.name);
        assert!(address.starts_with(&format!("/assets/{}?v=", asset.name)), "{address}");
    }
    assert_eq!(address("nothing"), "");
}

#[test]
fn assets_load_nothing_from_elsewhere() {
    for asset in &ASSETS {
        let text = asset.text.replace("http://www.w3.org/2000/svg", "");
        for never in ["http:", "https:", "@import", "url(", "eval(", "innerHTML", "document.write"]
        {
            assert!(!text.contains(never), "{} has {never}", asset.name);
        }
    }
}
