//! Random bytes from the system, as text that nobody can guess.

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::text::hex;

/// `N` random bytes.
///
/// # Errors
/// If the system has none.
pub(crate) fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut())
        .map_err(|e| Error::new(Kind::Other, "the system gives no random numbers").source(e))?;
    Ok(bytes)
}

/// `N` random bytes in URL-safe base64.
///
/// # Errors
/// See [`bytes`].
pub(crate) fn base64<const N: usize>() -> Result<SecretString> {
    Ok(base64_simd::URL_SAFE_NO_PAD.encode_to_string(*bytes::<N>()?).into())
}

/// `N` random bytes as hexadecimal digits, which need no quotes in headers, environments and files.
///
/// # Errors
/// See [`bytes`].
pub(crate) fn hex<const N: usize>() -> Result<SecretString> {
    Ok(hex::hex(bytes::<N>()?.as_ref()).into())
}
