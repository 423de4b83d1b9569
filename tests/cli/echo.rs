//! Servers that repeat the secrets they were sent: none of them appears on stderr.

use chrono::TimeDelta;
use fake_aws::Fault;

use crate::login_session;
use crate::support::{CLIENT_SECRET, DEV, Home, KEYS, REFRESH_TOKEN, Token, token_file};

/// A part of a secret that is shorter than this may be a word.
pub(crate) const SHORTEST: usize = 12;

/// The forms in which servers may repeat the secret.
pub(crate) fn echoes(secret: &str) -> Vec<String> {
    let encoded: String = secret
        .bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    let cut = &secret[1..secret.len() - 2];
    let quoted = secret.replace('/', "\\/");
    [secret, &encoded, cut, &quoted].map(|echo| format!("bad: {echo}, sorry")).to_vec()
}

/// Runs it with each form in the message and in the code of a fault. No message may show it.
fn keeps(home: &Home, arguments: &[&str], operation: &str, status: u16, secret: &str) {
    for echo in echoes(secret) {
        for (code, message) in [("SomeException", echo.as_str()), (&echo[5..echo.len() - 7], "no")]
        {
            home.aws().clear_faults();
            home.aws().fail_always(operation, Fault::error(status, code, message));
            // Also with `-vv`.
            let stderr = home.run(arguments.iter().chain(&["-vv"])).report().stderr;
            for start in 0..secret.len() - SHORTEST {
                let part = &secret[start..start + SHORTEST];
                assert!(!stderr.contains(part), "{operation} {status}: {part} in {stderr}");
            }
        }
    }
}

/// Long enough, and with the characters of real ones.
const ACCESS_TOKEN: &str = "aoaAAAAAGkFYzE-token:MGUCMQDv/x+8b3qYh2Tz9LmN4oP7rS1uV5wX";

fn with_token(config: &str) -> Home {
    let token = Token { access_token: ACCESS_TOKEN.to_owned(), ..Token::new() };
    Home::with_aws().config(config).token("corp", &token)
}

#[test]
fn the_portal() {
    let home = with_token(DEV);
    for status in [400, 401, 403, 404, 418] {
        keeps(&home, &["-p", "dev", "export"], "GetRoleCredentials", status, ACCESS_TOKEN);
    }
    keeps(&home, &["-p", "dev", "logout"], "Logout", 403, ACCESS_TOKEN);
}

#[test]
fn the_oidc_service() {
    let client = "eyJraWQiOiJrZXktMTU2.eyJzZXJpYWxpemVkIjoie1wiY2.lX8mZy1nQ2t";
    let refresh = "aorAAAAAGkFYzE_token:MGQCMDv/x+8b3qYh2Tz9LmN4oP7rS1uV5wX";
    let ended = Token::new().expires_at("2020-01-01T00:00:00Z").to_json();
    let ended = ended.replace(CLIENT_SECRET, client).replace(REFRESH_TOKEN, refresh);
    let home = Home::with_aws().config(DEV);
    for status in [400, 401, 403] {
        for secret in [refresh, client] {
            home.write(&token_file("corp"), &ended);
            keeps(&home, &["-p", "dev", "export"], "CreateToken", status, secret);
        }
    }
}

#[test]
fn the_sign_in_service() {
    let refresh = "aorAAAAAGkFYzE_session:MGQCMDv/x+8b3qYh2Tz9LmN4oP7rS1uV5wX";
    let mut login = login_session::file(TimeDelta::minutes(-5));
    login["refreshToken"] = refresh.into();
    let home = login_session::signed_in(Home::with_aws().config(login_session::CONFIG), &login);
    for status in [400, 401, 403] {
        let export = login_session::EXPORT;
        keeps(&home, &export, login_session::OPERATION, status, refresh);
    }
}

#[test]
fn sts() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzzzKEY1";
    let config = KEYS.replace("FAKEsecret/+key", secret)
        + "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = keys\n\
           region = eu-west-1\n";
    let home = Home::with_aws().config(&config);
    for status in [400, 401, 403] {
        keeps(&home, &["-p", "role", "export"], "AssumeRole", status, secret);
    }
}

#[test]
fn the_container_and_the_instance() {
    let secret = "container/Token+0123456789-abcdefghij";
    for (source, operation) in
        [("EcsContainer", "ContainerCredentials"), ("Ec2InstanceMetadata", "ImdsToken")]
    {
        let config = format!(
            "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\n\
             credential_source = {source}\nregion = eu-west-1\n"
        );
        let home = Home::with_aws().config(&config);
        let url = home.aws().url();
        let home = home
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/ecs/credentials"))
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", secret)
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
        keeps(&home, &["-p", "role", "export"], operation, 403, secret);
    }
}
