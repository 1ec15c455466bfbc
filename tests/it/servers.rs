//! The program against real servers: S3 (SeaweedFS), Azure (Azurite), Google Cloud Storage (fake-gcs-server) and a web
//! server, as they are and with faults. `STAUNCH_SERVERS` names the file that `tests/servers/servers.sh up` writes; without
//! it every test here says that it was skipped. `tests/servers/faults.py` lists the faults.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use chrono::NaiveDate;
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::ClientConfigKey;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;
use tokio::runtime::Runtime;

use crate::project::{Finished, Project, program};
use crate::published::Table;

/// Credentials that no message may show.
const SECRETS: [&str; 5] = ["writer-secret", "reader-secret", "another-secret", "Eby8vdM02xNOcqFlqUwJPLlm", "sig="];

/// A service account for an emulator that asks for no login.
const NO_LOGIN: &str = r#"{"disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""}"#;

/// What `servers.sh up` wrote, or a line that says what is not tested.
fn servers() -> Option<BTreeMap<String, String>> {
    let Some(file) = std::env::var_os("STAUNCH_SERVERS").filter(|file| !file.is_empty()) else {
        eprintln!("skipped: set STAUNCH_SERVERS to the file that `tests/servers/servers.sh up` writes");
        return None;
    };
    let text = fs::read_to_string(PathBuf::from(file)).unwrap();
    Some(text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.into(), value.into())).collect())
}

/// A folder of its own on one of the stores, and the program set up for that store.
struct Place {
    /// The folder as a location.
    url: String,
    /// The folder's key.
    key: String,
    /// The program's environment.
    environment: Vec<(&'static str, String)>,
    /// Our own way into the store.
    store: Arc<dyn ObjectStore>,
    runtime: Runtime,
    project: Project,
}

/// The stores that can be written.
const STORES: [&str; 3] = ["s3", "az", "gs"];

impl Place {
    /// A folder on a store, whose name has `fault-NAME` in it when a fault is given.
    fn new(servers: &BTreeMap<String, String>, scheme: &str, fault: Option<&str>) -> Self {
        let unique = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let key = match fault {
            Some(fault) => format!("t{unique}/fault-{fault}"),
            None => format!("t{unique}"),
        };
        let of = |name: &str| servers[name].clone();
        let (store, environment): (Arc<dyn ObjectStore>, _) = match scheme {
            "s3" => {
                let builder = AmazonS3Builder::new().with_endpoint(of("S3_ENDPOINT")).with_bucket_name("lake");
                let builder = builder.with_access_key_id("writer").with_secret_access_key("writer-secret");
                let endpoint = if fault.is_some() { of("S3_FAULTS") } else { of("S3_ENDPOINT") };
                let environment = vec![
                    ("AWS_ENDPOINT", endpoint),
                    ("AWS_ALLOW_HTTP", "true".to_owned()),
                    ("AWS_ACCESS_KEY_ID", "writer".to_owned()),
                    ("AWS_SECRET_ACCESS_KEY", "writer-secret".to_owned()),
                ];
                (Arc::new(builder.with_allow_http(true).build().unwrap()), environment)
            }
            "az" => {
                let builder =
                    MicrosoftAzureBuilder::new().with_endpoint(of("AZURE_ENDPOINT")).with_container_name("lake");
                let builder = builder.with_account(of("AZURE_ACCOUNT")).with_access_key(of("AZURE_KEY"));
                let endpoint = if fault.is_some() { of("AZURE_FAULTS") } else { of("AZURE_ENDPOINT") };
                let environment = vec![
                    ("AZURE_STORAGE_ENDPOINT", endpoint),
                    ("AZURE_ALLOW_HTTP", "true".to_owned()),
                    ("AZURE_STORAGE_ACCOUNT_NAME", of("AZURE_ACCOUNT")),
                    ("AZURE_STORAGE_ACCOUNT_KEY", of("AZURE_KEY")),
                ];
                (Arc::new(builder.with_allow_http(true).build().unwrap()), environment)
            }
            "gs" => {
                let builder =
                    GoogleCloudStorageBuilder::new().with_bucket_name("lake").with_service_account_key(NO_LOGIN);
                let builder = builder.with_base_url(&of("GCS_ENDPOINT"));
                let endpoint = if fault.is_some() { of("GCS_FAULTS") } else { of("GCS_ENDPOINT") };
                let allowed = builder.with_config(GoogleConfigKey::Client(ClientConfigKey::AllowHttp), "true");
                let environment = vec![
                    ("GOOGLE_BASE_URL", endpoint),
                    ("GOOGLE_ALLOW_HTTP", "true".to_owned()),
                    ("GOOGLE_SERVICE_ACCOUNT_KEY", NO_LOGIN.to_owned()),
                ];
                (Arc::new(allowed.build().unwrap()), environment)
            }
            other => panic!("{other} is not tested"),
        };
        let url = format!("{scheme}://lake/{key}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { url, key, environment, store, runtime, project: Project::empty() }
    }

    /// The same with the environment variable changed.
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.retain(|(set, _)| *set != name);
        self.environment.push((name, value.to_owned()));
        self
    }

