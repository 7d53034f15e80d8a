# Sourced by tests/rig/vm/run: what goes into the guest's file system. It is an uncompressed cpio in
# two parts, which the kernel unpacks one after the other: the base, kept in the cache, and the job.

# Programs of other packages that every guest has.
FOREIGN_PROGRAMS=(fido2-token fido2-cred fido2-assert)
# The rig's own programs, which stand beside the tests.
OWN_PROGRAMS=(vkey once)

# resolve NAME: the absolute path of a program, or failure.
resolve() {
  case $1 in
    /*) [ -x "$1" ] && printf '%s\n' "$1" ;;
    */*) [ -x "$1" ] && realpath "$1" ;;
    *) command -v "$1" ;;
  esac
}

# place PATH: where a file of the host stands in the guest. Folders are resolved (/lib is a link on
# today's systems), the last part keeps its name (a library's name is often a link).
place() { printf '%s/%s\n' "$(realpath "$(dirname "$1")")" "$(basename "$1")"; }

# bring TREE PATH: copies a file or folder to the same place below TREE. Programs come without their
# debugging information, which is most of their size, and with their shared libraries.
bring() {
  local target library
  [ -e "$2" ] || { printf 'guest: there is no %s to bring\n' "$2" >&2; return 1; }
  target=$1$(place "$2")
  if [ -e "$target" ]; then return 0; fi
  mkdir -p "$(dirname "$target")"
  if [ -d "$2" ]; then
    cp -rL "$2" "$target"
    find "$target" -name '*.so*' -print0 | while IFS= read -r -d '' library; do bring_libraries "$1" "$library"; done
  elif is_elf "$2"; then
    strip --strip-unneeded -o "$target" "$2"
    bring_libraries "$1" "$2"
  else
    cp -L "$2" "$target"
  fi
}

bring_libraries() {
  # A static program has none, which ldd reports as a failure.
  { ldd "$2" 2>/dev/null || true; } | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) (.*/\1/p' |
    while read -r library; do bring "$1" "$library"; done
}

# bring_python TREE PYTHON: the interpreter of a virtual environment, what is installed in it, and the
# standard library without what no test imports.
bring_python() {
  local tree=$1 python=$2 environment library folder
  bring "$tree" "$python"
  while read -r folder; do
    mkdir -p "$tree$folder"
    tar -C "$folder" --exclude=./site-packages --exclude=./dist-packages --exclude=./test --exclude='./config-*' \
      --exclude=./idlelib --exclude=./tkinter --exclude=./lib2to3 --exclude=./ensurepip -cf - . | tar -C "$tree$folder" -xf -
  done < <("$python" -c 'import sysconfig; print("\n".join({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")} - {""}))')
  environment=$("$python" -c 'import sys; print(sys.prefix)')
  cp "$environment/pyvenv.cfg" "$tree$environment/"
  folder=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  mkdir -p "$tree$folder"
  tar -C "$folder" --exclude=./pip --exclude=./setuptools -cf - . | tar -C "$tree$folder" -xf -
  find "$tree" -name '*.so' -print0 | while IFS= read -r -d '' library; do bring_libraries "$tree" "$library"; done
}

is_elf() { [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; }

# pack TREE: as a cpio owned by root.
pack() { (cd "$1" && find . -print0 | cpio --null --create --format=newc --owner=0:0 --quiet); }

# base_archive KERNEL: makes the base if the cache has none of this kernel, these scripts and these
# programs, and prints where it is.
base_archive() {
  local kernel=$1 name program tree mark
  local -a programs=(busybox)
  for name in "${FOREIGN_PROGRAMS[@]}"; do
    if resolve "$name" >/dev/null; then programs+=("$name"); fi
  done
  mark=$({ cat "$here/init" "$here/archive.sh"; for program in "${programs[@]}"; do stat -Lc '%n %Y %s' "$(resolve "$program")"; done; } | sha256sum | head -c 16)
  base=$kernel/base-$mark.cpio
  if [ ! -s "$base" ]; then
    tree=$scratch/base
    base_tree "$tree" "${programs[@]}"
    pack "$tree" > "$base.$$"
    mv "$base.$$" "$base"
  fi
  printf '%s\n' "$base"
}

base_tree() {
  local tree=$1 folder
  shift
  mkdir -p "$tree"/{usr/bin,usr/sbin,usr/lib,usr/lib64,rig,proc,sys,dev,tmp,run,root,etc/ssl/certs,var}
  for folder in bin sbin lib lib64; do if [ -L "/$folder" ]; then ln -s "usr/$folder" "$tree/$folder"; fi; done
  for program in "$@"; do bring "$tree" "$(resolve "$program")"; done
  ln -sf /usr/bin/busybox "$tree/usr/bin/sh"
  for applet in $(busybox --list); do
    [ -e "$tree/usr/bin/$applet" ] || ln -s busybox "$tree/usr/bin/$applet"
  done
  cp "$here/init" "$tree/rig/init"
  cp -r "$kernel/modules" "$tree/rig/modules"
  printf 'root:x:0:0::/root:/bin/sh\noperator:x:1000:1000::/tmp:/bin/sh\n' > "$tree/etc/passwd"
  printf 'root:x:0:\noperator:x:1000:\n' > "$tree/etc/group"
  printf '127.0.0.1 localhost guest\n::1 localhost\n' > "$tree/etc/hosts"
  # TLS clients refuse to start on a system without any root certificate.
  if [ -f /etc/ssl/certs/ca-certificates.crt ]; then bring "$tree" /etc/ssl/certs/ca-certificates.crt; fi
}
