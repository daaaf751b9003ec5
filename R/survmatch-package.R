#' @keywords internal
#' @useDynLib survmatch, .registration = TRUE
#' @importFrom Rcpp evalCpp
#' @importFrom rlang .data %||%
#' @importFrom stats coef confint fitted formula nobs predict residuals update vcov
"_PACKAGE"
