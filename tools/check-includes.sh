#!/bin/sh
# The include rule of the C++ core. Prints one line a breach, then a line with the counts.
#   core/base includes only std and core/base, but for core/base/large_pages.cpp, which speaks to the system;
#   a domain includes core/base, itself, Eigen and Boost.Math, never another domain;
#   nothing in the core includes R, prints, exits or draws random numbers of R or of the C library.
set -u
cd "$(dirname "$0")/../src" || exit 2

passed=0
failed=0
breach() { echo "include rule: $1: $2"; }

for file in $(find core -name '*.hpp' -o -name '*.cpp' | LC_ALL=C sort); do
  domain=$(echo "$file" | cut -d/ -f2)
  bad=$(sed -n 's/^ *# *include *[<"]\([^>"]*\)[>"].*/\1/p' "$file" | while read -r header; do
    case "$header" in
      core/base/*) ;;
      core/"$domain"/*) ;;
      core/*) echo "includes another domain: $header" ;;
      Eigen/*|boost/math/*) [ "$domain" = base ] && echo "base includes $header" ;;
      sys/mman.h) [ "$file" = core/base/large_pages.cpp ] || echo "includes $header" ;;
      */*|*.h|Rcpp*) echo "includes $header" ;;
    esac
  done
  grep -nE 'Rprintf|std::(cout|cerr|printf|rand|exit|abort)|[^_a-z]printf *\(|unif_rand' "$file" | sed 's/^/prints, exits or draws: line /')
  if [ -n "$bad" ]; then
    echo "$bad" | while read -r line; do breach "$file" "$line"; done
    failed=$((failed + 1))
  else
    passed=$((passed + 1))
  fi
done
echo "include rule: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
