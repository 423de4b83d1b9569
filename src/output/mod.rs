//! OUTPUT LAYER: credentials as text for whoever asked. Pure: values in, bytes out.

pub mod aws2_wrap;
pub mod container_json;
pub mod credentials_file;
pub mod environment;
pub mod format;
pub mod metadata_json;
pub mod process_json;
pub mod text;
