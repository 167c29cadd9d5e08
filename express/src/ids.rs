//! Identifiers, keys and digests: `gateway.domain.ids`, `schemas.keys`, `schemas.partition`.

use sha1::Sha1;
use sha2::{Digest, Sha256};

const NAMESPACE: [u8; 16] = [
    0x1b, 0x5f, 0x0a, 0x52, 0x6a, 0x0f, 0x5d, 0x0e, 0x9b, 0x64, 0x0c, 0x6a, 0x5c, 0x0f, 0x1d, 0x3e,
];
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hex text.
pub fn hex(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len() * 2);
    for byte in raw {
        push_hex(&mut text, *byte);
    }
    text
}

fn push_hex(text: &mut String, byte: u8) {
    text.push(HEX[usize::from(byte >> 4)] as char);
    text.push(HEX[usize::from(byte & 15)] as char);
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The bytes behind hex text; None if it is none.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect()
}

/// The bytes of a lower-case canonical UUID; None for any other text.
pub fn packed(text: &str) -> Option<[u8; 16]> {
    let digits = text.as_bytes();
    if digits.len() != 36 {
        return None;
    }
    let mut raw = [0; 16];
    let mut at = 0;
    for byte in &mut raw {
        if matches!(at, 8 | 13 | 18 | 23) {
            if digits[at] != b'-' {
                return None;
            }
            at += 1;
        }
        *byte = nibble(digits[at])? << 4 | nibble(digits[at + 1])?;
        at += 2;
    }
    Some(raw)
}

/// The canonical text of UUID bytes.
pub fn unpacked(raw: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (n, byte) in raw.iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        push_hex(&mut text, *byte);
    }
    text
}

/// UUIDv5 of a name in the gateway's name space; the name is that of all parts joined by `|`.
pub fn uuid5(parts: &[&str]) -> String {
    let mut digest = Sha1::new().chain_update(NAMESPACE);
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            digest.update(b"|");
        }
        digest.update(part.as_bytes());
    }
    let digest = digest.finalize();
    let mut raw: [u8; 16] = digest[..16].try_into().expect("a SHA-1 has 20 bytes");
    raw[6] = raw[6] & 0x0f | 0x50;
    raw[8] = raw[8] & 0x3f | 0x80;
    unpacked(&raw)
}

/// SHA-256 of bytes.
pub fn sha256(raw: &[u8]) -> [u8; 32] {
    Sha256::digest(raw).into()
}

/// HMAC-SHA256 with a secret that is hashed once.
pub struct Keyed {
    inner: Sha256,
    outer: Sha256,
}

impl Keyed {
    pub fn new(secret: &[u8]) -> Self {
        let mut block = [0_u8; 64];
        if secret.len() > block.len() {
            block[..32].copy_from_slice(&sha256(secret));
        } else {
            block[..secret.len()].copy_from_slice(secret);
        }
        let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36));
        let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c));
        Self { inner, outer }
    }

    /// 22 characters: the first 16 bytes as base64url without padding.
    pub fn key_of(&self, parts: &[&str]) -> String {
        base64url(&self.mac(parts)[..16])
    }

    /// 32 characters: the first 16 bytes as hex (`KeyRing.fact_id`, `KeyRing.quality_id`).
    pub fn hex_of(&self, parts: &[&str]) -> String {
        hex(&self.mac(parts)[..16])
    }

    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        let mut inner = self.inner.clone();
        for part in parts {
            inner.update(part.as_bytes());
        }
        self.outer
            .clone()
            .chain_update(inner.finalize())
            .finalize()
            .into()
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len() * 4 / 3 + 2);
    for chunk in raw.chunks(3) {
        let mut group = 0_u32;
        for n in 0..3 {
            group = group << 8 | u32::from(chunk.get(n).copied().unwrap_or(0));
        }
        for n in 0..=chunk.len() {
            text.push(ALPHABET[(group >> (18 - 6 * n)) as usize & 63] as char);
        }
    }
    text
}

/// Whether a person key is shown in receipts: one with ten digits in a row is not.
pub fn is_shown(key: &str) -> bool {
    let mut run = 0;
    !key.bytes().any(|byte| {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        run >= 10
    })
}

/// The partition that Kafka's Java client picks for a key (murmur2).
pub fn partition_of(key: &[u8], partitions: u32) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut h = 0x9747_b28c_u32 ^ key.len() as u32;
    let mut chunks = key.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = u32::from_le_bytes(chunk.try_into().expect("four bytes")).wrapping_mul(M);
        k ^= k >> 24;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let mut last = 0_u32;
        for (n, byte) in rest.iter().enumerate() {
            last |= u32::from(*byte) << (8 * n);
        }
        h = (h ^ last).wrapping_mul(M);
    }
    h = (h ^ (h >> 13)).wrapping_mul(M);
    ((h ^ (h >> 15)) & 0x7fff_ffff) % partitions
}

/// Whether 12 digits are a personnummer or samordningsnummer (`schemas.identity`).
pub fn is_personal_number(number: &str) -> bool {
    let raw = number.as_bytes();
    let Some(_) = crate::time::digits(raw).filter(|_| raw.len() == 12) else {
        return false;
    };
    let part = |from: usize, to: usize| crate::time::digits(&raw[from..to]).unwrap_or(0);
    let day = part(6, 8);
    let day = if day > 60 { day - 60 } else { day };
    if !crate::time::is_date(part(0, 4), part(4, 6), day) {
        return false;
    }
    is_luhn(&raw[2..])
}

/// Whether the last of ten digits is their check digit.
pub fn is_luhn(short: &[u8]) -> bool {
    let sum: u32 = short
        .iter()
        .enumerate()
        .map(|(n, digit)| {
            let value = u32::from(digit - b'0') * if n % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}
