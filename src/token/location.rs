//! Where token files are (SPEC 3.1).

use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use crate::profile::plan::SsoSource;
use crate::text::hex::hex;

/// `~/.aws/sso/cache`
pub(crate) fn directory(home: &Path) -> PathBuf {
    home.join(".aws").join("sso").join("cache")
}

/// The token file of `source` in the home directory `home`. Its name is the SHA-1 of the session's
/// name, or else of the start URL, byte for byte.
pub(crate) fn file(home: &Path, source: &SsoSource) -> PathBuf {
    let key = source.session.as_deref().or(source.start_url.as_deref());
    file_of_key(home, key.unwrap_or_default())
}

/// The name that ssowrap's own files use for the token file at `path`.
pub(super) fn key(path: &Path) -> String {
    format!("token-{}", path.file_stem().unwrap_or_default().to_string_lossy())
}

/// The file whose name is the digest of `key`.
pub(super) fn file_of_key(home: &Path, key: &str) -> PathBuf {
    directory(home).join(hex(&Sha1::digest(key.as_bytes())) + ".json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(session: Option<&str>, start_url: Option<&str>) -> SsoSource {
        SsoSource {
            profile: None,
            session: session.map(str::to_owned),
            start_url: start_url.map(str::to_owned),
            sso_region: None,
            account_id: "123456789012".into(),
            role_name: "Admin".into(),
            ..SsoSource::default()
        }
    }

    /// The examples in SPEC 3.1 and 10.
    #[test]
    fn file_names() {
        let url = "https://d-1234567890.awsapps.com/start";
        for (key, digest) in [
            ("my-sso", "0ad374308c5a4e22f723adf10145eafad7c4031c"),
            ("My Corp", "204ad4b9731f737f3f80683e2c37a7c6ad58355d"),
            ("équipe", "e85e3a0d6d7c5e4114d817fccf50b403c11e9b7f"),
            (url, "7487b5b67d5fa1132cf33fa93ae51ef38cc37752"),
            (&format!("{url}/"), "ae4321de83751a696d13fbefb87d776773c41e1c"),
            (&format!("{url}#/"), "a1c75994a810c1c468d3bd565eda2836303e6659"),
            ("admin", "d033e22ae348aeb5660fc2140aec35850c4da997"),
            ("dev", "34c6fceca75e456f25e7e99531e2425c6c1de443"),
            ("dev-scopes", "75e4d41276d8bd17f85986fc6cccef29fd725ce3"),
            ("test", "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"),
            ("https://ssotest.awsapps.com/start", "dace00cba5f8355ec9d274ceb2bcebdfbeed0e12"),
            ("https://d-92671207e4.awsapps.com/start", "13f9d35043871d073ab260e020f0ffde092cb14b"),
        ] {
            let expected = PathBuf::from(format!("/h/.aws/sso/cache/{digest}.json"));
            assert_eq!(file(Path::new("/h"), &source(Some(key), None)), expected);
            assert_eq!(file(Path::new("/h"), &source(None, Some(key))), expected);
            // The session's name takes precedence over its start URL.
            assert_eq!(file(Path::new("/h"), &source(Some(key), Some("x"))), expected);
        }
    }
}
