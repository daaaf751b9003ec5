#' @keywords internal
#' @useDynLib survmatch, .registration = TRUE
#' @importFrom cli cli_progress_along
#' @importFrom Rcpp evalCpp
#' @importFrom rlang .data %||%
#' @importFrom stats coef confint fitted formula nobs predict residuals update vcov
"_PACKAGE"
