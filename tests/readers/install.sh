#!/usr/bin/env bash
# Installs what reads published files in tests: DuckDB, and the JSON Schema of the Data Package standard. Prints the path of
# the Python that has them. STAUNCH_READERS_FOLDER names a folder outside the checkout, which keeps them (about 80 MB).
# Needs python3 with venv.
set -euo pipefail

folder="${STAUNCH_READERS_FOLDER:?set it to a folder outside the checkout}"
packages=(duckdb==2.0.1 jsonschema==4.26.0)
# Only its file with the schema is used; the package itself needs a newer Python.
standard=check-datapackage==0.37.0
installed="${packages[*]} $standard"

if [ "$(cat "$folder/installed" 2>/dev/null)" != "$installed" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder"
    pip=("$folder/bin/pip" --quiet --disable-pip-version-check)
    "${pip[@]}" install "${packages[@]}"
    "${pip[@]}" download --no-deps --only-binary=:all: --python-version 3.13 --dest "$folder/standard" "$standard"
    echo "$installed" >"$folder/installed"
fi
echo "$folder/bin/python"
