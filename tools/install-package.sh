#!/bin/sh
# Installs survmatch from this checkout into one library. The objects are built once, in .build/package, and
# serve every library; the checkout itself stays clean.
#
#   tools/install-package.sh <library>
set -eu
cd "$(dirname "$0")/.."
library=$1
copy=.build/package
mkdir -p "$library" "$copy"

# only changed files are copied, so that make rebuilds only their objects
for item in DESCRIPTION NAMESPACE LICENSE R src inst man data; do
  [ -e "$item" ] && cp -Rpu "$item" "$copy/"
done
# what was deleted or renamed in the checkout goes from the copy, too
(cd "$copy" && find . -type f ! -name '*.o' ! -name '*.so') | while read -r file; do
  [ -e "$file" ] || rm -f "$copy/$file"
done

echo "setup: installing survmatch into $library"
log=.build/install-$(basename "$library").log
R_LIBS_USER=.lib/none R_LIBS="$library:$PWD/.lib/cran" MAKEFLAGS="-j$(nproc 2>/dev/null || echo 1)" \
  R CMD INSTALL --no-multiarch --no-test-load -l "$library" "$copy" >"$log" 2>&1 ||
  { tail -40 "$log"; echo "setup: survmatch did not install; the whole log is in $log"; exit 1; }
