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
#' @examples
#' fit <- fit_cox(Surv(time, status) ~ age + strata(sex) + cluster(inst), data = survival::lung)
#' tidy(fit)
#' glance(fit)
#' survfit(fit)
#' autoplot(fit_km(Surv(time, status) ~ sex, data = survival::lung))
#' @export
survival::survfit
