//! The manual's recipes, run with the programs they are for.

#![cfg(unix)]

mod environments;
mod terraform;

use std::fs;
use std::path::Path;

/// The first code block with this fence in a section of docs/recipes.md that is marked as tested.
fn block(heading: &str, fence: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes.md");
    let page = fs::read_to_string(path).expect("the page");
    let section = page.split(&format!("\n## {heading} ✓\n")).nth(1).expect(heading);
    let block = section.split(&format!("\n```{fence}\n")).nth(1).expect(fence);
    block.split("```").next().expect("its end").to_owned()
}
