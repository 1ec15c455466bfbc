//! No secret leaves the program: not in a message, not in a cause, and not in a trace.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::project::Project;

/// In every secret of these tests.
const CANARY: &str = "c4n4ry";

/// A server that refuses everything, and repeats the whole request in its answer, as some stores repeat parts of it.
fn refusing_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(thread::spawn(|| refuse(stream)))));
    address
}

fn refuse(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let _ = reader.by_ref().take(length.unwrap_or(0)).read_to_string(&mut head);
    let answer = format!("<Error><Code>AccessDenied</Code><Message>{head}</Message></Error>");
    let _ = write!(
        stream,
        "HTTP/1.1 403 Forbidden\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    );
}

/// What a run says at the finest level that reads from `location` with these variables.
fn said(location: &str, variables: &[(&str, &str)], format: &str) -> (i32, String) {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "location: data/orders.csv", &format!("location: \"{location}\""));
    let mut command = shop.staunch(&["run", "pipeline.yml", "--log-format", format]);
    command.env("STAUNCH_LOG", "trace").envs(variables.iter().copied());
    let finished = shop.finish(&mut command);
    (finished.exit_code, finished.stderr + &finished.stdout)
}

#[test]
fn no_secret_is_repeated_by_any_store_in_any_message() {
    let server = refusing_server();
    let with_password = format!("http://me:{CANARY}-password@{server}");
    let plain = format!("http://{server}");
    // The key of a storage account is Base64.
    let amazon = [
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "c4n4ry-secret-key"),
        ("AWS_SESSION_TOKEN", "c4n4ry-session-token"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    let azure = [
        ("AZURE_STORAGE_ACCOUNT_NAME", "acme"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "c4n4ryc4n4ryc4n4ryc4n4ry"),
        ("AZURE_ALLOW_HTTP", "true"),
        ("AZURE_STORAGE_ENDPOINT", plain.as_str()),
    ];
    let google = [("GOOGLE_SERVICE_ACCOUNT_KEY", "{\"private_key\": \"c4n4ry-private-key\"}")];
    let endpoint = |address| [amazon.as_slice(), &[("AWS_ENDPOINT", address)]].concat();
    let cases = [
        ("s3://acme/orders.csv".to_owned(), endpoint(plain.as_str())),
        ("s3://acme/orders.csv".to_owned(), endpoint(with_password.as_str())),
        (format!("s3://me:{CANARY}-key@acme/orders.csv"), amazon.to_vec()),
        ("az://box/orders.csv".to_owned(), azure.to_vec()),
        (format!("az://box/orders.csv?sv=2024&sig={CANARY}%2F1"), azure.to_vec()),
        ("gs://acme/orders.csv".to_owned(), google.to_vec()),
        (format!("{plain}/orders.csv?sig={CANARY}"), Vec::new()),
        (format!("{plain}/orders.csv#access_token={CANARY}"), Vec::new()),
        (format!("http://me:{CANARY}@{server}/orders.csv"), Vec::new()),
        (format!("ftp://me:{CANARY}@{server}/orders.csv"), Vec::new()),
    ];
    for (location, variables) in cases {
        for format in ["text", "json"] {
            let (exit_code, text) = said(&location, &variables, format);
            assert_ne!(exit_code, 0, "{location}");
            let line = text.lines().find(|line| line.contains(CANARY));
            assert_eq!(line, None, "{location}, {variables:?}");
        }
    }
}
