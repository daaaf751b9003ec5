# On a machine without apt-get: what the study, the tests or the check need and R lacks, from CRAN.
#
#   Rscript tools/install-cran.R <library> study|test|check

arguments <- commandArgs(trailingOnly = TRUE)
library_dir <- arguments[1]
purpose <- arguments[2]

needed <- c(
  "Rcpp", "RcppEigen", "BH", "survival", "ggplot2", "cli", "rlang", "tidyselect", "generics",
  "rmarkdown", "knitr", "htmltools", "patchwork", "digest"
)
if (purpose != "study") needed <- c(needed, "testthat", "withr", "broom", "dplyr", "tidyr", "survminer", "cmprsk", "mvtnorm")
if (purpose == "check") needed <- c(needed, "roxygen2", "lintr")

dir.create(library_dir, recursive = TRUE, showWarnings = FALSE)
.libPaths(c(library_dir, .libPaths()))
missing <- needed[!needed %in% rownames(installed.packages())]
if (length(missing) == 0) {
  message("setup: every R package is there")
  quit(save = "no")
}
if (any(getOption("repos") == "@CRAN@")) {
  stop("No CRAN mirror is set: set one with options(repos = c(CRAN = \"<url>\")) in your ~/.Rprofile, then run make again.",
    call. = FALSE
  )
}
message("setup: installing from CRAN into ", library_dir, ": ", paste(missing, collapse = " "))
install.packages(missing, lib = library_dir, Ncpus = parallel::detectCores(), quiet = TRUE, INSTALL_opts = "--no-docs")
failed <- needed[!needed %in% rownames(installed.packages())]
if (length(failed) > 0) stop("not installed: ", paste(failed, collapse = ", "), call. = FALSE)
if (!nzchar(Sys.which("pandoc"))) {
  stop("The report needs pandoc (2.0 or later): install it with your system's package manager.", call. = FALSE)
}
