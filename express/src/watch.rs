//! Whether a personal number may stand where it should not (`schemas.numbers`).

use crate::ids;

/// Looks for a person's number where it should not stand.
pub struct Watch {
    /// The ten digits that identify the person.
    short: [u8; 10],
}

impl Watch {
    /// For a message about nobody: no text holds this.
    pub fn of_nobody() -> Self {
        Self { short: [0xff; 10] }
    }

    pub fn of(number: &str) -> Self {
        let mut short = [0; 10];
        short.copy_from_slice(&number.as_bytes()[2..12]);
        Self { short }
    }

    /// Whether a text holds the person's number, or may hold anybody's (`schemas.numbers`).
    ///
    /// A text that is written as hex or base64 may hold one, too. Of a UUID, also at the end of an
    /// id, only the person's own counts.
    pub fn may_tell(&self, text: &str, is_uuid: bool) -> bool {
        let text = text.as_bytes();
        let before = if is_uuid { &[] } else { before_uuid(text) };
        self.may_stand(text, before.len() < text.len())
            || (before.len() < text.len() && self.may_stand(before, false))
            || Self::may_hide(before, 2)
    }

    /// Whether ten digits in a row, separators apart, may be a number; letters apart, the person's.
    fn may_stand(&self, text: &[u8], is_uuid: bool) -> bool {
        // Any number has ten digits; nearly no text has, and counting them is quick.
        if text.iter().filter(|byte| byte.is_ascii_digit()).count() < 10 {
            return false;
        }
        let (mut run, mut count) = (0, 0);
        let mut seen: [u8; 10] = [0; 10];
        for byte in text {
            if byte.is_ascii_digit() {
                seen.rotate_left(1);
                seen[9] = *byte;
                count += 1;
                run += 1;
                let own = count >= 10 && seen == self.short;
                if own || (!is_uuid && run >= 10 && may_be_a_number(&seen)) {
                    return true;
                }
            } else if byte.is_ascii_alphabetic() {
                run = 0;
            }
        }
        false
    }

    /// Whether a text may be hex or base64 of a number, wherever it begins, also of such a text.
    fn may_hide(text: &[u8], depth: usize) -> bool {
        text.len() >= BASE64_MIN
            && (runs(text, BASE64_MIN, &SEXTETS).any(|run| {
                run.len() > RUN_MAX
                    || (0..4).any(|start| Self::may_hold(&Raw::of_base64(&run[start..]), depth))
            }) || runs(text, HEX_MIN, &NIBBLES).any(|run| {
                run.len() > RUN_MAX
                    || (0..2).any(|start| Self::may_hold(&Raw::of_hex(&run[start..]), depth))
            }))
    }

    /// Whether what was decoded may have ten digits, or be coded again (`_may_hold`).
    fn may_hold(raw: &Raw, depth: usize) -> bool {
        let raw = raw.bytes();
        let digits = raw.iter().filter(|byte| byte.is_ascii_digit()).count();
        // A character that is not ASCII has two bytes or more, and at most three digits.
        let starts = |pair: &&[u8]| pair[0] >= 0xc2 && (0x80..0xc0).contains(&pair[1]);
        digits + 3 * raw.windows(2).filter(starts).count() >= 10
            || (depth > 1 && (Self::is_escaped(raw) || Self::may_hide(raw, depth - 1)))
    }

    /// Whether a text may be coded and have escapes within.
    fn is_escaped(raw: &[u8]) -> bool {
        raw.len() > BASE64_MIN
            && raw.iter().any(|byte| matches!(byte, b'%' | b'&' | b'\\'))
            && raw
                .iter()
                .filter(|byte| SEXTETS[usize::from(**byte)] < NONE)
                .count()
                >= BASE64_MIN
    }
}

/// What a part of a text stands for.
struct Raw {
    raw: [u8; RUN_MAX],
    length: usize,
}

impl Raw {
    fn bytes(&self) -> &[u8] {
        &self.raw[..self.length]
    }

    fn empty() -> Self {
        Self {
            raw: [0; RUN_MAX],
            length: 0,
        }
    }

    /// Of base64 without padding.
    fn of_base64(run: &[u8]) -> Self {
        let mut found = Self::empty();
        let (mut bits, mut held) = (0_u32, 0);
        for byte in run {
            bits = bits << 6 | u32::from(SEXTETS[usize::from(*byte)]);
            held += 6;
            if held >= 8 {
                held -= 8;
                found.raw[found.length] = (bits >> held) as u8;
                found.length += 1;
            }
        }
        found
    }

    /// Of hex.
    fn of_hex(run: &[u8]) -> Self {
        let mut found = Self::empty();
        for pair in run.chunks_exact(2) {
            let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
            found.raw[found.length] = high << 4 | low;
            found.length += 1;
        }
        found
    }
}

/// The parts of a text that are all of an alphabet and have a length at least.
fn runs<'t>(text: &'t [u8], min: usize, of: &'static [u8; 256]) -> impl Iterator<Item = &'t [u8]> {
    text.split(|byte| of[usize::from(*byte)] == NONE)
        .filter(move |run| run.len() >= min)
}

/// What stands before the UUID at the end of a text, or all of it if there is none.
fn before_uuid(text: &[u8]) -> &[u8] {
    let Some(at) = text.len().checked_sub(UUID_LENGTH) else {
        return text;
    };
    let (before, end) = text.split_at(at);
    let apart = before
        .last()
        .is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let is_uuid = || std::str::from_utf8(end).is_ok_and(|text| ids::packed(text).is_some());
    if apart && is_uuid() { before } else { text }
}

/// Whether ten digits have a month, a day and a check digit that a personal number may have.
fn may_be_a_number(short: &[u8; 10]) -> bool {
    let two = |at: usize| (short[at] - b'0') * 10 + short[at + 1] - b'0';
    two(2) <= 12 && matches!(two(4), 1..=31 | 60..=91) && ids::is_luhn(short)
}

/// Ten digits are at least so many characters of base64, and of hex.
const BASE64_MIN: usize = 14;
const HEX_MIN: usize = 20;
const UUID_LENGTH: usize = 36;
/// The longest id; a longer run is left to Python.
const RUN_MAX: usize = 64;
/// What a character stands for that is not of the alphabet.
const NONE: u8 = 0xff;
/// The six bits of a base64 character, of either alphabet.
static SEXTETS: [u8; 256] = {
    let mut found = values_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    found[b'-' as usize] = 62;
    found[b'_' as usize] = 63;
    found
};
/// The four bits of a hexadecimal digit.
static NIBBLES: [u8; 256] = {
    let mut found = values_of(b"0123456789abcdef");
    let mut at = 10;
    while at < 16 {
        found[b'A' as usize + at - 10] = at as u8;
        at += 1;
    }
    found
};

/// The place of each byte in an alphabet.
const fn values_of(alphabet: &[u8]) -> [u8; 256] {
    let mut found = [NONE; 256];
    let mut at = 0;
    while at < alphabet.len() {
        found[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    found
}
