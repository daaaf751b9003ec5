#!/bin/sh
# Every test: the include rule, the names, the core under sanitizers, the R tests in both libraries.
# The last line is "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/.." || exit 2
results=.build/results
rm -rf "$results"
mkdir -p "$results"
root=$PWD

count() { echo "$2 $3 $4" > "$results/$1"; }

echo "== include rule"
if sh tools/check-includes.sh > "$results/includes.log"; then
  cat "$results/includes.log"
  count includes 1 0 0
else
  cat "$results/includes.log"
  count includes 0 1 0
fi

echo "== names"
if sh tools/check-names.sh; then count names 1 0 0; else count names 0 1 0; fi

echo "== core tests under AddressSanitizer and UndefinedBehaviorSanitizer"
make --no-print-directory -s -j"$(nproc 2>/dev/null || echo 1)" -C tests/cpp run > "$results/core.log" 2>&1
core_status=$?
tail -3 "$results/core.log"
core_passed=$(sed -n 's/^All tests passed (.* in \([0-9]*\) test case.*/\1/p' "$results/core.log")
if [ "$core_status" -eq 0 ] && [ -n "$core_passed" ]; then
  count core "$core_passed" 0 0
else
  cat "$results/core.log"
  count core 0 1 0
fi

# A part that ends without its counts has died: its status and its last words are what there is to go by.
for label in debian newest; do
  library="$root/.lib/$label"
  log="$results/$label.log"
  if ! sh tools/install-package.sh "$library"; then
    count "$label" 0 1 0
    continue
  fi
  status=0
  R_LIBS_USER="$root/.lib/none" R_LIBS="$library:$root/.lib/cran" \
    Rscript tools/run-tests.R "$label" "$results/$label" > "$log" 2>&1 || status=$?
  if [ -s "$results/$label" ]; then
    cat "$log"
  else
    tail -40 "$log"
    echo "== $label: Rscript ended with status $status and no counts"
    count "$label" 0 1 0
  fi
done

for part in includes names core debian newest; do
  awk -v part="$part" '{ printf "%s: %d passed, %d failed, %d skipped\n", part, $1, $2, $3 }' "$results/$part"
done
cat "$results/includes" "$results/names" "$results/core" "$results/debian" "$results/newest" |
  awk '{ p += $1; f += $2; s += $3 }
       END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }'
