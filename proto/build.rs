//! Generates the gRPC code with protox, so that no protoc needs to be installed.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=fyr/v1/fyr.proto");
    let files = protox::compile(["fyr/v1/fyr.proto"], ["."])?;
    let descriptor = PathBuf::from(env::var("OUT_DIR")?).join("fyr_descriptor.bin");
    fs::write(descriptor, prost::Message::encode_to_vec(&files))?;
    tonic_prost_build::configure().compile_fds(files)?;
    Ok(())
}
