#!/bin/sh
# Writes src/unit_*.cpp and src/Makevars: the units that the package is compiled from. A unit includes the sources
# of one folder, at most 16 of them, so that Eigen, Rcpp and the standard headers are read once a unit and not once a
# file: an install takes half the time. The core's own tests compile each source alone.
# Run by `make document`; add a source file and run it again.
set -eu
cd "$(dirname "$0")/../src"
LC_ALL=C
export LC_ALL

# no export takes or gives a type of RcppEigen, or one of Rcpp's sugar or modules: their headers are not needed
if [ -f RcppExports.cpp ]; then
  sed -e '/#include <RcppEigen.h>/d' -e 's/#include <Rcpp.h>/#include <Rcpp\/Lightest>/' RcppExports.cpp > RcppExports.new
  if cmp -s RcppExports.new RcppExports.cpp; then rm RcppExports.new; else mv RcppExports.new RcppExports.cpp; fi
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# bundle <name> <files>: unit_<name>.cpp, or unit_<name>_1.cpp, unit_<name>_2.cpp where the files are many
bundle() {
  name=$1
  shift
  parts=$((($# + 15) / 16))
  size=$((($# + parts - 1) / parts))
  part=1
  while [ $# -gt 0 ]; do
    if [ "$parts" -eq 1 ]; then unit=unit_$name; else unit=unit_${name}_$part; fi
    echo "// Made by tools/list-objects.sh" > "$made/$unit.cpp"
    taken=0
    while [ $# -gt 0 ] && [ "$taken" -lt "$size" ]; do
      echo "#include \"$1\"" >> "$made/$unit.cpp"
      taken=$((taken + 1))
      shift
    done
    part=$((part + 1))
  done
}

for folder in core/*/; do
  folder=${folder%/}
  # shellcheck disable=SC2046
  bundle "$(basename "$folder")" $(ls "$folder"/*.cpp)
done
# shellcheck disable=SC2046
bundle glue $(ls glue_*.cpp)

for old in unit_*.cpp; do
  [ -e "$made/$old" ] || rm -f "$old"
done
for new in "$made"/*.cpp; do
  cmp -s "$new" "$(basename "$new")" || cp "$new" .
done

{
  echo "# Made by tools/list-objects.sh"
  echo "CXX_STD = CXX17"
  echo "PKG_CPPFLAGS = -I."
  echo "PKG_LIBS = -pthread"
  echo "OBJECTS = \\"
  ls RcppExports.cpp unit_*.cpp | sed 's/\.cpp$/.o/' | sed '$!s/$/ \\/; s/^/  /'
  echo
  echo ".PHONY: all"
  echo "all: \$(SHLIB)"
  echo
  for unit in unit_*.cpp; do
    folder=$(sed -n 's/#include "\(.*\)\/.*"/\1/p' "$unit" | head -1)
    case "$folder" in
      "") headers=$(ls glue*.h core/*/*.hpp) ;;
      *) headers=$(ls core/base/*.hpp "$folder"/*.hpp | sort -u) ;;
    esac
    echo "${unit%.cpp}.o: \\"
    { sed -n 's/#include "\(.*\)"/\1/p' "$unit"; echo "$headers"; } | sed '$!s/$/ \\/; s/^/  /'
  done
} > Makevars.new
if cmp -s Makevars.new Makevars; then rm Makevars.new; else mv Makevars.new Makevars; fi
