//! Tells which login a token file contains. If nobody has written the file since, this only reads
//! its metadata.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::sso_token::TokenFile;
use super::{SsoToken, file, location};
use crate::cache::login::{LoginId, LoginNote, LoginTokens, NotePlace, Person};
use crate::context::Context;
use crate::profile::plan::SsoSource;
use crate::storage::lock::Lock;
use crate::storage::look::{Look, Seen};

/// What is known about a source's login.
#[derive(Debug)]
pub(crate) enum LoginState {
    /// There is no token file: nobody is signed in.
    Missing,
    /// There is a file, but no token for the source in it.
    Unusable,
    /// The login is known.
    Known(CurrentLogin),
    /// Another program has written the file, for the same person or another.
    Changed(Box<Changed>),
}

/// The login in a token file.
#[derive(Clone, Debug)]
pub(crate) struct CurrentLogin {
    pub id: LoginId,
    /// The start URL that the token was issued for, if it says so.
    pub start_url: Option<String>,
    pub region: Option<String>,
    /// The token file; none for a login that isn't in one.
    pub file: Option<Seen>,
}

/// A token file whose login is not known yet.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The previous login.
    pub noted: LoginNote,
    /// The tokens in the file now.
    found: LoginTokens,
    /// The new login, if it is another one.
    pub login: CurrentLogin,
}

/// Which login the token file of `source` contains, whether or not its token has expired.
pub(crate) fn current(ctx: &Context, source: &SsoSource) -> LoginState {
    let Ok(home) = ctx.home() else { return LoginState::Unusable };
    let path = location::file(&home, source);
    let look = match Look::at(&path) {
        Ok(look) => look,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return LoginState::Missing,
        Err(_) => return LoginState::Unusable,
    };
    let place = NotePlace::new(ctx, &path);
    let note = place.read();
    if let Some(note) = &note
        && note.is_seen_in(&look)
        && source.is_at(note.start_url.as_deref())
    {
        return LoginState::Known(CurrentLogin::of(note, path, look));
    }
    let Ok(found) = file::read(ctx, source, &path) else { return LoginState::Unusable };
    let tokens = tokens_of(&found);
    match note {
        Some(noted) if !noted.knows(&tokens) => {
            let login = CurrentLogin::of(&LoginNote::new(&tokens), path, look);
            LoginState::Changed(Box::new(Changed { noted, found: tokens, login }))
        }
        before => {
            let mut note = before.clone().unwrap_or_else(|| LoginNote::new(&tokens));
            note.add(&tokens);
            let login = CurrentLogin::of(&note, path.clone(), look.clone());
            note_look(ctx, &place, before, note, look);
            LoginState::Known(login)
        }
    }
}

impl Changed {
    /// Whether `token` is the current one.
    pub(crate) fn is_of(&self, token: &SsoToken) -> bool {
        LoginNote::new(&self.found).knows(&tokens_of_token(token, None))
    }
}

/// Notes who has signed in to `source`: the same person as before, whose login continues, another
/// person, or unknown.
pub(crate) fn settle(
    ctx: &Context,
    source: &SsoSource,
    changed: Changed,
    is_same: bool,
    person: Option<Person>,
) -> CurrentLogin {
    let Changed { noted, found, login } = changed;
    let mut note = LoginNote::new(&found);
    if is_same {
        note = noted.clone();
        note.add(&found);
    }
    note.person = person;
    let login = CurrentLogin { id: note.id.clone(), ..login };
    let Ok(home) = ctx.home() else { return login };
    let path = location::file(&home, source);
    let place = NotePlace::new(ctx, &path);
    let _lock = place.lock();
    // Unless somebody has signed in meanwhile.
    if place.read().as_ref() == Some(&noted) {
        if let (Ok(look), Ok(there)) = (Look::at(&path), file::read(ctx, source, &path))
            && tokens_of(&there) == found
            && look.is_settled(ctx.now().into())
        {
            note.see(look);
        }
        place.write(&note);
    }
    login
}

