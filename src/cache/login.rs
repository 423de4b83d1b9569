//! Which login credentials came through, and the record of it: digests, no secrets.
//!
//! A login begins when a person signs in and ends with the next sign-in or with a logout. Refreshes
//! in between change its tokens. Credentials obtained with one login are never used under another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use crate::context::Context;
use crate::storage::lock::Lock;
use crate::storage::look::Look;
use crate::storage::{atomic, private};
use crate::text::arn::Arn;
use crate::text::hex::hex;

/// How many of a login's tokens are remembered. Two would do, but a slow process may have read an
/// earlier one.
const KNOWN_TOKENS: usize = 8;

/// How long a token that is not saved yet waits for another process to write the record.
const BRIEFLY: Duration = Duration::from_secs(1);

/// A login, named by the digest of the access token that ssowrap first saw it with, or of the key
/// created for it. So it has the same name whichever process sees it first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct LoginId(String);

/// Who signed in: a digest of the name that Identity Center gives to the sessions of its roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Person(String);

/// The digest of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct TokenDigest(String);

/// The tokens in a token file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoginTokens {
    access: TokenDigest,
    /// None if it is missing or empty.
    refresh: Option<TokenDigest>,
    pub start_url: Option<String>,
    pub region: Option<String>,
}

/// What is noted about the login in one token file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoginNote {
    pub id: LoginId,
    pub start_url: Option<String>,
    pub region: Option<String>,
    /// The person who signed in; none until it was needed.
    pub person: Option<Person>,
    /// The state of the token file while it contained this login; none until the file was old
    /// enough to compare.
    look: Option<Look>,
    access: Vec<TokenDigest>,
    refresh: Vec<TokenDigest>,
}

impl LoginId {
    /// An unknown login. No real login has this name.
    pub(crate) fn unknown() -> Self {
        Self(String::new())
    }

    /// The `aws login` login that created this private key. Each login creates a new one.
    pub(crate) fn of_key(key: &str) -> Self {
        Self(digest("key", key))
    }

    /// The login that begins with this access token.
    pub(crate) fn of(tokens: &LoginTokens) -> Self {
        Self(digest("login", &tokens.access.0))
    }
}

impl Person {
    /// The person behind role credentials of Identity Center, whose ARN ends in their name.
    pub(crate) fn of_arn(arn: &str) -> Option<Self> {
        Arn::parse(arn)?.name().map(|name| Self(digest("person", name)))
    }
}

impl LoginTokens {
    pub(crate) fn new(
        access: &SecretString,
        refresh: Option<&SecretString>,
        start_url: Option<String>,
        region: Option<String>,
    ) -> Self {
        let refresh = refresh.map(TokenDigest::of).filter(|found| *found != TokenDigest::of_none());
        Self { access: TokenDigest::of(access), refresh, start_url, region }
    }
}

impl TokenDigest {
    #[expect(clippy::disallowed_methods, reason = "only its digest leaves this function")]
    fn of(token: &SecretString) -> Self {
        Self(digest("token", token.expose_secret()))
    }

    fn of_none() -> Self {
        Self(digest("token", ""))
    }
}

impl LoginNote {
    /// The note of a new login.
    pub(crate) fn new(tokens: &LoginTokens) -> Self {
        let LoginTokens { access, refresh, start_url, region } = tokens.clone();
        Self {
            id: LoginId::of(tokens),
            start_url,
            region,
            person: None,
            look: None,
            access: vec![access],
            refresh: refresh.into_iter().collect(),
        }
    }

    /// Whether a token file in this state still contains the login, judging only by its metadata.
    pub(crate) fn is_seen_in(&self, look: &Look) -> bool {
        self.look.as_ref() == Some(look)
    }

    /// Whether these tokens are known to belong to the login.
    pub(crate) fn knows(&self, tokens: &LoginTokens) -> bool {
        self.access.contains(&tokens.access)
            || tokens.refresh.as_ref().is_some_and(|refresh| self.refresh.contains(refresh))
    }

    /// Notes that these tokens belong to the login too.
    pub(crate) fn add(&mut self, tokens: &LoginTokens) {
        let LoginTokens { access, refresh, start_url, region } = tokens.clone();
        (self.start_url, self.region) = (start_url, region);
        remember(&mut self.access, access);
        if let Some(refresh) = refresh {
            remember(&mut self.refresh, refresh);
        }
    }

    /// Notes the state of the token file while it contained the login.
    pub(crate) fn see(&mut self, look: Look) {
        self.look = Some(look);
    }
}

fn remember(known: &mut Vec<TokenDigest>, token: TokenDigest) {
    if known.contains(&token) {
        return;
    }
    known.push(token);
    let surplus = known.len().saturating_sub(KNOWN_TOKENS);
    known.drain(..surplus);
}

