"""Reads the shop again and again while nights are published, and fails at the first mixture.

    watch.py PUBLISH_LOCATION STOP

Night number n is that of the n-th day of 2026, and gives anna 10 n and ben 5 n. Reads until the file STOP exists, with DuckDB and,
where it is installed, with PyArrow: the tables of the highest log entry, which must be of one night; every table of latest/, each
of which must be that of some night; and history/, where each day must have its own amounts. Prints how often it read each.
"""

import datetime
import json
import sys
from pathlib import Path

import duckdb

try:
    import pyarrow.dataset
except ImportError:
    pyarrow = None


def readings(path):
    """The rows of a file of customer_totals, as each reader gives them."""
    yield duckdb.sql(f"select customer_id, amount from read_parquet('{path}') order by all").fetchall()
    if pyarrow:
        table = pyarrow.dataset.dataset(str(path)).to_table().sort_by("customer_id")
        yield list(zip(table["customer_id"].to_pylist(), table["amount"].to_pylist()))


def amounts(path):
    """Night, from the two amounts of a file of customer_totals. A file of latest/ may be another one for the next reader."""
    for rows in readings(path):
        (anna, first), (ben, second) = rows
        assert (anna, ben) == ("anna", "ben") and first == 2 * second and first % 10 == 0, f"{path}: {rows}"
    return int(first) // 10


def mean(path):
    """Night, from a file of shop_summary."""
    ((customers, amount),) = duckdb.sql(f"select customers_count, mean_amount from read_parquet('{path}')").fetchall()
    assert customers == 2, path
    return round(amount / 7.5)


def read_log(location):
    entries = sorted((location / "_staunch/log").glob("*.json"))
    if not entries:
        return False
    entry = json.loads(entries[-1].read_text())
    paths = {table["name"]: location / table["path"] for table in entry["tables"]}
    day = datetime.date.fromisoformat(entry["as_of_date"]).timetuple().tm_yday
    nights = {amounts(paths["customer_totals"]), mean(paths["shop_summary"]), day}
    assert len(nights) == 1, f"log entry {entries[-1].name} mixes nights: {nights}"
    return True


def read_latest(location):
    latest = location / "latest"
    if not (latest / "status.json").exists():
        return False
    json.loads((latest / "status.json").read_text())
    assert amounts(latest / "customer_totals.parquet") >= 1 and mean(latest / "shop_summary.parquet") >= 1
    return True


def read_history(location):
    folder = location / "history/customer_totals"
    if not folder.is_dir():
        return False
    files = f"{folder}/*/*.parquet"
    rows = duckdb.sql(
        "select dayofyear(as_of_date), count(*), sum(amount) "
        f"from read_parquet('{files}', hive_partitioning = true, hive_types = {{'as_of_date': date}}) group by 1"
    ).fetchall()
    wrong = [row for row in rows if row[1:] != (2, 15 * row[0])]
    assert not wrong, f"history/ has other amounts: {wrong}"
    if pyarrow:
        found = pyarrow.dataset.dataset(str(folder), partitioning="hive").count_rows()
        assert found % 2 == 0 and found >= 2 * len(rows), found
    return True


def main():
    location, stop = Path(sys.argv[1]), Path(sys.argv[2])
    reads = {read: 0 for read in (read_log, read_latest, read_history)}
    while not stop.exists():
        for read in reads:
            reads[read] += read(location)
    told = ", ".join(f"{read.__name__} {count}" for read, count in reads.items())
    print(f"{told}{', with PyArrow' if pyarrow else ''}")


if __name__ == "__main__":
    main()
