# Shared by script/run and script/test: finding Python, the virtual environment, system packages. Sourced.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
LEVELS=(base full dev) # each holds the one before
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*"; }
fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# Prints the first Python that is 3.11 or newer.
find_python() {
  local candidate
  for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

need_python() {
  PYTHON=$(find_python) || fail "Countersign needs Python 3.11 or newer, and found $(
    python3 --version 2>/dev/null || echo 'no python3'
  ). Install it (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: PYTHON=/path/to/python3.12 $0"
}

has_venv() { "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null; }

need_venv() {
  has_venv || fail "$PYTHON has no venv and ensurepip modules. On Debian and Ubuntu: apt-get install python3-venv"
}

make_venv() {
  if [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' \
    2>/dev/null; then
    return
  fi
  say "Making a virtual environment in .venv with $("$PYTHON" --version) ..."
  "$PYTHON" -m venv --clear "$VENV" || fail "The virtual environment could not be made. The lines above say why."
}

requirements_of() {
  case $1 in
    base) say requirements-base.txt ;;
    full) say requirements.txt ;;
    dev) say requirements-dev.txt ;;
  esac
}

# A hash of the Python version and of every requirements file up to the level.
level_stamp() {
  local level files=()
  for level in "${LEVELS[@]}"; do
    files+=("$ROOT/$(requirements_of "$level")")
    [ "$level" = "$1" ] && break
  done
  { "$VENV/bin/python" --version && cat "${files[@]}"; } |
    "$VENV/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}

# Whether the level, or a later one that holds it, was installed from the files as they are now.
has_level() {
  local level seen=
  for level in "${LEVELS[@]}"; do
    [ "$level" = "$1" ] && seen=yes
    if [ -n "$seen" ] && [ "$(cat "$VENV/.installed-$level" 2>/dev/null)" = "$(level_stamp "$level")" ]; then
      return 0
    fi
  done
  return 1
}

# What pip does now, in a few words, from its log.
pip_progress() {
  local step
  step=$(grep -aoE '^(Collecting [^ (]+|Installing collected packages|Building wheel.*)' "$1" | tail -n 1 | cut -c1-70) || true
  case $step in
    Installing*) say "unpacking $(grep -ac '^Collecting' "$1") packages" ;;
    *) say "${step:-starting}" ;;
  esac
}

# install_level LEVEL WORDS: installs the level's requirements unless they are there, saying WORDS first.
install_level() {
  has_level "$1" && return
  say "Installing $2 ..."
  local log=$VENV/install.log started=$SECONDS
  "$VENV/bin/python" -m pip install --no-input -r "$ROOT/$(requirements_of "$1")" >"$log" 2>&1 &
  local pip=$!
  trap 'kill "$pip" 2>/dev/null; exit 130' INT TERM # a background process does not hear Ctrl-C itself
  while kill -0 "$pip" 2>/dev/null; do
    sleep 1
    (((SECONDS - started) % 15 == 0)) && say "  $((SECONDS - started)) s: $(pip_progress "$log")"
  done
  trap - INT TERM
  if ! wait "$pip"; then
    tail -n 15 "$log" >&2
    fail "The packages could not be installed; $log has all of pip's words."
  fi
  level_stamp "$1" >"$VENV/.installed-$1"
  say "  done in $((SECONDS - started)) s"
}

# apt_install PACKAGE...: through Debian's or Ubuntu's packages, where we may. Fails without a word if we may not.
apt_install() {
  local root=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    root=(sudo -n)
  fi
  say "Installing $* with apt-get ..."
  local log
  log=$(mktemp)
  if ${root[@]+"${root[@]}"} apt-get update -qq >"$log" 2>&1 &&
    ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1
  then
    rm -f "$log"
    return
  fi
  tail -n 5 "$log" >&2
  rm -f "$log"
  return 1
}
