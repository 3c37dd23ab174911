//! What charts show, in words.

use std::time::Duration;

use jiff::Timestamp;

use crate::joins::{HourSums, Minute};

/// Who was let in, and who not.
pub fn joins(sums: &HourSums) -> String {
    let (let_in, denied) = (
        total(sums, |minute| minute.let_in),
        total(sums, |minute| minute.denied),
    );
    match peak(sums, Minute::decided) {
        None => "Nobody wanted to come in.".to_owned(),
        Some((begin, most)) => {
            let at = clock_time(begin);
            format!(
                "{let_in} were let in and {denied} denied. Most wanted to come in at {at}: {most}."
            )
        }
    }
}

/// How long decisions took.
pub fn times(sums: &HourSums) -> String {
    let slowest = peak(sums, |minute| minute.slowest);
    let all = sums.minutes.iter().map(|(_, minute)| minute);
    let all = all.fold(Minute::default(), |all, minute| Minute {
        let_in: all.let_in.saturating_add(minute.decided()),
        took: all.took.saturating_add(minute.took),
        ..all
    });
    match (all.mean(), slowest) {
        (Some(mean), Some((begin, slowest))) => format!(
            "{} on average. The slowest took {}, at {}.",
            duration(mean),
            duration(slowest),
            clock_time(begin)
        ),
        (None, _) | (_, None) => "Nothing was decided.".to_owned(),
    }
}

/// How many questions had no answer.
pub fn undecided(sums: &HourSums) -> String {
    let all = total(sums, |minute| minute.undecided);
    match peak(sums, |minute| minute.undecided) {
        None => "There were none.".to_owned(),
        Some((begin, most)) => {
            format!("{all}. Most were asked at {}: {most}.", clock_time(begin))
        }
    }
}

/// A time of day, in UTC.
pub fn clock_time(time: i64) -> String {
    let time = Timestamp::from_second(time).unwrap_or_default();
    time.strftime("%H:%M").to_string()
}

/// A time that something took, in three digits or a few more.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let (value, unit) = if seconds >= 1.0 {
        (seconds, "s")
    } else if seconds >= 0.001 {
        (seconds * 1e3, "ms")
    } else {
        (seconds * 1e6, "µs")
    };
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

fn total(sums: &HourSums, count: impl Fn(&Minute) -> u64) -> u64 {
    let counts = sums.minutes.iter().map(|(_, minute)| count(minute));
    counts.fold(0, u64::saturating_add)
}

/// The minute that has most of something, the first of several; none where there is nothing of it.
fn peak<T: Ord + Default>(sums: &HourSums, value: impl Fn(&Minute) -> T) -> Option<(i64, T)> {
    let values = sums.minutes.iter().rev();
    let values = values.map(|(begin, minute)| (*begin, value(minute)));
    let most = values.max_by(|(_, one), (_, other)| one.cmp(other));
    most.filter(|(_, most)| *most > T::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_unit_that_fits() {
        for (microseconds, expected) in [
            (0, "0.00 µs"),
            (7, "7.00 µs"),
            (412, "412 µs"),
            (1_000, "1.00 ms"),
            (12_345, "12.3 ms"),
            (999_000, "999 ms"),
            (1_240_000, "1.24 s"),
            (3_600_000_000, "3600 s"),
        ] {
            assert_eq!(duration(Duration::from_micros(microseconds)), expected);
        }
    }
}
