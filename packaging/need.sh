# Sourced by packaging/run and packaging/test: installs Debian packages that are missing.
# Works as root and with sudo on Debian and Ubuntu; elsewhere it names what is missing.

BUILD_PACKAGES="gcc libc6-dev pkg-config libpcsclite-dev libasound2-dev"
WINDOW_PACKAGES="libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1 libgl1-mesa-dri libegl1 libpcsclite1 libasound2"
TEST_PACKAGES="xvfb xdotool x11-utils at-spi2-core dbus python3 python3-venv python3-gi gir1.2-atspi-2.0 gnome-keyring libsecret-tools poppler-utils fonts-noto-core fonts-noto-cjk pcscd vsmartcard-vpcd iproute2 xdg-utils libglib2.0-bin chromium postgresql dpkg-dev desktop-file-utils"
# A loudspeaker that is a recording. Where other sound servers are in the way, sounds are not tested.
SOUND_PACKAGES="pulseaudio pulseaudio-utils libasound2-plugins"
# libclang builds the foreign key engine, the rest makes and fills the guest that meets it.
RIG_PACKAGES="clang libclang-dev busybox-static cpio kmod lz4 binutils fido2-tools"
QEMU_PACKAGE="qemu-system-x86"

say() { printf '%s\n' "$*" >&2; }

# need PACKAGE...: installs those that are not installed yet.
need() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "This system has no Debian packages. Please see that the equivalents of these are installed:"
    say "  $*"
    return 0
  fi
  missing=""
  for package in "$@"; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  if ! may_install; then
    say "These packages are missing, and this user may not install them (no root, no sudo):"
    say " $missing"
    exit 1
  fi
  say "Installing:$missing"
  # The lists may be old or absent: refresh, then install. Words are split on purpose.
  # shellcheck disable=SC2086
  if ! as_root apt-get update -qq >&2 ||
    ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove $missing >&2; then
    say "These packages could not be installed; is there a network?"
    say " $missing"
    exit 1
  fi
}

may_install() { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1; }

# as_root COMMAND...: as it is, or with sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Node 18 or newer, for the OpenID provider of the tests; not installed beside one that is there already.
need_node() {
  if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then need nodejs npm; fi
}

need_cargo() {
  # An empty HOME hides a toolchain that rustup put into the account's home folder.
  if ! command -v cargo >/dev/null 2>&1 && [ -f "$HOME/.cargo/env" ]; then . "$HOME/.cargo/env"; fi
  if ! command -v cargo >/dev/null 2>&1; then
    say "Rust 1.95 or newer is missing: install it with rustup (https://rustup.rs), then run this again."
    exit 1
  fi
}

# need_disk GB FOLDER: that much is free there, what is built already counted in.
need_disk() {
  mkdir -p "$2"
  free=$(df -Pk "$2" | awk 'NR == 2 { print $4 }')
  built=$(du -sk "$2" | cut -f 1)
  [ $(((free + built) / 1048576)) -lt "$1" ] || return 0
  say "$2 may take $1 GB, and $((free / 1048576)) GB are free on its disk: free some, or name a folder on"
  say "another disk with CARGO_TARGET_DIR."
  return 1
}
