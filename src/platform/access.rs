//! Who owns a file or a directory, and who may use it.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::path::Path;

pub(crate) use system::{
    belongs_to_us, give_directory_to, give_to, is_named, is_open_to_all, is_open_to_others,
    is_writable_by_others, keep_access, make_private, may_replace, owner_only, owner_only_builder,
    repair,
};

#[cfg(unix)]
mod system {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};

    use rustix::process::geteuid;

    use super::*;
    use crate::platform::file_id;

    const STICKY: u32 = 0o1000;

    /// Whether every user can replace the files in a directory, whoever owns them.
    pub(crate) fn is_open_to_all(directory: &Metadata) -> bool {
        directory.mode() & 0o002 != 0 && directory.mode() & STICKY == 0
    }

    /// The permissions of a directory that only its owner can enter.
    pub(crate) fn owner_only() -> Option<Permissions> {
        Some(Permissions::from_mode(0o700))
    }

    /// Creates directories that only their owner can enter.
    pub(crate) fn owner_only_builder() -> DirBuilder {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder
    }

    /// Makes files created with these options accessible only to their owner.
    pub(crate) fn make_private(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    /// Whether the file at `path` belongs to the user this process runs as. For root, files of the
    /// directory's owner count too: `sudo` may leave HOME unchanged, and a container may mount
    /// somebody's home directory.
    pub(crate) fn belongs_to_us(path: &Path, metadata: &Metadata) -> bool {
        let is_of_home = || {
            let directory = path.parent().and_then(|directory| directory.metadata().ok());
            directory.is_some_and(|directory| directory.uid() == metadata.uid())
        };
        metadata.uid() == geteuid().as_raw() || (geteuid().is_root() && is_of_home())
    }

    /// Whether anybody except the owner has any access to a file.
    pub(crate) fn is_open_to_others(metadata: &Metadata) -> bool {
        metadata.mode() & 0o077 != 0
    }

    pub(crate) fn is_writable_by_others(metadata: &Metadata) -> bool {
        metadata.mode() & 0o022 != 0
    }

    /// Removes all access for everybody except the owner.
    pub(crate) fn repair(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    /// As root, gives a new file to the owner of `model`, which is the file to replace or the
    /// directory.
    pub(crate) fn give_to(file: &File, model: &Metadata) -> io::Result<()> {
        if !geteuid().is_root() || model.uid() == geteuid().as_raw() {
            return Ok(());
        }
        fchown(file, Some(model.uid()), Some(model.gid()))
    }

    /// The same for a directory.
    pub(crate) fn give_directory_to(directory: &Path, model: &Metadata) -> io::Result<()> {
        give_to(&File::open(directory)?, model)
    }

    /// Whether `file` is the file at `path`.
    pub(crate) fn is_named(file: &File, path: &Path) -> bool {
        let id = |metadata: Metadata| file_id::of(&metadata);
        let (file, named) = (file.metadata().map(id), path.metadata().map(id));
        file.is_ok() && file.ok() == named.ok()
    }

    /// Gives a new file the group and mode of the old one. If it can't have that group, no other
    /// group gets access.
    pub(crate) fn keep_access(file: &File, old: &Metadata) -> io::Result<()> {
        let has_group =
            file.metadata()?.gid() == old.gid() || fchown(file, None, Some(old.gid())).is_ok();
        let mode = old.mode() & if has_group { 0o7777 } else { 0o7707 };
        file.set_permissions(Permissions::from_mode(mode))
    }

    /// Checks whether the file at `path` could be replaced by a new one in its directory.
    ///
    /// # Errors
    /// Why not, as far as that can be known without trying.
    pub(crate) fn may_replace(
        path: &Path,
        file: &Metadata,
        directory: &Metadata,
    ) -> io::Result<()> {
        let us = geteuid();
        let is_ours = |metadata: &Metadata| us.is_root() || metadata.uid() == us.as_raw();
        // In a sticky directory, only the owner of the file or the directory may replace it.
        if !is_ours(file) && !is_ours(directory) {
            return Err(refused("it belongs to another user"));
        }
        may_be_unlinked(path)
    }

    fn refused(why: &str) -> io::Error {
        io::Error::new(io::ErrorKind::PermissionDenied, why)
    }

    #[cfg(target_os = "linux")]
    fn may_be_unlinked(path: &Path) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE);
        let attributes = found.map(|found| found.stx_attributes);
        // Old kernels don't report it.
        let attributes = attributes.unwrap_or(StatxAttributes::empty());
        if attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
            return Err(refused("its attributes forbid it (`lsattr` shows them)"));
        }
        if attributes.contains(StatxAttributes::MOUNT_ROOT) {
            return Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                "it is a mount point: mount its directory instead",
            ));
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn may_be_unlinked(_: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// Files in the user's profile directory inherit its access list.
#[cfg(not(unix))]
mod system {
    use super::*;
    use crate::platform::held;

    pub(crate) fn is_open_to_all(_: &Metadata) -> bool {
        false
    }

    pub(crate) fn owner_only() -> Option<Permissions> {
        None
    }

    pub(crate) fn owner_only_builder() -> DirBuilder {
        DirBuilder::new()
    }

    pub(crate) fn make_private(_: &mut OpenOptions) {}

    pub(crate) fn belongs_to_us(_: &Path, _: &Metadata) -> bool {
        true
    }

    pub(crate) fn is_open_to_others(_: &Metadata) -> bool {
        false
    }

    pub(crate) fn is_writable_by_others(_: &Metadata) -> bool {
        false
    }

    pub(crate) fn repair(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn give_to(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// A directory can't be opened as a file.
    pub(crate) fn give_directory_to(_: &Path, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// An open file cannot be removed.
    pub(crate) fn is_named(_: &File, _: &Path) -> bool {
        true
    }

    pub(crate) fn keep_access(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn may_replace(path: &Path, file: &Metadata, _: &Metadata) -> io::Result<()> {
        match file.permissions().readonly() {
            true => Err(io::Error::other("it is read-only")),
            false => held::may_be_replaced(path),
        }
    }
}
