//! The profile to write, and what may be replaced in it.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::context::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Kind, Location, Result};
use crate::profile::body::Property;
use crate::profile::edit::region::{PresentRegion, RegionChange};
use crate::profile::edit::{Edit, SectionPlace, shown};
use crate::profile::files;
use crate::profile::key::{Decides, Key};
use crate::profile::parse::{Document, FileKind};
use crate::storage::rewrite::{self, Original};
use crate::text::escape::shell_word;
use crate::ui::diff;

const ID: &str = Key::AwsAccessKeyId.name();
const SECRET: &str = Key::AwsSecretAccessKey.name();
const TOKEN: &str = Key::AwsSessionToken.name();
const OLD_TOKEN: &str = Key::AwsSecurityToken.name();
const ACCOUNT: &str = Key::AwsAccountId.name();
const REGION: &str = Key::Region.name();

/// Whether to replace a profile that has other sources of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Force {
    /// Fail. The hint names the option that chooses another profile.
    Refuse {
        /// `--as` or the like.
        option: &'static str,
    },
    /// Remove the keys of those sources.
    Forced,
}

/// What to do with the keys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys<'a> {
    /// Write these.
    Write(&'a Credentials),
    /// Remove them.
    Remove,
}

/// A profile and the files it is written to.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub name: &'a str,
    /// The config file, which gets the region.
    pub config: PathBuf,
    /// The credentials file, which gets the keys.
    pub credentials: PathBuf,
    /// Whether to replace other sources of credentials.
    pub force: Force,
    /// Whether to leave long-term keys alone too, because they exist nowhere else.
    pub keeps_long_term_keys: bool,
}

impl<'a> Target<'a> {
    /// The profile `name` in the files that every SDK reads, without force.
    ///
    /// # Errors
    /// If there is no home directory.
    pub(crate) fn usual(ctx: &Context, name: &'a str) -> Result<Self> {
        let [(_, config), (_, credentials)] = files::paths(ctx)?;
        let force = Force::Refuse { option: "--as" };
        Ok(Self { name, config, credentials, force, keeps_long_term_keys: true })
    }
}

