//! What is linked to the program in addition to its Rust code.

use std::path::Path;
use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "how cargo talks to a build script")]
fn of_cargo(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    keep_stdout_closed();
    link_unwinder();
}

fn keep_stdout_closed() {
    const SOURCE: &str = "src/platform/closed_stdout.c";
    println!("cargo::rerun-if-changed={SOURCE}");
    if of_cargo("CARGO_CFG_TARGET_FAMILY") != "unix" {
        return;
    }
    let source = std::path::absolute(SOURCE).expect("a path");
    // zig leaves an `a.o` in the current directory when it is asked for its version.
    std::env::set_current_dir(of_cargo("OUT_DIR")).expect("cargo's directory");
    // Linked as an object: from an archive, the linker would omit it, because nothing refers to it.
    for object in cc::Build::new().file(source).compile_intermediates() {
        println!("cargo::rustc-link-arg-bins={}", object.display());
    }
}

/// Links the unwinder into release builds if the C compiler has it as an archive. Otherwise every
/// start loads the shared libgcc_s, which costs a fifth of the time that an empty program takes to
/// start.
fn link_unwinder() {
    let gnu_linux = of_cargo("CARGO_CFG_TARGET_OS") == "linux"
        && of_cargo("CARGO_CFG_TARGET_ENV") == "gnu"
        && of_cargo("HOST") == of_cargo("TARGET")
        && of_cargo("PROFILE") == "release"
        // Other linkers have an unwinder of their own.
        && of_cargo("RUSTC_LINKER").is_empty();
    if !gnu_linux {
        return;
    }
    let Ok(output) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else {
        return;
    };
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    // A compiler without the archive prints just the name.
    if let Some(directory) = Path::new(&path).parent().filter(|d| d.is_absolute()) {
        println!("cargo::rustc-link-search=native={}", directory.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
