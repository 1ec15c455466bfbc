"""Reads what a run published as other tools do, and fails where it is not as described.

    check.py PUBLISH_LOCATION STATUS_SCHEMA [SQL]...

The views of staunch.sql must be those of the files, in DuckDB; dictionary.json must follow the JSON Schema of the Data
Package standard, and the files must be as it says; status.json must follow its own schema. Of each SQL it prints the rows
in one line of JSON.
"""

import hashlib
import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb
import jsonschema

TYPES = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(value):
    return "'" + str(value).replace("'", "''") + "'"


def data_package_schema():
    [package] = (Path(sys.prefix) / "standard").glob("check_datapackage-*.whl")
    return json.loads(zipfile.ZipFile(package).read("check_datapackage/schemas/data-package-2-0.json"))


def columns(connection, relation):
    return [(row[0], row[1]) for row in connection.execute(f"describe select * from {relation}").fetchall()]


def one(connection, sql):
    return connection.execute(sql).fetchone()[0]


def check_views(connection, dictionary, day):
    """Every file has a view and one of its history, with the same columns and rows, and comments."""
    found = {row[0] for row in connection.execute("select view_name from duckdb_views() where not internal").fetchall()}
    names = [resource["name"] for resource in dictionary["resources"]]
    assert found == {*names, *(f"history_{name}" for name in names)}, found
    comments = {(view, column): comment for view, column, comment in connection.execute(
        "select table_name, column_name, comment from duckdb_columns() where not internal").fetchall()}
    about = dict(connection.execute("select view_name, comment from duckdb_views() where not internal").fetchall())
    for resource in dictionary["resources"]:
        name = resource["name"]
        view, history = quoted(name), quoted(f"history_{name}")
        file = f"read_parquet('latest/{resource['path']}')"
        assert columns(connection, view) == columns(connection, file), name
        rows = one(connection, f"select count(*) from {file}")
        assert one(connection, f"select count(*) from {view}") == rows, name
        told_by = "history_as_of_date" if "as_of_date" in dict(columns(connection, view)) else "as_of_date"
        assert columns(connection, history)[-1] == (told_by, "DATE"), name
        of_day = f"select count(*) from {history} where {told_by} = date '{day}'"
        assert one(connection, of_day) == rows, f"{name}: the history of {day}"
        if "description" in resource:
            assert about[name] == resource["description"] and resource["description"] in about[f"history_{name}"], name
        for field in resource["schema"]["fields"]:
            words = [field[key] for key in ("title", "title@zh", "description") if key in field]
            for relation in (name, f"history_{name}"):
                comment = comments[relation, field["name"]]
                assert all(word in (comment or "") for word in words), (relation, field["name"], comment)


def check_table(connection, resource):
    """A file has the columns, keys and values that the dictionary tells of."""
    path = Path("latest") / resource["path"]
    contents = path.read_bytes()
    assert len(contents) == resource["bytes"], path
    assert "sha256:" + hashlib.sha256(contents).hexdigest() == resource["hash"], path
    view, schema = quoted(resource["name"]), resource["schema"]
    holds = lambda condition: one(connection, f"select count(*) from {view} where not coalesce({condition}, true)") == 0
    fields = {field["name"]: field for field in schema["fields"]}
    assert [name for name, _ in columns(connection, view)] == list(fields), path
    for name, data_type in columns(connection, view):
        field, column, place = fields[name], quoted(name), f"{resource['name']}.{name}"
        if data_type.startswith("DECIMAL"):
            assert (field["type"], field["dataType"].upper()) == ("number", data_type), place
        elif data_type in TYPES:
            assert field["type"] == TYPES[data_type], place
        constraints = field.get("constraints", {})
        if constraints.get("required"):
            assert one(connection, f"select count(*) from {view} where {column} is null") == 0, place
        for key, operator in (("minimum", ">="), ("maximum", "<=")):
            if key in constraints:
                assert holds(f"{column} {operator} {constraints[key]!r}"), f"{place}: {key}"
        values = constraints.get("enum", [category["value"] for category in field.get("categories", [])])
        if values:
            assert holds(f"cast({column} as varchar) in ({', '.join(map(literal, values))})"), f"{place}: values"
    keys = [schema.get("primaryKey", [])]
    keys += [[name] for name, field in fields.items() if field.get("constraints", {}).get("unique")]
    for key in filter(None, keys):
        key = ", ".join(map(quoted, key))
        assert one(connection, f"select count(*) from (select {key} from {view} group by all having count(*) > 1)") == 0, path
    for key in schema.get("foreignKeys", []):
        other = quoted(key["reference"].get("resource", resource["name"]))
        [column], [to] = key["fields"], key["reference"]["fields"]
        assert holds(f"{quoted(column)} in (select {quoted(to)} from {other})"), f"{path}: {key}"


def main():
    location, status_schema, *queries = sys.argv[1:]
    status_schema = json.loads(Path(status_schema).read_text(encoding="utf-8"))
    os.chdir(location)
    read = lambda name: (Path("latest") / name).read_text(encoding="utf-8")
    dictionary, status, views = json.loads(read("dictionary.json")), json.loads(read("status.json")), read("staunch.sql")

    jsonschema.Draft7Validator(data_package_schema()).validate(dictionary)
    jsonschema.Draft202012Validator(status_schema).validate(status)
    tables = [resource["name"] for resource in dictionary["resources"]]
    assert [table["name"] for table in status["tables"]] == tables
    for file in status["tables"] + status["files"]:
        assert hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest() == file["sha256"], file["path"]
    published = {str(path) for path in Path("latest").glob("*.parquet")}
    assert published == {table["path"] for table in status["tables"]}

    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "loyalty.duckdb"
        with duckdb.connect(database) as connection:
            connection.execute(views)
            check_views(connection, dictionary, status["as_of_date"])
            for resource in dictionary["resources"]:
                check_table(connection, resource)
            for sql in queries:
                print(json.dumps(connection.execute(sql).fetchall(), default=str, ensure_ascii=False))
            # The next night in the same database, which now says where the files are.
            connection.execute(f"create or replace macro staunch_location() as {literal(Path.cwd())}")
            connection.execute(views)
        os.chdir(folder)
        with duckdb.connect(database, read_only=True) as connection:
            for table in status["tables"]:
                assert one(connection, f"select count(*) from {quoted(table['name'])}") == table["rows"], table
    print(f"{len(tables)} tables are as described", file=sys.stderr)


main()
