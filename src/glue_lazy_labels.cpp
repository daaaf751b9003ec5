// Labels that are written when somebody reads them: half a million strata have names that hardly anybody looks at.

#include "glue.h"

// after Rcpp, which sets how R's headers are read
#include <R_ext/Altrep.h>

#include <string>

namespace {

R_altrep_class_t lazy_labels;

// First part: the prefix and the numbers; NULL once all labels are written. Second part: NULL, or the labels, where one
// that is not written yet is "", which no label is.
SEXP prefix_of(SEXP x) {
    return VECTOR_ELT(R_altrep_data1(x), 0);
}
SEXP numbers_of(SEXP x) {
    return VECTOR_ELT(R_altrep_data1(x), 1);
}
bool all_written(SEXP x) {
    return Rf_isNull(R_altrep_data1(x));
}

R_xlen_t length_of(SEXP x) {
    return XLENGTH(all_written(x) ? R_altrep_data2(x) : numbers_of(x));
}

SEXP labels_of(SEXP x) {
    if (Rf_isNull(R_altrep_data2(x))) R_set_altrep_data2(x, Rf_allocVector(STRSXP, length_of(x)));
    return R_altrep_data2(x);
}

SEXP element(SEXP x, R_xlen_t i) {
    const SEXP labels = labels_of(x);
    if (all_written(x) || STRING_ELT(labels, i) != R_BlankString) return STRING_ELT(labels, i);
    const std::string label = CHAR(STRING_ELT(prefix_of(x), 0)) + std::to_string(INTEGER_ELT(numbers_of(x), i));
    SET_STRING_ELT(labels, i, Rf_mkCharLenCE(label.data(), static_cast<int>(label.size()), CE_UTF8));
    return STRING_ELT(labels, i);
}

SEXP write_all(SEXP x) {
    for (R_xlen_t i = 0; !all_written(x) && i < length_of(x); ++i) element(x, i);
    const SEXP labels = labels_of(x);
    R_set_altrep_data1(x, R_NilValue);
    return labels;
}

void set_element(SEXP x, R_xlen_t i, SEXP value) {
    SET_STRING_ELT(write_all(x), i, value);
}

void* all_labels(SEXP x, Rboolean) {
    return const_cast<SEXP*>(STRING_PTR_RO(write_all(x)));
}

const void* labels_if_written(SEXP x) {
    return all_written(x) ? STRING_PTR_RO(R_altrep_data2(x)) : nullptr;
}

// Whether that is known.
int has_no_missing(SEXP x) {
    return all_written(x) ? 0 : 1;
}

}  // namespace

// [[Rcpp::init]]
void register_lazy_labels(DllInfo* library) {
    lazy_labels = R_make_altstring_class("number_labels", "survmatch", library);
    R_set_altrep_Length_method(lazy_labels, length_of);
    R_set_altvec_Dataptr_method(lazy_labels, all_labels);
    R_set_altvec_Dataptr_or_null_method(lazy_labels, labels_if_written);
    R_set_altstring_Elt_method(lazy_labels, element);
    R_set_altstring_Set_elt_method(lazy_labels, set_element);
    R_set_altstring_No_NA_method(lazy_labels, has_no_missing);
}

// "prefix1", "prefix2", ...
// [[Rcpp::export(rng = false)]]
SEXP core_number_labels(const Rcpp::CharacterVector& prefix, const Rcpp::IntegerVector& numbers) {
    const Rcpp::List made_from = Rcpp::List::create(prefix, numbers);
    return R_new_altrep(lazy_labels, made_from, R_NilValue);
}
