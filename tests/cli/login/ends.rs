//! Logins that are not completed: Ctrl-C, a place that takes no file, a port that is taken.

use std::fs;
use std::net::TcpListener;

use fake_aws::Consent;

use super::person::SigningIn;
use super::{files, free_port, home, sign_in};
use crate::entries::chown_all;
use crate::support::{TIMEOUT, token_file};

/// Ctrl-C at any point: exit code 130, no token, and the next login starts at once.
#[test]
fn interrupted() {
    let home = home();
    home.aws().set_consent(Consent::Ask);
    let port = free_port();
    let browser = ["-p", "dev", "login", "--port", &port];
    let code = ["-p", "dev", "login", "--use-device-code"];
    for (arguments, last) in [(&browser[..], "http"), (&code[..], "check that it shows")] {
        let mut login = SigningIn::start(home.run(arguments));
        login.line(last);
        login.interrupt();
        let (status, said) = login.ends();
        assert!(status == Some(130) && said.ends_with("\ninterrupted\n"), "{said}");
        assert!(!home.path(&token_file("corp")).exists());
    }
    // Only the registrations are left, and nothing half-written.
    assert_eq!(files(&home).len(), 1);
    home.aws().set_consent(Consent::Approve);
    let said = sign_in(home.run(["-p", "dev", "login"]));
    assert!(!said.contains("another ssowrap"), "{said}");
}

/// Also during a request to AWS, and while waiting for another login.
#[test]
fn interrupted_within_a_request() {
    let home = home();
    home.aws().hold("RegisterClient");
    let first = SigningIn::start(home.run(["-p", "dev", "login"]));
    assert!(home.aws().wait_for("RegisterClient", 1, TIMEOUT));
    let mut second = SigningIn::start(home.run(["-p", "dev", "login"]));
    second.line("another ssowrap is signing in");
    for login in [second, first] {
        login.interrupt();
        let (status, said) = login.ends();
        assert!(status == Some(130) && said.ends_with("interrupted\n"), "{said}");
    }
    assert_eq!(files(&home), [""; 0]);
    home.aws().release("RegisterClient");
    sign_in(home.run(["-p", "dev", "login"]));
}

/// Nobody signs in for nothing.
#[test]
fn a_place_that_takes_no_file() {
    let home = home();
    let file = token_file("corp");
    fs::create_dir(home.path(&file)).expect("a directory");
    home.run(["-p", "dev", "login"]).fails(
        1,
        &format!(
            "error: cannot save the token of sso-session `corp` in ~/{file}: it is not a regular \
             file\nhint: move it away, then sign in again\n"
        ),
    );
    assert_eq!(home.aws().count("*"), 0);
    // A missing directory is created, accessible only to its owner.
    fs::remove_dir_all(home.path(".aws/sso")).expect("own directory");
    sign_in(home.run(["-p", "dev", "login"]));
    let mode = |path: &str| {
        let metadata = fs::metadata(home.path(path)).expect("a directory");
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
    };
    assert_eq!((mode(".aws/sso"), mode(".aws/sso/cache")), (0o700, 0o700));
}

/// A registration that cannot be stored only affects the next login.
#[test]
fn a_registration_that_cannot_be_kept() {
    let home = home();
    let file = token_file(super::REGISTRATION);
    fs::create_dir(home.path(&file)).expect("a directory");
    let said = sign_in(home.run(["-p", "dev", "login"]));
    let warning = format!("warning: cannot save the client registration: ~/{file} is not a file\n");
    assert!(said.contains(&warning), "{said}");
}

#[test]
fn a_port_that_is_taken() {
    let home = home();
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    home.run(["-p", "dev", "login", "--port", &port]).fails(
        1,
        &format!(
            "error: cannot listen on 127.0.0.1:{port} for the browser: Address already in use (os \
             error 98)\nhint: choose another port with `--port N` or SSOWRAP_CALLBACK_PORT, or \
             sign in with `ssowrap login --use-device-code --sso-session corp`\n"
        ),
    );
    assert_eq!(home.aws().count("*"), 0);
    home.run(["-p", "dev", "login", "--port", &port, "--use-device-code"]).fails(
        2,
        "error: --port and --use-device-code cannot be used together: with a code, no browser \
         reports back\n",
    );
}

/// A file that another program has moved and linked, and one that root has left.
#[test]
fn a_token_file_that_is_not_simply_ours() {
    let home = home();
    let file = home.path(&token_file("corp"));
    std::os::unix::fs::symlink(home.path("elsewhere"), &file).expect("a link");
    sign_in(home.run(["-p", "dev", "login"]));
    assert!(file.is_symlink());
    assert!(home.path("elsewhere").is_file());
    home.run(["-p", "dev", "export"]).succeeds();
    if rustix::process::geteuid().is_root() {
        chown_all(&home.path(""), 65_534);
        sign_in(home.run(["-p", "dev", "login", "--force"]));
        let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&file).expect("a file"));
        assert_eq!(owner, 65_534);
    }
}