/// Where the note about one token file is kept.
#[derive(Debug)]
pub(crate) struct NotePlace<'a> {
    ctx: &'a Context,
    path: Option<PathBuf>,
    key: String,
}

impl<'a> NotePlace<'a> {
    pub(crate) fn new(ctx: &'a Context, token_file: &Path) -> Self {
        // Two homes that share a cache directory have separate logins.
        let key = hex(&Sha1::digest(token_file.as_os_str().as_encoded_bytes()));
        let path = ctx.cache_dir().map(|dir| dir.join("logins").join(format!("{key}.json")));
        Self { ctx, path, key }
    }

    pub(crate) fn read(&self) -> Option<LoginNote> {
        match private::read(self.path.as_ref()?) {
            private::Found::File { bytes, .. } => serde_json::from_slice(&bytes).ok(),
            private::Found::Nothing | private::Found::Refused { .. } => None,
        }
    }

    /// Writes the note. If that fails, the next process takes the login for a new one and requests
    /// its credentials again.
    pub(crate) fn write(&self, note: &LoginNote) {
        let Some(path) = &self.path else { return };
        let written = serde_json::to_vec(note)
            .map_err(|e| e.to_string())
            .and_then(|bytes| atomic::write(path, &bytes).map_err(|e| e.to_string()));
        if let Err(e) = written {
            self.ctx.printer.debug(|| format!("cannot record the login: {e}"));
        }
    }

    pub(crate) fn forget(&self) {
        if let Some(path) = &self.path {
            // It may not exist.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Locks the note, so that only one process at a time reads, changes and writes it.
    pub(crate) fn lock(&self) -> Lock {
        Lock::take(self.ctx, &self.lock_key(), "recording the login")
    }

    /// The same while a token is not saved yet, and can be lost: continues without the lock if
    /// another process, which may have been stopped, does not give it back at once.
    pub(crate) fn lock_briefly(&self) -> Option<Lock> {
        Lock::wait(self.ctx, &self.lock_key(), "recording the login", BRIEFLY).ok()
    }

    /// The same for a change that can wait.
    pub(crate) fn try_lock(&self) -> Option<Lock> {
        Lock::try_take(self.ctx, &self.lock_key())
    }

    /// Takes the lock for finding out who signed in, so that only one process at a time asks AWS.
    pub(crate) fn lock_question(&self) -> Lock {
        Lock::take(self.ctx, &format!("person-{}", self.key), "finding out who signed in")
    }

    fn lock_key(&self) -> String {
        format!("note-{}", self.key)
    }
}

fn digest(kind: &str, text: &str) -> String {
    hex(&Sha1::digest(format!("{kind} {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(access: &str, refresh: Option<&str>) -> LoginTokens {
        let refresh = refresh.map(SecretString::from);
        LoginTokens::new(&access.into(), refresh.as_ref(), None, None)
    }

    #[test]
    fn tokens_of_one_login() {
        let mut note = LoginNote::new(&tokens("a1", Some("r1")));
        for (access, refresh, known) in [
            ("a1", Some("r1"), true),
            ("a1", None, true),
            ("a2", Some("r1"), true),
            ("a2", Some("r2"), false),
            ("a2", None, false),
            ("r1", Some("a1"), false),
        ] {
            assert_eq!(note.knows(&tokens(access, refresh)), known, "{access} {refresh:?}");
        }
        note.add(&tokens("a2", Some("r2")));
        assert!(note.knows(&tokens("a2", None)) && note.knows(&tokens("a3", Some("r2"))));
        assert_eq!(note.id, LoginId::of(&tokens("a1", None)), "it is still the same login");
    }

    /// Two logins without refresh tokens have nothing in common.
    #[test]
    fn an_empty_refresh_token_counts_as_missing() {
        let note = LoginNote::new(&tokens("a1", Some("")));
        assert!(!note.knows(&tokens("a2", Some(""))));
    }

    #[test]
    fn a_note_does_not_grow() {
        let mut note = LoginNote::new(&tokens("a", Some("r")));
        for round in 0..100 {
            note.add(&tokens(&format!("a{round}"), Some(&format!("r{round}"))));
        }
        assert_eq!((note.access.len(), note.refresh.len()), (KNOWN_TOKENS, KNOWN_TOKENS));
        assert!(note.knows(&tokens("a99", None)) && !note.knows(&tokens("a0", None)));
    }

    #[test]
    fn people_are_told_apart_by_the_end_of_the_arn() {
        let arn = |role: &str, name: &str| {
            format!("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_{role}_0123/{name}")
        };
        let of = |role, name| Person::of_arn(&arn(role, name));
        assert_eq!(of("Admin", "alice@corp"), of("ReadOnly", "alice@corp"));
        assert_ne!(of("Admin", "alice@corp"), of("Admin", "bob@corp"));
        assert_eq!(Person::of_arn(&arn("Admin", "")), None);
    }
}
