# Sourced by scripts/servers: the Python libraries whose models our reader is compared with, in an
# environment of their own.

install_models() {
    local pinned directory=$here/../tests/models
    # The file that pins all versions names the environment.
    pinned=$(cat "$directory/requirements.txt" | sha256sum | cut -c-16)
    models_environment=$packages/models-$pinned-python$(python_version)
    install_environment "$models_environment" "libraries that train models" \
        "$directory/requirements.txt"
    models_python=$models_environment/bin/python
    models_runtime=$(compgen -G \
        "$models_environment/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so*")
}

print_models() {
    echo "export AUDIENCE_TEST_MODELS_PYTHON='$models_python'"
    echo "export AUDIENCE_TEST_ONNXRUNTIME='$models_runtime'"
}

# Makes a virtual environment with what a file pins: install_environment DIR WHAT FILE. It stays for
# the next start. A moved environment works as long as its own python runs it.
install_environment() {
    local target=$1 what=$2 file=$3
    [ ! -d "$target" ] || return 0
    python3 -c 'import ensurepip' 2>/dev/null ||
        "$here/install" '/usr/lib/python3*/ensurepip' python3-venv
    echo "installing $what" >&2
    mkdir -p "$packages"
    unfinished=$(mktemp -d "$target.XXXXXX")
    trap 'rm -rf "$unfinished"' EXIT
    python3 -m venv "$unfinished/venv" >&2
    # jieba alone comes as a source, which needs no compiler.
    "$unfinished/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --no-binary jieba -r "$file" >&2
    # Another start may have been quicker.
    mv -T "$unfinished/venv" "$target" 2>/dev/null || [ -d "$target" ]
    rm -rf "$unfinished"
}
