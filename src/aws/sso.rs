//! The Identity Center portal (SPEC 5.3).

use std::path::Path;
use std::time::Duration;

use aws_types::SdkConfig;
use chrono::DateTime;
use secrecy::{ExposeSecret, SecretString};

use super::call::Call;
use super::issued::Issued;
use super::pacing::Pace;
use super::retry::Classifier;
use super::{Aws, RequestError, ServiceEndpoint};
use crate::credentials::Credentials;

const GET_ROLE_CREDENTIALS: &str = "GetRoleCredentials";
const LIST_ACCOUNTS: &str = "ListAccounts";
const LIST_ACCOUNT_ROLES: &str = "ListAccountRoles";
const LOGOUT: &str = "Logout";

/// The portal's largest page size (SPEC 11).
const PAGE_SIZE: i32 = 100;

/// One page of a list.
#[derive(Clone, Debug)]
pub(crate) struct ListPage<T> {
    pub items: Vec<T>,
    /// The token for the next page; none on the last page.
    pub next: Option<String>,
}

impl<T> ListPage<T> {
    fn new(items: impl Iterator<Item = T>, next: Option<&str>) -> Self {
        // On the last page, the token is missing, null or empty (SPEC 5.3).
        let next = next.filter(|token| !token.is_empty()).map(str::to_owned);
        Self { items: items.collect(), next }
    }
}

/// An account in a list. All of it is untrusted text.
#[derive(Clone, Debug)]
pub(crate) struct AccountInfo {
    pub id: String,
    pub name: Option<String>,
    /// The e-mail address of its root user.
    pub email: Option<String>,
}

/// A login at a portal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortalSession<'a> {
    pub endpoint: &'a ServiceEndpoint,
    pub access_token: &'a SecretString,
    /// The token's file. Everything that uses it shares one quota, whichever token it contains.
    pub token_file: &'a Path,
}

impl Aws<'_> {
    /// Gets credentials for a permission set in an account. The expiration comes in milliseconds.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn get_role_credentials(
        &self,
        session: PortalSession<'_>,
        account_id: &str,
        role_name: &str,
    ) -> Result<Credentials, RequestError> {
        let token = session.access_token.expose_secret();
        let secrets = [token];
        let call = self.portal_call(GET_ROLE_CREDENTIALS, session, &secrets);
        let output = self.call(&call, |sdk, classifier| {
            client(sdk, session.endpoint, classifier)
                .get_role_credentials()
                .access_token(token)
                .account_id(account_id)
                .role_name(role_name)
                .send()
        })?;
        let found = output.role_credentials();
        let issued = Issued {
            access_key_id: found.and_then(|c| c.access_key_id()),
            secret_access_key: found.and_then(|c| c.secret_access_key()),
            session_token: found.and_then(|c| c.session_token()),
            // The SDK turns a missing value into zero.
            expiration: found
                .map(|c| c.expiration())
                .filter(|millis| *millis != 0)
                .and_then(DateTime::from_timestamp_millis),
            account_id: Some(account_id.to_owned()),
        };
        self.checked(&call, issued)
    }

    /// Gets one page of the accounts that a login can access, in the runtime of [`Aws::wait`].
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) async fn list_accounts(
        &self,
        session: PortalSession<'_>,
        page: Option<&str>,
    ) -> Result<ListPage<AccountInfo>, RequestError> {
        let token = session.access_token.expose_secret();
        let secrets = [token];
        let call = self.portal_call(LIST_ACCOUNTS, session, &secrets);
        let output = self.ask(&call, |sdk, classifier| {
            client(sdk, session.endpoint, classifier)
                .list_accounts()
                .access_token(token)
                .max_results(PAGE_SIZE)
                .set_next_token(page.map(str::to_owned))
                .send()
        });
        let output = output.await?;
        let accounts = output.account_list().iter().filter_map(|account| {
            Some(AccountInfo {
                id: account.account_id()?.to_owned(),
                name: account.account_name().map(str::to_owned),
                email: account.email_address().map(str::to_owned),
            })
        });
        Ok(ListPage::new(accounts, output.next_token()))
    }

    /// Gets one page of role names in an account, in the runtime of [`Aws::wait`].
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) async fn list_account_roles(
        &self,
        session: PortalSession<'_>,
        account_id: &str,
        page: Option<&str>,
    ) -> Result<ListPage<String>, RequestError> {
        let token = session.access_token.expose_secret();
        let secrets = [token];
        let call = self.portal_call(LIST_ACCOUNT_ROLES, session, &secrets);
        let output = self.ask(&call, |sdk, classifier| {
            client(sdk, session.endpoint, classifier)
                .list_account_roles()
                .access_token(token)
                .account_id(account_id)
                .max_results(PAGE_SIZE)
                .set_next_token(page.map(str::to_owned))
                .send()
        });
        let output = output.await?;
        let names = output.role_list().iter().filter_map(|role| role.role_name());
        Ok(ListPage::new(names.map(str::to_owned), output.next_token()))
    }

    /// Ends the session at AWS.
    #[expect(clippy::disallowed_methods, reason = "the request is written here")]
    pub(crate) fn logout(&self, session: PortalSession<'_>) -> Result<(), RequestError> {
        let token = session.access_token.expose_secret();
        let secrets = [token];
        let call = self.portal_call(LOGOUT, session, &secrets);
        self.call(&call, |sdk, classifier| {
            client(sdk, session.endpoint, classifier).logout().access_token(token).send()
        })?;
        Ok(())
    }

    /// A portal operation, which counts against the login's quota.
    pub(super) fn portal_call<'a>(
        &self,
        operation: &'static str,
        session: PortalSession<'a>,
        secrets: &'a [&'a str],
    ) -> Call<'a> {
        let pace = self.pace(session.endpoint, session.token_file);
        Call { operation, endpoint: session.endpoint, secrets, pace: Some(pace), single_use: false }
    }

    /// How long a request with this login would wait for the quota now.
    pub(crate) fn queue(&self, endpoint: &ServiceEndpoint, token_file: &Path) -> Duration {
        self.pace(endpoint, token_file).queue()
    }

    /// The pace of a login, shared by all operations in this process even if the file cannot be
    /// used.
    fn pace(&self, endpoint: &ServiceEndpoint, token_file: &Path) -> Pace {
        let key = (endpoint.host.clone(), token_file.to_owned());
        let mut paces = self.paces.borrow_mut();
        let pace =
            paces.entry(key).or_insert_with_key(|(host, file)| Pace::new(self.ctx, host, file));
        pace.clone()
    }
}

fn client(sdk: &SdkConfig, endpoint: &ServiceEndpoint, retry: Classifier) -> aws_sdk_sso::Client {
    let config = aws_sdk_sso::config::Builder::from(sdk)
        .endpoint_resolver(endpoint.clone())
        .retry_classifier(retry)
        .build();
    aws_sdk_sso::Client::from_conf(config)
}
