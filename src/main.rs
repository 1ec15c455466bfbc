//! staunch
fn main() {}
