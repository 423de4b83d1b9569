//! `ssowrap status`: shows whether the logins in the config can be used. Offline, and fast enough
//! for a shell prompt.

use std::iter;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::cache::link::Link;
use crate::cache::listing::{self, CacheFile, Listed, LoginRoles, Logins};
use crate::cli::Global;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::profile::files::Files;
use crate::profile::logins::{ConfigLogins, Role, SsoSession, UsedSession};
use crate::profile::mask;
use crate::profile::plan::{LoginSession, Source, SsoSource};
use crate::profile::{Request, Resolver};
use crate::settings::{self, GivenProfile};
use crate::text::timestamp;
use crate::token::{self, State, TokenReport, session};
use crate::ui::table::{self, Cell, Tone};

/// How many profiles the text names; JSON names all.
const SHOWN_PROFILES: usize = 12;

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusFormat {
    /// A block of lines for each login.
    Text,
    /// An array with one object for each login.
    Json,
    /// One word, and the minutes left.
    Short,
}

/// A login whose state was asked for.
struct Asked {
    login: AskedLogin,
    /// Its profiles, and the roles obtained through it, as far as the config says.
    profiles: Vec<String>,
    roles: Vec<Role>,
    /// What its section lacks: nobody can sign in without it.
    lacks: Option<Lacks>,
}

enum AskedLogin {
    Sso(SsoSource),
    Session(LoginSession),
}

struct Lacks {
    problem: String,
    hint: String,
}

/// One login as `status --json` prints it.
#[derive(Serialize)]
struct LoginRow {
    /// The sso-session; null for the start URL of legacy profiles and for `aws login`.
    session: Option<String>,
    start_url: Option<String>,
    sso_region: Option<String>,
    /// The ARN of an `aws login` login.
    login_session: Option<String>,
    token: TokenReport,
    /// Why it cannot be used, if the state does not say it.
    problem: Option<String>,
    /// Whether it can be refreshed after it expires.
    refreshable: bool,
    /// Whole minutes until the token expires; null if it has expired or there is none.
    minutes_left: Option<i64>,
    login_required: bool,
    profiles: Vec<String>,
    cached: Vec<Cached>,
    /// The command that signs in.
    #[serde(skip)]
    hint: String,
}

/// Cached role credentials that were obtained through a login. Nothing in it is secret.
#[derive(Serialize)]
struct Cached {
    /// `sso` for Identity Center role credentials, `role` for an assumed role.
    kind: &'static str,
    account_id: Option<String>,
    role_name: Option<String>,
    role_arn: Option<String>,
    expires_at: String,
    expired: bool,
    file: String,
    /// The role and the expiration, for people.
    #[serde(skip)]
    role_text: Option<String>,
    #[serde(skip)]
    until: String,
}

/// Shows the state of the chosen login. If none is chosen, or with `all`, of every login.
///
/// The exit code is that of "login required" if the chosen login cannot be used, now or after a
/// refresh. For every login, the same holds if a profile uses it.
///
/// # Errors
/// The resolver's errors for the chosen profile.
pub(super) fn run(
    ctx: &Context,
    global: &Global,
    all: bool,
    form: StatusFormat,
) -> Result<ExitCode> {
    let request = settings::login_request(ctx, global, GivenProfile::Counts, all)?;
    let files = Files::load(ctx)?;
    let (asked, nothing) = match &request {
        Some(request) => (chosen(&files, request, form)?, needs_none(request)),
        None => {
            let ConfigLogins { logins, login_sessions, unresolved } =
                Resolver::new(&files).logins();
            if form != StatusFormat::Short {
                tell_unresolved(ctx, &unresolved);
            }
            (
                (logins.into_iter().map(Asked::from))
                    .chain(login_sessions.into_iter().map(Asked::from))
                    .collect(),
                "no logins yet: run `ssowrap configure` for Identity Center, or `aws login`"
                    .to_owned(),
            )
        }
    };
    let cached = match form {
        StatusFormat::Short => Vec::new(),
        StatusFormat::Text | StatusFormat::Json => cached(ctx, &asked).unwrap_or_else(|error| {
            ctx.printer.warn(&error.lines().swap_remove(0));
            Vec::new()
        }),
    };
    let cached = cached.into_iter().chain(iter::repeat_with(Vec::new));
    let rows =
        asked.into_iter().zip(cached).map(|(asked, cached)| LoginRow::new(ctx, asked, cached));
    let rows = rows.collect::<Result<Vec<LoginRow>>>()?;
    let counts = |row: &&LoginRow| request.is_some() || !row.profiles.is_empty();
    let is_required = rows.iter().filter(counts).any(|row| row.login_required);
    match form {
        StatusFormat::Short => ctx.printer.data(short(rows.iter().filter(counts)).as_bytes())?,
        StatusFormat::Json => ctx.printer.json(&rows)?,
        StatusFormat::Text if rows.is_empty() => ctx.printer.say(&nothing),
        StatusFormat::Text => {
            let blocks = rows.iter().map(|row| row.text(ctx)).collect::<Vec<_>>();
            ctx.printer.data(blocks.join("\n").as_bytes())?;
        }
    }
    Ok(match is_required {
        true => Kind::LoginRequired.exit().into(),
        false => ExitCode::SUCCESS,
    })
}

