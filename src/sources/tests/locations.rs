//! What a location means, and what is said when nothing is there.

use object_store::ObjectStoreExt;
use tempfile::tempdir;

use super::*;

#[tokio::test]
async fn a_missing_file_is_told_with_its_place_in_the_pipeline() {
    let folder = tempdir().unwrap();
    let (code, message) = failure(&source_at(&folder.path().join("no.parquet"))).await;
    assert_eq!(code, 4);
    assert!(message.contains("source `t` finds nothing at `") && message.contains("no.parquet"), "{message}");
    assert!(message.starts_with("p.yml"), "{message}");
}

#[tokio::test]
async fn what_is_missing_is_named_as_written_and_where_that_leads() {
    let folder = tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let mut relative = source_at(&folder.path().join("pipelines/../data/orders.parquet"));
    relative.location.written = "../data/orders.parquet".into();
    let (_, message) = failure(&relative).await;
    let expected = format!("finds nothing at `../data/orders.parquet` (`{root}/data/orders.parquet`)");
    assert!(message.contains(&expected), "{message}");
    let mut named = source("memory://sources-named/loyalty/orders/");
    named.location.written = "lake/orders/".into();
    let (_, message) = failure(&named).await;
    assert!(message.contains("at `lake/orders/` (`memory://sources-named/loyalty/orders/`)"), "{message}");
}

#[tokio::test]
async fn an_empty_folder_says_what_was_looked_for_and_what_is_there() {
    let folder = tempdir().unwrap();
    let (code, message) = failure(&source_at(folder.path())).await;
    assert_eq!(code, 4);
    assert!(message.contains("names that end in .parquet, .pq; the folder is empty"), "{message}");
    write(&folder.path().join("a.csv"), "a\n1\n");
    let (_, message) = failure(&source_at(folder.path())).await;
    assert!(message.contains("the folder has 1 other files, such as `a.csv`"), "{message}");
}

#[tokio::test]
async fn an_optional_source_without_files_is_an_empty_table() {
    let folder = tempdir().unwrap();
    for location in ["", "none.parquet", "no/*.parquet", "gone/"] {
        let mut optional = source_at(&folder.path().join(location));
        optional.optional = true;
        assert_eq!(open(&optional, &SessionContext::new()).await.unwrap_err().exit_code(), 2);
        optional.columns = columns(&[("a", DataType::Integer)]);
        let opened = open(&optional, &SessionContext::new()).await.unwrap();
        assert!(opened.inputs.is_empty());
        assert_eq!(Some(opened.schema), declared_schema(&optional).unwrap());
    }
}

#[tokio::test]
async fn folders_are_read_through_without_hidden_names() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("a folder 100% 客户");
    for name in ["b.csv", "deep/er/a.csv", "note.md", "_temporary/x.csv", ".hidden/x.csv", "deep/_x.csv", ".x.csv"] {
        write(&root.join(name), format!("name\n{name}\n"));
    }
    let mut texts = source_at(&root);
    texts.format = csv();
    assert_eq!(rows(&texts).await.unwrap(), ["b.csv", "deep/er/a.csv"]);
    let inputs = list(&texts).await.unwrap();
    assert_eq!(inputs[0].location, root.join("b.csv").to_str().unwrap());
    assert_eq!(inputs[0].size_bytes, 11);
    texts.location.url = format!("file://{}/", root.to_str().unwrap().replace('%', "%25").replace(' ', "%20"));
    assert_eq!(rows(&texts).await.unwrap().len(), 2);
}

#[tokio::test]
async fn globs_choose_names() {
    let folder = tempdir().unwrap();
    for name in ["jan.csv", "feb.csv", "x/jan.csv", "x/y/mar.csv", "jan.txt", "[odd].csv"] {
        write(&folder.path().join(name), format!("name\n{name}\n"));
    }
    for (glob, expected) in [
        ("*.csv", &["[odd].csv", "feb.csv", "jan.csv"][..]),
        ("**/jan.*", &["jan.csv", "jan.txt", "x/jan.csv"]),
        ("[fj]??.csv", &["feb.csv", "jan.csv"]),
        ("x/**/*.csv", &["x/jan.csv", "x/y/mar.csv"]),
        ("[odd].csv", &["[odd].csv"]),
    ] {
        let mut texts = source_at(&folder.path().join(glob));
        texts.format = csv();
        assert_eq!(rows(&texts).await.unwrap(), expected, "{glob}");
    }
    let mut none = source_at(&folder.path().join("*.xml"));
    none.format = csv();
    let (code, message) = failure(&none).await;
    assert_eq!(code, 4);
    assert!(message.contains("the glob matches none of 6 files"), "{message}");
    assert_eq!(failure(&source_at(&folder.path().join("a**.csv"))).await.0, 2);
}

#[tokio::test]
async fn object_stores_work_like_disks() {
    let objects = memory_store("memory://sources-listing");
    for (name, text) in [("in/a.csv", "x\n1\n"), ("in/sub/b.csv", "x\n2\n"), ("in/sub", ""), ("in/c.json", "{}")] {
        objects.put(&name.into(), text.into()).await.unwrap();
    }
    let of = |location: &str| {
        let mut texts = source(format!("memory://sources-listing/{location}"));
        texts.format = csv();
        texts
    };
    assert_eq!(rows(&of("in/")).await.unwrap(), ["1", "2"]);
    assert_eq!(rows(&of("in/*.csv")).await.unwrap(), ["1"]);
    assert_eq!(rows(&of("in/a.csv")).await.unwrap(), ["1"]);
    assert_eq!(list(&of("in/a.csv")).await.unwrap()[0].location, "memory://sources-listing/in/a.csv");
    let (code, message) = failure(&of("in")).await;
    assert_eq!(code, 2);
    assert!(message.contains("end the location with `/`"), "{message}");
    assert!(failure(&of("other/a.csv")).await.1.contains("no object has this name"));
}

#[tokio::test]
async fn a_file_of_zero_bytes_is_bad_data() {
    let folder = tempdir().unwrap();
    for (name, format) in [("a.parquet", source("/").format), ("a.csv", csv())] {
        write(&folder.path().join(name), "");
        let mut empty = source_at(folder.path());
        empty.format = format;
        let (code, message) = failure(&empty).await;
        assert_eq!(code, 3);
        assert!(message.contains(&format!("{name}` is empty: it has 0 bytes")), "{message}");
    }
}

#[tokio::test]
async fn web_servers_give_single_files() {
    let mut folder = source("https://example.org/data/");
    folder.format = csv();
    let (code, message) = failure(&folder).await;
    assert_eq!(code, 2);
    assert!(message.contains("name one file"), "{message}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut request = vec![0; 4096];
                let count = socket.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..count]).into_owned();
                let body = if request.starts_with("HEAD") { "" } else { "a,b\n1,x\n" };
                let status = if request.contains("/my%20file.csv?sig=s3cret") { "200 OK" } else { "404 Not Found" };
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{body}");
                socket.write_all(answer.as_bytes()).await.unwrap();
            });
        }
    });
    let mut file = source(format!("http://{address}/my%20file.csv?sig=s3cret"));
    file.format = csv();
    assert_eq!(rows(&file).await.unwrap(), ["1|x"]);
    assert_eq!(list(&file).await.unwrap()[0].location, format!("http://{address}/my file.csv"));
    let mut gone = source(format!("http://{address}/gone.csv?sig=s3cret"));
    gone.format = csv();
    let (code, message) = failure(&gone).await;
    assert_eq!(code, 2);
    assert!(!message.contains("s3cret"), "{message}");
}
