#!/bin/sh
# A start script as many images have one: prepares something, then runs the server below it. Without `exec` the shell stays the first process,
# and SIGTERM never reaches the server.
set -e
folder=$(dirname "$0")
echo "preparing"
python3 "$folder/server.py"
