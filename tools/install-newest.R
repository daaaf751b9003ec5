# Builds the `newest` test library: the peers' current CRAN versions, together with whatever else
# their version requirements ask for. Packages that are already installed in a version that satisfies
# everybody are left where they are. Run again, it installs only what is missing.
#
#   Rscript tools/install-newest.R <library> [the peers, when they are others than those of the tests]

peers <- c(
  "survival", "MatchIt", "optmatch", "cobalt", "survRM2", "cmprsk", "ggplot2", "patchwork", "ggpubr",
  "survminer", "ggsurvfit", "dplyr", "tidyr", "broom", "vdiffr",
  "coxphf", "quickmatch", "survAH", "emmeans", "marginaleffects"
)
with_tests <- "survival"

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) > 1) peers <- arguments[-1]
library_dir <- arguments[1]
dir.create(library_dir, recursive = TRUE, showWarnings = FALSE)
library_dir <- normalizePath(library_dir)

stamp <- file.path(library_dir, "complete.csv")
if (file.exists(stamp) && all(peers %in% utils::read.csv(stamp)$Package)) {
  message("newest: already built (", stamp, ")")
  quit(save = "no")
}

repos <- getOption("repos")
if (is.null(repos) || any(repos == "@CRAN@")) {
  stop("No CRAN mirror is set: set one with options(repos = c(CRAN = \"<url>\")) in your ~/.Rprofile, then run make again.",
    call. = FALSE
  )
}

on_cran <- available.packages()
absent <- setdiff(peers, rownames(on_cran))
if (length(absent) > 0) {
  stop("CRAN offers no version for this R of: ", paste(absent, collapse = ", "), call. = FALSE)
}

# name and lowest version of each package that `package` needs to be built and loaded
requirements <- function(package) {
  fields <- on_cran[package, c("Depends", "Imports", "LinkingTo")]
  entries <- trimws(unlist(strsplit(gsub("\n", " ", fields[!is.na(fields)]), ",")))
  needs <- data.frame(
    name = sub("[ (].*", "", entries),
    version = ifelse(grepl(">", entries), sub(".*>=? *([^ )]+).*", "\\1", entries), "0.0")
  )
  needs[needs$name != "R" & nzchar(needs$name), ]
}

satisfied <- function(name, version, installed) {
  name %in% rownames(installed) && package_version(installed[name, "Version"]) >= package_version(version)
}

installed <- installed.packages(lib.loc = unique(c(.libPaths(), .Library)))
installed <- installed[!duplicated(installed[, "Package"]), , drop = FALSE]
base <- rownames(installed.packages(priority = "base"))

wanted <- peers
repeat {
  needs <- do.call(rbind, lapply(wanted, requirements))
  needs <- needs[!needs$name %in% c(wanted, base), ]
  missing <- !mapply(satisfied, needs$name, needs$version, MoreArgs = list(installed = installed))
  if (!any(missing)) break
  wanted <- c(wanted, unique(needs$name[missing]))
}

here <- rownames(installed.packages(lib.loc = library_dir))
todo <- setdiff(wanted, here)
message("newest: building ", length(todo), " packages from CRAN into ", library_dir, " (7 to 20 minutes, once)")
message("  ", paste(todo, collapse = " "))

.libPaths(c(library_dir, .libPaths()))
install <- function(packages, options) {
  install.packages(packages,
    lib = library_dir, dependencies = FALSE, Ncpus = parallel::detectCores(), quiet = TRUE,
    INSTALL_opts = c("--no-docs", "--no-multiarch", options)
  )
}
# first, since other peers need the new survival while they are built
if (any(with_tests %in% todo)) install(with_tests, c("--without-keep.source", "--install-tests"))
install(setdiff(todo, with_tests), "--without-keep.source")

built <- installed.packages(lib.loc = library_dir)
failed <- setdiff(wanted, rownames(built))
if (length(failed) > 0) stop("newest: not built: ", paste(failed, collapse = ", "), call. = FALSE)
write.csv(built[wanted, c("Package", "Version")], stamp, row.names = FALSE)
message("newest: complete, ", length(wanted), " packages")
