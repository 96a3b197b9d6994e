//! Words of code and what is joined of them.

use crate::secrets::noise;
use zeroize::Zeroizing;

/// Words of code joined by `.`, `_`, `-`, `:` or by a change of case.
pub(super) fn is_identifier(value: &[u8]) -> bool {
    // `save!` and `valid?` are names in Ruby; elsewhere the signs speak for a password.
    let value = value
        .strip_suffix(b"!")
        .or_else(|| value.strip_suffix(b"?"))
        .unwrap_or(value);
    let value = value.strip_prefix(b"#").unwrap_or(value);
    is_class_path(value)
        || value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:$@/*|,+".contains(byte))
            && value
                .split(|byte| !byte.is_ascii_alphanumeric())
                .all(|part| part.is_empty() || word_like(part))
}

/// `package.module.ClassName`: in the name of a class abbreviations may stand, in those of packages none.
fn is_class_path(value: &[u8]) -> bool {
    let mut parts = value.rsplit(|byte| *byte == b'.');
    let class = parts.next().unwrap_or_default();
    let named = |part: &[u8]| part.iter().all(u8::is_ascii_alphabetic);
    let packages: Vec<&[u8]> = parts.collect();
    packages.len() >= 2
        && class.first().is_some_and(u8::is_ascii_uppercase)
        && class.iter().any(u8::is_ascii_lowercase)
        && named(class)
        && packages
            .iter()
            .all(|part| part.len() >= 2 && named(part) && word_like(part))
}

/// One word, or several by camel case, perhaps with a few digits at its end; not drawn at random.
pub(super) fn word_like(part: &[u8]) -> bool {
    let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
    let tail = part
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let head = part.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == part.len() {
        return digits <= 10;
    }
    if digits > tail && digits > head && digits > 2 || digits > 6 {
        return false;
    }
    if is_camel(part) {
        return true;
    }
    let limit = if part.len() < 6 {
        9.0
    } else if part.len() < 10 {
        6.2
    } else if part.len() >= noise::LONG && digits == 0 && noise::is_of_one_case(part) {
        noise::NAMES_OF_ONE_CASE
    } else {
        5.5
    };
    noise::surprise(part) < limit
}

/// Words of three letters or more, each with a capital: `DataBoxHeavy`, in a long name perhaps a digit or two after one of
/// them: `Fido2CredentialNewView`. Among letters drawn at random few are.
fn is_camel(part: &[u8]) -> bool {
    // It may be a value of the vault: copies are wiped.
    let letters: Zeroizing<Vec<u8>> = Zeroizing::new(
        part.iter()
            .copied()
            .filter(u8::is_ascii_alphabetic)
            .collect(),
    );
    let starts: Vec<usize> = (0..part.len())
        .filter(|at| *at == 0 || part[*at].is_ascii_uppercase())
        .collect();
    let ends = starts.iter().skip(1).copied().chain([part.len()]);
    let is_word = |word: &[u8]| {
        let digits = word
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let stem = &word[..word.len() - digits];
        (3..=14).contains(&stem.len()) && stem.iter().all(u8::is_ascii_alphabetic)
    };
    let digits = part.len() - letters.len();
    starts.len() >= 2
        && (digits == 0 || digits <= 2 && part.len() >= NUMBERED)
        && starts
            .iter()
            .zip(ends)
            .all(|(start, end)| part.get(*start..end).is_some_and(is_word))
        && noise::surprise(&letters) < CAMEL
}

/// What names in camel case cost at most; a change of case makes short words dear.
const CAMEL: f32 = 6.6;
/// From this length on, in bytes, digits may stand between the words of a name: of random texts of 16 letters and digits two in
/// ten thousand look so.
const NUMBERED: usize = 16;

/// A name of a type as programs write them, digits and all: `Secp256k1Keypair`. Of random texts of 16 letters and digits one in
/// eight hundred looks so: only where a name is to be expected.
#[must_use]
pub fn is_type_name(value: &[u8]) -> bool {
    let capital = |at: &usize| value[*at].is_ascii_uppercase();
    let starts: Vec<usize> = (0..value.len()).filter(capital).collect();
    let ends = starts.iter().skip(1).copied().chain([value.len()]);
    let is_word = |word: &[u8]| {
        let tail = word.get(1..).unwrap_or_default();
        tail.len() >= 2
            && tail.iter().take(2).all(u8::is_ascii_lowercase)
            && tail
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    starts.len() >= 2
        && starts.first() == Some(&0)
        && value.iter().filter(|byte| byte.is_ascii_digit()).count() <= 4
        && starts
            .iter()
            .zip(ends)
            .all(|(start, end)| value.get(*start..end).is_some_and(is_word))
}
