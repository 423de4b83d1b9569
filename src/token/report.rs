//! What `status` and `explain` report about a login.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::attempts::Attempts;
use super::file;
use super::location;
use super::login_file::{Grant, LoginFile, Token};
use super::problem::{Problem, State};
use crate::context::Context;
use crate::error::Result;
use crate::profile::plan::SsoSource;
use crate::text::clock::Clock;
use crate::text::{escape, timestamp};

/// What [`inspect`] found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TokenReport {
    /// The token file, whether or not it exists.
    #[serde(serialize_with = "as_text")]
    pub file: PathBuf,
    pub state: State,
    /// When the token expires or expired, if the file says so: `YYYY-MM-DDTHH:MM:SSZ`.
    #[serde(serialize_with = "as_timestamp")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it can be refreshed, now or later.
    #[serde(skip)]
    pub refreshable: bool,
    /// Why it cannot be used, in words, if the state alone does not say it.
    #[serde(skip)]
    pub problem: Option<String>,
    /// When this was found.
    #[serde(skip)]
    clock: Clock,
}

impl TokenReport {
    /// The state for people, without the file.
    pub(crate) fn text(&self) -> String {
        let mut text = self.state.name().to_owned();
        if let Some(at) = self.expires_at {
            text.push_str(&match self.state {
                State::Expired => format!(" {}", self.clock.since(at)),
                State::Refreshable => format!(", expired {}", self.clock.since(at)),
                _ => format!(" until {}", self.clock.until(at)),
            });
        }
        if let Some(problem) = &self.problem {
            text.push_str(&format!(": {problem}"));
        }
        text
    }
}

/// Inspects the token of `source` without using it. Fails only if there is no home directory.
pub(crate) fn inspect(ctx: &Context, source: &SsoSource) -> Result<TokenReport> {
    let path = location::file(&ctx.home()?, source);
    let found = file::read(ctx, source, &path);
    Ok(of(ctx, path, found))
}

/// The report about the file at `path`.
pub(super) fn of<T: Token, G: Grant>(
    ctx: &Context,
    path: PathBuf,
    found: Result<LoginFile<T, G>, Problem>,
) -> TokenReport {
    let found = found.and_then(|found| {
        let now = ctx.now();
        let refreshable = found.refresh.as_ref().is_some_and(|grant| grant.is_live(now));
        let (state, ends) = (found.state(now)?, Some(found.token.expires_at()));
        let refusal = Attempts::of(ctx, &path).refusal(found.modified).filter(|_| refreshable);
        let Some(why) = refusal else { return Ok((state, ends, refreshable, None)) };
        let state = if state == State::Refreshable { State::Expired } else { state };
        let why = format!("AWS refused to refresh it: {}", escape::foreign(&why));
        Ok((state, ends, false, Some(why)))
    });
    let (state, expires_at, refreshable, problem) = found
        .unwrap_or_else(|problem| (problem.state(), problem.expires_at(), false, problem.detail()));
    TokenReport { file: path, state, expires_at, refreshable, problem, clock: ctx.clock() }
}

/// A path may not be UTF-8, but JSON must be.
fn as_text<S: Serializer>(path: &std::path::Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

fn as_timestamp<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(timestamp::format).serialize(serializer)
}
