#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics glance
#' @export
generics::glance

#' @importFrom ggplot2 autoplot
#' @export
ggplot2::autoplot

#' @importFrom survival Surv
#' @export
survival::Surv

#' @importFrom survival strata
#' @export
survival::strata

#' @importFrom survival cluster
#' @export
survival::cluster

#' @importFrom survival survfit
#' @export
survival::survfit