    /// The same without an environment variable.
    fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(set, _)| *set != name);
        self
    }

    /// Writes an object past the faults.
    fn put(&self, relative: &str, contents: impl Into<Vec<u8>>) {
        let path = Path::from(format!("{}/{relative}", self.key));
        self.runtime.block_on(self.store.put(&path, contents.into().into())).unwrap();
    }

    /// Names below the folder.
    fn names(&self, relative: &str) -> Vec<String> {
        let prefix = Path::from(format!("{}/{relative}", self.key));
        let listed = self.runtime.block_on(self.store.list(Some(&prefix)).try_collect::<Vec<_>>()).unwrap();
        let mut names: Vec<String> =
            listed.iter().map(|object| object.location.as_ref()[self.key.len() + 1..].to_owned()).collect();
        names.sort();
        names
    }

    /// Entries of the log.
    fn commits(&self) -> usize {
        self.names("out/_staunch/log").len()
    }

    /// Runs the program, and looks for secrets in all that it says and logs.
    fn run(&self, arguments: &[&str]) -> Finished {
        let command = || {
            let mut command = self.project.staunch(arguments);
            for (name, _) in std::env::vars_os() {
                let name = name.to_string_lossy().into_owned();
                if ["AWS_", "AZURE_", "GOOGLE_"].iter().any(|prefix| name.starts_with(prefix)) {
                    command.env_remove(name);
                }
            }
            command.envs(self.environment.iter().map(|(name, value)| (name, value)));
            command
        };
        let finished = self.project.finish(&mut command());
        for secret in SECRETS {
            let told = format!("{}{}", finished.stdout, finished.stderr);
            assert!(!told.contains(secret), "{secret} is shown: {told}");
        }
        finished
    }

    fn succeeds(&self, arguments: &[&str]) -> Finished {
        let finished = self.run(arguments);
        assert_eq!(finished.exit_code, 0, "{} {}: {}", self.url, arguments.join(" "), finished.stderr);
        finished
    }

    /// A published table.
    fn latest(&self, table: &str) -> Table {
        let path = Path::from(format!("{}/out/latest/{table}.parquet", self.key));
        let read = async { self.store.get(&path).await?.bytes().await };
        self.project.write("latest.parquet", self.runtime.block_on(read).unwrap());
        Table::read(&self.project.path("latest.parquet"))
    }

    /// The text of an object.
    fn text(&self, relative: &str) -> String {
        let path = Path::from(format!("{}/{relative}", self.key));
        let read = async { self.store.get(&path).await?.bytes().await };
        String::from_utf8(self.runtime.block_on(read).unwrap().to_vec()).unwrap()
    }

    /// Orders in CSV and customers in Parquet, and the pipeline that adds them up and publishes beside them.
    fn with_shop(self) -> Self {
        self.put("data/orders/a.csv", "order_id,customer_id,amount\no1,c1,10.50\no2,c2,4.00\n");
        self.put("data/orders/2026/b.csv", "order_id,customer_id,amount\no3,c1,0.50\n");
        self.put("data/orders/_half.csv", "order_id,cust");
        self.put("data/customers.parquet", customers());
        let pipeline = format!(
            "name: shop\ntime_zone: UTC\nset: {{as_of_date: 2026-11-30}}\nsources:\n  orders:\n    location: {0}/data/orders/\n    \
             format: {{csv: {{}}}}\n    columns:\n      order_id: {{type: string, required: true}}\n      \
             customer_id: {{type: string, required: true}}\n      amount: {{type: 'decimal(18,2)', required: true}}\n  \
             customers:\n    location: {0}/data/customers.parquet\n    format: {{parquet: {{}}}}\n\
             queries: [queries]\noutputs: {{totals: {{}}}}\npublish: {{location: {0}/out}}\n",
            self.url
        );
        self.project.write("pipeline.yml", pipeline).write("queries/totals.sql", TOTALS);
        self
    }

    fn totals(&self) -> Totals {
        let totals = self.latest("totals");
        (totals.texts("name"), totals.integers("orders_count"), totals.numbers("amount"))
    }
}