impl Target<'_> {
    /// Writes both files. The keys come last: without them, nothing has changed. Returns what was
    /// done with the region.
    ///
    /// # Errors
    /// `InvalidSetting` for a profile that contains something else or cannot be written; nothing
    /// has been written then. `Other` for the system's errors.
    pub(crate) fn apply(
        &self,
        ctx: &Context,
        keys: &Keys<'_>,
        region: &RegionChange,
    ) -> Result<RegionChange> {
        let _locks = rewrite::lock(ctx, &[&self.config, &self.credentials]);
        // Reading both first shows obstacles before either is written.
        let original = self.read(FileKind::Credentials)?;
        original.check(&self.credentials).map_err(|e| self.failed(FileKind::Credentials, &e))?;
        self.new_credentials(&original, keys)?;
        let present = self.present_region(ctx, &self.read(FileKind::Config)?);
        present.remember(region);
        let done = present.resolved(region);
        let config = |original: &Original| self.new_config(original, keys, &done);
        rewrite::rewrite(&self.config, config, |e| self.failed(FileKind::Config, &e))?;
        let mut is_exposed = false;
        let credentials = |original: &Original| {
            is_exposed = original.is_open_to_others();
            self.new_credentials(original, keys)
        };
        rewrite::rewrite(&self.credentials, credentials, |e| {
            self.failed(FileKind::Credentials, &e)
        })?;
        if is_exposed {
            let path = self.credentials.display();
            let word = shell_word(&path.to_string());
            ctx.printer.warn(&format!("other users can read {path}: `chmod 600 {word}`"));
        }
        if *region == RegionChange::GiveBack {
            present.forget();
        }
        Ok(done)
    }

    /// Prints what [`Target::apply`] would change, without secrets.
    pub(crate) fn show(&self, ctx: &Context, keys: &Keys<'_>, region: &RegionChange) -> Result<()> {
        let (config, credentials) =
            (self.read(FileKind::Config)?, self.read(FileKind::Credentials)?);
        let region = self.present_region(ctx, &config).resolved(region);
        let new_config = self.new_config(&config, keys, &region)?;
        let new_credentials = self.new_credentials(&credentials, keys)?;
        let text = self.diff(FileKind::Credentials, &credentials, &new_credentials)
            + &self.diff(FileKind::Config, &config, &new_config);
        ctx.printer.data(text.as_bytes())
    }

    /// Checks whether the profile's contents may be replaced, before there is anything to write.
    ///
    /// # Errors
    /// See [`Target::apply`].
    pub(crate) fn check(&self) -> Result<()> {
        for kind in [FileKind::Credentials, FileKind::Config] {
            let original = self.read(kind)?;
            self.foreign(&Document::parse(kind, original.bytes().to_vec()))?;
        }
        Ok(())
    }

    /// Whether the credentials file contains keys for the profile.
    pub(crate) fn holds_keys(&self) -> Result<bool> {
        let original = self.read(FileKind::Credentials)?;
        let document = Document::parse(FileKind::Credentials, original.bytes().to_vec());
        let keys = properties(&document, self.name);
        Ok(keys.iter().any(|property| [ID, SECRET, TOKEN].contains(&&*property.key)))
    }

    /// The profile's region in the config file.
    ///
    /// # Errors
    /// `Other` for the system's errors.
    pub(crate) fn region(&self) -> Result<Option<String>> {
        self.read(FileKind::Config).map(|original| self.region_in(&original))
    }

    fn region_in(&self, config: &Original) -> Option<String> {
        let document = Document::parse(FileKind::Config, config.bytes().to_vec());
        let properties = properties(&document, self.name);
        let region = properties.iter().rev().find(|property| property.key == REGION);
        region.map(|property| property.value.to_string())
    }

    fn present_region<'c>(&self, ctx: &'c Context, config: &Original) -> PresentRegion<'c> {
        PresentRegion::new(ctx, &self.config, self.name, self.region_in(config))
    }

    fn diff(&self, kind: FileKind, old: &Original, new: &[u8]) -> String {
        let path = self.path(kind).display().to_string();
        let (before, after) = (shown::lines(kind, old.bytes()), shown::lines(kind, new));
        let [before, after] = [&before, &after]
            .map(|lines| Vec::from_iter(lines.iter().map(|line| (line.bytes, line.text.as_str()))));
        let old_name = if old.exists() { path.as_str() } else { "/dev/null" };
        diff::unified((old_name, &before), (&path, &after))
    }

    /// The new text of the credentials file.
    fn new_credentials(&self, original: &Original, keys: &Keys<'_>) -> Result<Zeroizing<Vec<u8>>> {
        let kind = FileKind::Credentials;
        let document = Document::parse(kind, original.bytes().to_vec());
        let foreign = self.foreign(&document)?;
        let unfit = |why: String| self.unfit(kind, &why);
        let mut edit = Edit::new(&document, SectionPlace::profile(self.name)).map_err(unfit)?;
        foreign.iter().for_each(|key| edit.remove(key));
        match keys {
            Keys::Write(credentials) => {
                edit.remove(OLD_TOKEN);
                for (key, value) in credentials.properties() {
                    match value {
                        Some(value) => edit.set(key, value).map_err(unfit)?,
                        None => edit.remove(key),
                    }
                }
            }
            Keys::Remove => {
                [ID, SECRET, TOKEN, ACCOUNT].iter().for_each(|key| edit.remove(key));
                edit.remove_if_empty();
            }
        }
        edit.finish().map_err(unfit)
    }

    /// The new text of the config file.
    fn new_config(
        &self,
        original: &Original,
        keys: &Keys<'_>,
        region: &RegionChange,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let kind = FileKind::Config;
        let document = Document::parse(kind, original.bytes().to_vec());
        let foreign = self.foreign(&document)?;
        let unfit = |why: String| self.unfit(kind, &why);
        let is_there = !properties(&document, self.name).is_empty();
        if !is_there && !matches!(region, RegionChange::Set(_)) {
            return Ok(Zeroizing::new(original.bytes().to_vec()));
        }
        let mut edit = Edit::new(&document, SectionPlace::profile(self.name)).map_err(unfit)?;
        foreign.iter().for_each(|key| edit.remove(key));
        match region {
            RegionChange::Set(name) => edit.set(REGION, name).map_err(unfit)?,
            RegionChange::Remove => edit.remove(REGION),
            RegionChange::Keep | RegionChange::GiveBack => {}
        }
        if matches!(keys, Keys::Remove) {
            edit.remove_if_empty();
        }
        edit.finish().map_err(unfit)
    }

    /// The keys of the profile that must be removed, if that is allowed.
    fn foreign(&self, document: &Document) -> Result<Vec<String>> {
        let properties = properties(document, self.name);
        let is_config = document.kind() == FileKind::Config;
        let is_foreign = |key: &str| match Key::named(key).map(Key::decides) {
            Some(Decides::Source | Decides::Login) => true,
            Some(Decides::AccessKey) => is_config,
            Some(Decides::Session | Decides::Network) => false,
            None => key.starts_with("sso_"),
        };
        let Force::Refuse { option } = self.force else {
            let keys = properties.into_iter().map(|property| property.key.into_owned());
            return Ok(keys.filter(|key| is_foreign(key)).collect());
        };
        let why = "which decides where its credentials come from";
        let refused = match properties.iter().find(|property| is_foreign(&property.key)) {
            Some(property) => (property, format!("`{}`, {why}", property.key)),
            None => match self.long_term_key(&properties) {
                Some(property) => (property, "a long-term access key".to_owned()),
                None => return Ok(Vec::new()),
            },
        };
        let message = format!("profile `{}` is not replaced: it holds {}", self.name, refused.1);
        Err(Error::new(Kind::InvalidSetting, message)
            .at(Location::new(self.path(document.kind()), refused.0.line))
            .hint(format!(
                "name another profile with `{option} NAME`, or replace it with `--force`"
            )))
    }

    /// A user's access key, which never has a session token. Among several keys, the token belongs
    /// to another one.
    fn long_term_key<'p>(&self, properties: &'p [Property<'p>]) -> Option<&'p Property<'p>> {
        let is_only_key = properties.iter().filter(|p| p.key == ID).count() == 1;
        let has_token =
            is_only_key && properties.iter().any(|p| [TOKEN, OLD_TOKEN].contains(&&*p.key));
        let is_long_term = |p: &&Property| p.key == ID && p.value.starts_with("AKIA");
        let found = properties.iter().find(is_long_term);
        found.filter(|_| self.keeps_long_term_keys && !has_token)
    }

    fn path(&self, kind: FileKind) -> &Path {
        match kind {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        }
    }

    fn read(&self, kind: FileKind) -> Result<Original> {
        Original::read(self.path(kind)).map_err(|e| self.failed(kind, &e))
    }

    fn unfit(&self, kind: FileKind, why: &str) -> Error {
        let path = self.path(kind).display();
        Error::new(Kind::InvalidSetting, format!("{path} is left as it is: {why}"))
    }

    fn failed(&self, kind: FileKind, error: &io::Error) -> Error {
        let path = self.path(kind);
        let message = format!("cannot change {}: {error}", path.display());
        let error_kind = error.kind();
        let error = Error::new(Kind::Other, message);
        match error_kind {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                error.hint(rewrite::hint(path))
            }
            io::ErrorKind::ResourceBusy => error.hint(
                "it is a mount point, as in a container: a file can be replaced only if its \
                 directory is mounted instead",
            ),
            _ => error,
        }
    }
}

/// The keys of a profile in one file, in file order.
fn properties<'a>(document: &'a Document, name: &str) -> Vec<Property<'a>> {
    let sections = document.find(SectionPlace::profile(name).kind, name);
    sections.into_iter().flat_map(|section| document.properties(section).0).collect()
}
