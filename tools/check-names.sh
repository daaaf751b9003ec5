#!/bin/sh
# No function of R/ is defined twice: the later file would silently replace the earlier one's.
set -u
cd "$(dirname "$0")/../R" || exit 2
twice=$(grep -hoE '^[^ #]+ <- function' *.R | sort | uniq -d | sed 's/ <- function//')
if [ -n "$twice" ]; then
  for name in $twice; do echo "names: $name is defined in" $(grep -lF "$name <- function" *.R); done
  exit 1
fi
echo "names: no function is defined twice"