/// Columns of the table `totals`: names, counts of orders, amounts.
type Totals = (Vec<Option<String>>, Vec<Option<i64>>, Vec<Option<f64>>);

const TOTALS: &str = "\
select customers.name, count(*) as orders_count, sum(orders.amount) as amount
from orders
inner join customers on orders.customer_id = customers.customer_id
group by customers.name
";

/// Ada has two orders, 10.50 and 0.50; Ben has one of 4.00.
fn first_totals() -> Totals {
    (vec![Some("Ada".into()), Some("Ben".into())], vec![Some(2), Some(1)], vec![Some(11.0), Some(4.0)])
}

fn customers() -> Vec<u8> {
    let texts = |values: [&str; 2]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let columns = [("customer_id", texts(["c1", "c2"])), ("name", texts(["Ada", "Ben"]))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn every_store_is_read_and_published_to() {
    let Some(servers) = servers() else { return };
    for scheme in STORES {
        let place = Place::new(&servers, scheme, None).with_shop();
        let checked = place.succeeds(&["doctor", "pipeline.yml"]).stdout;
        let orders = format!("ok    source orders: 2 files, 90 B; `{}/data/orders/2026/b.csv` can be read", place.url);
        for line in [
            orders,
            format!("ok    publish {}/out: can be written, and supports conditional writes", place.url),
            "its clock agrees".to_owned(),
        ] {
            assert!(checked.contains(&line), "{line}: {checked}");
        }
        assert!(place.names("out").is_empty(), "{scheme}: {:?}", place.names("out"));
        let planned = place.succeeds(&["plan", "pipeline.yml"]).stdout;
        assert!(planned.contains(&format!("orders: 2 objects, 90 B, from {}/data/orders/", place.url)), "{planned}");
        let sql = "select * from totals order by 1";
        let shown = place.succeeds(&["show", "-q", "-p", "pipeline.yml", "-f", "csv", "--sql", sql]).stdout;
        assert_eq!(shown, "name,orders_count,amount\nAda,2,11.00\nBen,1,4.00\n");
        assert!(place.names("out").is_empty(), "{scheme}: {:?}", place.names("out"));

        place.succeeds(&["run", "pipeline.yml"]);
        assert_eq!((place.totals(), place.commits()), (first_totals(), 1), "{scheme}");
        let described = ["dictionary.json", "status.json", "staunch.sql", "totals.parquet"];
        assert_eq!(place.names("out/latest"), described.map(|name| format!("out/latest/{name}")), "{scheme}");
        let location = format!("create macro if not exists staunch_location() as '{}/out';", place.url);
        assert!(place.text("out/latest/staunch.sql").contains(&location), "{location}");
        place.put("data/orders/c.csv", "order_id,customer_id,amount\no4,c2,6.00\n");
        place.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-12-01"]);
        let (_, orders, amounts) = place.totals();
        assert_eq!((orders, amounts), (vec![Some(2), Some(2)], vec![Some(11.0), Some(10.0)]), "{scheme}");
        assert_eq!(place.commits(), 2, "{scheme}");
        let history: Vec<String> =
            place.names("out/history").into_iter().filter(|name| name.ends_with("totals.parquet")).collect();
        assert_eq!(history.len(), 2, "{history:?}");
    }
}

#[test]
fn nights_are_compared_undone_and_cleaned_on_every_store() {
    let Some(servers) = servers() else { return };
    for scheme in STORES {
        let place = Place::new(&servers, scheme, None).with_shop();
        place.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-29"]);
        place.put("data/orders/c.csv", "order_id,customer_id,amount\no4,c2,6.00\n");
        place.succeeds(&["run", "pipeline.yml"]);
        let history = place.succeeds(&["history", "pipeline.yml"]).stdout;
        assert!(history.contains("| 2   | 2026-11-30 | latest "), "{scheme}: {history}");
        let diff = place.succeeds(&["diff", "-p", "pipeline.yml"]).stdout;
        // The table has no sidecar and so no key: Ben's row is another one.
        assert!(diff.contains("by whole rows: 1 added, 1 gone, 0 changed"), "{scheme}: {diff}");
        place.succeeds(&["verify", "--all", "-p", "pipeline.yml"]);
        place.succeeds(&["rollback", "latest~1", "-p", "pipeline.yml"]);
        assert_eq!((place.totals(), place.commits()), (first_totals(), 3), "{scheme}");
        let kept = place.names("out/history").into_iter().filter(|name| name.ends_with("totals.parquet")).count();
        assert_eq!(kept, 1, "{scheme}");
        assert!(place.succeeds(&["repair", "pipeline.yml"]).stdout.contains("nothing to repair"), "{scheme}");
        let cleaned = place.succeeds(&["clean", "pipeline.yml", "--keep-runs", "1", "--yes"]).stdout;
        assert!(cleaned.contains("removed 2026-11-30 (run 2, "), "{scheme}: {cleaned}");
        place.succeeds(&["verify", "--all", "-p", "pipeline.yml"]);
        assert_eq!(place.succeeds(&["unlock", "pipeline.yml"]).stdout, "nothing is locked\n");
    }
}

#[test]
fn a_run_that_is_killed_at_any_time_loses_nothing_and_the_next_one_runs_at_once() {
    let Some(servers) = servers() else { return };
    let is_long = std::env::var_os("STAUNCH_LONG").is_some_and(|long| long == "1");
    let kills = if is_long { 100 } else { 10 };
    let place = Place::new(&servers, "s3", None).with_shop();
    let mut days = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().iter_days().map(|day| day.to_string());
    let mut next_day = || days.next().unwrap();
    let night = |day: &str| drop(place.succeeds(&["run", "pipeline.yml", "-q", "--as-of-date", day]));
    night(&next_day());
    let latest = place.names("out/latest");
    let started = Instant::now();
    night(&next_day());
    let whole = started.elapsed();
    let mut survived = 0;
    for kill in 0..kills {
        let before = place.commits();
        let mut killed = program();
        killed.current_dir(place.project.path("")).args(["run", "pipeline.yml", "-q", "--as-of-date", &next_day()]);
        killed.stderr(Stdio::null());
        killed.envs(place.environment.iter().map(|(name, value)| (name, value)));
        let mut killed = killed.spawn().unwrap();
        std::thread::sleep(whole * kill / kills);
        killed.kill().unwrap();
        killed.wait().unwrap();

        night(&next_day());
        let commits = place.commits();
        assert!([1, 2].contains(&(commits - before)), "kill {kill} of {kills}");
        assert_eq!(place.totals(), first_totals(), "kill {kill} of {kills}");
        assert_eq!(place.names("out/latest"), latest, "kill {kill} of {kills}");
        let is_table = |name: &String| name.ends_with("/totals.parquet");
        assert_eq!(place.names("out/history").iter().filter(|name| is_table(name)).count(), commits);
        let debris = |name: &String| {
            !["out/_staunch/log/", "out/_staunch/runs/", "out/_staunch/shown.json"]
                .iter()
                .any(|kept| name.starts_with(kept))
        };
        assert_eq!(place.names("out/_staunch").into_iter().filter(debris).collect::<Vec<_>>(), Vec::<String>::new());
        let runs = place.names("out/_staunch/runs").into_iter();
        let runs: BTreeSet<String> = runs.filter_map(|name| name.split('/').nth(3).map(str::to_owned)).collect();
        assert_eq!(runs.len(), commits, "kill {kill} of {kills}");
        survived += 1;
    }
    println!("survived {survived} of {kills}, in runs of {whole:.1?}");
    assert_eq!(survived, kills);
}

#[test]
fn a_table_larger_than_one_part_is_published_on_every_store() {
    let Some(servers) = servers() else { return };
    for scheme in STORES {
        let place = Place::new(&servers, scheme, None);
        // 400,000 hashes do not compress below their 32 bytes each, 12.8 MB.
        let sql = "select id, encode(sha256(cast(id as string)), 'hex') as text from t";
        let pipeline = format!(
            "name: large\ntime_zone: UTC\nset: {{as_of_date: 2026-11-30}}\nsources:\n  t: {{location: ids.csv, format: {{csv: {{}}}}, \
             columns: {{id: {{type: integer}}}}}}\nqueries: [queries]\noutputs: {{large: {{}}}}\npublish: {{location: {}/out}}\n",
            place.url
        );
        let ids: String = (0..400_000).map(|id| format!("{id}\n")).collect();
        place.project.write("ids.csv", format!("id\n{ids}"));
        place.project.write("pipeline.yml", pipeline).write("queries/large.sql", sql);
        place.succeeds(&["run", "pipeline.yml"]);
        assert_eq!(place.latest("large").len(), 400_000, "{scheme}");
    }
}

#[test]
fn every_small_file_is_read() {
    let Some(servers) = servers() else { return };
    for scheme in STORES {
        let place = Place::new(&servers, scheme, None);
        for file in 0..300 {
            place.put(&format!("data/{file:03}.csv"), format!("id\n{file}\n{}\n", file + 300));
        }
        let pipeline = format!(
            "name: many\ntime_zone: UTC\nset: {{as_of_date: 2026-11-30}}\nsources:\n  t: {{location: {0}/data/, format: {{csv: {{}}}}, \
             columns: {{id: {{type: integer}}}}}}\nqueries: [queries]\noutputs: {{r: {{}}}}\npublish: {{location: {0}/out}}\n",
            place.url
        );
        place.project.write("pipeline.yml", pipeline);
        place.project.write("queries/r.sql", "select count(*) as rows_count, sum(id) as ids from t");
        let arguments = ["show", "-q", "-p", "pipeline.yml", "-f", "csv", "--sql", "select rows_count, ids from r"];
        // 0 + 1 + ... + 599
        assert_eq!(place.succeeds(&arguments).stdout, "rows_count,ids\n600,179700\n", "{scheme}");
    }
}

#[test]
fn wrong_credentials_are_refused_before_any_work() {
    let Some(servers) = servers() else { return };
    let wrong_key = "c29tZXRoaW5nIGVsc2U=";
    for place in [
        Place::new(&servers, "s3", None).with("AWS_SECRET_ACCESS_KEY", "another-secret"),
        Place::new(&servers, "s3", None).with("AWS_ACCESS_KEY_ID", "nobody"),
        Place::new(&servers, "az", None).with("AZURE_STORAGE_ACCOUNT_KEY", wrong_key),
    ] {
        refused(&place.with_shop(), "AWS_ACCESS_KEY_ID|AZURE_STORAGE_ACCOUNT_KEY");
    }
}

#[test]
fn expired_credentials_are_refused_before_any_work() {
    let Some(servers) = servers() else { return };
    for scheme in STORES {
        let hint = "AWS_SESSION_TOKEN|AZURE_STORAGE_ACCOUNT_KEY|GOOGLE_APPLICATION_CREDENTIALS";
        refused(&Place::new(&servers, scheme, Some("expired")).with_shop(), hint);
    }
}

/// Credentials that are not accepted: no command that needs them works, each names the location and what to check, and
/// nothing is written.
fn refused(place: &Place, hints: &str) {
    for (arguments, exit_code, location) in [
        (vec!["run", "pipeline.yml"], 2, "/out`"),
        (vec!["plan", "pipeline.yml"], 1, "/"),
        (vec!["show", "-p", "pipeline.yml", "totals"], 1, "/"),
        (vec!["doctor", "pipeline.yml"], 2, "/out`"),
    ] {
        let finished = place.run(&arguments);
        let told = format!("{}{}", finished.stdout, finished.stderr);
        assert_eq!(finished.exit_code, exit_code, "{arguments:?}: {told}");
        assert!(told.contains(&format!("{}{location}", place.url)), "{arguments:?}: {told}");
        assert!(hints.split('|').any(|hint| told.contains(hint)), "{arguments:?}: {told}");
        assert!(told.contains("credentials were not accepted") || told.contains("permission denied"), "{told}");
    }
    assert!(place.names("out").is_empty(), "{:?}", place.names("out"));
}

#[test]
fn credentials_that_expire_while_tables_are_written_publish_nothing() {
    let Some(servers) = servers() else { return };
    for scheme in STORES {
        let place = Place::new(&servers, scheme, Some("expires")).with_shop();
        let finished = place.run(&["run", "pipeline.yml"]);
        assert_eq!(finished.exit_code, 1, "{scheme}: {}", finished.stderr);
        assert!(finished.stderr.contains(&place.url), "{scheme}: {}", finished.stderr);
        assert_eq!((place.commits(), place.names("out/latest").len()), (0, 0), "{scheme}");
    }
}

#[test]
fn a_key_that_can_only_read_is_refused_before_any_work() {
    let Some(servers) = servers() else { return };
    let reader = Place::new(&servers, "s3", None)
        .with("AWS_ACCESS_KEY_ID", "reader")
        .with("AWS_SECRET_ACCESS_KEY", "reader-secret");
    let signature = Place::new(&servers, "az", None)
        .without("AZURE_STORAGE_ACCOUNT_KEY")
        .with("AZURE_STORAGE_SAS_TOKEN", &servers["AZURE_READ_ONLY_SAS"]);
    for place in [reader, signature, Place::new(&servers, "gs", Some("read-only"))] {
        let place = place.with_shop();
        let checked = place.run(&["doctor", "pipeline.yml"]);
        assert_eq!(checked.exit_code, 2, "{}", checked.stderr);
        for start in ["ok    source orders: 2 files", "ok    source customers: 1 files", "FAIL  publish "] {
            assert!(checked.stdout.contains(start), "{start}: {}", checked.stdout);
        }
        let run = place.run(&["run", "pipeline.yml"]);
        assert_eq!(run.exit_code, 2, "{}", run.stderr);
        assert!(
            run.stderr.contains(&format!("cannot write to publish location `{}/out`", place.url)),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("need to read, list, write and delete"), "{}", run.stderr);
        assert!(!run.stderr.contains("read orders"), "nothing was read: {}", run.stderr);
        assert!(place.names("out").is_empty(), "{:?}", place.names("out"));
        let sql = ["show", "-q", "-p", "pipeline.yml", "-f", "csv", "--sql", "select count(*) as n from orders"];
        assert_eq!(place.succeeds(&sql).stdout, "n\n3\n");
    }
}

#[test]
fn faults_that_pass_by_are_overcome() {
    let Some(servers) = servers() else { return };
    at_once(&["throttle", "cut", "lost", "slow"], |scheme, fault| {
        let place = Place::new(&servers, scheme, Some(fault)).with_shop();
        place.succeeds(&["run", "pipeline.yml"]);
        assert_eq!((place.totals(), place.commits()), (first_totals(), 1), "{scheme} {fault}");
    });
}

#[test]
fn bodies_that_stay_cut_end_the_run() {
    let Some(servers) = servers() else { return };
    at_once(&["short", "cut-always"], |scheme, fault| {
        let place = Place::new(&servers, scheme, Some(fault)).with_shop();
        let run = place.run(&["run", "pipeline.yml"]);
        assert_eq!(run.exit_code, 1, "{scheme} {fault}: {}", run.stderr);
        assert!(run.stderr.contains(&place.url), "{}", run.stderr);
        assert_eq!(place.commits(), 0, "{scheme} {fault}");
    });
}

/// Every fault on every store, side by side, because they mostly wait.
fn at_once(faults: &[&str], check: impl Fn(&str, &str) + Sync) {
    std::thread::scope(|scope| {
        for (scheme, fault) in STORES.iter().flat_map(|scheme| faults.iter().map(move |fault| (scheme, fault))) {
            let check = &check;
            scope.spawn(move || check(scheme, fault));
        }
    });
}

/// A file of a web server, and the sum of its numbers.
struct WebFile {
    project: Project,
    path: PathBuf,
}

impl WebFile {
    fn new(servers: &BTreeMap<String, String>, fault: &str, ending: &str, contents: &[u8]) -> Self {
        let unique = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let name = format!("t{unique}.{ending}");
        let path = PathBuf::from(&servers["WEB_FILES"]).join(&name);
        fs::write(&path, contents).unwrap();
        let project = Project::empty();
        let format = if ending == "parquet" { "parquet" } else { "csv" };
        let pipeline = format!(
            "name: web\ntime_zone: UTC\nset: {{as_of_date: 2026-11-30}}\nsources:\n  t:\n    location: '{}/fault-{fault}/{name}?token=web-secret'\n    \
             format: {{{format}: {{}}}}\n    columns: {{customer_id: {{type: string}}, name: {{type: string}}}}\n\
             queries: [queries]\noutputs: {{r: {{}}}}\npublish: {{location: out}}\n",
            servers["WEB"]
        );
        project.write("pipeline.yml", pipeline).write("queries/r.sql", "select count(*) as rows_count from t");
        Self { project, path }
    }

    fn run(&self) -> Finished {
        let finished = self.project.run(&["run", "pipeline.yml"]);
        assert!(!finished.stderr.contains("web-secret"), "{}", finished.stderr);
        finished
    }

    fn rows(&self) -> Option<i64> {
        let run = self.run();
        assert_eq!(run.exit_code, 0, "{}", run.stderr);
        Table::read(&self.project.path("out/latest/r.parquet")).integers("rows_count")[0]
    }
}

impl Drop for WebFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

const CUSTOMERS_CSV: &[u8] = b"customer_id,name\nc1,Ada\nc2,Ben\nc3,Cem\n";

#[test]
fn a_web_server_is_read_in_spite_of_faults_that_pass_by() {
    let Some(servers) = servers() else { return };
    for fault in ["none", "throttle", "cut", "redirect", "slow", "no-range", "no-etag"] {
        let file = WebFile::new(&servers, fault, "csv", CUSTOMERS_CSV);
        assert_eq!(file.rows(), Some(3), "{fault}");
    }
    for fault in ["none", "throttle", "cut", "redirect", "slow", "no-etag"] {
        let file = WebFile::new(&servers, fault, "parquet", &customers());
        assert_eq!(file.rows(), Some(2), "{fault}");
    }
}

#[test]
fn a_file_that_takes_longer_than_half_a_minute_is_read() {
    let Some(servers) = servers() else { return };
    let file = WebFile::new(&servers, "late", "csv", CUSTOMERS_CSV);
    let before = Instant::now();
    assert_eq!(file.rows(), Some(3));
    assert!(before.elapsed().as_secs() > 30, "it was not late");
}

#[test]
fn what_a_web_server_does_not_give_ends_the_run() {
    let Some(servers) = servers() else { return };
    for (fault, ending, contents, reason) in [
        ("short", "csv", CUSTOMERS_CSV, "the store sent 19 of 38 bytes"),
        ("cut-always", "csv", CUSTOMERS_CSV, "onnection"),
        ("redirect-loop", "csv", CUSTOMERS_CSV, "too many redirects"),
        ("expired", "csv", CUSTOMERS_CSV, "the credentials were not accepted"),
        ("short", "parquet", &customers(), "the store sent"),
        ("no-range", "parquet", &customers(), "range"),
    ] {
        let file = WebFile::new(&servers, fault, ending, contents);
        let run = file.run();
        assert_eq!(run.exit_code, 1, "{fault} {ending}: {}", run.stderr);
        assert!(run.stderr.contains(&format!("{}/fault-{fault}/t", servers["WEB"])), "{}", run.stderr);
        assert!(run.stderr.contains(reason), "{fault} {ending}: {}", run.stderr);
        assert!(!file.project.path("out/latest").exists(), "{fault} {ending}");
    }
}
