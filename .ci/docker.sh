#!/usr/bin/env bash
# A Docker engine of its own for the tests: no systemd, no registry, no network for containers, nothing outside FOLDER.
#   docker.sh up FOLDER           start it; its address is unix://FOLDER/docker.sock
#   docker.sh base FOLDER IMAGE   make a base image of this machine's own files
#   docker.sh postgres FOLDER IMAGE   make an image of this machine's PostgreSQL server
#   docker.sh down FOLDER         end it and remove what it kept
# Needs root and the packages docker.io and bubblewrap; `.ci/run` installs them.
set -euo pipefail

[ "$#" -ge 2 ] || { echo "Usage: docker.sh up|base|postgres|down FOLDER [IMAGE]" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(realpath -m "$2")
python="$here/.venv/bin/python"
pidfile="$folder/dockerd.pid"
export DOCKER_HOST="unix://$folder/docker.sock"

running() { [ -e "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null; }

answers() { "$python" -c 'import docker; docker.from_env(timeout=5).ping()' >/dev/null 2>&1; }

up() {
    if running && answers; then return; fi
    mkdir -p "$folder"
    # The bridge that the engine would make for all containers needs rights over the firewall of the machine.
    setsid dockerd --host "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$pidfile" \
        --storage-driver overlay2 --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
        --exec-opt native.cgroupdriver=cgroupfs --log-driver local --log-opt max-size=1m --log-opt max-file=1 \
        --log-opt compress=false --shutdown-timeout 5 >"$folder/dockerd.log" 2>&1 </dev/null &
    for _ in $(seq 100); do
        if [ -S "$folder/docker.sock" ] && answers; then return; fi
        kill -0 "$!" 2>/dev/null || break
        sleep 0.1
    done
    echo "The Docker engine did not start:" >&2
    tail -n 20 "$folder/dockerd.log" >&2
    exit 1
}

down() {
    if running; then
        "$python" -c '
import docker
for container in docker.from_env().containers.list(all=True, ignore_removed=True):
    container.remove(force=True, v=True)' || true
        pid=$(cat "$pidfile")
        kill "$pid"
        for _ in $(seq 150); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        if kill -0 "$pid" 2>/dev/null; then kill -9 "$pid"; fi
    fi
    rm -rf "$folder"
}

case "$1" in
    up) up ;;
    base) "$python" "$here/.ci/base_image.py" "$3" ;;
    postgres) "$python" "$here/.ci/base_image.py" "$3" postgres ;;
    down) down ;;
    *) echo "There is no command $1." >&2; exit 2 ;;
esac
