# Sourced by scripts/servers: what the tests of the OpenAPI documents need, linters and generators
# of clients, from PyPI and from npm.

clients=$here/../tests/clients

install_api_clients() {
    "$here/install" node nodejs
    "$here/install" npm npm
    # The files that pin all versions name the directories.
    local pinned
    pinned=$(cat "$clients/requirements.txt" | sha256sum | cut -c-16)
    api_python=$packages/api-clients-$pinned-python$(python_version)
    install_python "$api_python" "a generator of clients in Python" -r "$clients/requirements.txt"
    pinned=$(cat "$clients/package-lock.json" | sha256sum | cut -c-16)
    api_node=$packages/api-clients-$pinned-node
    install_node "$api_node" "linters and a generator of types"
}

# Installs what tests/clients/package-lock.json pins into a directory: install_node DIR WHAT.
install_node() {
    local target=$1
    [ ! -d "$target" ] || return 0
    echo "installing $2" >&2
    mkdir -p "$packages"
    unfinished=$(mktemp -d "$target.XXXXXX")
    trap 'rm -rf "$unfinished"' EXIT
    cp "$clients/package.json" "$clients/package-lock.json" "$unfinished"
    (cd "$unfinished" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    # Another start may have been quicker.
    mv -T "$unfinished" "$target" 2>/dev/null || [ -d "$target" ]
    rm -rf "$unfinished"
}
