//! Readers while nights are published: they see one night or the other, never a mixture.

use std::process::{Command, Stdio};

use crate::project::{Project, repository};

#[test]
fn readers_see_whole_nights_while_others_are_published() {
    let Some(python) = std::env::var_os("STAUNCH_READERS").filter(|python| !python.is_empty()) else {
        eprintln!("skipped: set STAUNCH_READERS to the Python that `tests/readers/install.sh` prints");
        return;
    };
    let is_long = std::env::var_os("STAUNCH_LONG").is_some_and(|long| long == "1");
    let nights = if is_long { 50 } else { 6 };
    let shop = Project::copy_of("shop");
    let first = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let mut reader = Command::new(python);
    reader.arg(repository().join("tests/readers/watch.py")).arg(shop.path("out")).arg(shop.path("stop"));
    let reader = reader.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for (number, day) in (1..=nights).zip(first.iter_days()) {
        let (anna, ben) = (10 * number, 5 * number);
        let orders = format!("anna,o1,2026-01-01,{anna}.00\nben,o2,2026-01-01,{ben}.00\n");
        shop.write("data/orders.csv", format!("customer_id,order_id,ordered_at,amount\n{orders}"));
        shop.succeeds(&["run", "pipeline.yml", "-q", "--as-of-date", &day.to_string()]);
    }
    shop.write("stop", "");
    let output = reader.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("{nights} nights, read meanwhile: {}", told.trim());
    // Every part was read.
    assert!(told.starts_with("read_log ") && !told.contains(" 0"), "{told}");
}
