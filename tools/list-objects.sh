#!/bin/sh
# Writes src/Makevars: the object list names every source of the core and the glue, sub-folders included.
# Run by `make document`; add a source file and run it again.
set -eu
cd "$(dirname "$0")/../src"
{
  echo "# Made by tools/list-objects.sh"
  echo "CXX_STD = CXX17"
  echo "PKG_CPPFLAGS = -I."
  echo "OBJECTS = \\"
  { find core -name '*.cpp'; ls glue_*.cpp RcppExports.cpp 2>/dev/null; } | LC_ALL=C sort |
    sed 's/\.cpp$/.o/' | sed '$!s/$/ \\/; s/^/  /'
} > Makevars.new
mv Makevars.new Makevars

# no export takes or gives a type of RcppEigen: its header, a third of the time of the largest unit, is not needed
if [ -f RcppExports.cpp ]; then
  sed '/#include <RcppEigen.h>/d' RcppExports.cpp > RcppExports.new
  if cmp -s RcppExports.new RcppExports.cpp; then rm RcppExports.new; else mv RcppExports.new RcppExports.cpp; fi
fi
