//! The pipeline `wallet`: shares of wallet from a survey, where only own sales are seen.

use crate::described;
use crate::project::{Project, repository};
use crate::published::{Table, assert_near};

/// Counted by hand in `pipelines/wallet/answers.csv`. Of 48 customers 18 say how many of ten purchases are own, 87 in all,
/// half or more in 10; of 24 that only rank, 23 rank the own brand: 5 x 2/3 + 7 x 1/3 + 5 x 1/2 + 2 x 1/6 + 4 x 1, half
/// or more in 14. 27 rank, 23 of them several brands, 59 in all.
#[test]
fn shares_of_wallet_are_declared_or_allocated_and_of_the_rest_unknown() {
    let project = Project::empty();
    let mut command = project.staunch(&["run", "--quiet", "pipelines/wallet.yml"]);
    command.current_dir(repository()).env("STAUNCH_OUTPUT", project.path("out"));
    let finished = project.finish(&mut command);
    assert_eq!(finished.exit_code, 0, "{}", finished.stderr);
    described::check(&project, "out/wallet", &[]);
    let latest = |table: &str| Table::read(&project.path(&format!("out/wallet/latest/{table}.parquet")));

    let behaviour = latest("customer_behaviour");
    let sources = behaviour.texts("wallet_source");
    let shares = behaviour.numbers("share_of_wallet");
    let of = |source: Option<&str>| -> Vec<Option<f64>> {
        sources.iter().zip(&shares).filter(|(found, _)| found.as_deref() == source).map(|(_, share)| *share).collect()
    };
    let sum = |shares: &[Option<f64>]| Some(shares.iter().flatten().sum::<f64>());
    let (declared, allocated) = (of(Some("declared")), of(Some("allocated")));
    assert_eq!((declared.len(), allocated.len()), (18, 23));
    assert_near(sum(&declared), 8.7, 1e-9);
    assert_near(sum(&allocated), 12.5, 1e-9);
    assert_eq!(of(None), [None; 7], "unknown, not 0");
    // Ranked first of two, and declared by the same customer: what was declared comes first.
    assert_near(behaviour.number(&[("customer_id", "k01")], "share_of_wallet"), 0.7, 1e-9);
    let states = behaviour.texts("behaviour_state");
    let count = |state: &str| states.iter().flatten().filter(|found| *found == state).count();
    assert_eq!(["high", "low", "insufficient"].map(count), [24, 17, 7]);

    let rule = latest("wallet_allocation");
    let total = |column: &str| rule.number(&[("dimension", "total")], column);
    assert_near(total("customers_count"), 27.0, 0.0);
    assert_near(total("several_brands_share"), 23.0 / 27.0, 1e-12);
    assert_near(total("mean_brands_count"), 59.0 / 27.0, 1e-12);
}
