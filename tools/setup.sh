#!/bin/sh
# Installs what `make study`, `make test` or `make check` needs and this machine lacks, and says what it does.
# Debian's built packages where apt-get works, else CRAN, into .lib/cran.
#
#   tools/setup.sh study|test|check
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-study}

r_study="rcpp rcppeigen bh survival ggplot2 cli rlang tidyselect generics rmarkdown knitr htmltools patchwork digest"
r_test="testthat withr broom dplyr tidyr survminer ggpubr cmprsk mvtnorm car lme4 quantreg tibble backports mice rglpk"
r_check="roxygen2 lintr pkgdown flextable"
system_study="make g++ pandoc"
system_test="gfortran libblas-dev liblapack-dev libpng-dev zlib1g-dev"
system_check="qpdf tidy texlive-latex-base texlive-latex-recommended texlive-fonts-recommended texlive-fonts-extra"

r_packages=$r_study
system=$system_study
case "$purpose" in
  test) r_packages="$r_packages $r_test"; system="$system $system_test" ;;
  check) r_packages="$r_packages $r_test $r_check"; system="$system $system_test $system_check" ;;
esac

as_root=
if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

if command -v apt-get >/dev/null && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
  missing=
  for p in $system $(for r in $r_packages; do echo "r-cran-$r"; done); do
    installed "$p" || missing="$missing $p"
  done
  if [ -n "$missing" ]; then
    echo "setup: installing Debian packages:$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >.setup.log 2>&1 ||
      { tail -20 .setup.log; echo "setup: apt-get failed"; exit 1; }
    rm -f .setup.log
  else
    echo "setup: every Debian package is there"
  fi
else
  echo "setup: no apt-get with the right to install; taking what is missing from CRAN into .lib/cran"
  Rscript tools/install-cran.R .lib/cran "$purpose"
fi