/// Notes who signed in to `source` with this login.
pub(crate) fn note_person(ctx: &Context, source: &SsoSource, login: &LoginId, person: Person) {
    let Ok(home) = ctx.home() else { return };
    let place = NotePlace::new(ctx, &location::file(&home, source));
    let _lock = place.lock();
    if let Some(mut note) = place.read().filter(|note| note.id == *login) {
        note.person = Some(person);
        place.write(&note);
    }
}

/// Who signed in to `source`, if that is noted for this login.
pub(crate) fn noted_person(ctx: &Context, source: &SsoSource, login: &LoginId) -> Option<Person> {
    let home = ctx.home().ok()?;
    let note = NotePlace::new(ctx, &location::file(&home, source)).read()?;
    note.person.filter(|_| note.id == *login)
}

/// Whether `token` belongs to this login of `source`.
pub(crate) fn is_of(ctx: &Context, source: &SsoSource, token: &SsoToken, login: &LoginId) -> bool {
    let tokens = tokens_of_token(token, None);
    let place = ctx.home().map(|home| NotePlace::new(ctx, &location::file(&home, source)));
    let note = place.ok().and_then(|place| place.read());
    let is_noted = note.is_some_and(|note| note.id == *login && note.knows(&tokens));
    is_noted || LoginId::of(&tokens) == *login
}

/// Takes the lock for finding out who signed in to `source`, so that only one process at a time asks
/// AWS.
pub(crate) fn lock_question(ctx: &Context, source: &SsoSource) -> Option<Lock> {
    let home = ctx.home().ok()?;
    Some(NotePlace::new(ctx, &location::file(&home, source)).lock_question())
}

/// Removes the login of the token file at `path`, because it has ended.
pub(super) fn end(ctx: &Context, path: &Path) {
    NotePlace::new(ctx, path).forget();
}

/// Notes that a refresh will replace the token file `old` at `path` with `new`: the login stays the
/// same. Must be called before writing the file, so that nobody finds an unknown token.
pub(super) fn carry_on(ctx: &Context, path: &Path, old: &LoginTokens, new: &LoginTokens) {
    let place = NotePlace::new(ctx, path);
    let _lock = place.lock_briefly();
    let mut note = place.read().unwrap_or_else(|| LoginNote::new(old));
    if note.knows(old) {
        note.add(new);
        place.write(&note);
    }
}

/// Notes that somebody has signed in: earlier credentials are no longer used.
pub(super) fn begin(ctx: &Context, path: &Path, tokens: &LoginTokens) {
    let place = NotePlace::new(ctx, path);
    let _lock = place.lock_briefly();
    place.write(&LoginNote::new(tokens));
}

/// The tokens in a token file.
pub(super) fn tokens_of(found: &TokenFile) -> LoginTokens {
    let refresh = found.refresh.as_ref().map(|grant| &grant.refresh_token);
    tokens_of_token(&found.token, refresh)
}

/// The same for a token that isn't in its file yet.
pub(super) fn tokens_of_token(token: &SsoToken, refresh: Option<&SecretString>) -> LoginTokens {
    let (start_url, region) = (token.start_url.clone(), token.region.clone());
    LoginTokens::new(&token.access_token, refresh, start_url, region)
}

/// Notes the file's metadata, once it is old enough for that to mean something. If another process
/// is changing the note, the next one does it.
fn note_look(
    ctx: &Context,
    place: &NotePlace<'_>,
    before: Option<LoginNote>,
    mut note: LoginNote,
    look: Look,
) {
    if look.is_settled(ctx.now().into()) {
        note.see(look);
    }
    if before.as_ref() == Some(&note) {
        return;
    }
    let Some(_lock) = place.try_lock() else { return };
    // Unless a sign-in or a refresh has changed it meanwhile.
    if place.read() == before {
        place.write(&note);
    }
}

impl CurrentLogin {
    fn of(note: &LoginNote, file: PathBuf, look: Look) -> Self {
        Self {
            id: note.id.clone(),
            start_url: note.start_url.clone(),
            region: note.region.clone(),
            file: Some(Seen::new(file, look)),
        }
    }
}
