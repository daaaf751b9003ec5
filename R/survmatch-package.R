#' @keywords internal
#' @useDynLib survmatch, .registration = TRUE
#' @importFrom Rcpp evalCpp
#' @importFrom rlang .data %||%
"_PACKAGE"