/// Reports profiles that name a login but don't resolve: they use no login, so they would be
/// missing without a word.
fn tell_unresolved(ctx: &Context, unresolved: &[Error]) {
    for error in unresolved.iter().take(SHOWN_PROFILES) {
        let at = error.location.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        ctx.printer.warn(&format!("{}{at}", error.message));
    }
    match unresolved.len().saturating_sub(SHOWN_PROFILES) {
        0 => {}
        1 => ctx.printer.warn("1 more profile that names a login has an error"),
        more => ctx.printer.warn(&format!("{more} more profiles that name a login have errors")),
    }
}

fn needs_none(request: &Request) -> String {
    match request {
        Request::Profile { name, .. } => format!("profile `{name}` needs no login"),
        Request::Role(_) => String::new(),
    }
}

/// The login of a request; none for a profile that needs none.
fn chosen(files: &Files, request: &Request, form: StatusFormat) -> Result<Vec<Asked>> {
    let resolver = Resolver::new(files);
    let Some(plan) = resolver.login(request)? else {
        return Ok(resolver
            .login_session(request)
            .map_or_else(Vec::new, |session| vec![asked_session(&resolver, session, form)]));
    };
    let Source::Sso(source) = plan.source else { return Ok(Vec::new()) };
    let is_same = |session: &SsoSession| session.is_of(&source);
    // A prompt does not show which other profiles use it.
    let known = match form {
        StatusFormat::Short => None,
        StatusFormat::Text | StatusFormat::Json => {
            resolver.logins().logins.into_iter().find(is_same)
        }
    };
    let known = known.map(Asked::from);
    let (profiles, roles) = known.map(|asked| (asked.profiles, asked.roles)).unwrap_or_default();
    Ok(vec![Asked { login: AskedLogin::Sso(source), profiles, roles, lacks: None }])
}

fn asked_session(resolver: &Resolver<'_>, session: LoginSession, form: StatusFormat) -> Asked {
    let is_same = |used: &UsedSession| used.session.arn == session.arn;
    let known = match form {
        StatusFormat::Short => None,
        StatusFormat::Text | StatusFormat::Json => {
            resolver.logins().login_sessions.into_iter().find(is_same)
        }
    };
    let profiles = known.map(|used| used.profiles).unwrap_or_default();
    Asked::from(UsedSession { session, profiles })
}

impl From<UsedSession> for Asked {
    fn from(UsedSession { session, profiles }: UsedSession) -> Self {
        let login = AskedLogin::Session(session);
        Self { login, profiles, roles: Vec::new(), lacks: None }
    }
}

impl From<SsoSession> for Asked {
    fn from(session: SsoSession) -> Self {
        let lacking: Vec<&str> = [
            ("sso_start_url", session.start_url.is_none()),
            ("sso_region", session.sso_region.is_none()),
        ]
        .into_iter()
        .filter_map(|(key, is_lacking)| is_lacking.then_some(key))
        .collect();
        let lacks = (!lacking.is_empty()).then(|| Lacks {
            problem: format!("its section has no {}", lacking.join(" and no ")),
            hint: format!("add {} at {}", lacking.join(" and "), session.location),
        });
        let login = AskedLogin::Sso(session.source());
        Self { login, profiles: session.profiles, roles: session.roles, lacks }
    }
}

impl LoginRow {
    /// Reads the token of a login.
    fn new(ctx: &Context, asked: Asked, cached: Vec<Cached>) -> Result<Self> {
        let (token, hint, source, login_session) = match asked.login {
            AskedLogin::Sso(source) => {
                // The AWS CLI can sign in to a start URL only through a profile.
                let profile = source.profile.or_else(|| asked.profiles.first().cloned());
                let source = SsoSource { profile, ..source };
                (token::inspect(ctx, &source)?, token::login_hint(&source), source, None)
            }
            AskedLogin::Session(session) => {
                let hint = session::login_hint(&session);
                let token = session::inspect(ctx, &session)?;
                (token, hint, SsoSource::default(), Some(session.arn))
            }
        };
        let left = token.expires_at.map(|at| (at - ctx.now()).num_minutes());
        let (problem, hint) = match asked.lacks {
            Some(lacks) => (Some(lacks.problem), lacks.hint),
            None => (token.problem.clone(), hint),
        };
        Ok(Self {
            hint,
            problem,
            refreshable: token.refreshable,
            minutes_left: left.filter(|_| token.state == State::Valid),
            login_required: !matches!(token.state, State::Valid | State::Refreshable),
            token,
            session: source.session,
            start_url: source.start_url.as_deref().map(mask::without_userinfo),
            sso_region: source.sso_region,
            login_session,
            profiles: asked.profiles,
            cached,
        })
    }

