# The documentation as a site, from the installed package's help pages and the vignettes; nothing is asked of the
# network.
#
#   Rscript tools/build-site.R <folder>

out <- commandArgs(trailingOnly = TRUE)[1]
dir.create(out, recursive = TRUE, showWarnings = FALSE)
options(pkgdown.internet = FALSE)
site <- pkgdown::as_pkgdown(".", override = list(destination = normalizePath(out)))
pkgdown::init_site(site)
pkgdown::build_home(site, preview = FALSE, quiet = TRUE)
pkgdown::build_reference(site, lazy = FALSE, examples = FALSE, preview = FALSE, devel = FALSE)
pkgdown::build_articles(site, quiet = TRUE, preview = FALSE)
pkgdown::build_news(site, preview = FALSE)
message("The site is in ", out)
