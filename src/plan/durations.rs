//! Durations as the pipeline file writes them: `90m`, `26h`, `2d`.

use std::time::Duration;

use crate::error::{Place, Problem};

/// Parses a whole number of seconds, minutes, hours or days.
///
/// # Errors
/// The text at `place` is not one.
pub fn parse(written: &str, place: &Place) -> Result<Duration, Problem> {
    let seconds = match written.trim().split_at_checked(written.trim().len().saturating_sub(1)) {
        Some((number, unit)) => {
            let each = match unit {
                "s" => Some(1),
                "m" => Some(60),
                "h" => Some(60 * 60),
                "d" => Some(24 * 60 * 60),
                _ => None,
            };
            each.and_then(|each: u64| number.trim().parse::<u64>().ok()?.checked_mul(each))
        }
        None => None,
    };
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Problem::new(format!("`{written}` is not a duration"))
            .at(place.clone())
            .hint("write a whole number and a unit: `90m`, `26h` or `2d`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        let seconds = |text| parse(text, &Place::file("p.yml")).map(|duration| duration.as_secs()).ok();
        assert_eq!(["45s", "90m", "26h", "2 d"].map(seconds), [Some(45), Some(5_400), Some(93_600), Some(172_800)]);
        assert_eq!(["", "h", "26", "1.5h", "-1h", "2w"].map(seconds), [None; 6]);
    }
}