    /// The lines of text for people.
    fn text(&self, ctx: &Context) -> String {
        let mut facts: Vec<(&str, Cell)> = Vec::new();
        let mut fact = |name, value: String| facts.push((name, value.into()));
        if let Some(session) = &self.session {
            fact("session", session.clone());
        }
        if let Some(url) = &self.start_url {
            let region = self.sso_region.as_ref().map(|region| format!(" ({region})"));
            fact("start URL", format!("{url}{}", region.unwrap_or_default()));
        }
        if let Some(arn) = &self.login_session {
            fact("login session", arn.clone());
        }
        let refresh = match self.token.state {
            State::Valid if self.refreshable => ", can be refreshed",
            _ => "",
        };
        facts.push(("token", Cell::new(self.token.text() + refresh, tone(self.token.state))));
        let mut fact = |name, value: String| facts.push((name, value.into()));
        fact("profiles", self.profiles_text());
        for cached in self.cached.iter().filter(|cached| !cached.expired) {
            fact("cached", cached.text());
        }
        if let Some(problem) = self.problem.as_ref().filter(|_| self.token.problem.is_none()) {
            fact("problem", problem.clone());
        }
        if self.login_required {
            fact("login", self.hint.clone());
        }
        table::facts(&ctx.printer, facts)
    }

    fn profiles_text(&self) -> String {
        let shown = self.profiles.len().min(SHOWN_PROFILES);
        let names = self.profiles[..shown].join(", ");
        match self.profiles.len() - shown {
            0 if names.is_empty() => "none".to_owned(),
            0 => names,
            more => format!("{names} and {more} more"),
        }
    }
}

impl Cached {
    fn new(ctx: &Context, path: &Path, entry: Listed, role: Option<Role>) -> Self {
        let Listed { link, access_key_id: _, account_id, expiration } = entry;
        let role_arn = link.as_ref().and_then(|link| link.role_arn()).map(str::to_owned);
        let (of_role, role_name) = role.map(|r| (r.account_id, r.role_name)).unzip();
        Self {
            kind: if role_arn.is_some() { "role" } else { "sso" },
            account_id: of_role.or(account_id),
            role_name,
            role_arn,
            expires_at: timestamp::format(expiration),
            expired: expiration <= ctx.now(),
            file: path.display().to_string(),
            role_text: link.as_ref().and_then(Link::role_text),
            until: ctx.clock().until(expiration),
        }
    }

    fn text(&self) -> String {
        let role = self.role_name.as_ref().map(|role| format!(" {role}")).unwrap_or_default();
        let of_account = || format!("{}{role}", self.account_id.as_deref().unwrap_or("?"));
        let principal = self.role_text.clone().unwrap_or_else(of_account);
        format!("{principal} until {}", self.until)
    }
}

/// A login is good if it can be used without asking the user.
pub(super) fn tone(state: State) -> Tone {
    match state {
        State::Valid | State::Refreshable => Tone::Good,
        _ => Tone::Bad,
    }
}

/// What is cached of each login.
fn cached(ctx: &Context, asked: &[Asked]) -> Result<Vec<Vec<Cached>>> {
    let of_sso = |(place, asked): (usize, &Asked)| match &asked.login {
        AskedLogin::Sso(source) => {
            Some((place, LoginRoles { source: source.clone(), roles: asked.roles.clone() }))
        }
        AskedLogin::Session(_) => None,
    };
    let (places, logins): (Vec<usize>, Vec<LoginRoles>) =
        asked.iter().enumerate().filter_map(of_sso).unzip();
    let logins = Logins::new(ctx.home()?, &logins);
    let session_of = |file: &CacheFile| {
        let link = file.link()?;
        asked.iter().position(|asked| match &asked.login {
            AskedLogin::Session(session) => link.is_of_session(session),
            AskedLogin::Sso(_) => false,
        })
    };
    let mut of_login: Vec<Vec<Cached>> = asked.iter().map(|_| Vec::new()).collect();
    for file in listing::all(ctx)? {
        let of_sso = logins.of(&file).map(|(login, role)| (places[login], role));
        // Another config may have a session of the same name.
        let of_sso = of_sso.filter(|(place, _)| is_at_portal(&asked[*place].login, &file));
        let found = of_sso.or_else(|| Some((session_of(&file)?, None)));
        if let (Some((login, role)), Some(entry)) = (found, file.entry) {
            of_login[login].push(Cached::new(ctx, &file.path, entry, role));
        }
    }
    Ok(of_login)
}

/// Whether an entry came from the portal of a login.
fn is_at_portal(login: &AskedLogin, file: &CacheFile) -> bool {
    match (login, file.link().and_then(Link::sso)) {
        (AskedLogin::Sso(source), Some(sso)) => source.is_at(sso.start_url.as_deref()),
        _ => true,
    }
}

/// The word for all logins is that of the worst one: of those that can be used, the one that
/// expires first.
fn short<'a>(rows: impl Iterator<Item = &'a LoginRow>) -> String {
    let rank = |row: &&LoginRow| match row.token.state {
        State::Valid => (2, row.minutes_left),
        State::Refreshable => (1, None),
        _ => (0, None),
    };
    let Some(worst) = rows.min_by_key(rank) else { return "none\n".to_owned() };
    let minutes = worst.minutes_left.map(|minutes| format!(" {minutes}")).unwrap_or_default();
    format!("{}{minutes}\n", worst.token.state.name())
}
