//! Every environment variable that ssowrap reads, sets or removes.
//!
//! A [`Name`] can be created only here, and the context accepts nothing else. So a variable that
//! isn't in this table doesn't compile, and one that is missing in `docs/reference/variables.md`
//! fails a test.

use std::ffi::OsStr;
use std::fmt;
use std::ops::Deref;

/// The name of a variable in this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(&'static str);

impl Name {
    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }

    /// Any name, for tests of what is written with it.
    #[cfg(test)]
    pub(crate) const fn any(name: &'static str) -> Self {
        Self(name)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl AsRef<OsStr> for Name {
    fn as_ref(&self) -> &OsStr {
        self.0.as_ref()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What ssowrap does with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Read,
    Set,
    ReadAndSet,
    /// Removed from the environment of a command, where it would bring in other credentials.
    Removed,
    /// Passed from one ssowrap to another that runs below it.
    Internal,
}

/// Variables with the same meaning: a row of the table in the manual.
#[derive(Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "the manual is held to it by a test"))]
pub(crate) struct VariableRow {
    pub names: &'static [Name],
    pub used: Use,
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($(#[doc = $meaning:literal])+ $used:ident: $($name:ident $(= $text:literal)?),+;)+) => {
        $($(
            pub(crate) const $name: Name = Name(variables!(@text $name $($text)?));
        )+)+

        /// All variables, in the manual's order.
        #[cfg_attr(not(test), expect(dead_code, reason = "the manual is held to it by a test"))]
        pub(crate) const TABLE: &[VariableRow] = &[$(VariableRow {
            names: &[$($name),+],
            used: Use::$used,
            meaning: concat!($($meaning),+),
        }),+];
    };
    (@text $name:ident) => { stringify!($name) };
    (@text $name:ident $text:literal) => { $text };
}

variables! {
    /// the profile, if there is no `-p`. `exec --write-credentials` sets the first; otherwise `exec`
    /// removes both, and so does `export` if they name another profile
    ReadAndSet: AWS_PROFILE, AWS_DEFAULT_PROFILE;
    /// where `aws login` keeps its logins, instead of `~/.aws/login/cache`
    Read: AWS_LOGIN_CACHE_DIRECTORY;
    /// the paths of the config file and the credentials file. A leading `~` stands for the home
    /// directory; `$NAME` and `${NAME}` (on Windows also `%NAME%`) stand for other variables. `exec
    /// --renew` and `--write-credentials` set both
    ReadAndSet: AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE;
    /// the region, used for STS and set for your programs if it is known: some SDKs read one
    /// variable, some the other
    ReadAndSet: AWS_REGION, AWS_DEFAULT_REGION;
    /// the region that ssowrap set, and the variables that hold it. It tells later ssowrap commands
    /// that you did not choose this region
    ReadAndSet: SSOWRAP_REGION;
    /// the profile whose credentials these are. If you name no other, it is the default for all verbs
    /// except `credential-process`, `eks get-token`, `aws2-wrap`, `cache`, `generate` and
    /// `logout`
    ReadAndSet: SSOWRAP_PROFILE;
    /// the options that chose the role, if no profile did
    ReadAndSet: SSOWRAP_ROLE;
    /// what `AWS_PROFILE` and `AWS_DEFAULT_PROFILE` were before `export` removed them
    ReadAndSet: SSOWRAP_SAVED_PROFILE;
    /// when the credentials expire and when to get new ones, in seconds since 1970; for prompts
    Set: SSOWRAP_EXPIRES_AT, SSOWRAP_RENEW_AT;
    /// the credentials; read for `credential_source = Environment`
    ReadAndSet: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN;
    /// when the credentials expire, `YYYY-MM-DDTHH:MM:SSZ`
    Set: AWS_CREDENTIAL_EXPIRATION;
    /// the account of the credentials, if it is known
    ReadAndSet: AWS_ACCOUNT_ID;
    /// an older name for `AWS_SESSION_TOKEN`, read if that is unset. `exec` removes it; `export` sets
    /// it to the new token if your shell has it
    ReadAndSet: AWS_SECURITY_TOKEN;
    /// what kubectl tells `eks get-token` about itself
    Read: KUBERNETES_EXEC_INFO;
    /// custom endpoints
    Read: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL_SSO_OIDC, AWS_ENDPOINT_URL_STS,
        AWS_ENDPOINT_URL_SIGNIN, AWS_ENDPOINT_URL_EKS;
    /// `true`: ignore the `AWS_ENDPOINT_URL*` variables and the endpoints in the config
    Read: AWS_IGNORE_CONFIGURED_ENDPOINT_URLS;
    /// whether to use FIPS or dual-stack endpoints
    Read: AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT;
    /// certificates to trust instead of the system's. The profile's `ca_bundle` takes precedence over
    /// `REQUESTS_CA_BUNDLE`
    Read: AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE;
    /// where the system's certificates are, on Linux and BSD
    Read: SSL_CERT_FILE, SSL_CERT_DIR;
    /// the proxies; names in upper case take precedence. In `NO_PROXY`, `*.example.com` stands for every
    /// name below `example.com`
    Read: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, LOWER_HTTPS_PROXY = "https_proxy",
        LOWER_HTTP_PROXY = "http_proxy", LOWER_NO_PROXY = "no_proxy";
    /// the container's credentials, for `credential_source = EcsContainer`; `exec --renew` and
    /// `serve` set the full URI and the token
    ReadAndSet: AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
        AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
    /// the instance's credentials, for `credential_source = Ec2InstanceMetadata`; `serve --imds`
    /// sets the first
    ReadAndSet: AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE;
    /// the same address as `AWS_EC2_METADATA_SERVICE_ENDPOINT`, for clients of `serve --imds` built on
    /// Rust's object_store
    Set: AWS_METADATA_ENDPOINT;
    /// set to `false` for the clients of `serve --imds`
    Set: AWS_EC2_METADATA_DISABLED;
    /// other sources of credentials, removed for the command of `exec`
    Removed: AWS_CREDENTIAL_FILE, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME;
    /// an API key for Bedrock, whose clients prefer it to any credentials. `export` removes it too
    Removed: AWS_BEARER_TOKEN_BEDROCK;
    /// other names for the keys, removed if the program gets no keys
    Removed: AWS_ACCESS_KEY, AWS_SECRET_KEY, SECRET_ACCESS_KEY;
    /// `auto` or `never`, if there is no `--login`
    Read: SSOWRAP_LOGIN;
    /// the port that the browser reports back to, if there is no `--port`
    Read: SSOWRAP_CALLBACK_PORT;
    /// the browser for `login` and `console`
    Read: BROWSER;
    /// the browser for `console` only
    Read: SSOWRAP_BROWSER;
    /// whether a browser can be started here and can report back
    Read: DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION, SSH_TTY, CODESPACES, AWS_EXECUTION_ENV,
        WSL_DISTRO_NAME, WSL_INTEROP, CONTAINER = "container";
    /// your name, for the `ssh` line of `login --port`
    Read: USER, LOGNAME;
    /// set to anything but `false` or `0`: ssowrap assumes that nobody is at the terminal
    Read: CI;
    /// the token that clients of `serve` must present, at least 32 characters; without it, `serve`
    /// makes a new one each time
    Read: SSOWRAP_SERVE_TOKEN;
    /// the file that `export --format github` appends to
    Read: GITHUB_ENV;
    /// whether ssowrap runs in Git Bash, which rewrites some values for Windows programs
    Read: MSYSTEM;
    /// the variables that Git Bash must not rewrite: `export` adds its own
    ReadAndSet: MSYS2_ENV_CONV_EXCL;
    /// the variables that WSL passes to Windows programs: `exec` adds its own if the command is an
    /// `.exe`
    ReadAndSet: WSLENV;
    /// the home directory (`USERPROFILE` on Windows, as in the AWS CLI)
    Read: HOME, USERPROFILE;
    /// where to look for programs, and on Windows, which file extensions they have
    Read: PATH, PATHEXT;
    /// where ssowrap keeps its cache and its state, such as locks
    Read: XDG_CACHE_HOME, XDG_STATE_HOME;
    /// where `exec` puts the files of `--write-credentials` and `--token-file`
    Read: XDG_RUNTIME_DIR, TMPDIR;
    /// no colour
    Read: NO_COLOR;
    /// `dumb`: no colour, and no progress line that is redrawn
    Read: TERM;
    /// the time zone of displayed times; without it, the system's
    Read: TZ;
    /// whether the terminal can show a QR code
    Read: LC_ALL, LC_CTYPE, LANG;
    /// whether PowerShell started `aws2-wrap` on Windows
    Read: PS_MODULE_PATH = "PSModulePath";
    /// the profiles that led to a `credential_process`
    Internal: SSOWRAP_PROCESS_CHAIN;
    /// tell the Java SDK v1, the JavaScript SDK v2 and the Go SDK v1 about the files of `exec
    /// --renew` and `exec --write-credentials`
    Set: AWS_CREDENTIAL_PROFILES_FILE, AWS_SDK_LOAD_CONFIG;
    /// the shell that `exec` starts if you give no command
    Read: SHELL, COMSPEC;
    /// the files that are hidden from a command
    Internal: SSOWRAP_CONFIG_FILE, SSOWRAP_SHARED_CREDENTIALS_FILE, SSOWRAP_WRITTEN_CONFIG,
        SSOWRAP_WRITTEN_CREDENTIALS;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const MANUAL: &str = include_str!("../docs/reference/variables.md");

    /// The row in the manual's table.
    fn written(row: &VariableRow) -> String {
        let names: Vec<String> = row.names.iter().map(|name| format!("`{name}`")).collect();
        let used = match row.used {
            Use::Read => "read",
            Use::Set => "set",
            Use::ReadAndSet => "read, set",
            Use::Removed => "removed",
            Use::Internal => "internal",
        };
        format!("| {} | {used} |{} |", names.join(", "), row.meaning)
    }

    #[test]
    fn the_manual_has_this_table() {
        let (heading, ruler) = ("| variable | use | meaning |", "| --- | --- | --- |");
        let expected = [heading.to_owned(), ruler.to_owned()];
        let expected = expected.into_iter().chain(TABLE.iter().map(written));
        let told = MANUAL.lines().filter(|line| line.starts_with('|')).map(str::to_owned);
        let (expected, told) = (Vec::from_iter(expected), Vec::from_iter(told));
        for (told, expected) in told.iter().zip(&expected) {
            assert_eq!(told, expected, "docs/reference/variables.md, table:\n{expected}");
        }
        assert_eq!(told.len(), expected.len(), "rows of docs/reference/variables.md");
    }

    #[test]
    fn every_name_is_listed_once() {
        let mut seen = HashSet::new();
        for name in TABLE.iter().flat_map(|row| row.names) {
            assert!(seen.insert(name), "{name}");
        }
    }
}
