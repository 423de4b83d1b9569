//! Token cache: the AWS CLI's token files and client registrations in `~/.aws/sso/cache` (SPEC 3),
//! whether `aws sso login` or ssowrap wrote them.
//!
//! A login belongs to exactly one file, named by a digest of the sso-session's name or, for legacy
//! profiles, of the start URL. There is no search for "some token for that start URL", because
//! other tools keep tokens there that were issued for other people and other scopes.

mod advice;
mod anywhere;
mod attempts;
mod elsewhere;
mod encode;
mod file;
mod location;
mod login;
mod login_file;
mod members;
mod parse;
mod problem;
mod refresh;
mod refusal;
mod registration;
mod report;
pub(crate) mod session;
mod session_parse;
mod session_token;
mod sso;
mod sso_token;
mod store;
mod turn;
mod whose;

pub(crate) use advice::{
    accounts_command, code_command, login_hint, new_login_hint, owner, region_hint, roles_command,
    sign_in_anew_hint,
};
pub(crate) use anywhere::of_any_key;
pub(crate) use elsewhere::shareable;
pub(crate) use file::{bearer, is_torn, read};
pub(crate) use location::{directory, file};
pub(crate) use login::{
    Changed, CurrentLogin, LoginState, current, is_of, lock_question, note_person, noted_person,
    settle,
};
pub(crate) use login_file::Token;
pub(crate) use parse::Bearer;
pub(crate) use problem::{Problem, State};
pub(crate) use registration::{BROWSER_GRANTS, ClientRegistration, Flow, RegistrationCache};
pub(crate) use report::{TokenReport, inspect};
pub(crate) use sso::{forget, replacement, usable};
pub(crate) use sso_token::SsoToken;
pub(crate) use store::{Granted, check_place, write};
pub(crate) use turn::Turn;
