# Comparisons with a peer: every one is counted, and the run reports how many were live.

comparisons <- new.env(parent = emptyenv())

count_comparison <- function(verb, peer, n = 1L) {
  key <- paste(verb, "~", peer)
  comparisons[[key]] <- (if (is.null(comparisons[[key]])) 0L else comparisons[[key]]) + as.integer(n)
}

peer_version <- function(package) paste(package, utils::packageVersion(package))

is_newest_survival <- function() utils::packageVersion("survival") >= "3.8.0"

# TRUE, or a sentence that says where and by how much two values differ. Numbers are compared element by
# element, relative to the largest magnitude of the peer's vector.
compare_values <- function(ours, peer, tolerance = 1e-9, path = "") {
  if (is.environment(ours) && is.environment(peer)) return(TRUE)
  if (is.function(peer) || is.environment(peer)) return(TRUE)
  if (is.null(peer) || is.null(ours)) {
    return(if (is.null(peer) && is.null(ours)) TRUE else paste0(path, ": one is NULL"))
  }
  if (is.numeric(peer) && is.numeric(ours)) return(compare_numbers(ours, peer, tolerance, path))
  if (is.list(peer) && is.list(ours)) return(compare_lists(ours, peer, tolerance, path))
  same <- all.equal(ours, peer, check.environment = FALSE)
  if (isTRUE(same)) TRUE else paste0(path, ": ", paste(same, collapse = "; "))
}

compare_numbers <- function(ours, peer, tolerance, path) {
  if (length(ours) != length(peer)) return(sprintf("%s: length %d, not %d", path, length(ours), length(peer)))
  shape <- all.equal(attributes_to_compare(ours), attributes_to_compare(peer), check.environment = FALSE)
  if (!isTRUE(shape)) return(paste0(path, ": attributes: ", paste(shape, collapse = "; ")))
  a <- as.numeric(unclass(ours))
  b <- as.numeric(unclass(peer))
  if (!identical(is.na(a), is.na(b))) return(paste0(path, ": NA in different places"))
  finite <- is.finite(b)
  if (!identical(is.finite(a), finite) || !identical(a[!finite & !is.na(b)], b[!finite & !is.na(b)])) {
    return(paste0(path, ": infinite in different places"))
  }
  if (!any(finite)) return(TRUE)
  worst <- max(abs(a[finite] - b[finite]))
  if (worst <= tolerance * max(abs(b[finite]), 1e-300)) TRUE else sprintf(
    "%s: off by %.3g (largest %.3g)", path, worst, max(abs(b[finite]))
  )
}

attributes_to_compare <- function(x) {
  a <- attributes(x)
  a[setdiff(sort(names(a)), c(".Environment", "srcref"))]
}

compare_lists <- function(ours, peer, tolerance, path) {
  absent <- setdiff(names(peer), names(ours))
  if (length(absent) > 0) return(paste0(path, ": lacks ", paste(absent, collapse = ", ")))
  if (length(ours) != length(peer) && is.null(names(peer))) return(paste0(path, ": different lengths"))
  fields <- if (is.null(names(peer))) seq_along(peer) else names(peer)
  for (f in fields) {
    same <- compare_values(ours[[f]], peer[[f]], tolerance, paste0(path, "$", f))
    if (!isTRUE(same)) return(same)
  }
  TRUE
}

# `ignore` names fields that are left out on both sides, each with its reason at the place of use.
expect_same_fields <- function(ours, peer, tolerance = 1e-9, ignore = "call", extra = FALSE, info = NULL) {
  a <- unclass(ours)[setdiff(names(ours), ignore)]
  b <- unclass(peer)[setdiff(names(peer), ignore)]
  result <- compare_lists(a, b, tolerance, "")
  surplus <- setdiff(names(a), names(b))
  if (isTRUE(result) && !extra && length(surplus) > 0) result <- paste(
    "has surplus fields", paste(surplus, collapse = ", ")
  )
  tail <- utils::tail(class(ours), length(class(peer)))
  if (isTRUE(result) && !identical(tail, class(peer))) result <- paste("class tail is", paste(tail, collapse = "/"))
  testthat::expect(
    isTRUE(result), paste0("not the peer's object", if (!is.null(info)) paste0(" [", info, "]"), ": ", result)
  )
  invisible(ours)
}
