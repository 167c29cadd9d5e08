//! Days and instants, as `gateway.domain.days` and `schemas.fields` have them.
//!
//! Swedish time is worked out by the rule in force since 1996. `gateway.express.lane` compares it
//! with the time zone database before the lane is used; outside 2000-2099 nothing is decided here.

pub type Day = i64;
pub type Instant = i64;

pub const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// 2000-01-02 and 2099-12-31: a day's distance from the years that are not decided here.
const FIRST_DAY: Day = 10_958;
const LAST_DAY: Day = 47_481;

/// Days since 1970-01-01 of a proleptic Gregorian date.
pub fn day_of_date(year: i64, month: i64, day: i64) -> Day {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day.
pub fn date_of_day(day: Day) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z - era * 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn last_sunday(year: i64, month: i64) -> Day {
    let last = day_of_date(year, month, 31);
    // 1970-01-01 was a Thursday.
    last - (last + 4).rem_euclid(7)
}

/// Whether an instant lies in the years that are decided here.
pub fn decided_here(at: Instant) -> bool {
    let day = at.div_euclid(DAY_MS);
    (FIRST_DAY..LAST_DAY).contains(&day)
}

/// Stockholm's distance from UTC at an instant, in milliseconds.
pub fn offset_ms(at: Instant) -> i64 {
    let (year, _, _) = date_of_day(at.div_euclid(DAY_MS));
    let from = last_sunday(year, 3) * DAY_MS + HOUR_MS;
    let to = last_sunday(year, 10) * DAY_MS + HOUR_MS;
    if at >= from && at < to {
        2 * HOUR_MS
    } else {
        HOUR_MS
    }
}

/// The Swedish calendar day at an instant.
pub fn day_at(at: Instant) -> Day {
    (at + offset_ms(at)).div_euclid(DAY_MS)
}

/// The instant at which a Swedish day begins; clocks change later in the night.
pub fn midnight(day: Day) -> Instant {
    let utc = day * DAY_MS;
    utc - offset_ms(utc - 2 * HOUR_MS)
}

fn two(out: &mut Vec<u8>, value: i64) {
    out.push(b'0' + (value / 10 % 10) as u8);
    out.push(b'0' + (value % 10) as u8);
}

/// `2024-02-05`.
pub fn write_date(out: &mut Vec<u8>, day: Day) {
    let (year, month, day) = date_of_day(day);
    two(out, year / 100);
    two(out, year % 100);
    out.push(b'-');
    two(out, month);
    out.push(b'-');
    two(out, day);
}

/// RFC 3339 in UTC with milliseconds.
pub fn write_rfc3339(out: &mut Vec<u8>, at: Instant) {
    write_date(out, at.div_euclid(DAY_MS));
    let ms = at.rem_euclid(DAY_MS);
    out.push(b'T');
    two(out, ms / HOUR_MS);
    out.push(b':');
    two(out, ms / 60_000 % 60);
    out.push(b':');
    two(out, ms / 1_000 % 60);
    out.push(b'.');
    let ms = ms % 1_000;
    out.push(b'0' + (ms / 100) as u8);
    two(out, ms % 100);
    out.push(b'Z');
}

/// A number of `n` decimal digits, None if one of them is none.
pub fn digits(text: &[u8]) -> Option<i64> {
    let mut value = 0;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(value)
}

/// How many days a month has.
pub fn month_days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Whether year, month and day name a day.
pub fn is_date(year: i64, month: i64, day: i64) -> bool {
    year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= month_days(year, month)
}

/// The day of `2024-02-05`; None for anything that the contract does not plainly take.
pub fn parse_date(text: &[u8]) -> Option<Day> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let (year, month, day) = (
        digits(&text[..4])?,
        digits(&text[5..7])?,
        digits(&text[8..])?,
    );
    let plain = (1900..2200).contains(&year) && is_date(year, month, day);
    plain.then(|| day_of_date(year, month, day))
}

/// An instant with offset, as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    text: &'a str,
    micros: i64,
    /// The Swedish calendar day.
    pub day: Day,
}

/// The instant of `2024-02-05T10:00:00+01:00`; None for anything unusual.
pub fn parse_moment(text: &str) -> Option<Moment<'_>> {
    let raw = text.as_bytes();
    if raw.len() < 20 || raw[10] != b'T' || raw[13] != b':' || raw[16] != b':' {
        return None;
    }
    let day = parse_date(&raw[..10])?;
    let (hour, minute) = (digits(&raw[11..13])?, digits(&raw[14..16])?);
    let second = digits(&raw[17..19])?;
    let mut rest = &raw[19..];
    let mut micros = 0;
    if rest[0] == b'.' {
        let count = rest[1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count == 0 || count > 6 {
            return None;
        }
        // Cut to milliseconds, as the parser in Python does.
        micros = digits(&rest[1..=count])? * 10_i64.pow(6 - count as u32) / 1_000 * 1_000;
        rest = &rest[count + 1..];
    }
    let offset = match rest {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
            if hours > 14 || minutes > 59 || (*sign == b'-' && hours + minutes == 0) {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let at = day * DAY_MS + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + micros / 1_000;
    decided_here(at).then(|| Moment {
        text,
        micros,
        day: day_at(at),
    })
}

impl Moment<'_> {
    /// As orjson writes the parsed date-time: microseconds when there are any, an offset always.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text.as_bytes()[..19]);
        if self.micros != 0 {
            out.push(b'.');
            for place in [100_000, 10_000, 1_000, 100, 10, 1] {
                out.push(b'0' + (self.micros / place % 10) as u8);
            }
        }
        match self.text.strip_suffix('Z') {
            Some(_) => out.extend_from_slice(b"+00:00"),
            None => out.extend_from_slice(&self.text.as_bytes()[self.text.len() - 6..]),
        }
    }
}
