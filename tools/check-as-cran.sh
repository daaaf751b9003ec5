#!/bin/sh
# R CMD check --as-cran on a source package built from this checkout, without asking CRAN's website:
#   R_CRAN_WEB           a folder that holds web/packages/packages.rds, made from the installed packages
#   remote and clock     checks off: they need the network
#   R_MAKEVARS_USER      no -g: debug symbols make the library too large for the size check
#   BH                   CRAN's, since Debian's has no headers of its own
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$root/.build/check
library=$root/.lib/check
rm -rf "$work"
mkdir -p "$work/web/web/packages" "$library"

R_LIBS_USER=$root/.lib/none
R_LIBS=$library:$root/.lib/newest:$root/.lib/cran
export R_LIBS_USER R_LIBS

Rscript -e '
  library <- commandArgs(TRUE)[1]
  if (!file.exists(file.path(library, "BH", "include"))) {
    message("check: installing BH from CRAN")
    install.packages("BH", lib = library, dependencies = FALSE, quiet = TRUE)
  }
  solver <- setdiff(c("checkmate", "backports", "highs"), rownames(installed.packages()))
  if (length(solver) > 0) {
    message("check: installing from CRAN, once and for 5 to 10 minutes: ", paste(solver, collapse = " "))
    install.packages(solver, lib = library, dependencies = FALSE, quiet = TRUE, INSTALL_opts = "--no-docs")
  }
  known <- as.data.frame(installed.packages(fields = "Maintainer"), stringsAsFactors = FALSE)
  known$Maintainer[is.na(known$Maintainer)] <- "nobody <nobody@example.org>"
  saveRDS(known, file.path(commandArgs(TRUE)[2], "web", "packages", "packages.rds"))
' "$library" "$work/web"

R_CRAN_WEB=file://$work/web
_R_CHECK_CRAN_INCOMING_REMOTE_=false
_R_CHECK_SYSTEM_CLOCK_=0
_R_CHECK_FORCE_SUGGESTS_=true
R_MAKEVARS_USER=$work/Makevars
printf 'CXXFLAGS = -O2 -Wall -pedantic\nCXX17FLAGS = -O2 -Wall -pedantic\n' > "$R_MAKEVARS_USER"
export R_CRAN_WEB _R_CHECK_CRAN_INCOMING_REMOTE_ _R_CHECK_SYSTEM_CLOCK_ _R_CHECK_FORCE_SUGGESTS_ R_MAKEVARS_USER
echo "check: R_CRAN_WEB=$R_CRAN_WEB _R_CHECK_CRAN_INCOMING_REMOTE_=false _R_CHECK_SYSTEM_CLOCK_=0 R_MAKEVARS_USER=$R_MAKEVARS_USER"

cd "$work"
R CMD build "$root" > build.log 2>&1 || { tail -30 build.log; exit 1; }
R CMD check --as-cran --timings survmatch_*.tar.gz > check.log 2>&1 || true
grep -E '(NOTE|WARNING|ERROR)$|^Status' -A 12 check.log | head -120

# "new submission" is the one note that is allowed
status=$(sed -n 's/^Status: //p' check.log)
case "$status" in
  OK) ;;
  "1 NOTE") grep -q 'New submission' check.log || { echo "check: $status"; exit 1; } ;;
  *) echo "check: $status"; exit 1 ;;
esac
echo "check: $status"
