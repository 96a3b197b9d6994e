//! Sizes as flyctl reads them (`helpers/units.go` of <https://github.com/superfly/flyctl>, and docker/go-units).

use std::fmt;

/// Memory, in MiB; Fly writes MB and means MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Memory(pub u64);

impl Memory {
    /// Reads `512`, `"512"`, `"2gb"`, `"1.5 GiB"`: a bare integer is MiB, every suffix is binary.
    ///
    /// # Errors
    /// When flyctl would refuse it.
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        let size = match whole(text)? {
            Some(number) => number,
            None => bytes(text, 1024.0)? >> 20,
        };
        if size == 0 {
            Err(SizeError::Zero)
        } else {
            Ok(Self(size))
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 1024 && self.0.is_multiple_of(512) {
            #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 MiB")]
            let gigabytes = self.0 as f64 / 1024.0;
            write!(f, "{gigabytes} GB")
        } else {
            write!(f, "{} MB", self.0)
        }
    }
}

/// Reads the size of a volume, in GB: a bare integer is GB, every suffix is decimal.
///
/// # Errors
/// When flyctl would refuse it.
pub fn volume(text: &str) -> Result<u64, SizeError> {
    let size = match whole(text)? {
        Some(number) => number,
        None => bytes(text, 1000.0)? / 1_000_000_000,
    };
    if size == 0 {
        Err(SizeError::Zero)
    } else {
        Ok(size)
    }
}

/// Why flyctl refuses a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// No number with an optional unit.
    #[error("is not a size")]
    NotASize,
    /// Less than the smallest unit flyctl counts in.
    #[error("comes to zero")]
    Zero,
}

/// A plain integer; none when it is something else.
fn whole(text: &str) -> Result<Option<u64>, SizeError> {
    match text.parse::<i64>() {
        Ok(number) => u64::try_from(number)
            .map(Some)
            .map_err(|_| SizeError::NotASize),
        Err(_) => Ok(None),
    }
}

/// A number, at most one space, and a suffix such as `k`, `kb` or `kib`, in bytes.
fn bytes(text: &str, step: f64) -> Result<u64, SizeError> {
    let split = text
        .rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')
        .ok_or(SizeError::NotASize)?;
    let (number, suffix) = text.split_at(split + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    let number: f64 = number.parse().map_err(|_| SizeError::NotASize)?;
    if !number.is_finite() || number < 0.0 {
        return Err(SizeError::NotASize);
    }
    let suffix = suffix.to_ascii_lowercase();
    let power = match suffix.as_str() {
        "" | "b" => 0,
        _ => {
            let unit = suffix
                .strip_suffix("ib")
                .or_else(|| suffix.strip_suffix('b'))
                .unwrap_or(&suffix);
            1 + ["k", "m", "g", "t", "p"]
                .iter()
                .position(|known| *known == unit)
                .ok_or(SizeError::NotASize)?
        }
    };
    let size = number * step.powi(i32::try_from(power).unwrap_or(0));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: finite and not negative; a cast saturates"
    )]
    let size = size as u64;
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_as_flyctl_reads_it() {
        let table = [
            ("512", Some(512)),
            ("2gb", Some(2048)),
            ("2GB", Some(2048)),
            ("2 GiB", Some(2048)),
            ("2g", Some(2048)),
            ("2048mb", Some(2048)),
            ("1.5gb", Some(1536)),
            ("1000000kb", Some(976)),
            ("0.5", None),
            ("512b", None),
            ("-1gb", None),
            ("-5", None),
            ("1 g b", None),
            ("lots", None),
            ("2gbs", None),
            ("2bb", None),
            ("", None),
            ("0", None),
            ("gb", None),
            ("1e400gb", None),
            ("2  gb", None),
            ("1ib", None),
            ("é1gb", None),
        ];
        for (text, expected) in table {
            assert_eq!(Memory::parse(text).ok(), expected.map(Memory), "{text}");
        }
    }

    #[test]
    fn volumes_are_decimal() {
        let table = [
            ("10gb", Some(10)),
            ("200", Some(200)),
            ("15Mb", None),
            ("1tb", Some(1000)),
            ("x", None),
        ];
        for (text, expected) in table {
            assert_eq!(volume(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn shown_as_people_say_it() {
        for (mib, shown) in [
            (256, "256 MB"),
            (1024, "1 GB"),
            (1536, "1.5 GB"),
            (2048, "2 GB"),
            (1280, "1280 MB"),
        ] {
            assert_eq!(Memory(mib).to_string(), shown);
        }
    }
}
